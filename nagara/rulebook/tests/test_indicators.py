"""Indicator sets are as strict as the criteria, and one measure is defined in one set."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings

from nagara.rulebook import indicators, reader
from nagara.rulebook.editions import UnsoundEdition, plain

U4SSC = settings.RULEBOOK / "u4ssc" / "2017-01-01.yaml"
NATIONAL = settings.RULEBOOK / "smart-city-thailand-monitoring" / "2026-01-01.yaml"


def raw() -> Any:
    return plain(U4SSC)


def faults(changed: Any) -> list[str]:
    with pytest.raises(UnsoundEdition) as unsound:
        indicators.from_plain(changed)
    return unsound.value.faults


def test_u4ssc_has_91_indicators_55_core_36_advanced_and_says_which_were_checked():
    found = indicators.read(U4SSC)
    tiers = [row.tier for row in found.indicators]
    assert (len(found.indicators), tiers.count("core"), tiers.count("advanced")) == (91, 55, 36)
    assert [measure.code for measure in found.measures if measure.checked] == [
        "household-internet-access",
        "fixed-broadband-subscriptions",
        "electronic-health-records",
    ]
    assert {measure.source.certainty for measure in found.measures if not measure.checked} == {"third_party"}


def test_the_national_set_is_ours_and_shares_its_measures():
    found = indicators.read(NATIONAL)
    shared = {row.measure for row in found.indicators} - {measure.code for measure in found.measures}
    assert found.source.certainty == "own"
    assert len(shared) == 11
    assert shared < {measure.code for measure in indicators.read(U4SSC).measures}


def test_each_set_is_in_force_from_its_own_day():
    assert [found.programme for found in indicators.sets_on(date(2025, 12, 31))] == ["ascn-monitoring", "u4ssc"]
    assert len(indicators.sets_on(date(2026, 1, 1))) == 3


def test_an_unknown_key_is_refused():
    changed = raw()
    changed["measures"][0]["colour"] = "green"
    assert faults(changed) == ["Object contains unknown field `colour` - at `$.measures[0]`"]


def test_a_measure_without_a_source_is_refused():
    changed = raw()
    del changed["measures"][3]["source"]
    assert faults(changed) == ["Object missing required field `source` - at `$.measures[3]`"]


def test_codes_that_occur_twice_and_groups_that_do_not_exist_are_named():
    changed = raw()
    changed["indicators"][1]["code"] = changed["indicators"][0]["code"]
    changed["indicators"][2]["group"] = "moon"
    assert faults(changed) == [
        "a code occurs twice among the indicators: EC: ICT: ICT: 1C",
        "EC: ICT: ICT: 3C names a group that does not exist: moon",
    ]


def test_bounds_the_wrong_way_round_and_an_unknown_rule_are_named():
    changed = raw()
    changed["measures"][0] |= {"least": 100, "most": 0, "derived": "guess"}
    assert faults(changed) == [
        "household-internet-access: the least (100) is not below the most (0)",
        "household-internet-access: no rule is called guess: there are projects, projects_by_stage, projects_by_focus_area",
    ]


def test_a_measure_that_no_set_defines_is_found_between_the_sets():
    found = [indicators.read(NATIONAL)]
    assert len(indicators.faults_between(found)) == 11
    assert indicators.faults_between([*found, indicators.read(U4SSC)]) == []


def test_what_is_kept_says_the_same():
    found = indicators.read(U4SSC)
    assert indicators.from_kept(indicators.to_plain(found)) == found


def test_the_rulebook_is_sound():
    assert reader.check() == []
