"""The edition that a decision was made under is kept whole, and a changed file is noticed."""

import shutil
from datetime import date

import pytest

from nagara.rulebook import reader
from nagara.rulebook.keep import keep, keep_in_force, kept
from nagara.rulebook.models import Edition
from nagara.rulebook.tests.editions import PUBLISHED
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def test_an_edition_is_kept_once_and_says_the_same(noon):
    edition = reader.read(PUBLISHED)
    first = keep(edition, at=noon)
    assert keep(edition, at=noon) == first
    assert kept(first) == edition
    assert Edition.objects.count() == 1


def test_keeping_a_changed_edition_of_the_same_day_is_refused(noon, tmp_path, settings):
    first = keep_in_force("smart-city-thailand", on=date(2026, 1, 1), at=noon)
    folder = tmp_path / "rulebook" / "smart-city-thailand"
    folder.mkdir(parents=True)
    settings.RULEBOOK = folder.parent
    shutil.copy(PUBLISHED, folder)
    path = folder / PUBLISHED.name
    path.write_text(path.read_text().replace("ไม่มีหลักฐาน", "ไม่พบหลักฐาน"))
    with pytest.raises(Refusal) as refused:
        keep_in_force("smart-city-thailand", on=date(2026, 1, 1), at=noon)
    assert refused.value.code == "edition-changed"
    assert kept(first).criteria[0].anchors[0]["th"] == "ไม่มีหลักฐาน"


def test_before_the_first_edition_nothing_can_be_kept(noon):
    with pytest.raises(Refusal) as refused:
        keep_in_force("smart-city-thailand", on=date(2019, 3, 7), at=noon)
    assert refused.value.code == "no-edition"
