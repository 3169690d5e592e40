"""Attendance and recusals as the secretary enters them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from nagara.governance import actions
from nagara.governance.models import AttendanceEvent, Recusal, SeatHolder
from nagara.governance.room import How, room
from nagara.governance.tests.stage import CALLED, DAY, clock, close, come, make_stage, plan, put, resolve, seat_user, sit, trees
from nagara.people.models import Person
from nagara.people.tests.cast import make_organisation, make_person
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def meeting(stage):
    return plan(stage)


def inside(meeting, at):
    return {one.seat.position: one.who for one in room(meeting, at).seats if one.who}


def test_the_holder_who_comes_counts_the_alternate_out(stage, meeting):
    sit(stage, meeting)
    come(stage, meeting, 2, clock(9, 30), user=stage.alternate)
    assert inside(meeting, clock(9, 59)) == {2: stage.alternate.person}
    come(stage, meeting, 2, clock(10))
    assert inside(meeting, clock(10)) == {2: stage.holder(2).person}


def test_an_alternate_is_refused_while_the_holder_is_in(stage, meeting):
    sit(stage, meeting, 2)
    with pytest.raises(Refusal) as refused:
        come(stage, meeting, 2, clock(10), user=stage.alternate)
    assert refused.value.code == "attendance-holder-is-in"
    assert inside(meeting, clock(10)) == {2: stage.holder(2).person}


def test_somebody_who_neither_holds_the_seat_nor_stands_in_that_day_is_refused(stage, meeting):
    ended = seat_user(stage.seat(3), "ended alternate", capacity="alternate", ended=DAY)
    not_yet = seat_user(stage.seat(3), "later alternate", capacity="alternate", since=DAY + timedelta(days=1))
    sit(stage, meeting)
    for user in (ended, not_yet, stage.holder(4)):
        with pytest.raises(Refusal) as refused:
            come(stage, meeting, 3, clock(10), user=user)
        assert refused.value.code == "not-of-this-seat"
    assert not AttendanceEvent.objects.exists()


def test_entering_twice_gives_one_entry(stage, meeting):
    sit(stage, meeting, 1)
    assert come(stage, meeting, 1, clock(9, 30)) == AttendanceEvent.objects.get()


def test_attendance_may_be_entered_afterwards_with_its_times(stage, meeting):
    sit(stage, meeting, 1, 2)
    close(stage, meeting, clock(12))
    come(stage, meeting, 3, clock(9, 40), entered=clock(15))
    come(stage, meeting, 3, clock(11, 20), entered=clock(15), kind="leave")
    assert set(inside(meeting, clock(11, 19))) == {1, 2, 3}
    assert set(inside(meeting, clock(11, 20))) == {1, 2}
    event = AttendanceEvent.objects.filter(seat=stage.seat(3)).first()
    assert (event.at, event.recorded_at) == (clock(9, 40), clock(15))


@pytest.mark.parametrize("when", [clock(13), clock(9) - timedelta(days=1)])
def test_a_time_outside_the_day_or_after_the_close_is_refused(stage, meeting, when):
    sit(stage, meeting, 1)
    close(stage, meeting, clock(12))
    with pytest.raises(Refusal) as refused:
        come(stage, meeting, 2, when, entered=clock(16))
    assert refused.value.code == "outside-the-meeting"


def test_a_time_that_has_not_come_is_refused(stage, meeting):
    sit(stage, meeting)
    with pytest.raises(Refusal):
        come(stage, meeting, 1, clock(11), entered=clock(10))


def test_an_entry_that_would_make_a_later_one_untrue_is_refused(stage, meeting):
    sit(stage, meeting)
    come(stage, meeting, 2, clock(10), user=stage.alternate)
    with pytest.raises(Refusal) as refused:
        come(stage, meeting, 2, clock(9, 45), entered=clock(11))
    assert refused.value.code == "attendance-holder-is-in"


def test_a_mistake_is_struck_out_with_its_reason_and_stays_readable(stage, meeting):
    sit(stage, meeting, 1)
    event = AttendanceEvent.objects.get()
    with pytest.raises(Refusal):
        actions.strike_out(event, why=" ", by=stage.secretary, at=clock(10))
    event = actions.strike_out(event, why="it was her brother", by=stage.secretary, at=clock(10))
    assert (event.struck_out_at, event.struck_out_why, event.struck_out_by) == (clock(10), "it was her brother", stage.secretary.audit_key)
    assert inside(meeting, clock(10)) == {}
    assert AttendanceEvent.objects.count() == 1


def test_somebody_sent_for_the_day_stands_in_that_day_alone(stage, meeting):
    sit(stage, meeting)
    named = {"rank": texts("นาย"), "given": texts("สมชาย"), "family": texts("ใจดี")}
    for _press in range(2):
        actions.stand_in(
            meeting,
            stage.seat(3),
            named=named,
            when=clock(9, 45),
            position_title=texts("ผู้อำนวยการกอง"),
            by=stage.secretary,
            at=clock(9, 45),
        )
    row = SeatHolder.objects.get(seat=stage.seat(3), capacity="alternate")
    assert (row.since, row.ended) == (DAY, DAY + timedelta(days=1))
    assert inside(meeting, clock(10)) == {3: row.person}
    assert Person.objects.filter(given=texts("สมชาย")).count() == 1
    assert AttendanceEvent.objects.count() == 1


def test_a_participant_has_no_seat_and_counts_for_no_quorum(stage, meeting):
    sit(stage, meeting, 1)
    actions.enter_attendance(
        meeting, person=None, named={"given": texts("วิทยากร")}, kind="join", when=clock(10), by=stage.secretary, at=clock(10)
    )
    now = room(meeting, clock(10))
    assert [(row.person.given["th"], span.seat) for row, span in now.guests] == [("วิทยากร", None)]
    assert now.quorum.present == 1


def test_a_reason_for_absence_is_noted_changed_and_withdrawn(stage, meeting):
    actions.excuse(meeting, stage.seat(5), reason="ติดราชการ", by=stage.secretary, at=CALLED)
    actions.excuse(meeting, stage.seat(5), reason="ป่วย", by=stage.secretary, at=CALLED)
    [absence] = meeting.absences.filter(withdrawn_at__isnull=True)
    assert absence.reason == "ป่วย"
    actions.withdraw_excuse(absence, by=stage.secretary, at=CALLED)
    assert meeting.absences.filter(withdrawn_at__isnull=True).count() == 0
    assert meeting.absences.count() == 2


def test_attendance_is_the_secretarys_alone(stage, meeting):
    sit(stage, meeting)
    for user in (stage.chair, stage.office, make_stage("other").secretary):
        with pytest.raises(PermissionDenied):
            actions.enter_attendance(
                meeting, person=stage.chair.person, seat=stage.seat(1), kind="join", when=clock(9, 30), by=user, at=clock(9, 30)
            )


# Recusals


def test_a_member_declares_a_conflict_and_the_seat_leaves_the_base(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, 1, 2, 3, 4, 5)
    actions.recuse(item, stage.seat(3), reason="ที่ปรึกษาโครงการ", by=stage.holder(3), at=clock(9, 40))
    now = room(meeting, clock(10), list(item.recusals.filter(withdrawn_at__isnull=True)))
    assert (now.quorum.base, now.quorum.needed, now.quorum.present, now.quorum.recused) == (9, 5, 4, 1)
    assert [one.seat for one in now.standing(How.RECUSED)] == [stage.seat(3)]
    other = room(meeting, clock(10))
    assert (other.quorum.base, other.quorum.present) == (10, 5)


def test_nobody_declares_for_the_seat_of_another(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting)
    with pytest.raises(PermissionDenied):
        actions.recuse(item, stage.seat(3), reason="no", by=stage.holder(4), at=clock(10))
    assert not Recusal.objects.exists()


def test_a_tie_of_the_agency_is_found_when_the_item_opens(stage, meeting):
    with trees() as programme:
        programme.tied = {make_organisation("agency-3").pk: "applicant of row oak"}
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        actions.open_item(item, by=stage.secretary, at=clock(10))
        [recusal] = item.recusals.all()
        assert (recusal.seat, recusal.reason, recusal.found) == (stage.seat(3), "applicant of row oak", True)


def test_a_tie_of_whoever_sits_is_found_too(stage, meeting):
    city = make_organisation("city")
    seat_user(stage.seat(6), "mayor", capacity="alternate")
    Person.objects.filter(given={"th": "mayor", "en": "mayor"}).update(organisation=city)
    with trees() as programme:
        programme.tied = {city.pk: "applicant"}
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, 1)
        actions.open_item(item, by=stage.secretary, at=clock(10))
        assert [row.seat for row in item.recusals.all()] == [stage.seat(6)]


def test_a_seat_that_the_chair_lets_in_again_stays_in(stage, meeting):
    with trees() as programme:
        programme.tied = {make_organisation("agency-3").pk: "applicant"}
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        actions.open_item(item, by=stage.secretary, at=clock(10))
        actions.withdraw_recusal(item.recusals.get(), why="the tie ended in 2020", by=stage.secretary, at=clock(10, 1))
        resolution = resolve(stage, item, clock(10, 5))
        assert resolution.quorum["recused"] == []
        assert item.recusals.get().withdrawn_why == "the tie ended in 2020"


def test_nobody_is_recused_from_what_is_resolved(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    resolve(stage, item, clock(10))
    with pytest.raises(Refusal) as refused:
        actions.recuse(item, stage.seat(3), reason="late", by=stage.holder(3), at=clock(11))
    assert refused.value.code == "item-settled"


def test_a_person_is_not_in_two_seats_at_once(stage, meeting):
    person = make_person("deputy")
    for number in (4, 5):
        SeatHolder.objects.create(seat=stage.seat(number), person=person, capacity="alternate", since=DAY)
    sit(stage, meeting)
    actions.enter_attendance(
        meeting, person=person, seat=stage.seat(4), kind="join", when=clock(9, 30), by=stage.secretary, at=clock(9, 30)
    )
    with pytest.raises(Refusal) as refused:
        actions.enter_attendance(
            meeting, person=person, seat=stage.seat(5), kind="join", when=clock(9, 40), by=stage.secretary, at=clock(9, 40)
        )
    assert refused.value.code == "attendance-in-elsewhere"
