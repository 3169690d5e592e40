"""Every page of a meeting: it opens for those whom the rules let in, closes for the others, and keeps its number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nagara.governance import actions
from nagara.governance.models import Meeting
from nagara.governance.states import Verb
from nagara.governance.tasks import tasks
from nagara.governance.tests.stage import CALLED, DAY, clock, close, draft, make_stage, plan, put, resolve, sit, trees
from nagara.people.models import User
from nagara.people.tests.cast import make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    return make_stage()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def pages_of(meeting: Meeting) -> list[str]:
    item = meeting.items.order_by("pk").first()
    lead, at = f"/meetings/{meeting.pk}", f"/meetings/{meeting.pk}/items/{item.pk}"
    return [lead, at, f"{at}/projector", f"{at}/brief", f"{lead}/attendance", f"{lead}/minutes"]


KEPT = ["plan", "number", "open", "close", "cancel", "agenda", "items/new", "attendance/come"]


def test_pages_open_for_secretary_office_and_member_in_both_languages(stage):
    with trees():
        meeting = plan(stage)
        put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, 1, 2)
        for user in (stage.secretary, stage.office, stage.chair, stage.holder(5)):
            client = client_of(user)
            for address in [*pages_of(meeting), "/meetings", "/bodies", "/bodies/committee", "/bodies/committee/follow-ups"]:
                assert client.get(address).status_code == 200, (address, user)
                assert client.get(f"/en{address}").status_code == 200, (address, user)


def test_the_secretarys_pages_open_for_the_secretary_alone(stage):
    meeting = plan(stage)
    item = put(stage, meeting)
    kept = [f"/meetings/{meeting.pk}/{page}" for page in KEPT] + [
        f"/meetings/{meeting.pk}/items/{item.pk}/edit",
        "/bodies/committee/seats",
        "/bodies/committee/seats/new",
        f"/bodies/committee/seats/{stage.seat(1).pk}",
        f"/bodies/committee/seats/{stage.seat(1).pk}/sit",
        "/bodies/committee/meetings/new",
    ]
    secretary, chair, other = (client_of(user) for user in (stage.secretary, stage.chair, make_stage("other").secretary))
    for address in kept:
        assert secretary.get(address).status_code == 200, address
        assert chair.get(address).status_code == 404, address
        assert other.get(address).status_code == 404, address


def test_a_visitor_is_sent_to_sign_in(stage):
    meeting = plan(stage)
    put(stage, meeting)
    for address in [*pages_of(meeting), "/meetings", "/bodies"]:
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), address


def counted(client, address) -> int:
    """How many queries the page takes for somebody who is signed in."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


def fill(stage, rows: int) -> Meeting:
    """A meeting that sits, with `rows` items, each with two matters; three seats are in, one is recused; resolutions and a draft."""
    meeting = plan(stage)
    items = [put(stage, meeting, f"เรื่อง {row}", matters=[("test.trees", f"oak{row}"), ("test.trees", f"teak{row}")]) for row in range(rows)]
    sit(stage, meeting, *range(1, 8))
    for row, item in enumerate(items[:-1]):
        resolve(stage, item, clock(10, row), Verb.ACKNOWLEDGE)
    actions.open_item(items[-1], by=stage.secretary, at=clock(11))
    actions.recuse(items[-1], stage.seat(3), reason="ที่ปรึกษา", by=stage.secretary, at=clock(11))
    draft(stage, items[-1], clock(11))
    return meeting


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_of_a_meeting_take_the_same_queries_with_1_and_with_3_items(stage, rows):
    with trees():
        meeting = fill(stage, rows)
        item = meeting.items.order_by("-pk").first()
        lead, at = f"/meetings/{meeting.pk}", f"/meetings/{meeting.pk}/items/{item.pk}"
        client = client_of(stage.secretary)
        found = {
            "meeting": counted(client, lead),
            "item": counted(client, at),
            "projector": counted(client, f"{at}/projector"),
            "brief": counted(client, f"{at}/brief"),
            "attendance": counted(client, f"{lead}/attendance"),
            "agenda": counted(client, f"{lead}/agenda"),
        }
    assert found == {"meeting": 11, "item": 14, "projector": 12, "brief": 14, "attendance": 14, "agenda": 9}


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_with_1_and_with_3_rows(stage, rows):
    for row in range(rows):
        body = stage if row == 0 else make_stage(f"committee-{row}", seats=2)
        meeting = plan(body)
        item = put(body, meeting)
        sit(body, meeting, *range(1, 8 if row == 0 else 3))
        resolve(body, item, clock(10), Verb.ASSIGN, owner=make_organisation("water"), due=DAY)
        close(body, meeting, clock(12))
        actions.draft_minutes(meeting, by=body.secretary, at=clock(13))
    client = client_of(stage.office)
    found = {
        "meetings": counted(client, "/meetings"),
        "bodies": counted(client, "/bodies"),
        "body": counted(client, "/bodies/committee"),
        "seats": counted(client, "/bodies/committee/seats"),
        "follow-ups": counted(client, "/bodies/committee/follow-ups"),
        "minutes": counted(client_of(stage.secretary), f"/meetings/{Meeting.objects.order_by('pk').first().pk}/minutes"),
    }
    assert found == {"meetings": 7, "bodies": 6, "body": 10, "seats": 8, "follow-ups": 8, "minutes": 10}


@pytest.mark.parametrize("rows", [1, 3])
def test_my_tasks_take_the_same_queries_with_1_and_with_3_meetings(stage, rows, django_assert_num_queries):
    for row in range(rows):
        actions.call_meeting(plan(stage, day=DAY + timedelta(days=7 * row)), by=stage.secretary, at=CALLED)
    for user, count in ((stage.secretary, 7), (stage.chair, 6)):
        account = User.objects.get(pk=user.pk)
        with django_assert_num_queries(count):
            assert len(tasks(account, CALLED)) == rows
