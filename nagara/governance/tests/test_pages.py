"""Every page of a meeting: it opens for those whom the rules let in, closes for the others, and keeps its number of queries."""

import pytest
from django.test import Client

from nagara.governance.models import Meeting
from nagara.governance.tests.stage import make_stage, plan, put, sit, trees

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
