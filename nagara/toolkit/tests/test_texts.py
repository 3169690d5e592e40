"""Texts in several languages are data."""

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from nagara.toolkit.texts import check_texts, pick, texts


def test_the_readers_language_comes_first_and_another_is_marked():
    name = {"th": "ระยอง", "en": "Rayong"}
    assert pick(name, "en") == ("Rayong", "en")
    assert pick({"th": "ระยอง"}, "en") == ("ระยอง", "th")
    assert pick({}, "en") == ("", "")
    with translation.override("en"):
        assert Template("{{ name|texts }}").render(Context({"name": {"th": "ระยอง"}})) == '<span lang="th">ระยอง</span>'


def test_a_text_is_escaped():
    with translation.override("th"):
        assert Template("{{ name|texts }}").render(Context({"name": {"th": "<b>"}})) == "&lt;b&gt;"


@pytest.mark.parametrize("value", ["ระยอง", {"xx": "a"}, {"th": " "}, {"th": 3}, None])
def test_what_is_not_text_by_language_is_refused(value):
    with pytest.raises(ValidationError):
        check_texts(value)


def test_what_is_not_known_is_left_out():
    assert texts("ระยอง", None) == {"th": "ระยอง"}


def test_numbers_keep_their_unit_and_days_stay_whole():
    with translation.override("th"):
        html = Template("{{ line|nb }}").render(Context({"line": "30 พื้นที่ ใน 23 จังหวัด วันที่ 9 พฤศจิกายน 2565 ครั้งที่ 1/2565"}))
    assert html.count('class="nb"') == 4
