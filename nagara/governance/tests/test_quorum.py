"""The quorum of an item: what must hold for every body, and the cases of the rules."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from nagara.governance.quorum import Cell, Quorum, Rule, SeatOnDay, needed, quorum

HALF = Rule()


def seats(count: int, *, vacant: int = 0) -> list[SeatOnDay]:
    return [SeatOnDay(number, filled=number > vacant) for number in range(1, count + 1)]


rules = st.builds(
    Rule,
    share=st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1)]),
    more_than=st.booleans(),
    recused_leave_base=st.booleans(),
    vacant_count=st.booleans(),
    online_counts=st.booleans(),
)


@st.composite
def rooms(draw: st.DrawFn) -> tuple[list[SeatOnDay], dict[int, bool], set[int]]:
    """Seats of a day, who is in (True: online), who is recused."""
    chairs = [SeatOnDay(number, draw(st.booleans()), draw(st.booleans())) for number in range(draw(st.integers(0, 12)))]
    inside = {chair.seat: draw(st.booleans()) for chair in chairs if draw(st.booleans())}
    return chairs, inside, {chair.seat for chair in chairs if draw(st.booleans())}


@given(rules, rooms())
def test_needed_is_the_smallest_number_that_satisfies_the_words_of_the_rule(rule, room):
    found = quorum(rule, *room)

    def satisfies(present: int) -> bool:
        share = Fraction(present) - found.base * rule.share
        return present > 0 and (share > 0 if rule.more_than else share >= 0)

    assert [satisfies(number) for number in range(found.needed + 2)] == [False] * found.needed + [True, True]


@given(rules, rooms())
def test_nobody_is_counted_twice_and_nobody_who_does_not_count(rule, room):
    chairs, inside, recused = room
    found = quorum(rule, *room)
    counting = {chair.seat for chair in chairs if chair.counts}
    assert found.on_site + found.online == len((counting & set(inside)) - recused)
    assert 0 <= found.present <= found.base <= found.seats == len(counting)
    assert len(found.cells) == found.base


@given(rules, rooms())
def test_one_more_who_comes_into_the_room_never_costs_the_quorum(rule, room):
    chairs, inside, recused = room
    if not rule.vacant_count:  # somebody on a vacant seat would fill it, and so raise the base
        chairs = [chair._replace(filled=True) for chair in chairs]
    before = quorum(rule, chairs, inside, recused)
    for chair in chairs:
        after = quorum(rule, chairs, {**inside, chair.seat: False}, recused)
        assert after.present >= before.present
        assert after.quorate or not before.quorate


@given(rules, rooms())
def test_more_than_never_needs_fewer_than_at_least(rule, room):
    base = quorum(rule, *room).base
    assert needed(base, rule._replace(more_than=True)) >= needed(base, rule._replace(more_than=False))


@given(rules, rooms())
def test_a_seat_that_does_not_count_changes_nothing(rule, room):
    chairs, inside, recused = room
    assert quorum(rule, [*chairs, SeatOnDay(99, counts=False)], {**inside, 99: False}, recused) == quorum(rule, *room)


def test_thirteen_of_twenty_four_are_a_quorum_of_at_least_half():
    found = quorum(HALF, seats(24), {number: number > 9 for number in range(1, 14)})
    assert found == Quorum(24, 0, 0, base=24, needed=12, on_site=9, online=4, online_counts=True)
    assert (found.present, found.quorate, found.spare) == (13, True, 1)
    assert found.cells == [Cell.ON_SITE] * 9 + [Cell.ONLINE] * 4 + [Cell.ABSENT] * 11


def test_two_recused_of_twenty_four_leave_eleven_of_twenty_two():
    found = quorum(HALF, seats(24), dict.fromkeys(range(1, 14), False), recused={1, 2})
    assert (found.base, found.needed, found.present, found.quorate, found.spare) == (22, 11, 11, True, 0)


def test_where_the_rule_keeps_the_recused_in_the_base_the_same_room_is_not_quorate():
    rule = HALF._replace(recused_leave_base=False)
    found = quorum(rule, seats(24), dict.fromkeys(range(1, 14), False), recused={1, 2})
    assert (found.base, found.needed, found.present, found.quorate, found.spare) == (24, 12, 11, False, -1)


def test_more_than_half_of_ten_are_six():
    assert needed(10, HALF) == 5
    assert needed(10, HALF._replace(more_than=True)) == 6
    assert needed(11, HALF) == needed(11, HALF._replace(more_than=True)) == 6


def test_two_thirds_of_ten_are_seven():
    assert needed(10, HALF._replace(share=Fraction(2, 3))) == 7


def test_vacant_seats_stay_in_the_base_unless_the_rule_lets_them_go():
    assert quorum(HALF, seats(24, vacant=4), {}).base == 24
    found = quorum(HALF._replace(vacant_count=False), seats(24, vacant=4), {})
    assert (found.base, found.needed, found.vacant) == (20, 10, 4)


def test_online_counts_only_where_the_rule_says_so():
    inside = {1: False, 2: True, 3: True}
    assert quorum(HALF, seats(5), inside).present == 3
    found = quorum(HALF._replace(online_counts=False), seats(5), inside)
    assert (found.present, found.online, found.quorate) == (1, 2, False)


def test_an_empty_body_is_never_quorate():
    assert not quorum(HALF, [], {}).quorate
    assert not quorum(HALF, seats(2), {1: False, 2: False}, recused={1, 2}).quorate
