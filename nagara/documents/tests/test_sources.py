"""A source is entered once and shown beside its fact with how sure it is."""

from datetime import date

import pytest
from django.template import Context, Template
from django.utils import translation

from nagara.audit.models import Entry
from nagara.audit.record import System
from nagara.documents.models import Source
from nagara.documents.sources import enter, source
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db
OFFICE = System("office")
FACTS = {
    "title": {"th": "ข่าวสำนักงาน", "en": "Office news"},
    "certainty": "press",
    "published_on": date(2022, 11, 9),
    "section": "หน้า 2",
    "address": "https://example.org/a?b=1&c=2",
}


def test_a_source_is_entered_once_and_recorded(noon):
    first = enter("news", **FACTS, by=OFFICE, at=noon)
    assert enter("news", **FACTS, by=OFFICE, at=noon) == first == source("news")
    assert Entry.objects.get().did == "documents.enter_source"


def test_another_source_under_the_same_code_is_refused(noon):
    enter("news", **FACTS, by=OFFICE, at=noon)
    with pytest.raises(Refusal) as refused:
        enter("news", **{**FACTS, "certainty": "official"}, by=OFFICE, at=noon)
    assert refused.value.code == "source-differs"
    assert Source.objects.get().certainty == "press"


def test_a_source_that_is_not_there_is_refused_in_words():
    with pytest.raises(Refusal, match="nowhere"):
        source("nowhere")


def test_how_sure_a_source_is_must_be_said(noon):
    with pytest.raises(Refusal):
        enter("news", **{**FACTS, "certainty": "rumour"}, by=OFFICE, at=noon)


def chip(found: object, lang: str) -> str:
    with translation.override(lang):
        return Template("{% load sources %}{% source found %}").render(Context({"found": found}))


def test_the_chip_says_title_section_day_and_certainty_in_the_language_of_the_page(noon):
    found = enter("news", **FACTS, by=OFFICE, at=noon)
    thai, english = chip(found, "th"), chip(found, "en")
    for words in ("ข่าวสำนักงาน", "หน้า 2", "9 พ.ย. 2565", "ข่าว", 'data-certainty="press"', "https://example.org/a?b=1&amp;c=2"):
        assert words in thai
    for words in ("Office news", "9 Nov 2022", "<b>press</b>"):
        assert words in english


def test_a_rule_of_the_rulebook_shows_its_source_in_the_same_chip():
    from types import SimpleNamespace

    rule = SimpleNamespace(title="มาตรา 5 / Section 5", section="", address="", day=None, certainty="own", note="ยังไม่พบ / not found")
    assert "มาตรา 5" in chip(rule, "th")
    assert "Section 5" in chip(rule, "en")
    assert "not found" in chip(rule, "en")


def test_a_fact_without_a_source_says_so():
    assert "not on record" in chip(None, "en")
