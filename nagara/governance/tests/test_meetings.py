"""A meeting from its plan to its close."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from nagara.audit.models import Entry
from nagara.governance import actions
from nagara.governance.models import AgendaItem, Heading, Meeting
from nagara.governance.states import ItemState, MeetingState, Verb
from nagara.governance.tests.stage import CALLED, DAY, clock, close, come, make_stage, plan, put, resolve, sit
from nagara.notices.models import Notice
from nagara.people.tests.cast import make_organisation
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db


def test_a_meeting_gets_the_next_number_of_its_body_and_year():
    stage, other = make_stage(), make_stage("other")
    first, second = plan(stage), plan(stage, day=DAY + timedelta(days=7))
    assert [first.reference, second.reference] == ["1/2569", "2/2569"]
    assert plan(other).reference == "1/2569"
    assert plan(stage, day=DAY + timedelta(days=60)).reference == "1/2570"


def test_planning_twice_gives_one_meeting():
    stage = make_stage()
    assert plan(stage) == plan(stage)
    assert Meeting.objects.count() == 1


def test_a_number_can_be_changed_with_a_reason_until_the_meeting_is_called():
    stage = make_stage()
    meeting = plan(stage)
    actions.renumber(meeting, number=3, why="two were held before Nagara", by=stage.secretary, at=CALLED)
    meeting.refresh_from_db()
    assert meeting.reference == "3/2569"
    assert Entry.objects.get(did="governance.renumber").why == "two were held before Nagara"
    assert plan(stage, day=DAY + timedelta(days=7)).reference == "4/2569"
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    with pytest.raises(Refusal) as refused:
        actions.renumber(meeting, number=5, why="again", by=stage.secretary, at=CALLED)
    assert refused.value.code == "meeting-state"


def test_a_number_that_is_taken_is_refused():
    stage = make_stage()
    plan(stage)
    second = plan(stage, day=DAY + timedelta(days=7))
    with pytest.raises(Refusal) as refused:
        actions.renumber(second, number=1, why="no", by=stage.secretary, at=CALLED)
    assert refused.value.code == "number-taken"


def test_calling_tells_holders_and_alternates_who_have_an_account_each_in_their_language():
    stage = make_stage()
    stage.chair.language = "en"
    stage.chair.save()
    meeting = plan(stage)
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    told = Notice.objects.order_by("pk")
    assert {notice.recipient for notice in told} == {user.audit_key for user in [*stage.holders, stage.alternate]}
    chair = told.get(recipient=stage.chair.audit_key)
    assert chair.link == f"/en/meetings/{meeting.pk}"
    assert told.get(recipient=stage.alternate.audit_key).link == f"/meetings/{meeting.pk}"
    assert chair.subject["en"] == "Meeting 1/2569 of the Committee committee"


def test_a_call_that_is_shorter_than_the_rule_wants_needs_its_reason():
    stage = make_stage()
    meeting = plan(stage)
    late = clock(9) - timedelta(days=6)
    with pytest.raises(Refusal) as refused:
        actions.call_meeting(meeting, by=stage.secretary, at=late)
    assert (refused.value.code, list(refused.value.fields)) == ("short-notice", ["short_notice_why"])
    meeting = actions.call_meeting(meeting, by=stage.secretary, at=late, short_notice_why="flood")
    assert (meeting.state, meeting.short_notice_why) == (MeetingState.CALLED, "flood")


def test_a_call_on_the_last_day_of_notice_needs_none():
    stage = make_stage()
    meeting = actions.call_meeting(plan(stage), by=stage.secretary, at=clock(16) - timedelta(days=7))
    assert (meeting.state, meeting.short_notice_why) == (MeetingState.CALLED, "")


def test_planned_and_held_place_and_time_are_both_kept():
    stage = make_stage()
    meeting = plan(stage)
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    held = actions.open_meeting(
        meeting, by=stage.secretary, at=clock(9, 50), opened_at=clock(9, 45), place=texts("ห้องประชุม 2", "Meeting room 2"), online=False
    )
    assert (held.planned_from, held.planned_place["en"]) == (clock(9, 30), "Meeting room 1")
    assert (held.opened_at, held.held_on, held.held_place["en"]) == (clock(9, 45), DAY, "Meeting room 2")
    assert (held.on_site, held.online) == (True, False)


def test_those_who_were_called_are_told_of_a_change():
    stage = make_stage()
    meeting = plan(stage)
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    Notice.objects.all().delete()
    actions.replan(meeting, planned_from=clock(13), place=texts("ห้องประชุม 3", "Room 3"), by=stage.secretary, at=CALLED)
    assert Notice.objects.count() == 11
    assert "Room 3" in Notice.objects.first().body["en"]


def test_a_cancelled_meeting_keeps_its_number_says_why_and_tells():
    stage = make_stage()
    meeting = plan(stage)
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    Notice.objects.all().delete()
    with pytest.raises(Refusal) as refused:
        actions.cancel_meeting(meeting, why="", by=stage.secretary, at=CALLED)
    assert refused.value.code == "reason-needed"
    meeting = actions.cancel_meeting(meeting, why="storm", by=stage.secretary, at=CALLED)
    assert (meeting.state, meeting.cancelled_why) == (MeetingState.CANCELLED, "storm")
    assert Notice.objects.count() == 11
    assert plan(stage, day=DAY + timedelta(days=7)).reference == "2/2569"


def test_a_meeting_is_opened_only_when_it_was_called():
    stage = make_stage()
    with pytest.raises(Refusal):
        actions.open_meeting(plan(stage), by=stage.secretary, at=clock(9, 30))


def test_closing_carries_over_what_was_not_reached_and_the_next_agenda_has_it():
    stage = make_stage()
    meeting = plan(stage)
    taken, left = put(stage, meeting, "แรก"), put(stage, meeting, "สอง")
    sit(stage, meeting, *range(1, 8))
    resolve(stage, taken, clock(10), Verb.ACKNOWLEDGE)
    close(stage, meeting, clock(12))
    left.refresh_from_db()
    assert left.state == ItemState.CARRIED_OVER
    following = plan(stage, at=clock(13), day=DAY + timedelta(days=14))
    again = AgendaItem.objects.get(meeting=following, carried_from=left)
    assert (again.kind, again.title, again.number) == (Heading.FOR_CONSIDERATION, left.title, "5.1")
    another = plan(stage, at=clock(13), day=DAY + timedelta(days=21))
    assert not another.items.filter(kind=Heading.FOR_CONSIDERATION).exists()


def test_a_meeting_does_not_close_over_an_open_item_nor_before_somebody_came():
    stage = make_stage()
    meeting = plan(stage)
    item = put(stage, meeting)
    sit(stage, meeting, 1, 2, 3)
    actions.open_item(item, by=stage.secretary, at=clock(10))
    with pytest.raises(Refusal) as refused:
        close(stage, meeting, clock(12))
    assert refused.value.code == "item-open"
    actions.close_item(item, by=stage.secretary, at=clock(10, 30))
    come(stage, meeting, 4, clock(11))
    with pytest.raises(Refusal) as refused:
        actions.close_meeting(meeting, closed_at=clock(10, 45), by=stage.secretary, at=clock(12))
    assert refused.value.code == "attendance-later"


def test_the_agenda_of_the_next_meeting_begins_with_minutes_and_open_assignments():
    stage = make_stage()
    meeting = plan(stage)
    item = put(stage, meeting, "แผนน้ำท่วม")
    sit(stage, meeting, *range(1, 8))
    resolution = resolve(stage, item, clock(10), Verb.ASSIGN, owner=make_organisation("water"), due=DAY + timedelta(days=30))
    close(stage, meeting, clock(12))
    following = plan(stage, at=clock(13), day=DAY + timedelta(days=14))
    rows = [
        (row.kind, row.number, [(matter.kind, matter.ref) for matter in row.matters.all()]) for row in following.items.order_by("number")
    ]
    assert rows == [
        (Heading.ADOPT_MINUTES, "2", [("governance.minutes", str(meeting.pk))]),
        (Heading.MATTERS_ARISING, "3.1", [("governance.follow_up", str(resolution.pk))]),
    ]


def test_only_the_secretary_of_the_body_keeps_its_meetings():
    stage, other = make_stage(), make_stage("other")
    meeting = plan(stage)
    for user in (stage.chair, stage.office, other.secretary, stage.alternate):
        with pytest.raises(PermissionDenied):
            actions.plan_meeting(stage.body, planned_from=clock(14), by=user, at=CALLED)
        with pytest.raises(PermissionDenied):
            actions.call_meeting(meeting, by=user, at=CALLED)
        with pytest.raises(PermissionDenied):
            actions.cancel_meeting(meeting, why="no", by=user, at=CALLED)
    meeting.refresh_from_db()
    assert meeting.state == MeetingState.PLANNED
