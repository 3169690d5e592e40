"""The whole line: from a round to what a body resolves."""

from datetime import date, timedelta

import pytest

from nagara.assessment import actions
from nagara.assessment.queries import result_of
from nagara.assessment.states import ApplicationState, RoundState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import CLOSES, LATER, NOON
from nagara.assessment.verify import verify
from nagara.audit.models import Entry
from nagara.audit.verify import verify as verify_audit
from nagara.notices.models import Notice
from nagara.people.tests.cast import fresh_proof
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def test_an_application_walks_from_draft_to_award():
    office = world.make_office()
    round_ = world.make_round(office)
    application = world.assessed(round_, 4, 4, 5)
    result = result_of(application)
    assert (str(result.total), result.recommendation) == ("86.67", "recommend")
    assert result.reasons["en"].splitlines() == [
        "The total is 86.67 of 100, from 3 sheets.",
        "Every condition is met.",
        "It is recommended.",
    ]
    actions.recommend(application, by=office, at=LATER, resolution_text="เห็นชอบ")
    actions.award(application, by=office, at=LATER, resolution_text="เห็นชอบ")
    application.refresh_from_db()
    assert application.state == ApplicationState.AWARDED
    actions.begin_assessment(round_, by=office, at=CLOSES, proof=fresh_proof(CLOSES))
    actions.finish_round(round_, by=office, at=LATER, proof=fresh_proof(LATER))
    round_.refresh_from_db()
    assert round_.state == RoundState.FINISHED
    assert verify().whole and verify_audit().whole


def test_a_failed_gate_is_named_with_its_mark_in_both_languages():
    round_ = world.make_round(world.make_office())
    application, _officer = world.in_review(round_)
    sheet = world.give(application, world.make_assessor(round_, "assessor 1"))
    world.score_all(sheet, 5, C4=3)
    office = sheet.application.round and world.User.objects.get(email="office@example.org")
    result = actions.close_panel(application, by=office, at=LATER, proof=fresh_proof(LATER), why="หนึ่งคนพอ")
    assert (str(result.total), result.recommendation) == ("92.00", "in_principle")
    assert result.reasons["en"].splitlines()[1] == "Each dimension has at least 70 of 100: Smart Environment 60.00, Smart Mobility 60.00"
    assert "สิ่งแวดล้อมอัจฉริยะ 60.00" in result.reasons["th"]


def test_approval_in_principle_goes_back_to_the_team_and_is_assessed_again():
    office = world.make_office()
    round_ = world.make_round(office)
    application = world.assessed(round_, 3, 3, 3)
    first = result_of(application)
    actions.recommend(application, by=office, at=LATER)
    actions.approve_in_principle(
        application, by=office, at=LATER, resolution_text="เห็นชอบในหลักการ", conditions={"th": "เพิ่มตัวชี้วัด"}, due=date(2027, 1, 31)
    )
    application.refresh_from_db()
    lead = application.team.get().user
    after = LATER + timedelta(days=10)
    actions.write(
        application,
        {"C4:mobility.indicator": actions.Written("ร้อยละ 40", world.revision(application, "C4:mobility.indicator"))},
        by=lead,
        at=after,
    )
    second_receipt = actions.submit(application, by=lead, at=after)
    assert second_receipt.number == 2
    actions.accept(application, by=office, at=after, proof=fresh_proof(after))
    application.refresh_from_db()
    assert application.state == ApplicationState.IN_REVIEW
    assert [(row.criterion, row.dimension) for row in application.reopenings.all()] == [("C4", "mobility")]
    for sheet in application.assignments.all():
        assert sheet.state == "reopened"
        actions.save_score(sheet, "C4", "mobility", value=4, reason="ตัวชี้วัดชัดแล้ว", note="เห็นฉบับแก้ไข", by=sheet.assessor, at=after)
        actions.hand_in(sheet, by=sheet.assessor, at=after)
    second = actions.close_panel(application, by=office, at=after, proof=fresh_proof(after))
    assert (first.number, str(first.total), second.number, str(second.total)) == (1, "60.00", 2, "62.00")
    assert verify().whole


def test_revised_application_is_refused_after_the_day_of_its_conditions():
    office = world.make_office()
    application = world.assessed(world.make_round(office), 3, 3, 3)
    actions.approve_in_principle(application, by=office, at=LATER, resolution_text="เห็นชอบในหลักการ", due=date(2026, 12, 31))
    lead = application.team.get().user
    new_year = world.datetime(2027, 1, 1, 0, 0, tzinfo=world.BANGKOK)
    with pytest.raises(Refusal, match="31 ธันวาคม 2569"):
        actions.submit(application, by=lead, at=new_year)
    assert actions.submit(application, by=lead, at=new_year - timedelta(seconds=1)).number == 2


def test_every_act_stands_in_the_record():
    office = world.make_office()
    application = world.assessed(world.make_round(office), 4, 4, 4)
    actions.release_feedback(result_of(application), by=office, at=LATER, proof=fresh_proof(LATER))
    did = list(Entry.objects.order_by("seq").values_list("did", flat=True).distinct())
    ours = sorted({verb for verb in did if verb.startswith("assessment.")})
    assert ours == [
        f"assessment.{verb}"
        for verb in (
            "accept",
            "accept_appointment",
            "add_evidence",
            "appoint",
            "assign",
            "close_panel",
            "declare",
            "hand_in",
            "link_evidence",
            "make_round",
            "open_round",
            "release_feedback",
            "score",
            "start",
            "submit",
            "write",
        )
    ]


def test_the_team_is_told_with_its_own_link_and_reminders_end_when_it_hands_in():
    round_ = world.make_round(world.make_office())
    application, officer = world.start(round_)
    reminders = Notice.objects.filter(about=f"reminder:assessment.application:{application.pk}")
    assert [notice.due_at for notice in reminders.order_by("due_at")] == [CLOSES - timedelta(days=7), CLOSES - timedelta(days=1)]
    assert {notice.recipient for notice in reminders} == {officer.audit_key}
    world.fill(application, officer)
    actions.submit(application, by=officer, at=NOON)
    assert {notice.withdrawn_at for notice in reminders.all()} == {NOON}
    receipt = Notice.objects.get(subject__en__startswith="Handed in")
    assert receipt.link == f"/applications/{application.pk}"
    assert "round-1/2026-0001" in receipt.subject["th"]
