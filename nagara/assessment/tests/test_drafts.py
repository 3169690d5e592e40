"""A draft: saved field by field, never lost, never overwritten unseen; documents; the team."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from nagara.assessment import actions
from nagara.assessment.actions import Written
from nagara.assessment.models import AnswerRevision, TeamMember
from nagara.assessment.queries import check_of, open_keys, papers_of
from nagara.assessment.slots import CITY_TYPE, DIMENSIONS
from nagara.assessment.states import ApplicationState
from nagara.assessment.tests import world
from nagara.assessment.tests.world import NOON
from nagara.audit.models import Entry
from nagara.people.invitations import accept as accept_invitation
from nagara.people.invitations import invite
from nagara.people.models import RoleGrant, User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_organisation, make_user
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(seconds=5)


@pytest.fixture
def draft():
    return world.start(world.make_round(world.make_office()))


def co_applicant(application, name="engineer", **more) -> User:
    user = make_user(name, Role.CITY_OFFICER, **more)
    TeamMember.objects.create(application=application, user=user, part="co_applicant", joined_at=NOON)
    return user


def test_a_draft_begins_with_the_compulsory_dimension_and_nothing_blocks_it(draft):
    application, officer = draft
    assert application.dimensions == ["environment"]
    wrote = actions.write(application, {"C1.residents": Written("ประมาณ 100", 0)}, by=officer, at=NOON)
    assert wrote.revisions == {"C1.residents": 1} and wrote.clashes == {}
    assert application.answers.get(field="C1.residents").value == "ประมาณ 100", "what cannot be read is kept as it was typed"
    assert any(finding.key == "C1.residents" and finding.error for finding in check_of(application))


def test_the_compulsory_dimension_cannot_be_left_out(draft):
    application, officer = draft
    actions.write(application, {DIMENSIONS: Written(["mobility"], 0), CITY_TYPE: Written("new", 0)}, by=officer, at=NOON)
    application.refresh_from_db()
    assert (application.dimensions, application.city_type) == (["environment", "mobility"], "new")


def test_two_people_in_one_field_lose_nothing_and_choose(draft):
    application, officer = draft
    engineer = co_applicant(application)
    actions.write(application, {"C1.vision": Written("ร่างแรก", 0)}, by=officer, at=NOON)
    actions.write(application, {"C1.vision": Written("ของวิศวกร", 1)}, by=engineer, at=SOON)
    wrote = actions.write(application, {"C1.vision": Written("ของหัวหน้า", 1), "C1.goals": Written("เป้าหมาย", 0)}, by=officer, at=SOON)
    clash = wrote.clashes["C1.vision"]
    assert (clash.mine, clash.theirs, clash.theirs_by, clash.revision) == ("ของหัวหน้า", "ของวิศวกร", "engineer", 2)
    assert wrote.revisions == {"C1.goals": 1}, "the other field of the same form is saved"
    assert application.answers.get(field="C1.vision").value == "ของวิศวกร"
    assert [row.value for row in actions.put_aside(application, "C1.vision")] == ["ของหัวหน้า"]
    actions.write(application, {"C1.vision": Written("ของหัวหน้า", 2)}, by=officer, at=SOON)
    assert application.answers.get(field="C1.vision").value == "ของหัวหน้า"
    kept = AnswerRevision.objects.filter(answer__field="C1.vision").order_by("pk").values_list("value", "set_aside")
    assert list(kept) == [("ร่างแรก", False), ("ของวิศวกร", False), ("ของหัวหน้า", True), ("ของหัวหน้า", False)]


def test_a_clash_that_is_sent_twice_is_set_aside_once(draft):
    application, officer = draft
    engineer = co_applicant(application)
    actions.write(application, {"C1.vision": Written("หนึ่ง", 0)}, by=officer, at=NOON)
    for _again in range(2):
        assert actions.write(application, {"C1.vision": Written("สอง", 0)}, by=engineer, at=SOON).clashes
    assert AnswerRevision.objects.filter(set_aside=True).count() == 1


def test_the_same_text_from_two_people_is_no_clash(draft):
    application, officer = draft
    engineer = co_applicant(application)
    actions.write(application, {"C1.vision": Written("เหมือนกัน", 0)}, by=officer, at=NOON)
    wrote = actions.write(application, {"C1.vision": Written("เหมือนกัน", 0)}, by=engineer, at=SOON)
    assert (wrote.revisions, wrote.clashes) == ({"C1.vision": 1}, {})


def test_a_page_does_not_clash_with_itself_when_an_answer_was_lost_on_the_way(draft):
    application, officer = draft
    actions.write(application, {"C1.vision": Written("พิมพ์", 0, "page-1")}, by=officer, at=NOON)
    wrote = actions.write(application, {"C1.vision": Written("พิมพ์ต่อ", 0, "page-1")}, by=officer, at=SOON)
    assert (wrote.revisions, wrote.clashes) == ({"C1.vision": 2}, {})


def test_typing_on_makes_one_revision_and_rewriting_another(draft):
    application, officer = draft
    for number, text in enumerate(["เมือง", "เมืองน่า", "เมืองน่าอยู่"]):
        actions.write(application, {"C1.vision": Written(text, number)}, by=officer, at=NOON + timedelta(seconds=number))
    actions.write(application, {"C1.vision": Written("ใหม่หมด", 3)}, by=officer, at=SOON)
    rows = AnswerRevision.objects.filter(answer__field="C1.vision").order_by("pk")
    assert [(row.revision, row.value) for row in rows] == [(3, "เมืองน่าอยู่"), (4, "ใหม่หมด")]


def test_an_unknown_field_is_refused(draft):
    application, officer = draft
    with pytest.raises(Refusal):
        actions.write(application, {"C9.nothing": Written("x", 0)}, by=officer, at=NOON)


def test_what_was_written_in_a_dimension_stays_when_it_is_left_out(draft):
    application, officer = draft
    world.fill(application, officer)
    actions.write(application, {DIMENSIONS: Written(["energy"], world.revision(application, DIMENSIONS))}, by=officer, at=SOON)
    application.refresh_from_db()
    assert application.dimensions == ["environment", "energy"]
    assert application.answers.get(field="C4:mobility.goal").value
    actions.write(application, {DIMENSIONS: Written(["mobility"], world.revision(application, DIMENSIONS))}, by=officer, at=SOON)
    assert not [finding for finding in check_of(type(application).objects.get(pk=application.pk)) if finding.error]


# Documents


def test_a_document_is_uploaded_once_and_proves_several_criteria(draft):
    application, officer = draft
    paper = actions.add_evidence(application, world.kept_file(officer), title="แผน", by=officer, at=NOON)
    again = actions.add_evidence(application, world.kept_file(officer), by=officer, at=SOON)
    assert again.pk == paper.pk
    actions.link_evidence(paper, "C1", asked="map", pages="๓", by=officer, at=NOON)
    actions.link_evidence(paper, "C1", asked="vision_paper", pages="5-7", note="บทที่ 2", by=officer, at=NOON)
    actions.link_evidence(paper, "C2", by=officer, at=NOON)
    assert [(link.criterion, link.asked, link.pages) for link in paper.links.all()] == [
        ("C1", "map", "3"),
        ("C1", "vision_paper", "5–7"),
        ("C2", "", ""),
    ]


def test_a_replaced_document_keeps_its_links_and_its_history(draft):
    application, officer = draft
    paper = world.fill(application, officer)
    newer = actions.replace_evidence(paper, world.kept_file(officer, "newer.pdf", pages=5), by=officer, at=SOON)
    assert actions.replace_evidence(paper, world.kept_file(officer, "newer.pdf", pages=5), by=officer, at=SOON).pk == newer.pk
    paper.refresh_from_db()
    assert (paper.removed_at, newer.replaces_id) == (SOON, paper.pk)
    assert [row.pk for row in papers_of(application)] == [newer.pk]
    assert newer.links.count() == paper.links.count()
    assert {link.pages for link in newer.links.all()} == {""}, "pages that the shorter file does not have are not claimed"


def test_a_document_is_taken_out_and_stays_in_the_history(draft):
    application, officer = draft
    paper = world.fill(application, officer)
    actions.remove_evidence(paper, by=officer, at=SOON)
    assert papers_of(application) == [] and application.evidence.count() == 1
    assert any("ยังขาดเอกสาร" in finding.message for finding in check_of(application))


def test_documents_are_locked_with_their_criterion(draft):
    application, officer = draft
    paper = world.fill(application, officer)
    actions.submit(application, by=officer, at=NOON)
    for act in (
        lambda: actions.remove_evidence(paper, by=officer, at=SOON),
        lambda: actions.link_evidence(paper, "C1", asked="map", by=officer, at=SOON),
        lambda: actions.unlink_evidence(paper.links.first(), by=officer, at=SOON),
        lambda: actions.add_evidence(application, world.kept_file(officer, "x.pdf", pages=3), by=officer, at=SOON),
        lambda: actions.replace_evidence(paper, world.kept_file(officer, "x.pdf", pages=3), by=officer, at=SOON),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "field-locked"


# The team


def test_a_colleague_joins_by_invitation_and_is_refused_after_leaving(draft):
    application, officer = draft
    officer = User.objects.get(pk=officer.pk)
    invitation = actions.invite_co_applicant(application, "finance@example.org", by=officer, at=NOON)
    assert invitation.scope == f"application:{application.pk}" and invitation.expires_at > NOON
    finance = make_user("finance")
    _invitation, token = invite("finance@example.org", Role.CITY_OFFICER, invitation.scope, by=officer, at=NOON)
    finance = accept_invitation(token, at=SOON, by=finance)
    assert not access.allowed(finance, "assessment.read", application), "accepting is not joining"
    member = actions.join(application, by=finance, at=SOON)
    assert actions.join(application, by=finance, at=SOON).pk == member.pk
    assert access.allowed(finance, "assessment.write", application)
    actions.leave(member, by=officer, at=SOON + timedelta(days=1))
    finance = User.objects.get(pk=finance.pk)
    for rule in ("assessment.read", "assessment.write", "assessment.see", "assessment.join"):
        assert not access.allowed(finance, rule, application), rule
    with pytest.raises(PermissionDenied):
        actions.write(application, {"C1.vision": Written("แอบเขียน", 0)}, by=finance, at=SOON)
    with pytest.raises(PermissionDenied):
        actions.join(application, by=finance, at=SOON)
    assert RoleGrant.objects.get(user=finance).ended is not None


def test_an_ended_role_ends_the_access(draft):
    _application, officer = draft
    RoleGrant.objects.filter(user=officer).update(ended=NOON.date())
    officer = User.objects.get(pk=officer.pk)
    assert not access.visible(officer, "assessment.read").exists()


def test_the_lead_goes_to_a_colleague_and_cannot_leave_otherwise(draft):
    application, officer = draft
    engineer = co_applicant(application)
    lead = application.team.get(user=officer)
    with pytest.raises(Refusal):
        actions.leave(lead, by=officer, at=SOON)
    with pytest.raises(PermissionDenied):
        actions.hand_over(application, to=application.team.get(user=engineer), by=engineer, at=SOON)
    actions.hand_over(application, to=application.team.get(user=engineer), by=officer, at=SOON)
    assert access.allowed(engineer, "assessment.lead", application) and not access.allowed(officer, "assessment.lead", application)


def test_a_co_applicant_writes_but_does_not_hand_in_or_invite(draft):
    application, officer = draft
    world.fill(application, officer)
    engineer = co_applicant(application, organisation=make_organisation("engineers"))
    with pytest.raises(PermissionDenied):
        actions.submit(application, by=engineer, at=NOON)
    with pytest.raises(PermissionDenied):
        actions.invite_co_applicant(application, "x@example.org", by=engineer, at=NOON)
    with pytest.raises(PermissionDenied):
        actions.withdraw(application, by=engineer, at=NOON)


def test_a_withdrawn_application_is_read_by_its_team_and_the_area_can_begin_anew(draft):
    application, officer = draft
    actions.withdraw(application, why="เปลี่ยนแผน", by=officer, at=NOON)
    application.refresh_from_db()
    assert application.state == ApplicationState.WITHDRAWN
    assert open_keys(application) == frozenset()
    again, _officer = world.start(application.round, application.area, officer)
    assert again.pk != application.pk


def test_each_kept_revision_stands_in_the_record_without_its_text(draft):
    application, officer = draft
    actions.write(application, {"C1.vision": Written("ความลับของเมือง", 0)}, by=officer, at=NOON)
    entry = Entry.objects.get(did="assessment.write")
    assert entry.by == officer.audit_key and "ความลับ" not in entry.after and '"field":"C1.vision"' in entry.after
