"""Handing in, and what the office does with it: frozen, numbered, screened, returned, compared."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from pypdf import PdfReader

from nagara.assessment import actions
from nagara.assessment.actions import Written
from nagara.assessment.differences import differences
from nagara.assessment.models import Submission
from nagara.assessment.papers import paper_of, sample_data
from nagara.assessment.queries import edition_of, open_keys, open_request
from nagara.assessment.states import ApplicationState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import CLOSES, LATER, NOON
from nagara.assessment.verify import verify
from nagara.audit.models import Entry
from nagara.documents.files import open_file
from nagara.documents.pdf import typeset
from nagara.notices.models import Notice
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.toolkit.digests import digest_of_bytes
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

DUE = NOON + timedelta(days=7)


@pytest.fixture
def office():
    return world.make_office()


@pytest.fixture
def handed_in(office):
    return world.submitted(world.make_round(office))


def test_what_is_handed_in_is_frozen_with_its_digest(handed_in):
    application, _officer = handed_in
    submission = application.submissions.get()
    content = submission.plain()
    assert submission.digest == digest_of_bytes([submission.content.encode()])
    assert content["answers"]["C1.residents"] == {"typed": "๑,๒๐๐", "value": "1200"}
    assert content["answers"]["C2.budget"]["value"] == "150000000"
    assert content["dimensions"] == ["environment", "mobility"] and content["edition"] == application.round.edition.digest
    assert "officer" not in submission.content, "persons are not in the content"
    assert json.loads(Entry.objects.get(did="assessment.submit").after)["digest"] == submission.digest


def test_pressing_twice_gives_the_same_receipt(handed_in):
    application, officer = handed_in
    first = application.submissions.get()
    assert actions.submit(application, by=officer, at=NOON + timedelta(seconds=1)).pk == first.pk
    assert actions.submit(application, by=officer, at=CLOSES).pk == first.pk, "a second press after the deadline shows the receipt"
    assert Submission.objects.count() == 1


def test_receipts_are_numbered_within_the_round(office):
    round_ = world.make_round(office)
    receipts = [world.submitted(round_, name)[0].submissions.get().receipt for name in ("rayong", "phuket")]
    assert receipts == ["round-1/2026-0001", "round-1/2026-0002"]


def test_errors_stand_in_the_way_and_name_their_fields(office):
    application, officer = world.start(world.make_round(office))
    with pytest.raises(Refusal) as refused:
        actions.submit(application, by=officer, at=NOON)
    assert refused.value.code == "not-complete" and "C1.vision" in refused.value.fields
    application.refresh_from_db()
    assert application.state == ApplicationState.DRAFT


def test_receipt_and_dossier_are_papers_in_both_languages_made_once(handed_in):
    application, _officer = handed_in
    submission = application.submissions.get()
    for lang in ("th", "en"):
        for kind in ("receipt", "dossier"):
            stored = paper_of(submission, kind, lang, at=NOON)
            assert paper_of(submission, kind, lang, at=LATER).pk == stored.pk
            with open_file(stored) as file:
                text = "".join(page.extract_text() for page in PdfReader(file).pages)
            assert "round-1/2026-0001" in text
            assert submission.digest in text.replace("\n", "")
    assert submission.papers.count() == 4


def test_the_sample_dossier_is_set_from_the_edition(handed_in):
    application, _officer = handed_in
    data = sample_data(edition_of(application), title="Round", dimensions=["environment"])
    from nagara.assessment.papers import HERE

    assert typeset(HERE / "dossier.typ", data, lang="th").startswith(b"%PDF")


# Screening


def test_the_office_rejects_with_reasons_that_the_team_reads(handed_in, office):
    application, officer = handed_in
    with pytest.raises(Refusal):
        actions.reject(application, reasons="  ", by=office, at=NOON, proof=fresh_proof(NOON))
    actions.reject(application, reasons="อยู่นอกพื้นที่", by=office, at=NOON, proof=fresh_proof(NOON))
    application.refresh_from_db()
    assert (application.state, application.reasons) == (ApplicationState.INELIGIBLE, "อยู่นอกพื้นที่")
    notice = Notice.objects.get(about=f"reject:{application.pk}")
    assert notice.recipient == officer.audit_key and "อยู่นอกพื้นที่" in notice.body["th"]


def returned(application, office, **fields):
    questions = fields or {"C1.goals": "ปีใด", "C4:mobility.evidence": "ขอแผนฉบับลงนาม"}
    return actions.return_for_information(application, questions=questions, due=DUE, by=office, at=NOON, proof=fresh_proof(NOON))


def test_a_return_unlocks_the_named_fields_and_nothing_else(handed_in, office):
    application, officer = handed_in
    paper = application.evidence.get()
    returned(application, office)
    application.refresh_from_db()
    assert open_keys(application) == {"C1.goals", "C4:mobility.evidence"}
    later = NOON + timedelta(hours=1)
    actions.write(application, {"C1.goals": Written("ภายในปี 2573", world.revision(application, "C1.goals"))}, by=officer, at=later)
    for key in ("C1.vision", "about.city_type", "about.dimensions", "C4:mobility.goal"):
        with pytest.raises(Refusal) as refused:
            actions.write(application, {key: Written("x", world.revision(application, key))}, by=officer, at=later)
        assert refused.value.code == "field-locked"
    signed = actions.add_evidence(application, world.kept_file(officer, "signed.pdf", pages=3), by=officer, at=later)
    actions.link_evidence(signed, "C4:mobility", by=officer, at=later)
    for act in (
        lambda: actions.link_evidence(signed, "C1", by=officer, at=later),
        lambda: actions.remove_evidence(paper, by=officer, at=later),
    ):
        with pytest.raises(Refusal):
            act()


def test_the_answer_is_a_second_submission_and_the_difference_is_shown(handed_in, office):
    application, officer = handed_in
    returned(application, office)
    later = NOON + timedelta(hours=1)
    actions.write(application, {"C1.goals": Written("เมืองน่าอยู่ ภายในปี 2573", world.revision(application, "C1.goals"))}, by=officer, at=later)
    second = actions.submit(application, by=officer, at=later)
    first = application.submissions.get(number=1)
    (change,) = differences(first.plain(), second.plain())
    assert change.key == "C1.goals"
    assert "".join(piece.text for piece in change.after) == "เมืองน่าอยู่ ภายในปี 2573"
    assert open_request(application) is None
    application.refresh_from_db()
    assert (second.number, application.state) == (2, ApplicationState.SUBMITTED)
    assert json.loads(Entry.objects.filter(did="assessment.submit").last().after)["changed"] == ["C1.goals"]
    assert verify().whole


def test_an_answer_after_its_due_day_is_refused_and_the_office_can_put_it_later(handed_in, office):
    application, officer = handed_in
    request = returned(application, office)
    with pytest.raises(Refusal) as refused:
        actions.submit(application, by=officer, at=DUE)
    assert refused.value.code == "answer-late"
    with pytest.raises(Refusal):
        actions.extend_request(request, due=DUE, by=office, at=NOON, proof=fresh_proof(NOON))
    actions.extend_request(request, due=DUE + timedelta(days=3), by=office, at=NOON, proof=fresh_proof(NOON))
    assert actions.submit(application, by=officer, at=DUE).number == 2


def test_a_return_without_a_question_or_with_an_unknown_field_is_refused(handed_in, office):
    application, _officer = handed_in
    for questions in ({}, {"C1.goals": " "}, {"C9.x": "?"}, {"C4:energy.goal": "ไม่ได้เลือกด้านนี้"}):
        with pytest.raises(Refusal):
            returned(application, office, **questions) if questions else actions.return_for_information(
                application, questions={}, due=DUE, by=office, at=NOON, proof=fresh_proof(NOON)
            )
    application.refresh_from_db()
    assert application.state == ApplicationState.SUBMITTED


def test_assessors_questions_are_taken_up_by_the_return(office):
    round_ = world.make_round(office)
    application, _officer = world.in_review(round_)
    sheet = world.give(application, world.make_assessor(round_, "assessor 1"))
    query = actions.ask(sheet, "C1.goals", "ตัวเลขฐานปีใด", by=sheet.assessor, at=NOON)
    assert actions.ask(sheet, "C1.goals", "อีกครั้ง", by=sheet.assessor, at=NOON).pk == query.pk, "once for each field"
    request = actions.return_for_information(
        application, questions={"C1.goals": query.question}, due=DUE, asked_by=[query], by=office, at=NOON, proof=fresh_proof(NOON)
    )
    query.refresh_from_db()
    assert query.request_id == request.pk
    with pytest.raises(PermissionDenied):
        actions.save_score(sheet, "C1", value=3, reason="", by=sheet.assessor, at=NOON)


def test_sheets_reopen_for_what_changed_and_only_for_that(office):
    round_ = world.make_round(office)
    application, officer = world.in_review(round_)
    sheet = world.score_all(world.give(application, world.make_assessor(round_, "assessor 1")), 3, at=NOON)
    returned(application, office)
    later = NOON + timedelta(hours=2)
    actions.write(application, {"C1.goals": Written("ชัดขึ้น", world.revision(application, "C1.goals"))}, by=officer, at=later)
    actions.submit(application, by=officer, at=later)
    actions.accept(application, by=office, at=later, proof=fresh_proof(later))
    sheet.refresh_from_db()
    assert sheet.state == "reopened"
    assert [row.criterion for row in application.reopenings.filter(closed_at=None)] == ["C1"]
    with pytest.raises(Refusal) as refused:
        actions.save_score(sheet, "C2", value=5, reason="x", note="x", by=sheet.assessor, at=later)
    assert refused.value.code == "score-handed-in"


def test_screening_is_the_offices_alone_with_a_second_factor(handed_in, office):
    application, officer = handed_in
    for user in (officer, make_user("assessor 9", Role.ASSESSOR), make_user("another officer", Role.CITY_OFFICER)):
        for act in (
            lambda user=user: actions.accept(application, by=user, at=NOON, proof=fresh_proof(NOON)),
            lambda user=user: actions.reject(application, reasons="x", by=user, at=NOON, proof=fresh_proof(NOON)),
            lambda user=user: returned(application, user),
        ):
            with pytest.raises(PermissionDenied):
                act()
    with pytest.raises(Refusal) as refused:
        actions.accept(application, by=office, at=NOON, proof=None)
    assert refused.value.code == "second-factor-needed"


def test_the_office_reads_no_draft(office):
    from nagara.toolkit import access

    application, _officer = world.start(world.make_round(office))
    assert access.allowed(office, "assessment.see", application)
    assert not access.allowed(office, "assessment.read", application)
