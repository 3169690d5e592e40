"""Conflicts of interest: declared, or found by the system; and every door that stays shut."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from nagara.assessment import actions, conflicts
from nagara.assessment.models import Declaration, TeamMember
from nagara.assessment.queries import result_of
from nagara.assessment.rounds import search
from nagara.assessment.states import AssignmentState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import LATER, NOON
from nagara.audit.models import Entry
from nagara.notices.models import Notice
from nagara.people.models import Organisation, Post, Term, User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_organisation, make_user
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    """As the next request loads the account: ties and roles are read once for each."""
    return User.objects.get(pk=user.pk)


def move(user: User, organisation: Organisation | None) -> User:
    type(user.person).objects.filter(pk=user.person.pk).update(organisation=organisation)
    return fresh(user)


@pytest.fixture
def application():
    return world.in_review(world.make_round(world.make_office()))[0]


def test_the_applicants_own_people_and_those_above_and_below_are_found(application):
    ministry = make_organisation("ministry")
    department = make_organisation("department")
    Organisation.objects.filter(pk=application.organisation_id).update(parent=department)
    Organisation.objects.filter(pk=department.pk).update(parent=ministry)
    below = make_organisation("school of the city")
    Organisation.objects.filter(pk=below.pk).update(parent=application.organisation)
    sister = make_organisation("sister city")
    Organisation.objects.filter(pk=sister.pk).update(parent=department)
    found = {
        name: conflicts.found(application, make_user(name, Role.ASSESSOR, organisation=organisation))
        for name, organisation in (
            ("own", application.organisation),
            ("department", department),
            ("ministry", ministry),
            ("below", below),
            ("sister", sister),
            ("nobody", None),
        )
    }
    assert found == {
        "own": "organisation",
        "department": "organisation",
        "ministry": "organisation",
        "below": "organisation",
        "sister": "",
        "nobody": "",
    }


def test_a_co_applicants_organisation_a_place_in_the_team_and_a_past_post_are_found(application):
    firm = make_organisation("firm")
    engineer = make_user("engineer", Role.CITY_OFFICER, organisation=firm)
    member = TeamMember.objects.create(application=application, user=engineer, part="co_applicant", joined_at=NOON)
    assert conflicts.found(application, make_user("of the firm", Role.ASSESSOR, organisation=firm)) == "co_applicant"
    assert conflicts.found(application, engineer) == "team"
    TeamMember.objects.filter(pk=member.pk).update(left_at=NOON)
    assert conflicts.found(application, engineer) == "team", "who has left the team has still written it"
    former = make_user("former mayor", Role.ASSESSOR)
    post = Post.objects.create(code="mayor", title={"th": "นายกเทศมนตรี"}, organisation=application.organisation)
    Term.objects.create(post=post, person=former.person, since=NOON.date() - timedelta(days=3000), ended=NOON.date() - timedelta(days=1000))
    assert conflicts.found(application, former) == "post"


def test_a_conflict_found_at_assignment_recuses_at_once(application):
    office = User.objects.get(email="office@example.org")
    assessor = world.make_assessor(application.round, "of the city", organisation=application.organisation)
    sheet = actions.assign(application, assessor, by=office, at=NOON, proof=fresh_proof(NOON))
    assert sheet.state == AssignmentState.RECUSED
    declaration = Declaration.objects.get()
    assert (declaration.finding, declaration.reason) == ("found", "organisation")
    assert not Notice.objects.filter(about=f"assignment:{sheet.pk}").exists()
    with pytest.raises(Refusal):
        actions.assign(application, assessor, by=office, at=NOON, proof=fresh_proof(NOON))


def test_whoever_declares_none_while_the_system_finds_one_is_recused(application):
    sheet = world.give(application, world.make_assessor(application.round, "assessor 1"), declare=False)
    tied = move(sheet.assessor, application.organisation)
    declaration = actions.declare(sheet, conflict=False, by=tied, at=NOON)
    sheet.refresh_from_db()
    assert (declaration.finding, sheet.state) == ("found", AssignmentState.RECUSED)


def test_an_assessor_tied_by_a_new_co_applicant_is_recused_when_they_join(application):
    firm = make_organisation("firm")
    sheet = world.give(application, world.make_assessor(application.round, "assessor 1", organisation=firm))
    lead = application.team.get().user
    member = TeamMember.objects.create(
        application=application, user=make_user("engineer", Role.CITY_OFFICER, organisation=firm), part="co_applicant", joined_at=NOON
    )
    assert member and not access.allowed(fresh(sheet.assessor), "assessment.assess", sheet), "the row rule shuts the door at once"
    actions.recuse_found(application, by=lead, at=NOON)
    sheet.refresh_from_db()
    assert sheet.state == AssignmentState.RECUSED
    assert Entry.objects.filter(did="assessment.declare").last().after.count("co_applicant") == 1


def test_recused_sheets_are_out_of_the_average(application):
    office = User.objects.get(email="office@example.org")
    high = world.score_all(world.give(application, world.make_assessor(application.round, "assessor 1")), 5)
    world.score_all(world.give(application, world.make_assessor(application.round, "assessor 2")), 3)
    move(high.assessor, application.organisation)
    result = actions.close_panel(application, by=office, at=LATER, proof=fresh_proof(LATER), why="เหลือหนึ่งคน")
    assert str(result.total) == "60.00"
    high.refresh_from_db()
    assert high.state == AssignmentState.RECUSED


def doors(application, sheet) -> list[str]:
    """Every address that shows something of an application."""
    paper = application.evidence.first()
    return [
        reverse("assessment:sheet", args=[sheet.pk]),
        reverse("assessment:declare", args=[sheet.pk]),
        reverse("assessment:score", args=[sheet.pk, "C1"]),
        reverse("assessment:panel", args=[sheet.pk]),
        reverse("assessment:assessed_document", args=[sheet.pk, paper.pk]),
        reverse("assessment:application", args=[application.pk]),
        reverse("assessment:submission", args=[application.pk, 1]),
        reverse("assessment:paper", args=[application.pk, 1, "dossier"]),
        reverse("assessment:evidence", args=[application.pk]),
        reverse("assessment:document", args=[application.pk, paper.pk]),
        reverse("assessment:team", args=[application.pk]),
        reverse("assessment:check", args=[application.pk]),
        reverse("assessment:write", args=[application.pk, "C1"]),
        reverse("assessment:history", args=[application.pk, "C1.vision"]),
        reverse("assessment:difference", args=[application.pk, 1, 1]),
        reverse("assessment:feedback", args=[application.pk]),
        reverse("assessment:screening", args=[application.pk]),
        reverse("assessment:return", args=[application.pk]),
        reverse("assessment:export_csv", args=[application.round.slug]),
        reverse("assessment:office", args=[application.round.slug]),
        reverse("assessment:assessors", args=[application.round.slug]),
        reverse("assessment:share", args=[application.round.slug]),
    ]


def posts(application, sheet) -> list[tuple[str, dict[str, str]]]:
    """Every address at which something of an application can be changed."""
    return [
        (reverse("assessment:score", args=[sheet.pk, "C1"]), {"value": "5", "reason": "x"}),
        (reverse("assessment:hand_in", args=[sheet.pk]), {}),
        (reverse("assessment:ask", args=[sheet.pk, "C1"]), {"field": "C1.vision", "question": "x"}),
        (reverse("assessment:save", args=[application.pk]), {"key": "C1.vision", "value": "x", "base": "1"}),
        (reverse("assessment:here", args=[application.pk]), {"field": "C1.vision"}),
        (reverse("assessment:submit", args=[application.pk]), {}),
        (reverse("assessment:accept", args=[application.pk]), {}),
        (reverse("assessment:reject", args=[application.pk]), {"reasons": "x"}),
        (reverse("assessment:assign", args=[application.pk]), {"assessor": "1"}),
        (reverse("assessment:reopen", args=[application.pk]), {"cell": "C1", "note": "x"}),
        (reverse("assessment:close", args=[application.pk]), {"why": "x"}),
        (reverse("assessment:attach", args=[application.pk, "C1"]), {}),
    ]


def try_every_door(user, application, sheet) -> dict[str, int]:
    """What each door answers that did not refuse."""
    client = Client()
    client.force_login(user)
    opened = {}
    for address in doors(application, sheet):
        status = client.get(address).status_code
        if status not in (403, 404):
            opened[f"GET {address}"] = status
    for address, data in posts(application, sheet):
        status = client.post(address, data).status_code
        if status not in (403, 404):
            opened[f"POST {address}"] = status
    return opened


@pytest.fixture
def shut(application):
    """A conflicted assessor: declared, handed in before; all doors were open until then."""
    sheet = world.score_all(world.give(application, world.make_assessor(application.round, "assessor 1")), 4, at=NOON)
    return application, sheet


@pytest.mark.parametrize("kind", ["declared", "found"])
def test_a_conflicted_assessor_is_refused_at_every_door(shut, kind):
    application, sheet = shut
    if kind == "declared":
        actions.declare(sheet, conflict=True, reason="คู่สมรสเป็นผู้รับจ้าง", by=sheet.assessor, at=NOON)
        user = fresh(sheet.assessor)
    else:
        user = move(sheet.assessor, application.organisation)
    assert try_every_door(user, application, sheet) == {}
    assert search(user, "rayong") == []
    assert not access.visible(user, "assessment.see").exists()
    client = Client()
    client.force_login(user)
    for address in (reverse("assessment:assess"), reverse("assessment:applications")):
        page = client.get(address).content.decode()
        assert "เมือง rayong" not in page, address
    before = Notice.objects.filter(recipient=user.audit_key).count()
    office = User.objects.get(email="office@example.org")
    if sheet.__class__.objects.filter(application=application, state="submitted").exists():
        actions.recuse_found(application, by=office, at=NOON)
    actions.return_for_information(
        application, questions={"C1.goals": "?"}, due=NOON + timedelta(days=5), by=office, at=NOON, proof=fresh_proof(NOON)
    )
    lead = application.team.get().user
    actions.write(application, {"C1.goals": actions.Written("ใหม่", 1)}, by=lead, at=NOON)
    actions.submit(application, by=lead, at=NOON + timedelta(hours=1))
    actions.accept(application, by=office, at=NOON + timedelta(hours=2), proof=fresh_proof(NOON + timedelta(hours=2)))
    assert Notice.objects.filter(recipient=user.audit_key).count() == before, "no notice tells of it"


@pytest.mark.parametrize(
    "name", ["officer of another city", "assessor without appointment", "assessor of another round", "auditor", "co-applicant who left"]
)
def test_others_are_refused_at_every_door(shut, name):
    application, sheet = shut
    if name == "officer of another city":
        area = world.make_area("phuket")
        user = world.make_officer(area, name)
        world.start(application.round, area, user)
    elif name == "assessor without appointment":
        user = make_user(name, Role.ASSESSOR)
    elif name == "assessor of another round":
        other = world.make_round(slug="round-2")
        user = world.make_assessor(other, name)
    elif name == "auditor":
        user = make_user(name, Role.AUDITOR)
    else:
        user = make_user(name, Role.CITY_OFFICER)
        TeamMember.objects.create(application=application, user=user, part="co_applicant", joined_at=NOON, left_at=NOON)
    assert try_every_door(user, application, sheet) == {}
    assert application not in search(user, "rayong")


def test_the_public_is_sent_to_sign_in_everywhere_but_at_the_call(shut):
    application, sheet = shut
    client = Client()
    for address in doors(application, sheet):
        assert client.get(address).headers.get("Location", "").startswith("/accounts/login/"), address
    for name in ("rounds", "round", "sample"):
        args = [application.round.slug] if name != "rounds" else []
        answer = client.get(reverse(f"assessment:{name}", args=args))
        assert answer.status_code == 200
        if name != "sample":
            assert "เมือง rayong" not in answer.content.decode()


def test_an_assessor_whose_appointment_ended_is_refused_at_every_door(shut):
    application, sheet = shut
    office = User.objects.get(email="office@example.org")
    actions.end_appointment(
        world.appointment_of(application.round, sheet.assessor), why="หมดวาระ", by=office, at=NOON, proof=fresh_proof(NOON)
    )
    assert try_every_door(fresh(sheet.assessor), application, sheet) == {}
    sheet.refresh_from_db()
    assert sheet.state == AssignmentState.SUBMITTED, "what was handed in still counts"


def test_another_assessors_sheet_is_refused(shut):
    application, sheet = shut
    other = world.give(application, world.make_assessor(application.round, "assessor 2"))
    client = Client()
    client.force_login(other.assessor)
    for name, args in (("sheet", []), ("score", ["C1"]), ("panel", []), ("declare", [])):
        assert client.get(reverse(f"assessment:{name}", args=[sheet.pk, *args])).status_code == 404
    with pytest.raises(PermissionDenied):
        actions.save_score(sheet, "C1", value=0, reason="x", by=other.assessor, at=NOON)


def test_the_export_leaves_out_what_a_reader_is_recused_from(application):
    round_ = application.round
    assert result_of(application) is None
    world.assessed(round_, 4, slug="phuket")
    both = make_user("office and assessor", Role.OFFICE, Role.ASSESSOR)
    Declaration.objects.create(application=application, assessor=both, finding="declared", reason="x", made_at=NOON)
    client = Client()
    client.force_login(both)
    rows = list(csv.reader(io.StringIO(client.get(reverse("assessment:export_csv", args=[round_.slug])).content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["เมือง phuket"]
    assert client.get(reverse("assessment:screening", args=[application.pk])).status_code == 404
    office = Client()
    office.force_login(User.objects.get(email="office@example.org"))
    everything = office.get(reverse("assessment:export_csv", args=[round_.slug])).content.decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(everything))][1:] == ["เมือง rayong", "เมือง phuket"]
