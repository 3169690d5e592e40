"""My tasks: what waits for the secretary, for a member, for the chair; and for nobody else."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from nagara.governance import actions
from nagara.governance.states import Verb
from nagara.governance.tasks import tasks
from nagara.governance.tests.stage import CALLED, DAY, clock, close, make_stage, plan, put, resolve, sit
from nagara.people.models import User
from nagara.people.tests.cast import make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def titles(user, at=CALLED):
    with override("en"):
        return [(task.title, task.due, task.mine) for task in tasks(User.objects.get(pk=user.pk), at)]


def test_the_secretary_is_led_from_the_plan_to_the_minutes(stage):
    meeting = plan(stage)
    item = put(stage, meeting)
    name = "meeting 1/2569 of the Committee committee"
    assert titles(stage.secretary) == [(f"Call {name}", clock(9, 30) - timedelta(days=7), True)]
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    assert titles(stage.secretary) == [(f"Prepare and open {name}", clock(9, 30), True)]
    actions.open_meeting(meeting, by=stage.secretary, at=clock(9, 30))
    assert titles(stage.secretary) == [("Meeting 1/2569 of the Committee committee sits", clock(12), True)]
    actions.open_item(item, by=stage.secretary, at=clock(9, 40))
    actions.close_item(item, by=stage.secretary, at=clock(9, 50))
    close(stage, meeting, clock(12))
    assert titles(stage.secretary) == [(f"Circulate the minutes of {name}", None, True)]
    minutes = actions.draft_minutes(meeting, by=stage.secretary, at=clock(13))
    minutes = actions.circulate(minutes, corrections_until=DAY + timedelta(days=7), by=stage.secretary, at=clock(13))
    [(title, _due, mine)] = titles(stage.secretary)
    assert (title, mine) == (f"The minutes of {name} are being read", False)
    actions.propose_correction(minutes, wanted="x", by=stage.holder(2), at=clock(14))
    assert titles(stage.secretary) == [(f"Take or decline the corrections of the minutes of {name}", None, True)]


def test_a_member_is_told_of_the_meeting_and_of_the_minutes(stage):
    meeting = plan(stage)
    assert titles(stage.holder(2)) == []
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    assert [title for title, _due, _mine in titles(stage.holder(2))] == ["Attend meeting 1/2569 of the Committee committee"]
    actions.open_meeting(meeting, by=stage.secretary, at=clock(9, 30))
    close(stage, meeting, clock(12))
    assert titles(stage.holder(2)) == []
    minutes = actions.draft_minutes(meeting, by=stage.secretary, at=clock(13))
    actions.circulate(minutes, corrections_until=DAY + timedelta(days=7), by=stage.secretary, at=clock(13))
    assert [title for title, _due, _mine in titles(stage.holder(2))] == [
        "Read the minutes of meeting 1/2569 of the Committee committee, ask for corrections"
    ]


def test_the_chair_is_led_to_the_item_that_is_before_the_meeting(stage):
    meeting = plan(stage)
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    actions.open_item(item, by=stage.secretary, at=clock(10))
    with override("en"):
        found = {task.title: task.url for task in tasks(User.objects.get(pk=stage.chair.pk), clock(10))}
    assert found["Decide on item 5.1 of meeting 1/2569 of the Committee committee"] == f"/en/meetings/{meeting.pk}/items/{item.pk}/brief"


def test_assignments_past_their_day_stand_until_they_are_done(stage):
    meeting = plan(stage)
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    resolution = resolve(stage, item, clock(10), Verb.ASSIGN, owner=make_organisation("water"), due=DAY)
    late = clock(9) + timedelta(days=1)
    assert "1 assignment is past its day" in [title for title, _due, _mine in titles(stage.secretary, late)]
    assert "1 assignment is past its day" not in [title for title, _due, _mine in titles(stage.secretary, clock(11))]
    actions.mark_done(resolution, on=DAY, note="letter 5", by=stage.secretary, at=late)
    assert "1 assignment is past its day" not in [title for title, _due, _mine in titles(stage.secretary, late)]


def test_others_have_nothing_to_do_here(stage):
    other = make_stage("other")
    actions.call_meeting(plan(stage), by=stage.secretary, at=CALLED)
    for user in (other.secretary, other.chair, stage.office):
        assert titles(user) == []
