"""A round: made, opened, taking applications until the instant it closes, finished."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from nagara.assessment import actions
from nagara.assessment.models import Application, Submission
from nagara.assessment.states import ApplicationState, RoundState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import CLOSES, NOON, OPENS
from nagara.audit.models import Entry
from nagara.people.roles import Role, scope
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.rulebook.keep import keep_in_force
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def filled():
    round_ = world.make_round(world.make_office())
    application, officer = world.start(round_)
    world.fill(application, officer)
    return application, officer


def test_an_application_is_accepted_at_16_59_59():
    application, officer = filled()
    receipt = actions.submit(application, by=officer, at=CLOSES - timedelta(seconds=1))
    assert receipt.submitted_at == CLOSES - timedelta(seconds=1)


def test_an_application_is_refused_at_17_00_00_in_words_with_the_servers_time_and_the_draft_is_kept():
    application, officer = filled()
    with pytest.raises(Refusal) as refused:
        actions.submit(application, by=officer, at=CLOSES)
    assert "30 พฤศจิกายน 2569 เวลา 17.00 น." in refused.value.message
    assert "17.00.00 น." in refused.value.message and "Asia/Bangkok" in refused.value.message
    assert refused.value.code == "round-closed" and "ไม่มีการผ่อนผัน" in refused.value.rule
    application.refresh_from_db()
    assert application.state == ApplicationState.DRAFT and not Submission.objects.exists()
    late = CLOSES + timedelta(minutes=5)
    actions.write(application, {"C1.vision": actions.Written("เขียนต่อ", world.revision(application, "C1.vision"))}, by=officer, at=late)
    assert application.answers.get(field="C1.vision").value == "เขียนต่อ", "what is typed after the deadline is kept as a draft"


def test_no_application_begins_before_the_opening_or_at_the_closing():
    round_ = world.make_round(world.make_office())
    area = world.make_area()
    officer = world.make_officer(area)
    for at in (OPENS - timedelta(seconds=1), CLOSES):
        with pytest.raises(Refusal):
            world.start(round_, area, officer, at=at)
    assert world.start(round_, area, officer, at=OPENS)[0].state == ApplicationState.DRAFT


def test_a_planned_round_takes_nothing():
    round_ = world.make_round(world.make_office(), opened=False)
    with pytest.raises(Refusal):
        world.start(round_)
    assert not Application.objects.exists()


def test_an_announced_closing_moves_later_only_with_a_reason_and_never_after_it_passed():
    office = world.make_office()
    round_ = world.make_round(office)
    same = {
        "title": round_.title,
        "call": {},
        "confidentiality": {},
        "opens_at": round_.opens_at,
        "assessors_each": 3,
        "assess_until": round_.assess_until,
        "by": office,
    }
    with pytest.raises(Refusal, match="ร่น"):
        actions.change_round(round_, **same, closes_at=CLOSES - timedelta(days=1), at=NOON, proof=fresh_proof(NOON), why="เร็วขึ้น")
    with pytest.raises(Refusal) as refused:
        actions.change_round(round_, **same, closes_at=CLOSES + timedelta(days=1), at=NOON, proof=fresh_proof(NOON))
    assert set(refused.value.fields) == {"why"}
    with pytest.raises(Refusal, match="ปิดรับแล้ว"):
        actions.change_round(round_, **same, closes_at=CLOSES + timedelta(days=1), at=CLOSES, proof=fresh_proof(CLOSES), why="น้ำท่วม")
    actions.change_round(round_, **same, closes_at=CLOSES + timedelta(days=1), at=NOON, proof=fresh_proof(NOON), why="น้ำท่วม")
    round_.refresh_from_db()
    assert round_.closes_at == CLOSES + timedelta(days=1)
    assert Entry.objects.get(did="assessment.change_round").why == "น้ำท่วม"


def test_a_round_is_not_finished_while_an_application_waits():
    office = world.make_office()
    round_ = world.make_round(office)
    world.submitted(round_)
    actions.begin_assessment(round_, by=office, at=CLOSES, proof=fresh_proof(CLOSES))
    with pytest.raises(Refusal, match="1 คำขอ"):
        actions.finish_round(round_, by=office, at=CLOSES, proof=fresh_proof(CLOSES))


def test_assessment_does_not_begin_before_the_closing():
    office = world.make_office()
    round_ = world.make_round(office)
    with pytest.raises(Refusal):
        actions.begin_assessment(round_, by=office, at=CLOSES - timedelta(seconds=1), proof=fresh_proof(NOON))
    actions.cancel_round(round_, why="เปลี่ยนเกณฑ์", by=office, at=NOON, proof=fresh_proof(NOON))
    round_.refresh_from_db()
    assert round_.state == RoundState.CANCELLED


def test_rounds_are_the_offices_own_and_need_a_second_factor():
    office = world.make_office()
    round_ = world.make_round(office, opened=False)
    other = make_user("office of another programme", (Role.OFFICE, scope("programme", "another")))
    with pytest.raises(PermissionDenied):
        actions.open_round(round_, by=other, at=NOON, proof=fresh_proof(NOON))
    with pytest.raises(PermissionDenied):
        actions.open_round(round_, by=make_user("officer", Role.CITY_OFFICER), at=NOON, proof=fresh_proof(NOON))
    with pytest.raises(Refusal) as refused:
        actions.open_round(round_, by=office, at=NOON, proof=None)
    assert refused.value.code == "second-factor-needed"
    round_.refresh_from_db()
    assert round_.state == RoundState.PLANNED
    ours = make_user("office of this programme", (Role.OFFICE, scope("programme", "smart-city-thailand")))
    actions.open_round(round_, by=ours, at=NOON, proof=fresh_proof(NOON))


def test_a_round_that_makes_no_sense_is_refused_at_its_field():
    office = world.make_office()
    edition = keep_in_force("smart-city-thailand", on=OPENS.date(), at=OPENS)
    given = {"slug": "x", "title": {"th": "ก"}, "by": office, "at": NOON, "proof": fresh_proof(NOON)}
    for values, at_fault in (
        ({"opens_at": CLOSES, "closes_at": OPENS}, "closes"),
        ({"opens_at": OPENS, "closes_at": CLOSES, "time_zone": "Asia/Nowhere"}, "time_zone"),
        ({"opens_at": OPENS, "closes_at": CLOSES, "assess_until": OPENS}, "assess_until"),
    ):
        with pytest.raises(Refusal) as refused:
            actions.make_round(edition, **given, **values)
        assert list(refused.value.fields) == [at_fault]


def test_a_second_application_of_an_area_is_refused_and_the_same_one_found_again():
    round_ = world.make_round(world.make_office())
    area = world.make_area()
    first, officer = world.start(round_, area)
    assert world.start(round_, area, officer)[0].pk == first.pk
    colleague = world.make_officer(area, "colleague")
    with pytest.raises(Refusal, match="มีคำขอในรอบนี้แล้ว"):
        world.start(round_, area, colleague)


def test_an_officer_of_another_area_cannot_begin():
    round_ = world.make_round(world.make_office())
    other = world.make_officer(world.make_area("phuket"))
    with pytest.raises(Refusal) as refused:
        world.start(round_, world.make_area("rayong"), other)
    assert refused.value.status == 403
    with pytest.raises(PermissionDenied):
        world.start(round_, world.make_area("chonburi"), make_user("assessor", Role.ASSESSOR))


def test_a_proposed_area_is_entered_by_the_office_and_its_officer_begins():
    office = world.make_office()
    round_ = world.make_round(office)
    known = world.make_area()
    officer = make_user("new officer", Role.CITY_OFFICER)
    facts = {
        "name": {"th": "เมืองใหม่", "en": "New town"},
        "subdivision": known.subdivision,
        "kind": "district",
        "organisation": known.organisation,
    }
    proposed = actions.propose_area(round_, **facts, by=officer, at=NOON)
    assert actions.propose_area(round_, **facts, by=officer, at=NOON).pk == proposed.pk
    with pytest.raises(PermissionDenied):
        actions.enter_proposed_area(proposed, by=officer, at=NOON, proof=fresh_proof(NOON))
    area = actions.enter_proposed_area(proposed, by=office, at=NOON, proof=fresh_proof(NOON))
    assert actions.enter_proposed_area(proposed, by=office, at=NOON, proof=fresh_proof(NOON)).pk == area.pk
    officer = type(officer).objects.get(pk=officer.pk)
    assert officer.scopes(Role.CITY_OFFICER, "area") == [str(area.pk)]
    assert actions.start(round_, area=area, organisation=area.organisation, by=officer, at=NOON).area == area


def test_a_proposed_area_is_refused_with_reasons():
    office = world.make_office()
    round_ = world.make_round(office)
    known = world.make_area()
    officer = make_user("new officer", Role.CITY_OFFICER)
    proposed = actions.propose_area(
        round_, name={"th": "ซ้ำ"}, subdivision=known.subdivision, kind="zone", organisation=known.organisation, by=officer, at=NOON
    )
    with pytest.raises(Refusal):
        actions.refuse_proposed_area(proposed, reasons=" ", by=office, at=NOON, proof=fresh_proof(NOON))
    actions.refuse_proposed_area(proposed, reasons="อยู่ในพื้นที่เดิม", by=office, at=NOON, proof=fresh_proof(NOON))
    proposed.refresh_from_db()
    assert (proposed.area, proposed.reasons) == (None, "อยู่ในพื้นที่เดิม")
