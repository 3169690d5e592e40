"""Who is let in and who is refused: at the rule, at the page and at the act alike."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from nagara.documents.files import keep_bytes
from nagara.governance import actions
from nagara.governance.models import AttendanceEvent, Meeting, SeatHolder
from nagara.governance.tests.stage import CALLED, clock, close, come, make_stage, plan, put, resolve, seat_user, sit
from nagara.people.models import RoleGrant, User
from nagara.people.roles import Role
from nagara.people.tests.cast import LONG_AGO, make_user
from nagara.toolkit import access
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def fresh(user: User) -> User:
    """The account as the next request loads it."""
    return User.objects.get(pk=user.pk)


def sees(user, meeting) -> bool:
    return access.allowed(fresh(user) if isinstance(user, User) else user, "governance.view", meeting)


def opens(user, address) -> int:
    client = Client()
    client.force_login(user)
    return client.get(address).status_code


def test_a_planned_meeting_is_the_secretarys_and_the_offices_and_a_called_one_the_members_too(stage):
    meeting = plan(stage)
    members = [stage.chair, stage.holder(2), stage.alternate]
    keepers = [stage.secretary, stage.office, make_user("auditor", Role.AUDITOR)]
    assert [sees(user, meeting) for user in [*keepers, *members]] == [True] * 3 + [False] * 3
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    assert [sees(user, meeting) for user in [*keepers, *members]] == [True] * 6


def test_everyone_else_sees_nothing_of_it(stage):
    other = make_stage("other")
    meeting = plan(stage)
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    outsiders = [
        other.secretary,
        other.chair,
        make_user("city officer", Role.CITY_OFFICER),
        make_user("assessor", Role.ASSESSOR),
        make_user("nobody"),
    ]
    for user in outsiders:
        assert not sees(user, meeting)
        for page in ("", f"/items/{item.pk}", f"/items/{item.pk}/brief", "/attendance", "/attendance.csv", "/minutes"):
            assert opens(user, f"/meetings/{meeting.pk}{page}") == 404, (user, page)
        assert opens(user, "/bodies/committee") == 404
    assert not sees(AnonymousUser(), meeting)


def test_a_secretary_everywhere_keeps_every_body(stage):
    meeting = plan(stage)
    assert sees(make_user("head of the secretariat", Role.SECRETARY), meeting)


def test_whoever_left_the_seat_sees_no_more(stage):
    meeting = plan(stage)
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    row = SeatHolder.objects.get(person=stage.holder(3).person)
    assert sees(stage.holder(3), meeting)
    row.ended = timezone.localdate()
    row.save()
    assert not sees(stage.holder(3), meeting)


def test_an_alternate_whose_standing_in_has_ended_or_not_begun_is_refused(stage):
    today = timezone.localdate()
    ended = seat_user(stage.seat(3), "ended", capacity="alternate", ended=today)
    later = seat_user(stage.seat(3), "later", capacity="alternate", since=today + timedelta(days=1))
    now = seat_user(stage.seat(3), "now", capacity="alternate", since=today, ended=today + timedelta(days=1))
    meeting = plan(stage)
    item = put(stage, meeting)
    actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    assert [sees(user, meeting) for user in (ended, later, now)] == [False, False, True]
    assert [opens(user, f"/meetings/{meeting.pk}/items/{item.pk}") for user in (ended, later, now)] == [404, 404, 200]


def test_an_alternate_is_refused_from_the_holders_return_until_the_holder_leaves_again(stage):
    meeting = plan(stage)
    item = put(stage, meeting)
    sit(stage, meeting)
    come(stage, meeting, 2, clock(9, 30), user=stage.alternate)
    page = f"/meetings/{meeting.pk}/items/{item.pk}"
    assert opens(stage.alternate, page) == 200
    come(stage, meeting, 2, clock(10))
    assert not sees(stage.alternate, meeting)
    assert opens(stage.alternate, page) == 404
    assert opens(stage.alternate, f"/meetings/{meeting.pk}/attendance") == 404
    come(stage, meeting, 2, clock(10, 30), kind="leave")
    assert opens(stage.alternate, page) == 200


def test_an_entry_of_the_holder_that_was_struck_out_keeps_nobody_out(stage):
    meeting = plan(stage)
    sit(stage, meeting, 2)
    assert not sees(stage.alternate, meeting)
    actions.strike_out(AttendanceEvent.objects.get(), why="wrong person", by=stage.secretary, at=clock(10))
    assert sees(stage.alternate, meeting)


def test_after_the_meeting_the_alternate_reads_it_again(stage):
    meeting = plan(stage)
    sit(stage, meeting, 2)
    close(stage, meeting, clock(12))
    assert sees(stage.alternate, meeting)


def test_who_is_recused_does_not_read_the_item_before_it_is_resolved(stage):
    meeting = plan(stage)
    item = put(stage, meeting, paper=texts("ความลับของวาระ"))
    sit(stage, meeting, *range(1, 8))
    file = keep_bytes(b"secret", name="paper.txt", media_type="text/plain", by=stage.secretary, at=CALLED)
    paper = actions.add_paper(item, file, title=texts("เอกสาร"), by=stage.secretary, at=clock(9, 35))
    actions.recuse(item, stage.seat(3), reason="ที่ปรึกษา", by=stage.holder(3), at=clock(9, 40))
    lead = f"/meetings/{meeting.pk}/items/{item.pk}"
    client = Client()
    client.force_login(stage.holder(3))
    for page in (lead, f"{lead}/projector"):
        assert "ความลับของวาระ" not in client.get(page).content.decode()
    assert client.get(f"{lead}/brief").status_code == 404
    assert client.get(f"{lead}/papers/{paper.pk}").status_code == 404
    assert opens(stage.holder(4), f"{lead}/papers/{paper.pk}") == 200
    resolve(stage, item, clock(10))
    assert "ความลับของวาระ" in client.get(lead).content.decode()


def test_a_role_that_has_ended_keeps_nothing_any_more(stage):
    meeting = plan(stage)
    RoleGrant.objects.filter(user=stage.secretary).update(ended=timezone.localdate())
    assert not access.allowed(fresh(stage.secretary), "governance.keep", meeting)
    assert not sees(stage.secretary, meeting)


def test_a_secretary_of_another_body_acts_on_nothing_by_address(stage):
    other = make_stage("other")
    meeting = plan(stage)
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    client = Client()
    client.force_login(other.secretary)
    lead = f"/meetings/{meeting.pk}"
    addresses = [
        "/call", "/agenda/pull", "/attendance/enter", "/minutes/draft", f"/items/{item.pk}/open", f"/items/{item.pk}/close",
        f"/items/{item.pk}/draft", f"/items/{item.pk}/adopt", f"/items/{item.pk}/place", f"/items/{item.pk}/discussion",
    ]  # fmt: skip
    for address in addresses:
        assert client.post(f"{lead}{address}", {"verb": "approve", "words_th": "x", "revision": 0}).status_code == 404, address
    assert Meeting.objects.get(pk=meeting.pk).state == "sitting"
    assert not item.resolutions.exists()


def test_every_rule_of_this_part_has_been_thought_about():
    found = {name for name in access.names() if name.startswith("governance.")}
    assert found == {
        f"governance.{name}"
        for name in (
            "adopt", "declare", "establish", "keep", "plan", "prepare", "propose_correction", "record", "seats", "view", "view_body", "view_item",
        )
    }  # fmt: skip


def test_somebody_who_holds_a_seat_and_keeps_another_body_has_both(stage):
    other = make_stage("other")
    both = stage.holder(5)
    RoleGrant.objects.create(user=both, role=Role.SECRETARY, scope=f"body:{other.body.pk}", since=LONG_AGO)
    mine, theirs = plan(stage), plan(other)
    actions.call_meeting(mine, by=stage.secretary, at=CALLED)
    assert sees(both, mine)
    assert sees(both, theirs)
    assert not access.allowed(fresh(both), "governance.keep", mine)
    assert access.allowed(fresh(both), "governance.keep", theirs)
