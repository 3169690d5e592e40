"""Counts and shares, without a database."""

from nagara.reports.figures import Row, compute

AREAS = {"civic": {"en": "Civic"}, "built": {"en": "Built"}, "health": {"en": "Health"}}
STAGES = {"planning": {"en": "planning"}, "ongoing": {"en": "ongoing"}, "either": {"en": "ongoing or planning"}}
STATES = {"KH": {"en": "Cambodia"}, "TH": {"en": "Thailand"}}


def row(number: int, area: str = "civic", stage: str = "planning", state: str = "TH", also: tuple[str, ...] = ()) -> Row:
    return {
        "id": number,
        "key": f"P-{number}",
        "city": f"city-of-{state.lower()}",
        "state": state,
        "title": {"en": f"Project {number}"},
        "area": area,
        "areas": [area, *also],
        "stage": stage,
        "status": "",
        "since": "2025-01-01",
        "entered_on": "2025-01-01",
        "entered": "decided",
        "source": "",
        "certainty": "own",
        "office": "",
        "recorded_at": "",
    }


def figures_of(rows: list[Row]):
    return compute(rows, areas=AREAS, stages=STAGES, states=STATES, groups={"either": ["planning", "ongoing"]})


def shares_of(parts):
    return [(part["code"], part["count"], part["share"]) for part in parts]


def test_shares_are_rounded_half_up_from_their_own_count_and_not_adjusted():
    rows = [row(1), row(2, "built"), row(3, "health")]
    assert shares_of(figures_of(rows)["focus_areas"]) == [("civic", 1, 33.3), ("built", 1, 33.3), ("health", 1, 33.3)]
    half = [row(number, "civic" if number < 2 else "built") for number in range(16)]
    assert shares_of(figures_of(half)["focus_areas"])[:2] == [("civic", 2, 12.5), ("built", 14, 87.5)]
    eighth = [row(number, "civic" if number < 1 else "built") for number in range(80)]
    assert shares_of(figures_of(eighth)["focus_areas"])[:2] == [("civic", 1, 1.3), ("built", 79, 98.8)]


def test_no_project_has_no_share():
    assert shares_of(figures_of([])["focus_areas"]) == [("civic", 0, None), ("built", 0, None), ("health", 0, None)]


def test_a_project_is_counted_once_where_it_is_filed_and_in_each_area_that_it_involves():
    found = figures_of([row(1, "civic", also=("built", "built")), row(2, "built")])
    assert shares_of(found["focus_areas"]) == [("civic", 1, 50.0), ("built", 1, 50.0), ("health", 0, 0.0)]
    assert shares_of(found["involving"]) == [("civic", 1, 50.0), ("built", 2, 100.0), ("health", 0, 0.0)]


def test_a_group_of_stages_is_a_line_only_where_a_row_has_it_and_a_state_only_where_it_has_a_project():
    assert shares_of(figures_of([row(1)])["stages"]) == [("planning", 1, 100.0), ("ongoing", 0, 0.0)]
    assert shares_of(figures_of([row(1, stage="either")])["stages"]) == [("either", 1, 100.0)]
    both = figures_of([row(1, stage="either"), row(2, stage="ongoing")])["stages"]
    assert shares_of(both) == [("ongoing", 1, 50.0), ("either", 1, 50.0)]
    assert shares_of(figures_of([row(1, state="KH")])["states"]) == [("KH", 1, 100.0)]
