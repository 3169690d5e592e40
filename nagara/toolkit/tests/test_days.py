"""Both calendars are understood, and what was understood is shown."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from nagara.toolkit import days
from nagara.toolkit.refusal import Refusal

BANGKOK = ZoneInfo("Asia/Bangkok")


@pytest.mark.parametrize(
    "typed",
    [
        "2022-11-09",
        "9/11/2565",
        "09-11-2565",
        "2565-11-09",
        "9 พ.ย. 2565",
        "9 พฤศจิกายน 2565",
        "๙ พฤศจิกายน ๒๕๖๕",
        "วันที่ 9 พฤศจิกายน พ.ศ. 2565",
        "9 พฤศจิกายน พ.ศ.2565",
        "9 Nov 2022",
        "9 november 2022",
        " 9  พ.ย.  2565 ",
    ],
)
def test_a_day_is_read_in_either_calendar(typed):
    assert days.read_day(typed).day == date(2022, 11, 9)


def test_the_reading_says_which_calendar_it_was():
    assert days.read_day("21/11/2569") == days.Reading(date(2026, 11, 21), buddhist=True)
    assert days.read_day("21/11/2026") == days.Reading(date(2026, 11, 21), buddhist=False)
    with translation.override("th"):
        assert days.read_day("21/11/2026").text() == "21 พฤศจิกายน 2569 (2026-11-21)"


def test_29_february_2566_is_refused_because_there_was_none():
    with pytest.raises(Refusal) as refusal:
        days.read_day("29 กุมภาพันธ์ 2566")
    assert refusal.value.code == "no-such-day"


def test_29_february_2567_is_a_day():
    assert days.read_day("29 ก.พ. 2567").day == date(2024, 2, 29)


@pytest.mark.parametrize("typed", ["9 พ.ย. 65", "9/11/65", "soon", "", "9 Smarch 2022", "32/13/2565", "0/0/2565", "11/2565"])
def test_what_cannot_be_read_is_refused_in_words(typed):
    with pytest.raises(Refusal) as refusal:
        days.read_day(typed)
    assert refusal.value.message


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2150, 12, 31)))
def test_what_is_written_can_be_read_back(day):
    for lang in ("th", "en"):
        assert days.read_day(days.long_day(day, lang)).day == day
        assert days.read_day(days.short_day(day, lang)).day == day
    assert days.read_day(day.isoformat()).day == day


def test_days_are_written_in_the_calendar_of_the_language():
    day = date(2022, 11, 9)
    assert days.long_day(day, "th") == "9 พฤศจิกายน 2565"
    assert days.short_day(day, "th") == "9 พ.ย. 2565"
    assert days.long_day(day, "en") == "9 November 2022"
    assert days.month_text(day, "th") == "พ.ย. 2565"


def test_an_instant_is_written_in_the_zone_it_is_asked_for():
    at = datetime(2022, 11, 9, 9, 59, 59, tzinfo=ZoneInfo("UTC"))
    assert days.instant(at, BANGKOK, "th") == "9 พฤศจิกายน 2565 เวลา 16.59 น."
    assert days.instant(at, BANGKOK, "en") == "9 November 2022, 16:59"
    assert days.clock(at, BANGKOK, "th", seconds=True) == "16.59.59 น."
