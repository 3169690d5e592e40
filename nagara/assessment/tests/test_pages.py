"""Every page of this part for whoever it is for, in both languages; and each form of it, without the script."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from nagara.assessment import actions
from nagara.assessment.models import Application, Appointment, Evidence, ProposedArea, Round, Submission, TeamMember
from nagara.assessment.queries import result_of
from nagara.assessment.states import ApplicationState, RoundState
from nagara.assessment.tasks import tasks
from nagara.assessment.tests import world
from nagara.assessment.tests.world import LATER, NOON
from nagara.documents.tests.samples import pdf_bytes
from nagara.people.models import Invitation, User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user

pytestmark = pytest.mark.django_db


def signed_in(user: User, *, factor: bool = False) -> Client:
    """A signed-in visitor; with `factor`, one who has just shown the second one."""
    client = Client()
    client.force_login(user)
    if factor:
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client


@pytest.fixture
def now_round(monkeypatch: pytest.MonkeyPatch) -> Round:
    """A round around the real now: views ask the clock."""
    office = world.make_office()
    at = timezone.now()
    round_ = world.make_round(
        office,
        slug="now",
        opened=False,
        opens_at=at - timedelta(days=10),
        closes_at=at + timedelta(days=5),
        assess_until=at + timedelta(days=20),
    )
    actions.open_round(round_, by=office, at=at, proof=fresh_proof(at))
    round_.refresh_from_db()
    return round_


@pytest.fixture
def everything(now_round: Round) -> dict[str, Any]:
    """A draft, one handed in, one with a return, one in review with sheets, one with its result."""
    at = timezone.now() - timedelta(hours=1)
    office = User.objects.get(email="office@example.org")
    draft, officer = world.start(now_round, world.make_area("draft"), at=at)
    submitted, _lead = world.submitted(now_round, "submitted", at=at)
    returned, returned_lead = world.submitted(now_round, "returned", at=at)
    actions.return_for_information(
        returned,
        questions={"C1.goals": "ปีใด", "C2.evidence": "ขอฉบับลงนาม"},
        due=at + timedelta(days=3),
        by=office,
        at=at,
        proof=fresh_proof(at),
    )
    review, _lead = world.in_review(now_round, "review", at=at)
    sheet = world.give(review, world.make_assessor(now_round, "assessor 1", at=at), at=at)
    done = world.score_all(world.give(review, world.make_assessor(now_round, "assessor 2", at=at), at=at), 4, at=at)
    finished = world.assessed(now_round, 4, 5, 3, slug="finished", at=at)
    actions.release_feedback(result_of(finished), by=office, at=at, proof=fresh_proof(at))
    for application in (returned, finished):
        application.refresh_from_db()
    return {
        "office": office,
        "officer": officer,
        "draft": draft,
        "submitted": submitted,
        "returned": returned,
        "returned_lead": returned_lead,
        "review": review,
        "sheet": sheet,
        "done": done,
        "finished": finished,
        "round": now_round,
    }


def test_every_page_opens_in_both_languages(everything):
    found = everything
    round_, draft, review = found["round"], found["draft"], found["review"]
    pages: list[tuple[User | None, str, list[Any]]] = [
        (None, "rounds", []),
        (None, "round", [round_.slug]),
        (found["office"], "rounds", []),
        (found["office"], "office", [round_.slug]),
        (found["office"], "assessors", [round_.slug]),
        (found["office"], "share", [round_.slug]),
        (found["office"], "edit_round", [round_.slug]),
        (found["office"], "make_round", []),
        *[(found["office"], "screening", [found[name].pk]) for name in ("submitted", "returned", "review", "finished")],
        (found["office"], "return", [found["submitted"].pk]),
        (found["office"], "application", [found["submitted"].pk]),
        (found["office"], "submission", [found["submitted"].pk, 1]),
        (found["office"], "evidence", [found["submitted"].pk]),
        (found["office"], "team", [found["submitted"].pk]),
        (found["office"], "history", [found["submitted"].pk, "C1.vision"]),
        (found["office"], "edit_feedback", [found["finished"].pk, result_of(found["finished"]).feedback.first().pk]),
        (found["officer"], "applications", []),
        (found["officer"], "start", [round_.slug]),
        (found["officer"], "propose", [round_.slug]),
        (found["officer"], "application", [draft.pk]),
        (found["officer"], "write", [draft.pk, "about"]),
        *[(found["officer"], "write", [draft.pk, key]) for key in ("C1", "C2", "C3", "C4:environment", "C5")],
        (found["officer"], "evidence", [draft.pk]),
        (found["officer"], "team", [draft.pk]),
        (found["officer"], "check", [draft.pk]),
        (found["officer"], "withdraw", [draft.pk]),
        (found["returned_lead"], "application", [found["returned"].pk]),
        (found["returned_lead"], "write", [found["returned"].pk, "C1"]),
        (found["returned_lead"], "write", [found["returned"].pk, "C2"]),
        (found["returned_lead"], "check", [found["returned"].pk]),
        (found["finished"].team.get().user, "feedback", [found["finished"].pk]),
        (found["sheet"].assessor, "assess", []),
        (found["sheet"].assessor, "appointment", [round_.slug]),
        (found["sheet"].assessor, "sheet", [found["sheet"].pk]),
        (found["sheet"].assessor, "score", [found["sheet"].pk, "C4:mobility"]),
        (found["done"].assessor, "panel", [found["done"].pk]),
        (found["done"].assessor, "score", [found["done"].pk, "C1"]),
    ]
    assert review.assignments.count() == 2
    for user, name, args in pages:
        client = signed_in(user, factor=True) if user else Client()
        for lang in ("th", "en"):
            with override(lang):
                address = reverse(f"assessment:{name}", args=args)
            answer = client.get(address)
            assert answer.status_code == 200, address
            body = answer.content.decode()
            assert f'<html lang="{lang}"' in body
            assert "None" not in body.replace("None of", ""), address


# Writing without the script


def test_a_page_of_the_form_is_saved_by_its_button_and_goes_on(everything):
    draft, client = everything["draft"], signed_in(everything["officer"])
    address = reverse("assessment:write", args=[draft.pk, "C1"])
    answer = client.post(
        address,
        {"C1.vision": "วิสัยทัศน์", "base:C1.vision": "0", "C1.residents": "๑,๒๐๐", "base:C1.residents": "0", "go": "C2"},
    )
    assert answer.headers["Location"] == reverse("assessment:write", args=[draft.pk, "C2"])
    page = client.get(address).content.decode()
    assert "วิสัยทัศน์" in page and "อ่านว่า 1,200 คน" in page


def test_dimensions_are_chosen_by_boxes_and_open_their_pages(everything):
    draft, client = everything["draft"], signed_in(everything["officer"])
    base = world.revision(draft, "about.dimensions")
    client.post(
        reverse("assessment:write", args=[draft.pk, "about"]),
        {"about.city_type": "new", "base:about.city_type": "0", "about.dimensions": ["energy"], "base:about.dimensions": str(base)},
    )
    draft.refresh_from_db()
    assert (draft.city_type, draft.dimensions) == ("new", ["environment", "energy"])
    assert client.get(reverse("assessment:write", args=[draft.pk, "C4:energy"])).status_code == 200


def test_without_the_script_a_clash_shows_both_texts_and_saving_again_takes_mine(everything):
    draft, officer = everything["draft"], everything["officer"]
    engineer = make_user("engineer", Role.CITY_OFFICER)
    TeamMember.objects.create(application=draft, user=engineer, part="co_applicant", joined_at=NOON)
    actions.write(draft, {"C1.vision": actions.Written("ของวิศวกร", 0)}, by=engineer, at=timezone.now())
    client = signed_in(officer)
    address = reverse("assessment:write", args=[draft.pk, "C1"])
    answer = client.post(address, {"C1.vision": "ของหัวหน้า", "base:C1.vision": "0"})
    body = answer.content.decode()
    assert answer.status_code == 409
    assert "ของวิศวกร" in body and "ของหัวหน้า" in body and 'name="base:C1.vision" value="1"' in body
    client.post(address, {"C1.vision": "ของหัวหน้า", "base:C1.vision": "1", "keep-theirs": "C1.vision"})
    assert draft.answers.get(field="C1.vision").value == "ของวิศวกร", "the box keeps what stands"
    client.post(address, {"C1.vision": "ของหัวหน้า", "base:C1.vision": "1"})
    assert draft.answers.get(field="C1.vision").value == "ของหัวหน้า"
    history = client.get(reverse("assessment:history", args=[draft.pk, "C1.vision"])).content.decode()
    assert "ของวิศวกร" in history and "เก็บแยกไว้" in history
    aside = draft.answers.get(field="C1.vision").revisions.get(value="ของวิศวกร")
    client.post(reverse("assessment:take", args=[draft.pk, aside.pk]))
    assert draft.answers.get(field="C1.vision").value == "ของวิศวกร"


# What the script calls


def test_a_field_is_saved_as_it_is_typed_with_the_servers_time_and_the_reading(everything):
    draft, client = everything["draft"], signed_in(everything["officer"])
    save = reverse("assessment:save", args=[draft.pk])
    told = client.post(save, {"key": "C1.residents", "value": "48,200", "base": "0", "writer": "a"}).json()
    assert (told["revision"], told["reading"], told["fault"]) == (1, "อ่านว่า 48,200 คน", "")
    assert told["saved"].endswith(" น.")
    told = client.post(save, {"key": "C1.residents", "value": "มาก", "base": "1", "writer": "a"}).json()
    assert told["revision"] == 2 and told["fault"]


def test_a_clash_is_answered_with_both_texts(everything):
    draft, officer = everything["draft"], everything["officer"]
    engineer = make_user("engineer", Role.CITY_OFFICER)
    TeamMember.objects.create(application=draft, user=engineer, part="co_applicant", joined_at=NOON)
    save = reverse("assessment:save", args=[draft.pk])
    signed_in(engineer).post(save, {"key": "C1.vision", "value": "ของวิศวกร", "base": "0", "writer": "b"})
    answer = signed_in(officer).post(save, {"key": "C1.vision", "value": "ของหัวหน้า", "base": "0", "writer": "a"})
    assert answer.status_code == 409
    clash = answer.json()["clash"]
    assert (clash["theirs"], clash["by"], clash["revision"]) == ("ของวิศวกร", "engineer", 1)


def test_a_locked_field_is_refused_as_problem_details(everything):
    returned, client = everything["returned"], signed_in(everything["returned_lead"])
    answer = client.post(
        reverse("assessment:save", args=[returned.pk]),
        {"key": "C1.vision", "value": "x", "base": "1"},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["type"] == "urn:nagara:refusal:field-locked"


def test_a_sign_of_life_tells_who_is_where_and_what_changed(everything):
    draft, officer = everything["draft"], everything["officer"]
    engineer = make_user("engineer", Role.CITY_OFFICER)
    TeamMember.objects.create(application=draft, user=engineer, part="co_applicant", joined_at=NOON)
    signed_in(engineer).post(reverse("assessment:save", args=[draft.pk]), {"key": "C1.vision", "value": "ใหม่", "base": "0"})
    told = (
        signed_in(officer)
        .post(reverse("assessment:here", args=[draft.pk]), {"field": "C1.goals", "known": ["C1.vision=0", "C1.goals=0"]})
        .json()
    )
    assert [(other["name"], other["field"]) for other in told["others"]] == [("engineer", "C1.vision")]
    assert [(change["key"], change["value"], change["by"]) for change in told["changed"]] == [("C1.vision", "ใหม่", "engineer")]


def test_returned_pages_lock_all_but_the_named_fields_and_show_the_question(everything):
    returned, client = everything["returned"], signed_in(everything["returned_lead"])
    page = client.get(reverse("assessment:write", args=[returned.pk, "C1"])).content.decode()
    assert 'name="C1.goals"' in page and 'name="C1.vision"' not in page
    assert "ปีใด" in page
    other = client.get(reverse("assessment:write", args=[returned.pk, "C2"])).content.decode()
    assert "ขอฉบับลงนาม" in other and 'name="C2.plan"' not in other and f"/applications/{returned.pk}/attach/C2" in other
    assert f"/applications/{returned.pk}/attach/C1" not in page


# Documents


def upload(content: bytes, name: str = "plan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_document_is_added_linked_opened_and_taken_away(everything):
    draft, client = everything["draft"], signed_in(everything["officer"])
    client.post(reverse("assessment:evidence", args=[draft.pk]), {"file": upload(pdf_bytes(9)), "title": "แผนพัฒนา"})
    paper = Evidence.objects.get(application=draft)
    client.post(reverse("assessment:link", args=[draft.pk, paper.pk]), {"target": "C1/map", "pages": "3", "note": "แผนที่"})
    link = paper.links.get()
    assert (link.criterion, link.asked, link.pages) == ("C1", "map", "3")
    opened = client.get(reverse("assessment:document", args=[draft.pk, paper.pk]))
    assert opened.headers["Content-Type"] == "application/pdf" and opened.headers["Content-Disposition"].startswith("inline")
    client.post(reverse("assessment:unlink", args=[draft.pk, link.pk]))
    assert not paper.links.exists()
    client.post(reverse("assessment:replace", args=[draft.pk, paper.pk]), {"file": upload(pdf_bytes(4), "newer.pdf")})
    newer = Evidence.objects.get(replaces=paper)
    client.post(reverse("assessment:remove", args=[draft.pk, newer.pk]))
    page = client.get(reverse("assessment:evidence", args=[draft.pk])).content.decode()
    assert "แทนที่หรือนำออกแล้ว 2 รายการ" in page


def test_a_document_is_uploaded_from_the_page_of_its_criterion(everything):
    draft, client = everything["draft"], signed_in(everything["officer"])
    address = reverse("assessment:attach", args=[draft.pk, "C1"])
    client.post(address, {"asked": "map", "file": upload(pdf_bytes(2)), "pages": "2"})
    client.post(address, {"asked": "vision_paper", "evidence": Evidence.objects.get(application=draft).pk})
    assert sorted(Evidence.objects.get(application=draft).links.values_list("asked", flat=True)) == ["map", "vision_paper"]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"%PDF-1.4 cut", "cut.pdf"), (b"MZ\x90\x00", "program.exe"), (b"<html><script>", "page.pdf"), (b"", "empty.pdf")],
)
def test_a_bad_file_is_refused_in_words_and_nothing_is_kept(everything, content, name):
    draft, client = everything["draft"], signed_in(everything["officer"])
    answer = client.post(reverse("assessment:evidence", args=[draft.pk]), {"file": upload(content, name), "title": "ชื่อที่พิมพ์"})
    assert answer.status_code == 422
    assert "ชื่อที่พิมพ์" in answer.content.decode(), "what was typed stays"
    assert not Evidence.objects.filter(application=draft).exists()


def test_pages_that_are_not_there_are_refused_at_the_field(everything):
    draft, client = everything["draft"], signed_in(everything["officer"])
    answer = client.post(reverse("assessment:attach", args=[draft.pk, "C1"]), {"asked": "map", "file": upload(pdf_bytes(2)), "pages": "40"})
    assert answer.status_code == 422 and "40" in answer.content.decode()


# Handing in


def test_the_check_links_each_error_to_its_field_and_handing_in_gives_the_receipt(everything):
    draft, officer = everything["draft"], everything["officer"]
    client = signed_in(officer)
    page = client.get(reverse("assessment:check", args=[draft.pk])).content.decode()
    assert f'href="/applications/{draft.pk}/write/C1#f-C1-vision"' in page
    answer = client.post(reverse("assessment:submit", args=[draft.pk]))
    assert answer.status_code == 409 and "ต้องแก้" in answer.content.decode()
    world.fill(draft, officer, at=timezone.now())
    for _press in range(2):
        answer = client.post(reverse("assessment:submit", args=[draft.pk]))
        assert answer.headers["Location"] == reverse("assessment:submission", args=[draft.pk, 1])
    assert Submission.objects.filter(application=draft).count() == 1
    pdf = client.get(reverse("assessment:paper", args=[draft.pk, 1, "receipt"]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")


def test_after_the_closing_the_form_says_so_and_the_draft_is_kept(everything):
    draft, officer, round_ = everything["draft"], everything["officer"], everything["round"]
    world.fill(draft, officer, at=timezone.now())
    Round.objects.filter(pk=round_.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    client = signed_in(officer)
    answer = client.post(reverse("assessment:submit", args=[draft.pk]))
    body = answer.content.decode()
    assert answer.status_code == 409 and "ปิดรับเมื่อ" in body and "ไม่มีการผ่อนผันเวลา" in body
    saved = client.post(
        reverse("assessment:save", args=[draft.pk]), {"key": "C1.participation_vision", "value": "พิมพ์ต่อ", "base": "1", "writer": "z"}
    )
    assert saved.status_code == 200
    draft.refresh_from_db()
    assert draft.state == ApplicationState.DRAFT


# The office


def test_the_office_walks_an_application_by_its_page(everything):
    office, submitted = everything["office"], everything["submitted"]
    client = signed_in(office, factor=True)
    client.post(reverse("assessment:accept", args=[submitted.pk]))
    assessor = Appointment.objects.get(assessor__email="assessor.1@example.org").assessor
    client.post(reverse("assessment:assign", args=[submitted.pk]), {"assessor": assessor.pk})
    sheet = submitted.assignments.get()
    at = timezone.now()
    actions.declare(sheet, conflict=False, by=assessor, at=at)
    world.score_all(sheet, 4, at=at)
    client.post(reverse("assessment:reopen", args=[submitted.pk]), {"cell": "C4:mobility", "note": "ดูหน้า 3"})
    actions.hand_in(sheet, by=assessor, at=timezone.now())
    client.post(reverse("assessment:close", args=[submitted.pk]), {"why": "หนึ่งคนพอ"})
    submitted.refresh_from_db()
    assert submitted.state == ApplicationState.ASSESSED and str(result_of(submitted).total) == "80.00"
    row = result_of(submitted).feedback.first()
    client.post(reverse("assessment:edit_feedback", args=[submitted.pk, row.pk]), {"text_th": "ดีมาก", "text_en": ""})
    client.post(reverse("assessment:release", args=[submitted.pk]))
    row.refresh_from_db()
    assert row.text == {"th": "ดีมาก"} and row.released_at
    client.post(reverse("assessment:reopen_application", args=[submitted.pk]), {"why": "ข้อเท็จจริงใหม่"})
    submitted.refresh_from_db()
    assert submitted.state == ApplicationState.IN_REVIEW


def test_without_a_second_factor_the_office_is_asked_for_it_and_nothing_happens(everything):
    submitted = everything["submitted"]
    answer = signed_in(everything["office"]).post(reverse("assessment:reject", args=[submitted.pk]), {"reasons": "ยาวมาก"})
    assert answer.status_code == 403
    submitted.refresh_from_db()
    assert submitted.state == ApplicationState.SUBMITTED


def test_the_office_returns_with_questions_at_the_fields(everything):
    submitted = everything["submitted"]
    client = signed_in(everything["office"], factor=True)
    due = timezone.localdate() + timedelta(days=4)
    address = reverse("assessment:return", args=[submitted.pk])
    bad = client.post(address, {"ask:C1.goals": "ปีใด", "due_day": "30/2/2569", "due_clock": "17.00"})
    assert bad.status_code == 422 and "ปีใด" in bad.content.decode(), "what was typed stays"
    client.post(
        address, {"ask:C1.goals": "ปีใด", "ask:C1.vision": " ", "due_day": due.isoformat(), "due_clock": "17.00", "question": "ขอบคุณ"}
    )
    submitted.refresh_from_db()
    request = submitted.information_requests.get()
    assert (submitted.state, request.fields, request.question) == (ApplicationState.RETURNED, {"C1.goals": "ปีใด"}, "ขอบคุณ")
    assert request.due.astimezone(submitted.round.zone).strftime("%H:%M") == "17:00"


def test_the_office_plans_and_opens_a_round_with_days_in_either_calendar(everything):
    client = signed_in(everything["office"], factor=True)
    year = timezone.localdate().year + 1
    data = {
        "title_th": "รอบใหม่",
        "title_en": "New round",
        "slug": "new-round",
        "programme": "smart-city-thailand",
        "time_zone": "Asia/Bangkok",
        "opens_day": f"1 ก.พ. {year + 543}",
        "opens_clock": "9.00",
        "closes_day": f"{year}-03-31",
        "closes_clock": "17:00 น.",
        "assessors_each": "3",
    }
    assert client.post(reverse("assessment:make_round"), data | {"closes_clock": "17 นาฬิกา"}).status_code == 200
    client.post(reverse("assessment:make_round"), data)
    made = Round.objects.get(slug="new-round")
    assert made.closes_at.astimezone(made.zone).isoformat() == f"{year}-03-31T17:00:00+07:00"
    assert Client().get(reverse("assessment:round", args=["new-round"])).status_code == 404, "a planned round is the office's"
    client.post(reverse("assessment:round_step", args=["new-round", "open"]))
    made.refresh_from_db()
    assert made.state == RoundState.OPEN and Client().get(reverse("assessment:round", args=["new-round"])).status_code == 200
    client.post(reverse("assessment:edit_round", args=["new-round"]), data | {"closes_day": f"{year}-04-30", "why": "ขยายเวลา"})
    made.refresh_from_db()
    assert made.closes_at.astimezone(made.zone).date().isoformat() == f"{year}-04-30"


def test_the_office_appoints_invites_shares_out_and_exports(everything):
    round_, office = everything["round"], everything["office"]
    client = signed_in(office, factor=True)
    new = make_user("assessor 7", Role.ASSESSOR)
    client.post(reverse("assessment:assessors", args=[round_.slug]), {"assessor": new.pk, "most": "4"})
    appointment = Appointment.objects.get(assessor=new)
    assert appointment.most == 4
    client.post(reverse("assessment:assessors", args=[round_.slug]), {"act": "invite", "email": "new@example.org"})
    assert Invitation.objects.get(email="new@example.org").scope == f"round:{round_.pk}"
    client.post(reverse("assessment:share", args=[round_.slug]), {"seed": "5"})
    assert everything["submitted"].assignments.count() == 3
    client.post(reverse("assessment:end_appointment", args=[round_.slug, appointment.pk]))
    appointment.refresh_from_db()
    assert appointment.ended_at
    sheet = client.get(reverse("assessment:export_xlsx", args=[round_.slug]))
    assert sheet.content.startswith(b"PK")
    lines = client.get(reverse("assessment:export_csv", args=[round_.slug])).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + Application.objects.filter(round=round_).count()


def test_a_proposed_area_goes_through_the_pages(everything):
    officer, round_ = everything["officer"], everything["round"]
    area = everything["draft"].area
    data = {"name_th": "เมืองที่เสนอ", "name_en": "", "subdivision": area.subdivision_id, "kind": "zone", "organisation": area.organisation_id}
    signed_in(officer).post(reverse("assessment:propose", args=[round_.slug]), data)
    proposed = ProposedArea.objects.get()
    client = signed_in(everything["office"], factor=True)
    assert "เมืองที่เสนอ" in client.get(reverse("assessment:office", args=[round_.slug])).content.decode()
    client.post(reverse("assessment:proposed", args=[round_.slug, proposed.pk]), {"act": "enter"})
    proposed.refresh_from_db()
    assert proposed.area is not None
    page = signed_in(officer).get(reverse("assessment:start", args=[round_.slug])).content.decode()
    assert "เมืองที่เสนอ" in page


def test_the_team_pages_invite_withdraw_and_hand_over(everything):
    draft, officer = everything["draft"], everything["officer"]
    client = signed_in(User.objects.get(pk=officer.pk))
    client.post(reverse("assessment:team", args=[draft.pk]), {"email": "finance@example.org"})
    invitation = Invitation.objects.get(email="finance@example.org")
    assert "finance@example.org" in client.get(reverse("assessment:team", args=[draft.pk])).content.decode()
    client.post(reverse("assessment:uninvite", args=[draft.pk, invitation.pk]))
    invitation.refresh_from_db()
    assert invitation.withdrawn_at
    engineer = make_user("engineer", Role.CITY_OFFICER)
    member = TeamMember.objects.create(application=draft, user=engineer, part="co_applicant", joined_at=NOON)
    client.post(reverse("assessment:hand_over", args=[draft.pk, member.pk]))
    member.refresh_from_db()
    assert member.part == "lead"
    own = draft.team.get(user=officer)
    client.post(reverse("assessment:leave", args=[draft.pk, own.pk]))
    assert client.get(reverse("assessment:application", args=[draft.pk])).status_code == 404


# My tasks


def titles(user: User) -> list[tuple[str, bool]]:
    return [(task.title, task.mine) for task in tasks(User.objects.get(pk=user.pk), timezone.now())]


def test_my_tasks_say_what_waits_for_whom(everything):
    found = everything
    assert titles(found["officer"]) == [("ส่งคำขอของเมือง draft", True)]
    assert titles(found["returned_lead"]) == [("ตอบสำนักงานเมืองอัจฉริยะ: เมือง returned", True)]
    assert titles(found["review"].team.get().user) == [("คำขอของเมือง review", False)]
    assert titles(found["sheet"].assessor) == [("ให้คะแนนเมือง review", True)]
    assert titles(found["done"].assessor) == []
    assert sorted(titles(found["office"])) == [
        ("คำตอบของเมือง returned", False),
        ("ตรวจความครบถ้วนของคำขอเมือง submitted", True),
        ("มอบหมายผู้ประเมินให้เมือง review", True),
    ]
    asked = make_user("assessor 8", Role.ASSESSOR)
    actions.appoint(found["round"], asked, by=found["office"], at=LATER, proof=fresh_proof(LATER))
    assert titles(asked) == [("ตอบรับหรือปฏิเสธ: ผู้ประเมินของรอบ now", True)]


def test_tasks_take_few_queries(everything, django_assert_max_num_queries):
    for name in ("office", "officer"):
        user = User.objects.get(pk=everything[name].pk)
        with django_assert_max_num_queries(6):
            tasks(user, timezone.now())
    assessor = User.objects.get(pk=everything["sheet"].assessor.pk)
    with django_assert_max_num_queries(6):
        tasks(assessor, timezone.now())


# Queries


def test_pages_take_few_queries_however_many_rows_there_are(everything, django_assert_num_queries):
    round_, draft, review = everything["round"], everything["draft"], everything["review"]
    office, officer = signed_in(everything["office"], factor=True), signed_in(everything["officer"])

    def count() -> None:
        for client, name, args, queries in (
            (office, "office", [round_.slug], 9),
            (office, "screening", [review.pk], 13),
            (officer, "applications", [], 7),
            (officer, "application", [draft.pk], 15),
            (officer, "write", [draft.pk, "C1"], 11),
            (officer, "evidence", [draft.pk], 9),
        ):
            with django_assert_num_queries(queries, info=name):
                client.get(reverse(f"assessment:{name}", args=args))

    at = timezone.now()
    first = actions.add_evidence(
        draft, world.kept_file(everything["officer"], "first.pdf", pages=1, at=at), by=everything["officer"], at=at
    )
    actions.link_evidence(first, "C1", by=everything["officer"], at=at)
    count()
    for name in ("phuket", "chonburi"):
        world.submitted(round_, name, at=at)
    for number in range(3):
        paper = actions.add_evidence(
            draft, world.kept_file(everything["officer"], f"{number}.pdf", pages=number + 2), by=everything["officer"], at=at
        )
        actions.link_evidence(paper, "C1", by=everything["officer"], at=at)
    count()


def test_the_export_reads_nothing_row_by_row(everything, django_assert_num_queries):
    client = signed_in(everything["office"], factor=True)
    address = reverse("assessment:export_csv", args=[everything["round"].slug])
    with django_assert_num_queries(6):
        client.get(address)
    world.submitted(everything["round"], "phuket", at=timezone.now())
    with django_assert_num_queries(6):
        client.get(address)


def test_the_public_call_takes_few_queries(everything, django_assert_num_queries):
    with django_assert_num_queries(1):
        Client().get(reverse("assessment:round", args=[everything["round"].slug]))
