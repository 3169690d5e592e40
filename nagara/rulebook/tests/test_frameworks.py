"""A framework is as strict as the criteria: unknown keys, missing sources, codes that name nothing, a changed published file."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from nagara.rulebook import frameworks, reader
from nagara.rulebook.editions import UnsoundEdition, kind_of, plain

ASCF = settings.RULEBOOK / "asean-smart-cities-framework" / "2018-07-08.yaml"


def raw() -> Any:
    return plain(ASCF)


def faults(changed: Any) -> list[str]:
    with pytest.raises(UnsoundEdition) as unsound:
        frameworks.from_plain(changed)
    return unsound.value.faults


def test_the_framework_of_2018_has_three_outcomes_two_systems_six_focus_areas_and_two_enablers():
    found = frameworks.read(ASCF)
    assert [len(found.outcomes), len(found.urban_systems), len(found.focus_areas), len(found.enablers)] == [3, 2, 6, 2]
    assert [area.title["en"] for area in found.focus_areas] == [
        "Civic & Social",
        "Health & Well-being",
        "Safety & Security",
        "Quality Environment",
        "Built Infrastructure",
        "Industry & Innovation",
    ]
    assert [stage.code for stage in found.stages] == ["planning", "ongoing", "completed"]
    assert len(found.project_statuses) == 8


def test_it_is_in_force_from_the_day_it_was_endorsed():
    assert frameworks.in_force("asean-smart-cities-framework", date(2018, 7, 7)) is None
    assert frameworks.in_force("asean-smart-cities-framework", date(2018, 7, 8)) == frameworks.read(ASCF)


def test_every_entry_names_its_own_source():
    changed = raw()
    del changed["focus_areas"][2]["sub_types"][0]["source"]
    assert faults(changed) == ["Object missing required field `source` - at `$.focus_areas[2].sub_types[0]`"]


def test_an_unknown_key_is_refused():
    changed = raw()
    changed["stages"][0]["colour"] = "green"
    assert faults(changed) == ["Object contains unknown field `colour` - at `$.stages[0]`"]


def test_a_code_that_occurs_twice_is_named():
    changed = raw()
    changed["outcomes"][1]["code"] = changed["outcomes"][0]["code"]
    assert faults(changed) == ["a code occurs twice among the outcomes: competitive-economy"]


def test_a_status_beside_a_stage_that_does_not_exist_is_named():
    changed = raw()
    changed["project_statuses"][0]["stages"] = ["dreaming"]
    assert faults(changed) == ["identification names a stage that does not exist: dreaming"]


def test_a_title_without_thai_is_named():
    changed = raw()
    del changed["enablers"][1]["title"]["th"]
    assert faults(changed) == ["partnership-funding: the title lacks th"]


def test_one_printed_form_may_not_stand_for_two_focus_areas():
    changed = raw()
    changed["focus_areas"][3]["also"] = ["security"]
    assert faults(changed) == ["a printed form stands for two focus areas: security"]


def test_the_check_of_the_rulebook_finds_a_published_framework_that_was_changed(tmp_path: Path):
    folder = tmp_path / "asean-smart-cities-framework"
    folder.mkdir()
    (tmp_path / reader.LOCK).write_text((settings.RULEBOOK / reader.LOCK).read_text())
    (folder / ASCF.name).write_text(ASCF.read_text().replace("Planning", "Dreaming", 1))
    found = reader.check(tmp_path)
    assert found[0] == (
        "asean-smart-cities-framework/2018-07-08.yaml: this edition was published and has been changed since; "
        "a change is a new edition with its own day"
    )


def test_a_kind_without_a_schema_is_refused(tmp_path: Path):
    path = tmp_path / "x" / "2020-01-01.yaml"
    path.parent.mkdir()
    path.write_text("kind: wish_list\nprogramme: x\n")
    [fault] = reader.check(tmp_path)
    assert fault.startswith("x/2020-01-01.yaml: no schema is called wish_list: there are criteria, framework, indicators")


def test_criteria_are_read_without_the_frameworks():
    assert [kind_of(path) for path in reader.paths()] == ["criteria"] * len(reader.paths())
    assert ASCF not in reader.paths()
