"""Who counted on a day, and what explains the difference between two days."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from nagara.audit.models import Entry
from nagara.recognition.models import Recognition, StatusSpan
from nagara.recognition.queries import (
    Counts,
    change_days,
    changes_between,
    counts_by_province,
    counts_on,
    figures,
    history,
    on_record,
    status_on,
    timeline,
)
from nagara.recognition.record import enter_step
from nagara.recognition.states import Tier, Verb
from nagara.recognition.tests.world import LOADER, THEN, make_area, make_source, on_the_record
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

FIRST, SECOND = date(2021, 11, 5), date(2022, 11, 9)


@pytest.fixture
def record():
    """Two areas in two provinces in 2021; three more in 2022, of which two lie in one province."""
    areas = {name: make_area(name, code) for name, code in (("a", "TH-83"), ("b", "TH-40"), ("c", "TH-65"), ("d", "TH-65"), ("e", "TH-40"))}
    for number, name in enumerate("ab", 1):
        on_the_record(areas[name], number, FIRST)
    for number, name in enumerate("cde", 3):
        on_the_record(areas[name], number, SECOND)
    return areas


def test_counts_follow_the_day(record):
    assert counts_on(date(2021, 11, 4)) == Counts(0, 0)
    assert counts_on(FIRST) == Counts(2, 2)
    assert counts_on(date(2022, 11, 8)) == Counts(2, 2)
    assert counts_on(SECOND) == Counts(5, 3)
    assert counts_by_province(SECOND) == {"TH-40": 2, "TH-65": 2, "TH-83": 1}


def test_the_difference_is_explained_row_by_row(record):
    change = changes_between(date(2021, 12, 31), date(2022, 11, 30))
    assert [(row.area.slug, row.before, row.after, row.on) for row in change.added] == [
        ("c", None, "recognised", SECOND),
        ("d", None, "recognised", SECOND),
        ("e", None, "recognised", SECOND),
    ]
    assert [step.verb for row in change.added for step in row.steps] == [Verb.GRANT] * 3
    assert (change.added_areas, change.added_provinces, change.removed, change.changed) == (3, 2, [], [])
    short = changes_between(date(2021, 12, 31), date(2022, 11, 30), most=1)
    assert (len(short.added), short.added_areas, short.added_provinces) == (1, 3, 2)


def test_an_area_that_ran_out_is_among_the_removed_and_a_renewed_one_among_the_changed():
    expired, renewed = make_area("expired"), make_area("renewed")
    on_the_record(expired, 1, FIRST, valid_until=date(2023, 11, 4))
    enter_step(
        on_the_record(renewed, 2, FIRST, valid_until=date(2023, 11, 4)),
        verb=Verb.RENEW,
        on=date(2023, 12, 1),
        valid_until=date(2025, 11, 30),
        source=make_source(),
        at=THEN,
        by=LOADER,
    )
    change = changes_between(date(2023, 11, 4), date(2024, 1, 1))
    assert [(row.area.slug, row.after, row.steps) for row in change.removed] == [("expired", "expired", ())]
    assert [(row.area.slug, row.after, [step.verb for step in row.steps]) for row in change.changed] == [
        ("renewed", "recognised", [Verb.RENEW])
    ]
    assert change_days() == [date(2025, 12, 1), date(2023, 12, 1), date(2023, 11, 5), FIRST]
    assert change_days(until=date(2023, 11, 30)) == [date(2023, 11, 5), FIRST]


def test_the_timeline_holds_the_count_after_each_change(record):
    enter_step(Recognition.objects.get(number=1), verb=Verb.REVOKE, on=date(2024, 1, 1), source=make_source(), at=THEN, by=LOADER)
    assert timeline(until=date(2026, 1, 1)) == [
        (FIRST, Counts(2, 2)),
        (SECOND, Counts(5, 3)),
        (date(2024, 1, 1), Counts(4, 2)),
    ]


def test_every_count_and_change_takes_few_queries_however_many_areas(record, django_assert_num_queries):
    with django_assert_num_queries(1):
        counts_on(SECOND)
    with django_assert_num_queries(1):
        [(span.area.subdivision.name, span.recognition.number) for span in on_record(SECOND)]
    with django_assert_num_queries(3):
        changes_between(FIRST, SECOND)
    with django_assert_num_queries(2):
        change_days()
    with django_assert_num_queries(2):
        timeline(until=SECOND)
    with django_assert_num_queries(3):
        [(list(r.steps.all()), list(r.spans.all()), r.source) for r in history(record["a"])]
    with django_assert_num_queries(9):
        figures(SECOND)


def test_a_zone_ends_on_the_day_its_area_is_recognised():
    area = make_area("a")
    on_the_record(area, 1, FIRST, tier=Tier.ZONE)
    on_the_record(area, 1, SECOND)
    assert counts_on(date(2022, 11, 8), Tier.ZONE) == Counts(1, 1)
    assert counts_on(SECOND, Tier.ZONE) == Counts(0, 0)
    assert [span.status for span in StatusSpan.objects.filter(tier=Tier.ZONE).order_by("since")] == ["zone", "superseded"]


def test_entering_the_same_fact_twice_enters_it_once_and_another_under_its_number_is_refused(record):
    entries = Entry.objects.count()
    assert on_the_record(record["a"], 1, FIRST) == Recognition.objects.get(number=1)
    assert Entry.objects.count() == entries
    with pytest.raises(Refusal) as refused:
        on_the_record(make_area("f"), 1, FIRST)
    assert refused.value.code == "number-taken"


def test_days_that_are_not_on_record_stay_so(record):
    first = Recognition.objects.get(number=1)
    assert (first.presented_on, first.valid_until, first.ended_on) == (None, None, None)
    assert status_on(record["a"], date(2026, 1, 1)).ended is None
    assert status_on(record["a"], date(2020, 1, 1)) is None


def run(*args: str) -> str:
    out = StringIO()
    call_command("figures", *args, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_figures_of_a_day_in_either_calendar(record):
    found = json.loads(run("--as-of", "30 พ.ย. 2565", "--since", "2021-12-31", "--json"))
    assert json.loads(run("--as-of", "2022-11-30", "--since", "31/12/2564", "--json")) == found
    assert (found["as_of"], found["recognised_areas"], found["provinces"], found["promotion_zones"]) == ("2022-11-30", 5, 3, 0)
    change = found["change"]
    assert (change["since"], change["recognised_areas_then"], change["provinces_then"]) == ("2021-12-31", 2, 2)
    assert [(row["slug"], row["province_code"], row["by"]) for row in change["added"]] == [
        ("c", "TH-65", ["grant: press"]),
        ("d", "TH-65", ["grant: press"]),
        ("e", "TH-40", ["grant: press"]),
    ]
    assert change["added_provinces"] == 2


def test_without_an_earlier_day_the_command_explains_the_last_change(record):
    found = json.loads(run("--as-of", "2026-01-01", "--json"))["change"]
    assert (found["since"], found["added_areas"]) == ("2022-11-08", 3)
    assert "5 recognised areas in 3 provinces" in run("--as-of", "2026-01-01")


def test_a_day_that_cannot_be_read_is_an_error_in_words():
    with pytest.raises(CommandError, match="29/2/2566"):
        run("--as-of", "29/2/2566")
    with pytest.raises(CommandError, match="after --as-of"):
        run("--as-of", "2022-01-01", "--since", "2023-01-01")
