"""The assessor's pages: appointment, declaration, dossier, score, panel."""

import pytest
from django.test import Client
from django.urls import reverse

from nagara.assessment import actions
from nagara.assessment.models import Assignment, Declaration, Score
from nagara.assessment.tests import world
from nagara.assessment.tests.world import NOON
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sheet() -> Assignment:
    round_ = world.make_round(world.make_office())
    application, _officer = world.in_review(round_)
    return world.give(application, world.make_assessor(round_, "assessor 1"))


def test_an_assessor_accepts_once_and_finds_the_dossier_after_declaring():
    office = world.make_office()
    round_ = world.make_round(office)
    application, _officer = world.in_review(round_)
    assessor = make_user("assessor 1", Role.ASSESSOR)
    actions.appoint(round_, assessor, by=office, at=NOON, proof=fresh_proof(NOON))
    sheet = actions.assign(application, assessor, by=office, at=NOON, proof=fresh_proof(NOON))
    client = signed_in(assessor)
    assert client.get(reverse("assessment:declare", args=[sheet.pk])).status_code == 404, "nothing opens before the appointment is accepted"
    client.post(reverse("assessment:appointment", args=[round_.slug]), {"act": "accept"})
    assert client.get(reverse("assessment:sheet", args=[sheet.pk])).status_code == 404, "nothing opens before the declaration"
    assert client.get(reverse("assessment:score", args=[sheet.pk, "C1"])).status_code == 404
    answer = client.post(reverse("assessment:declare", args=[sheet.pk]), {"conflict": "no"})
    assert answer.headers["Location"] == reverse("assessment:sheet", args=[sheet.pk])
    assert client.get(reverse("assessment:score", args=[sheet.pk, "C1"])).status_code == 200


def test_a_declared_conflict_needs_words_and_closes_the_dossier(sheet):
    client = signed_in(sheet.assessor)
    again = client.post(reverse("assessment:declare", args=[sheet.pk]), {"conflict": "yes", "reason": " "})
    assert again.status_code == 200 and not Declaration.objects.filter(finding="declared").exists()
    client.post(reverse("assessment:declare", args=[sheet.pk]), {"conflict": "yes", "reason": "พี่สาวทำงานที่นั่น"})
    sheet.refresh_from_db()
    assert sheet.state == "recused"
    assert client.get(reverse("assessment:score", args=[sheet.pk, "C1"])).status_code == 404
    page = client.get(reverse("assessment:assess")).content.decode()
    assert "เมือง rayong" not in page and "1 แฟ้ม" in page


def test_a_score_is_saved_as_it_is_given_and_the_page_says_when(sheet):
    client = signed_in(sheet.assessor)
    answer = client.post(
        reverse("assessment:score", args=[sheet.pk, "C4:mobility"]), {"value": "4", "reason": "ดี"}, headers={"Accept": "application/json"}
    )
    told = answer.json()
    assert (told["value"], told["done"]) == (4, 1)
    score = Score.objects.get()
    assert (score.criterion, score.dimension, score.value, score.reason) == ("C4", "mobility", 4, "ดี")


def test_without_javascript_the_button_saves_and_goes_on_to_the_end(sheet):
    client = signed_in(sheet.assessor)
    seen = []
    address = reverse("assessment:score", args=[sheet.pk, "C1"])
    while "/C" in address:
        seen.append(address.rsplit("/", 1)[1])
        address = client.post(address, {"value": "3", "reason": ""}).headers["Location"]
    assert seen == ["C1", "C2", "C3", "C4:environment", "C4:mobility", "C5"]
    assert client.post(reverse("assessment:hand_in", args=[sheet.pk])).headers["Location"] == reverse("assessment:panel", args=[sheet.pk])
    sheet.refresh_from_db()
    assert sheet.state == "submitted"


def test_a_score_outside_the_scale_is_refused_and_the_reason_is_kept_on_the_page(sheet):
    client = signed_in(sheet.assessor)
    answer = client.post(reverse("assessment:score", args=[sheet.pk, "C1"]), {"value": "9", "reason": "ข้อความยาว"})
    assert answer.status_code == 422
    assert "ข้อความยาว" in answer.content.decode()
    assert not Score.objects.exists()


def test_nobody_sees_another_score_before_handing_in(sheet):
    other = world.make_assessor(sheet.application.round, "assessor 2")
    world.score_all(world.give(sheet.application, other), 5)
    client = signed_in(sheet.assessor)
    assert client.get(reverse("assessment:panel", args=[sheet.pk])).status_code == 404
    world.score_all(sheet, 3)
    page = client.get("/en" + reverse("assessment:panel", args=[sheet.pk])).content.decode()
    assert "−2.00" in page and "Assessor 2" in page and "assessor 2" not in page


def test_a_document_opens_in_place_beside_the_score(sheet):
    client = signed_in(sheet.assessor)
    paper = sheet.application.evidence.get()
    answer = client.get(reverse("assessment:assessed_document", args=[sheet.pk, paper.pk]))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert (
        f"/assess/{sheet.pk}/documents/{paper.pk}#page=12"
        in client.get(reverse("assessment:score", args=[sheet.pk, "C1"])).content.decode()
    )


def test_the_assessors_pages_take_few_queries(sheet, django_assert_num_queries):
    client = signed_in(sheet.assessor)
    with django_assert_num_queries(8):
        client.get(reverse("assessment:assess"))
    with django_assert_num_queries(11):
        client.get(reverse("assessment:score", args=[sheet.pk, "C1"]))
    for name in ("chonburi", "phuket"):
        application, _officer = world.in_review(sheet.application.round, name)
        world.give(application, sheet.assessor)
    with django_assert_num_queries(8):
        client.get(reverse("assessment:assess"))
    with django_assert_num_queries(11):
        client.get(reverse("assessment:score", args=[sheet.pk, "C1"]))
