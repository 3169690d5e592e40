"""Attendance is a plain function of what was entered: what must hold for every record, and the cases that a secretary meets."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from nagara.governance.attendance import (
    ALTERNATE,
    HOLDER,
    JOIN,
    LEAVE,
    End,
    Event,
    Fault,
    Reason,
    Span,
    Stay,
    faults,
    presence,
    spans,
    stays,
)

BANGKOK = ZoneInfo("Asia/Bangkok")
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=BANGKOK)
SEATS = range(1, 4)


def clock(hour: int, minute: int = 0) -> datetime:
    return NINE.replace(hour=hour, minute=minute)


def holder(kind: str, at: datetime, seat: int = 1, *, key: int = 0, online: bool = False) -> Event:
    return Event(key, at, kind, seat, 100 + seat, HOLDER, online)


def alternate(kind: str, at: datetime, seat: int = 1, *, key: int = 0, person: int = 0, online: bool = False) -> Event:
    return Event(key, at, kind, seat, person or 200 + seat, ALTERNATE, online)


@st.composite
def days(draw: st.DrawFn) -> list[Event]:
    """Any record of a day, true or not: holders, two alternates of each seat, participants; ties; events struck out."""
    people = [(seat, 100 + seat, HOLDER) for seat in SEATS]
    people += [(seat, base + seat, ALTERNATE) for seat in SEATS for base in (200, 300)]
    people += [(None, 400, ""), (None, 401, ""), (2, 201, ALTERNATE)]  # 201 stands in for seat 1 and for seat 2
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(people),
                st.sampled_from([JOIN, LEAVE]),
                st.integers(0, 20),
                st.booleans(),
                st.sampled_from([False] * 4 + [True]),
            ),
            max_size=25,
        )
    )
    return [
        Event(key, NINE + timedelta(minutes=minutes), kind, seat, person, capacity, online, struck)
        for key, ((seat, person, capacity), kind, minutes, online, struck) in enumerate(rows)
    ]


def instants() -> list[datetime]:
    return [NINE + timedelta(seconds=30 * half) for half in range(-2, 44)]


@given(days())
def test_at_every_instant_a_seat_has_one_person_and_a_person_one_seat(events: list[Event]):
    for at in instants():
        inside = presence(events, at)
        places = [span.seat for span in inside if span.seat is not None]
        people = [span.person for span in inside]
        assert len(places) == len(set(places))
        assert len(people) == len(set(people))


@given(days())
def test_an_event_struck_out_counts_as_never_entered(events: list[Event]):
    assert spans(events) == spans([event for event in events if not event.struck])


@given(days(), st.randoms())
def test_the_order_in_which_a_record_is_read_does_not_matter(events: list[Event], random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert spans(shuffled) == spans(events)
    assert sorted(faults(shuffled)) == sorted(faults(events))


@given(days())
def test_presences_of_a_person_never_overlap_and_end_after_they_begin(events: list[Event]):
    found = spans(events, clock(9, 15))
    for one in found:
        assert one.until is not None and one.since < one.until <= clock(9, 15)
        for two in found:
            if one is not two and one.person == two.person:
                assert one.until <= two.since or two.until <= one.since


@given(days())
def test_leaving_out_what_cannot_be_true_changes_nothing(events: list[Event]):
    impossible = {fault.key for fault in faults(events)}
    clean = [event for event in events if event.key not in impossible]
    assert spans(clean) == spans(events)
    assert faults(clean) == []


@given(days())
def test_who_left_and_did_not_come_back_is_out(events: list[Event]):
    clean = [event for event in events if event.key not in {fault.key for fault in faults(events)} and not event.struck]
    for event in clean:
        later = [other for other in clean if other.person == event.person and (other.at, other.key) > (event.at, event.key)]
        if event.kind == LEAVE and not later:
            assert event.person not in {span.person for span in presence(clean, clock(12))}


def test_an_alternate_who_left_at_11_20_is_out_from_that_instant():
    day = [alternate(JOIN, clock(9, 30)), alternate(LEAVE, clock(11, 20), key=1)]
    assert spans(day, clock(12, 5)) == [Span(1, 201, ALTERNATE, False, clock(9, 30), clock(11, 20), End.LEFT)]
    assert [span.person for span in presence(day, clock(11, 19))] == [201]
    assert presence(day, clock(11, 20)) == []


def test_when_the_holder_comes_the_alternate_is_counted_out():
    day = [alternate(JOIN, clock(9, 30)), holder(JOIN, clock(10), key=1)]
    assert spans(day) == [
        Span(1, 201, ALTERNATE, False, clock(9, 30), clock(10), End.HOLDER_CAME),
        Span(1, 101, HOLDER, False, clock(10)),
    ]


def test_an_alternate_cannot_join_while_the_holder_is_in():
    day = [holder(JOIN, clock(9, 30)), alternate(JOIN, clock(10), key=1)]
    assert faults(day) == [Fault(1, Reason.HOLDER_IS_IN, 101)]
    assert [span.person for span in presence(day, clock(10, 1))] == [101]


def test_an_alternate_may_come_back_after_the_holder_left():
    day = [
        alternate(JOIN, clock(9, 30)),
        holder(JOIN, clock(10), key=1),
        holder(LEAVE, clock(10, 30), key=2),
        alternate(JOIN, clock(10, 31), key=3),
    ]
    assert faults(day) == []
    assert [span.person for span in presence(day, clock(11))] == [201]


def test_a_second_alternate_waits_until_the_first_has_left():
    day = [alternate(JOIN, clock(9)), alternate(JOIN, clock(10), key=1, person=301)]
    assert faults(day) == [Fault(1, Reason.SEAT_IS_TAKEN, 201)]


def test_nobody_sits_in_two_seats():
    day = [alternate(JOIN, clock(9), seat=1), alternate(JOIN, clock(10), seat=2, key=1, person=201)]
    assert faults(day) == [Fault(1, Reason.IN_ELSEWHERE)]


def test_nobody_leaves_who_is_not_in():
    assert faults([holder(LEAVE, clock(9))]) == [Fault(0, Reason.NOT_IN)]


def test_a_change_from_room_to_online_is_no_gap():
    day = [holder(JOIN, clock(9)), holder(JOIN, clock(10), key=1, online=True), holder(LEAVE, clock(11), key=2)]
    assert spans(day) == [
        Span(1, 101, HOLDER, False, clock(9), clock(10), End.MOVED),
        Span(1, 101, HOLDER, True, clock(10), clock(11), End.LEFT),
    ]
    assert stays(spans(day)) == [Stay(1, 101, HOLDER, False, clock(9), clock(11), End.LEFT)]


def test_whoever_was_away_between_has_a_gap():
    day = [holder(JOIN, clock(9)), holder(LEAVE, clock(10), key=1), holder(JOIN, clock(10, 4), key=2)]
    assert stays(spans(day, clock(12))) == [
        Stay(1, 101, HOLDER, False, clock(9), clock(12), End.CLOSED, ((clock(10), clock(10, 4)),)),
    ]
