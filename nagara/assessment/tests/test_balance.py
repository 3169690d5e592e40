"""Sharing out applications: checked against every possible way of doing it."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from nagara.assessment.balance import Unfilled, share_out

SMALL = st.tuples(
    st.integers(1, 5),
    st.dictionaries(st.integers(101, 105), st.integers(0, 4), min_size=1, max_size=5),
    st.integers(1, 3),
    st.sets(st.tuples(st.integers(1, 5), st.integers(101, 105)), max_size=8),
    st.integers(0, 3),
)


def _most(applications: list[int], caps: dict[int, int], each: int, conflicts: set[tuple[int, int]]) -> int:
    """How many places can be filled at all: by trying every way (small cases only)."""
    if not applications:
        return 0
    first, rest = applications[0], applications[1:]
    open_to = [assessor for assessor in caps if caps[assessor] and (first, assessor) not in conflicts]
    best = 0
    for count in range(min(each, len(open_to)), -1, -1):
        for some in combinations(open_to, count):
            left = {assessor: cap - (assessor in some) for assessor, cap in caps.items()}
            best = max(best, count + _most(rest, left, each, conflicts))
    return best


@settings(max_examples=60, deadline=None)
@given(SMALL)
def test_caps_and_conflicts_hold_and_all_that_can_be_filled_is_filled(case):
    count, caps, each, conflicts, seed = case
    applications = list(range(1, count + 1))
    shares = share_out(applications, caps, each=each, conflicts=conflicts, seed=seed)
    assert not set(shares.pairs) & conflicts
    assert len(set(shares.pairs)) == len(shares.pairs)
    for assessor, cap in caps.items():
        assert sum(1 for pair in shares.pairs if pair[1] == assessor) <= cap
    for application in applications:
        assert sum(1 for pair in shares.pairs if pair[0] == application) <= each
    assert len(shares.pairs) == _most(applications, caps, each, conflicts)
    assert sum(entry.wanted - entry.got for entry in shares.unfilled) == each * count - len(shares.pairs)


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_the_same_seed_gives_the_same_shares(case):
    count, caps, each, conflicts, seed = case
    applications = list(range(1, count + 1))
    first = share_out(applications, caps, each=each, conflicts=conflicts, seed=seed)
    assert share_out(list(reversed(applications)), caps, each=each, conflicts=set(conflicts), seed=seed) == first


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 5))
def test_loads_differ_by_one_at_most_where_nothing_stands_in_the_way(applications, assessors, seed):
    caps = dict.fromkeys(range(100, 100 + assessors), 20)
    shares = share_out(range(1, applications + 1), caps, each=min(3, assessors), seed=seed)
    loads = [sum(1 for pair in shares.pairs if pair[1] == assessor) for assessor in caps]
    assert max(loads) - min(loads) <= 1
    assert shares.unfilled == ()


def test_what_stands_stays_and_counts():
    shares = share_out([1, 2], {101: 1, 102: 2}, each=2, standing={(1, 101)})
    assert shares.pairs == ((1, 102), (2, 102))
    assert shares.unfilled == (Unfilled(application=2, wanted=2, got=1, in_conflict=0, at_cap=1),)


def test_what_cannot_be_filled_says_why():
    shares = share_out([1], {101: 3, 102: 3, 103: 0}, each=3, conflicts={(1, 101)})
    assert shares.unfilled == (Unfilled(application=1, wanted=3, got=1, in_conflict=1, at_cap=1),)


def test_an_application_makes_room_for_another():
    """Only 101 may assess 2; whatever the lot says, 1 has to move to 102."""
    for seed in range(8):
        assert share_out([1, 2], {101: 1, 102: 1}, each=1, conflicts={(2, 102)}, seed=seed).pairs == ((1, 102), (2, 101))
