"""An edition is strict: whatever is wrong with it is said in words that name the key."""

import json
import shutil
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nagara.rulebook import reader
from nagara.rulebook.editions import UnsoundEdition
from nagara.rulebook.tests.editions import PUBLISHED, raw
from nagara.toolkit.digests import digest_of_bytes

NAME = "smart-city-thailand/2019-03-08.yaml"


def faults(changed: Any) -> list[str]:
    try:
        reader.from_plain(changed)
    except UnsoundEdition as unsound:
        return unsound.faults
    return []


@pytest.fixture
def rulebook(tmp_path: Path, settings: Any) -> Path:
    """A rulebook of its own with the published criteria, locked."""
    folder = tmp_path / "rulebook"
    (folder / "smart-city-thailand").mkdir(parents=True)
    shutil.copy(PUBLISHED, folder / NAME)
    (folder / reader.LOCK).write_text(json.dumps({NAME: reader.file_digest(PUBLISHED)}))
    settings.RULEBOOK = folder
    return folder


def said(*args: str) -> str:
    out = StringIO()
    try:
        call_command("rulebook", *args, stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error)
    return out.getvalue()


# The published criteria


def test_the_published_criteria_are_the_2_5_7_of_the_programme():
    edition = reader.read(PUBLISHED)
    assert [choice.code for choice in edition.city_types] == ["livable", "new"]
    assert [criterion.code for criterion in edition.criteria] == ["C1", "C2", "C3", "C4", "C5"]
    assert len(edition.dimensions) == 7
    assert [dimension.code for dimension in edition.dimensions if dimension.compulsory] == ["environment"]
    gates = {gate.code: gate for gate in edition.gates}
    assert (gates["two_dimensions"].value, gates["dimension_mark"].value) == (2, 70)
    assert gates["dimension_mark"].source.certainty == "press", "the pass mark is not official, and says so"
    assert {criterion.source.certainty for criterion in edition.criteria} == {"official"}


def test_everything_in_the_rulebook_is_sound():
    assert reader.check() == []


def test_the_edition_in_force_is_found_by_day():
    assert reader.in_force("smart-city-thailand", date(2019, 3, 7)) is None
    found = reader.in_force("smart-city-thailand", date(2019, 3, 8))
    assert found is not None
    assert found.in_force == date(2019, 3, 8)
    assert reader.in_force("no-such-programme", date(2026, 1, 1)) is None


def test_the_city_types_in_force_on_a_day():
    assert list(reader.city_types(date(2026, 1, 1))) == ["livable", "new"]
    assert reader.city_types(date(2018, 1, 1)) == {}


# What is refused


def test_an_unknown_key_is_refused_by_its_name():
    changed = raw()
    changed["criteria"][0]["wieght"] = 20
    assert faults(changed) == ["Object contains unknown field `wieght` - at `$.criteria[0]`"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("criteria", 0, "source"), "$.criteria[0]"),
        (("criteria", 0, "weight", "source"), "$.criteria[0].weight"),
        (("dimensions", 2, "source"), "$.dimensions[2]"),
        (("gates", 1, "source"), "$.gates[1]"),
        (("scale", "source"), "$.scale"),
        (("city_types", 0, "source"), "$.city_types[0]"),
        (("source",), "$"),
    ],
)
def test_a_missing_source_is_refused_wherever_it_is_missing(path, where):
    changed = raw()
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    told = faults(changed)[0]
    assert told.startswith("Object missing required field `source`")
    assert told.endswith(where if where == "$" else f"`{where}`") or where == "$"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda e: e["criteria"][0]["weight"].update(value=25), "the weights add up to 105, not to 100"),
        (lambda e: e["criteria"][0].update(code="C2"), "a code occurs twice among the criteria: C2"),
        (lambda e: e["criteria"][0].update(code="C:1"), "a code among the criteria has other signs than letters, digits, - and _: C:1"),
        (lambda e: e["criteria"][0]["anchors"].pop(3), "C1: the anchors must say what each score from 0 to 5 means"),
        (lambda e: e["criteria"][0]["title"].pop("th"), "edition.criteria.1.C1.title: the text lacks th"),
        (lambda e: e["criteria"][1]["anchors"][2].pop("th"), "edition.criteria.2.C2.anchors.2: the text lacks th"),
        (lambda e: e["title"].update(xx="?"), "edition.title: no language that is kept here: xx"),
        (lambda e: e["title"].update(en=" "), "edition.title: the text is empty in en"),
        (
            lambda e: e.update(in_force=date(2562, 3, 8)),
            "in_force: the year 2562 is not of the Common Era: write ISO days (Buddhist year minus 543)",
        ),
        (lambda e: e["gates"][1].update(value=9), "two_dimensions: 9 dimensions cannot be chosen: there are 7"),
        (lambda e: e["gates"][2].update(value=700), "dimension_mark: 700 is not a mark above 0 and up to 100"),
        (lambda e: e["dimensions"][0].update(compulsory=False), "environment: no dimension is compulsory"),
        (lambda e: e["scale"].update(reason_for=[0, 6]), "reason_for names a score outside the scale"),
        (lambda e: e["in_principle_from"].update(value=500), "in_principle_from: 500 is not between 0 and 100"),
        (lambda e: e["source"].update(address="javascript:alert(1)"), "has no web address in address: javascript:alert(1)"),
        (
            lambda e: e["examples"][0].update(dimensions=["environment", "mobilty"]),
            "an example names a dimension that does not exist: mobilty",
        ),
        (lambda e: e["examples"][0]["scores"].pop("C1"), "does not score exactly C1, C2, C3, C4:environment, C4:mobility, C5"),
        (lambda e: e["examples"][0]["scores"].update(C1=[4, 4]), "has not as many scores for each criterion"),
        (lambda e: e["examples"][0]["scores"].update(C1=[4, 4, 9]), "has a score outside the scale"),
        (lambda e: e.update(examples=[]), "there are no examples"),
        (lambda e: e["criteria"][0]["fields"][0].update(kind="choice"), "choices belong to a field of kind choice, and to no other"),
    ],
)
def test_what_the_shape_cannot_say_is_found(change, fault):
    changed = raw()
    change(changed)
    assert any(fault in told for told in faults(changed)), faults(changed)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda e: e["examples"][0]["expect"].update(total=76.66), "the total is 76.67, not 76.66"),
        (lambda e: e["examples"][0]["expect"].update(recommendation="decline"), "the recommendation is recommend, not decline"),
        (lambda e: e["examples"][1]["expect"].update(failed_gates=[]), "the failed gates are ['dimension_mark'], not []"),
        (lambda e: e["gates"][2].update(value=80), "the recommendation is in_principle, not recommend"),
    ],
)
def test_examples_are_run(change, fault):
    changed = raw()
    change(changed)
    assert any(fault in told for told in faults(changed)), faults(changed)


@pytest.mark.parametrize("day", ["2019-13-01", "8 March 2019", 20190308, None])
def test_a_day_is_an_iso_day_and_nothing_else(day):
    changed = raw()
    changed["in_force"] = day
    assert "in_force" in faults(changed)[0]


def test_a_number_in_quotes_is_not_a_number():
    changed = raw()
    changed["criteria"][0]["weight"]["value"] = "20"
    assert faults(changed) == ["Expected `float`, got `str` - at `$.criteria[0].weight.value`"]


def test_a_key_that_stands_twice_is_refused(rulebook):
    path = rulebook / NAME
    path.write_text(path.read_text().replace("  least: 0\n", "  least: 0\n  least: 1\n"))
    with pytest.raises(UnsoundEdition, match="the key “least” stands twice, again in line"):
        reader.read(path)


# The lock


def test_the_command_finds_a_sound_rulebook_sound(rulebook):
    assert said("check") == f"1 edition(s) are sound: {NAME}\n"


def test_one_changed_line_of_a_published_edition_is_found(rulebook):
    path = rulebook / NAME
    path.write_text(path.read_text().replace("value: 70\n", "value: 69\n", 1))
    assert f"{NAME}: this edition was published and has been changed since" in said("check")
    path.write_text(PUBLISHED.read_text() + "# a remark\n")
    assert "has been changed since" in said("check"), "even a remark"
    path.write_bytes(PUBLISHED.read_bytes().replace(b"\n", b"\r\n"))
    assert "sound" in said("check"), "other line endings are the same text"


def test_a_published_edition_that_is_gone_is_missed(rulebook):
    (rulebook / NAME).unlink()
    assert f"{NAME}: published, and now missing" in said("check")


def test_a_published_edition_without_its_lock_is_found(rulebook):
    (rulebook / reader.LOCK).write_text("{}")
    assert "published, but its digest is not locked" in said("check")


def test_an_edition_at_another_day_than_its_own_is_found(rulebook):
    (rulebook / NAME).rename(rulebook / "smart-city-thailand" / "2020-01-01.yaml")
    assert "the path must be smart-city-thailand/2019-03-08.yaml" in said("check")


def test_publishing_locks_and_a_locked_edition_cannot_be_published_again(rulebook):
    new = rulebook / "smart-city-thailand" / "2026-10-01.yaml"
    text = PUBLISHED.read_text().replace("in_force: 2019-03-08", "in_force: 2026-10-01")
    new.write_text(text.replace("status: published", "status: draft"))
    assert "still says that it is a draft" in said("publish", "smart-city-thailand/2026-10-01.yaml")
    new.write_text(text)
    assert "is locked with" in said("publish", "smart-city-thailand/2026-10-01.yaml")
    assert "2 edition(s) are sound" in said("check")
    new.write_text(text.replace("value: 70", "value: 60"))
    assert "a change is a new edition with its own day" in said("publish", "smart-city-thailand/2026-10-01.yaml")


def test_a_draft_is_not_in_force(rulebook):
    new = rulebook / "smart-city-thailand" / "2026-10-01.yaml"
    text = PUBLISHED.read_text().replace("in_force: 2019-03-08", "in_force: 2026-10-01").replace("status: published", "status: draft")
    new.write_text(text)
    found = reader.in_force("smart-city-thailand", date(2026, 11, 1))
    assert found is not None
    assert found.in_force == date(2019, 3, 8)


def test_a_new_edition_is_in_force_from_its_day_on(rulebook):
    new = rulebook / "smart-city-thailand" / "2026-10-01.yaml"
    new.write_text(PUBLISHED.read_text().replace("in_force: 2019-03-08", "in_force: 2026-10-01"))
    days = {day: reader.in_force("smart-city-thailand", day) for day in (date(2026, 9, 30), date(2026, 10, 1))}
    assert [edition.in_force.isoformat() for edition in days.values() if edition] == ["2019-03-08", "2026-10-01"]


# Kept with a decision


def test_what_is_kept_says_the_same_and_has_the_same_digest_again():
    edition = reader.read(PUBLISHED)
    content = reader.to_plain(edition)
    again = reader.from_kept(content)
    assert again == edition
    assert digest_of_bytes([reader.to_plain(again)]) == digest_of_bytes([content])
