"""Scores, the panel, results, feedback; and whoever changes one behind the system's back is found."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection

from nagara.assessment import actions
from nagara.assessment.models import Result, Score, ScoreRevision, Submission
from nagara.assessment.queries import result_of
from nagara.assessment.sheets import panel_of, standing
from nagara.assessment.states import ApplicationState, AssignmentState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import LATER, NOON
from nagara.assessment.verify import verify
from nagara.people.models import User
from nagara.people.tests.cast import fresh_proof
from nagara.rulebook.models import Edition
from nagara.toolkit.digests import digest_of_bytes
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return world.make_office()


@pytest.fixture
def sheet(office):
    round_ = world.make_round(office)
    application, _officer = world.in_review(round_)
    return world.give(application, world.make_assessor(round_, "assessor 1"))


def test_a_sheet_is_not_handed_in_unfinished_and_names_what_is_missing(sheet):
    actions.save_score(sheet, "C1", value=5, reason="", by=sheet.assessor, at=NOON)
    with pytest.raises(Refusal) as refused:
        actions.hand_in(sheet, by=sheet.assessor, at=NOON)
    assert set(refused.value.fields) == {"C1", "C2", "C3", "C4:environment", "C4:mobility", "C5"}
    assert "ต้องมีเหตุผล" in refused.value.fields["C1"], "a five needs its reason"


def test_handing_in_twice_is_once(sheet):
    world.score_all(sheet, 4)
    assert actions.hand_in(sheet, by=sheet.assessor, at=LATER + timedelta(hours=1)).submitted_at == LATER
    assert ScoreRevision.objects.count() == 6


def test_a_score_that_was_handed_in_changes_only_when_reopened_and_with_a_note(sheet, office):
    world.score_all(sheet, 4)
    with pytest.raises(PermissionDenied):
        actions.save_score(sheet, "C1", value=1, reason="x", by=sheet.assessor, at=LATER)
    actions.reopen_criterion(sheet.application, "C1", note="หลักฐานหน้า 14", by=office, at=LATER, proof=fresh_proof(LATER))
    with pytest.raises(Refusal) as refused:
        actions.save_score(sheet, "C1", value=3, reason="ใหม่", by=sheet.assessor, at=LATER)
    assert refused.value.code == "note-missing"
    with pytest.raises(Refusal) as refused:
        actions.save_score(sheet, "C2", value=3, reason="ใหม่", note="ด้วย", by=sheet.assessor, at=LATER)
    assert refused.value.code == "score-handed-in"
    actions.save_score(sheet, "C1", value=3, reason="ใหม่", note="หน้า 14 ไม่ตรง", by=sheet.assessor, at=LATER)
    actions.hand_in(sheet, by=sheet.assessor, at=LATER)
    revisions = ScoreRevision.objects.filter(score__criterion="C1").order_by("pk").values_list("value", "note")
    assert list(revisions) == [(4, ""), (3, "หน้า 14 ไม่ตรง")]
    assert not sheet.application.reopenings.filter(closed_at=None).exists()
    assert verify().whole


def test_reopening_needs_a_note_and_a_sheet_that_was_handed_in(sheet, office):
    for note, code in (("", "note-missing"), ("ดูใหม่", "nothing-to-reopen")):
        with pytest.raises(Refusal) as refused:
            actions.reopen_criterion(sheet.application, "C1", note=note, by=office, at=NOON, proof=fresh_proof(NOON))
        assert refused.value.code == code


def test_the_panel_is_not_closed_while_a_sheet_is_open_or_too_few_without_a_reason(sheet, office):
    application = sheet.application
    close = {"by": office, "at": LATER, "proof": fresh_proof(LATER)}
    with pytest.raises(Refusal) as refused:
        actions.close_panel(application, **close)
    assert refused.value.code == "sheets-missing"
    world.score_all(sheet, 4)
    with pytest.raises(Refusal) as refused:
        actions.close_panel(application, **close)
    assert refused.value.code == "too-few-sheets"
    assert actions.close_panel(application, **close, why="คนเดียวพอ").number == 1
    with pytest.raises(Refusal) as refused:
        actions.close_panel(application, **close, why="อีกครั้ง")
    assert refused.value.code == "wrong-state"


def test_a_panel_without_any_sheet_has_no_result(office):
    application, _officer = world.in_review(world.make_round(office))
    with pytest.raises(Refusal) as refused:
        actions.close_panel(application, by=office, at=LATER, proof=fresh_proof(LATER), why="x")
    assert refused.value.code == "no-sheets"


def test_the_result_keeps_all_that_it_was_computed_from(sheet, office):
    world.score_all(sheet, 4, C1=5)
    result = actions.close_panel(sheet.application, by=office, at=LATER, proof=fresh_proof(LATER), why="พอ")
    kept = result.plain()
    assert kept["sheets"] == [{"sheet": sheet.pk, "scores": {"C1": 5, "C2": 4, "C3": 4, "C4:environment": 4, "C4:mobility": 4, "C5": 4}}]
    assert kept["edition"] == sheet.application.round.edition.digest
    assert kept["computed"]["total"] == "84.00" == str(result.total)
    assert result.digest == digest_of_bytes([result.content.encode()])


def test_a_panel_that_is_opened_again_makes_a_second_result_and_keeps_the_first(sheet, office):
    world.score_all(sheet, 4)
    application = sheet.application
    first = actions.close_panel(application, by=office, at=LATER, proof=fresh_proof(LATER), why="พอ")
    actions.reopen_application(application, why="มีข้อเท็จจริงใหม่", by=office, at=LATER, proof=fresh_proof(LATER))
    application.refresh_from_db()
    assert application.state == ApplicationState.IN_REVIEW
    second = actions.close_panel(application, by=office, at=LATER, proof=fresh_proof(LATER), why="พอ")
    assert (first.number, second.number, result_of(application).pk) == (1, 2, second.pk)
    assert verify().whole


def test_feedback_is_drafted_from_the_anchors_edited_and_released_once(sheet, office):
    world.score_all(sheet, 3)
    result = actions.close_panel(sheet.application, by=office, at=LATER, proof=fresh_proof(LATER), why="พอ")
    row = result.feedback.get(criterion="C4", dimension="mobility")
    assert row.text["en"].startswith("Seen as level 3 of 5:") and "Level 4 asks:" in row.text["en"]
    actions.write_feedback(row, {"th": "โปรดเพิ่มค่าฐาน"}, by=office, at=LATER)
    actions.release_feedback(result, by=office, at=LATER, proof=fresh_proof(LATER))
    actions.release_feedback(result, by=office, at=LATER, proof=fresh_proof(LATER))
    assert set(result.feedback.values_list("released_at", flat=True)) == {LATER}
    with pytest.raises(Refusal):
        actions.write_feedback(row, {"th": "อีกแบบ"}, by=office, at=LATER)


def test_the_office_sees_each_assessor_beside_the_panel(office):
    round_ = world.make_round(office)
    application = world.assessed(round_, 5, 3, 3)
    found = {str(user): beside.difference for user, beside in standing(round_.pk)}
    assert {name: str(difference) for name, difference in found.items()} == {
        "assessor 1": "2.00",
        "assessor 2": "-1.00",
        "assessor 3": "-1.00",
    }
    panel = panel_of(application, names=True)
    assert [entry.label for entry in panel.sheets] == ["assessor 1", "assessor 2", "assessor 3"]
    assert [row.range for row in panel.rows] == [2] * 6
    assert [entry.label for entry in panel_of(application, names=False).sheets] == ["ผู้ประเมิน 1", "ผู้ประเมิน 2", "ผู้ประเมิน 3"]


def test_balanced_assignment_gives_each_its_number_and_can_be_drawn_again(office):
    round_ = world.make_round(office)
    applications = [world.in_review(round_, name)[0] for name in ("rayong", "phuket", "chonburi")]
    for number in range(1, 5):
        world.make_assessor(round_, f"assessor {number}", most=3)
    tied = world.make_assessor(round_, "of rayong", organisation=applications[0].organisation)
    plan = actions.assign_balanced(round_, seed=7, by=office, at=NOON, proof=fresh_proof(NOON))
    assert plan.shares.unfilled == () and len(plan.shares.pairs) == 9
    for application in applications:
        assert application.assignments.filter(state=AssignmentState.ASSIGNED, by_system=True).count() == 3
    assert not applications[0].assignments.filter(assessor=tied).exists()
    again = actions.assign_balanced(round_, seed=7, by=office, at=NOON, proof=fresh_proof(NOON))
    assert again.shares.pairs == (), "what stands stays"


def test_a_cap_is_kept_when_assigning_by_hand(office):
    round_ = world.make_round(office)
    assessor = world.make_assessor(round_, "assessor 1", most=1)
    world.give(world.in_review(round_, "rayong")[0], assessor)
    second = world.in_review(round_, "phuket")[0]
    with pytest.raises(Refusal) as refused:
        actions.assign(second, assessor, by=office, at=NOON, proof=fresh_proof(NOON))
    assert refused.value.code == "at-cap"


def test_a_sheet_is_taken_back_and_given_again(sheet, office):
    actions.withdraw_assignment(sheet, why="ไม่ว่าง", by=office, at=NOON, proof=fresh_proof(NOON))
    sheet.refresh_from_db()
    assert sheet.state == AssignmentState.WITHDRAWN
    again = actions.assign(sheet.application, sheet.assessor, by=office, at=NOON, proof=fresh_proof(NOON))
    assert (again.pk, again.state) == (sheet.pk, AssignmentState.ASSIGNED)


# Tampering


def tamper(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def found_by_the_command() -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("assessment", "verify", stdout=out)
    return out.getvalue()


@pytest.fixture
def whole(office):
    application = world.assessed(world.make_round(office), 4, 4, 4)
    out = StringIO()
    call_command("assessment", "verify", stdout=out)
    assert "1 submissions, 3 sheets with 18 scores, 1 results" in out.getvalue()
    return application


def test_one_changed_score_is_found(whole):
    score = Score.objects.filter(criterion="C2").first()
    tamper("UPDATE assessment_score SET value = 5 WHERE id = %s", score.pk)
    words = found_by_the_command()
    assert f"แบบให้คะแนน {score.assignment_id} ข้อ C2: คะแนนคือ 5 แต่บันทึกการกระทำระบุ 4" in words


def test_a_score_changed_together_with_its_revision_is_found(whole):
    score = Score.objects.filter(criterion="C2").first()
    tamper("UPDATE assessment_score SET value = 5 WHERE id = %s", score.pk)
    tamper("UPDATE assessment_scorerevision SET value = 5 WHERE score_id = %s", score.pk)
    assert "ข้อ C2" in found_by_the_command()


def test_a_changed_reason_is_found(whole):
    tamper("UPDATE assessment_score SET reason = %s WHERE id = %s", "อย่างอื่น", Score.objects.first().pk)
    assert "เหตุผลถูกแก้ไข" in found_by_the_command()


def test_a_score_put_into_a_sheet_is_found(whole):
    score = Score.objects.first()
    tamper("DELETE FROM assessment_scorerevision WHERE score_id = %s", score.pk)
    tamper("DELETE FROM assessment_score WHERE id = %s", score.pk)
    assert "แต่บันทึกการกระทำระบุ 4" in found_by_the_command()


def test_a_changed_total_is_found(whole):
    tamper("UPDATE assessment_result SET total = '95.00' WHERE id = %s", Result.objects.get().pk)
    assert "95.00" in found_by_the_command()


def test_a_result_rewritten_with_a_fitting_digest_is_found(whole):
    result = Result.objects.get()
    content = json.loads(result.content)
    content["sheets"][0]["scores"]["C1"] = 5
    forged = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    tamper("UPDATE assessment_result SET content = %s, digest = %s WHERE id = %s", forged, digest_of_bytes([forged.encode()]), result.pk)
    words = found_by_the_command()
    assert "บันทึกการกระทำมีค่าแฮชอื่น" in words and "คำนวณใหม่ได้" in words and "ไม่ตรงกับที่ส่ง" in words


def test_a_changed_edition_is_found(whole):
    edition = Edition.objects.get()
    tamper("UPDATE rulebook_edition SET content = %s WHERE id = %s", edition.content.replace('"value":20.0', '"value":20.5', 1), edition.pk)
    assert "เกณฑ์ที่เก็บไว้ถูกแก้ไข" in found_by_the_command()


def test_a_changed_submission_is_found(whole):
    submission = Submission.objects.get()
    tamper("UPDATE assessment_submission SET content = %s WHERE id = %s", submission.content.replace("150", "250"), submission.pk)
    assert "คำขอเลขรับ round-1/2026-0001 ถูกแก้ไข" in found_by_the_command()


def test_the_verification_takes_few_queries_however_many_there_are(whole, django_assert_num_queries):
    assert User.objects.exists()
    with django_assert_num_queries(8):
        assert verify().whole
    world.assessed(whole.round, 3, 3, 3, slug="phuket")
    with django_assert_num_queries(8):
        assert verify().whole
