"""What adopting a resolution does, matter by matter, and what correcting it undoes."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from nagara.audit.models import Entry
from nagara.governance.matters import kinds, matter
from nagara.governance.models import AgendaItem, ItemMatter, Resolution
from nagara.notices.models import Notice
from nagara.people.roles import Role
from nagara.people.tests.cast import make_organisation, make_user
from nagara.recognition.actions import appeals, proposals
from nagara.recognition.matters.common import deciders
from nagara.recognition.models import Appeal, Proposal, Recognition, RecognitionStep
from nagara.recognition.queries import status_on
from nagara.recognition.states import Business, ProposalState, Tier, Verb
from nagara.recognition.tests.world import make_area, make_body, make_edition, make_resolution, morning, recognised
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

BEGUN, ON, LATER, LAST = date(2026, 3, 2), date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 3)
WHY = {"th": "ไม่ส่งรายงานสองงวด", "en": "Two reports are missing"}


@pytest.fixture
def office():
    return make_user("office", Role.OFFICE)


@pytest.fixture
def area():
    return make_area("a", organisation=make_organisation("municipality"))


@pytest.fixture
def officer(area):
    return make_user("officer of a", (Role.CITY_OFFICER, f"area:{area.pk}"))


@pytest.fixture
def label(area, office):
    return recognised(area, BEGUN, by=office)


def resolve(kind, ref, by, on, verb="approve", corrects=None, body=None) -> Resolution:
    """A resolution adopted on a day, with what governance does: first the check, then the effects."""
    resolution = make_resolution(on, by=by, verb=verb, corrects=corrects, body=body)
    ItemMatter.objects.get_or_create(item=resolution.item, kind=kind, ref=str(ref))
    Resolution.objects.filter(pk=resolution.pk).update(draft=True)
    matter(kind).check(resolution.item, [str(ref)], verb=verb)
    Resolution.objects.filter(pk=resolution.pk).update(draft=False)
    promised = matter(kind).effects([str(ref)], verb=verb, body=resolution.item.meeting.body, on=on)
    assert matter(kind).adopt(resolution, [str(ref)], by=by, at=morning(on)) == promised
    return resolution


def statuses(thing, *days):
    return [span.status if (span := status_on(thing, day)) else None for day in days]


def test_every_matter_of_the_programme_is_registered():
    assert {"zone.designate", "label.renew", "label.suspend", "label.reinstate", "label.revoke", "label.appeal"} <= {
        row.kind for row in kinds()
    }


def test_the_line_of_a_suspended_area_reinstated_and_revoked(label, office):
    suspend = proposals.propose(Business.SUSPEND, recognition=label, reason=WHY, by=office, at=morning(ON))
    assert matter("label.suspend").waiting(make_body()) == [str(suspend.pk)]
    resolve("label.suspend", suspend.pk, office, ON)
    suspend.refresh_from_db()
    assert (suspend.state, matter("label.suspend").waiting(make_body())) == (ProposalState.DECIDED, [])
    reinstate = proposals.propose(Business.REINSTATE, recognition=label, reason=WHY, by=office, at=morning(LATER))
    resolve("label.reinstate", reinstate.pk, office, LATER)
    revoke = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(LAST))
    resolve("label.revoke", revoke.pk, office, LAST)
    assert statuses(label, BEGUN, ON, LATER, LAST) == ["recognised", "suspended", "recognised", "revoked"]
    assert [step.reason for step in label.steps.filter(verb=Verb.REVOKE)] == [WHY]


def test_a_zone_is_designated_and_later_recognised(area, office):
    row = proposals.propose(Business.DESIGNATE, area=area, reason=WHY, by=office, at=morning(ON))
    resolve("zone.designate", row.pk, office, ON)
    zone = Recognition.objects.get(tier=Tier.ZONE)
    assert (zone.reference, zone.valid_until, statuses(zone, ON)) == ("SCT-Z0001", date(2028, 5, 31), ["zone"])


def test_what_another_body_resolves_is_refused_and_what_the_subcommittee_says_is_an_opinion(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    with pytest.raises(Refusal) as refused:
        resolve("label.revoke", row.pk, office, ON, body=make_body("working-group"))
    assert refused.value.code == "not-the-deciding-body"
    assert matter("label.revoke").waiting(make_body("smart-city-subcommittee")) == [str(row.pk)]
    resolve("label.revoke", row.pk, office, ON, body=make_body("smart-city-subcommittee"))
    assert matter("label.revoke").waiting(make_body("smart-city-subcommittee")) == []
    assert matter("label.revoke").waiting(make_body()) == [str(row.pk)]
    row.refresh_from_db()
    assert (row.state, statuses(label, ON)) == (ProposalState.READY, ["recognised"])


@pytest.mark.parametrize("verb", ["acknowledge", "assign", "withdraw"])
def test_taking_note_changes_nothing(label, office, verb):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    resolve("label.revoke", row.pk, office, ON, verb=verb)
    row.refresh_from_db()
    assert (row.state, statuses(label, ON)) == (ProposalState.READY, ["recognised"])


def test_what_is_not_approved_is_settled_without_a_step(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    resolve("label.revoke", row.pk, office, ON, verb="disapprove")
    row.refresh_from_db()
    assert (row.state, statuses(label, ON), label.steps.count()) == (ProposalState.DECIDED, ["recognised"], 1)


# Renewal


def test_a_renewal_needs_the_progress_of_the_edition_and_counts_from_the_present_end(label, office, officer):
    row = proposals.ask_renewal(label, progress=70, reason={"th": "คืบหน้าตามแผน"}, by=officer, at=morning(ON))
    assert (row.state, matter("label.renew").waiting(make_body())) == (ProposalState.ASKED, [])
    row = proposals.take_up(row, checked_progress=49, checked_why="ตรวจจากรายงานไตรมาส", by=office, at=morning(ON))
    with pytest.raises(Refusal) as refused:
        resolve("label.renew", row.pk, office, LATER)
    assert refused.value.code == "too-little-progress"
    Proposal.objects.filter(pk=row.pk).update(checked_progress=50)
    resolve("label.renew", row.pk, office, LATER)
    label.refresh_from_db()
    assert label.valid_until == date(2030, 3, 1)


def test_a_renewal_after_the_end_counts_from_its_own_day(label, office):
    on = date(2028, 6, 1)
    row = proposals.propose(
        Business.RENEW, recognition=label, reason=WHY, checked_progress=80, checked_why="รายงาน", by=office, at=morning(on)
    )
    resolve("label.renew", row.pk, office, on)
    label.refresh_from_db()
    assert label.valid_until == date(2030, 5, 31)
    assert statuses(label, date(2028, 3, 1), date(2028, 3, 2), on) == ["recognised", "expired", "recognised"]


def test_a_request_is_returned_completed_and_taken_up(label, office, officer):
    row = proposals.ask_renewal(label, progress=40, reason={"th": "ฉบับแรก"}, by=officer, at=morning(ON))
    row = proposals.return_to_area(row, answer="ขอรายงานไตรมาส 2", by=office, at=morning(ON))
    assert (row.state, Notice.objects.filter(recipient=officer.audit_key, about__endswith=f"proposal:{row.pk}").count()) == ("returned", 1)
    with pytest.raises(Refusal):
        proposals.take_up(row, checked_progress=60, checked_why="x", by=office, at=morning(ON))
    row = proposals.ask_again(row, progress=60, reason={"th": "เพิ่มรายงานแล้ว"}, by=officer, at=morning(LATER))
    row = proposals.take_up(row, checked_progress=60, checked_why="รายงานไตรมาส 2", by=office, at=morning(LATER))
    assert (row.state, row.progress, row.checked_progress) == (ProposalState.READY, 60, 60)


def test_who_may_not_propose_ask_or_answer(label, officer):
    stranger = make_user("officer of b", (Role.CITY_OFFICER, f"area:{make_area('b').pk}"))
    secretary = make_user("secretary", (Role.SECRETARY, f"body:{make_body().pk}"))
    for someone in (officer, stranger, secretary):
        with pytest.raises(PermissionDenied):
            proposals.propose(Business.SUSPEND, recognition=label, reason=WHY, by=someone, at=morning(ON))
    for someone in (stranger, secretary):
        with pytest.raises(PermissionDenied):
            proposals.ask_renewal(label, progress=70, reason=WHY, by=someone, at=morning(ON))
        with pytest.raises(PermissionDenied):
            appeals.lodge(label, grounds="x", by=someone, at=morning(ON))
    row = proposals.ask_renewal(label, progress=70, reason=WHY, by=officer, at=morning(ON))
    for someone in (stranger, secretary, officer):
        with pytest.raises(PermissionDenied):
            proposals.take_up(row, checked_progress=70, checked_why="x", by=someone, at=morning(ON))
    with pytest.raises(PermissionDenied):
        proposals.withdraw(row, why="", by=stranger, at=morning(ON))


def test_the_same_is_not_proposed_twice_and_what_cannot_follow_is_not_proposed(label, office):
    proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    with pytest.raises(Refusal) as refused:
        proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    assert refused.value.code == "proposed-already"
    with pytest.raises(Refusal):
        proposals.propose(Business.REINSTATE, recognition=label, reason=WHY, by=office, at=morning(ON))
    with pytest.raises(Refusal):
        proposals.propose(Business.SUSPEND, recognition=label, reason={}, by=office, at=morning(ON))
    assert Proposal.objects.count() == 1


def test_what_lies_on_an_agenda_is_not_offered_for_a_second(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    item = AgendaItem.objects.create(meeting=make_resolution(ON, by=office).item.meeting, kind="for_consideration", title={"th": "เพิกถอน"})
    ItemMatter.objects.create(item=item, kind="label.revoke", ref=str(row.pk))
    assert matter("label.revoke").waiting(make_body()) == []


def test_the_annex_and_the_conflicts_name_the_area_and_its_organisation(label, office, area):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    [line] = matter("label.revoke").annex([str(row.pk)])
    assert (line["title"], line["url"]) == (area.name, f"/recognitions/proposals/{row.pk}")
    assert list(matter("label.revoke").conflicts([str(row.pk)])) == [area.organisation_id]


# Corrections


def test_a_corrected_approval_is_undone_and_nothing_is_edited(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    wrong = resolve("label.revoke", row.pk, office, ON)
    before = list(RecognitionStep.objects.order_by("pk").values())
    new = resolve("label.revoke", row.pk, office, LATER, verb="disapprove", corrects=wrong)
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (ProposalState.DECIDED, new)
    assert statuses(label, ON, LATER) == ["recognised", "recognised"]
    assert list(RecognitionStep.objects.order_by("pk").values())[: len(before)] == before


def test_a_correction_that_approves_what_was_not_approved_takes_the_step(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    wrong = resolve("label.revoke", row.pk, office, ON, verb="disapprove")
    resolve("label.revoke", row.pk, office, LATER, corrects=wrong)
    assert statuses(label, ON, LATER) == ["recognised", "revoked"]


def test_a_correction_in_other_words_leaves_the_step(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    wrong = resolve("label.revoke", row.pk, office, ON)
    resolve("label.revoke", row.pk, office, LATER, corrects=wrong)
    assert statuses(label, ON, LATER) == ["revoked", "revoked"]
    assert label.steps.count() == 2


def test_a_correction_that_only_takes_note_puts_the_proposal_back(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    wrong = resolve("label.revoke", row.pk, office, ON)
    resolve("label.revoke", row.pk, office, LATER, verb="withdraw", corrects=wrong)
    row.refresh_from_db()
    assert (row.state, statuses(label, ON)) == (ProposalState.READY, ["recognised"])


# Appeals


@pytest.fixture
def revoked(label, office):
    row = proposals.propose(Business.REVOKE, recognition=label, reason=WHY, by=office, at=morning(ON))
    resolve("label.revoke", row.pk, office, ON)
    return label


def test_an_appeal_that_is_allowed_undoes_the_revocation_by_a_new_step(revoked, office, officer):
    appeal = appeals.lodge(revoked, grounds="รายงานส่งแล้ว", by=officer, at=morning(LATER))
    assert matter("label.appeal").waiting(make_body()) == [str(appeal.pk)]
    assert statuses(revoked, LATER) == ["revoked"]
    resolve("label.appeal", appeal.pk, office, LAST)
    appeal.refresh_from_db()
    assert (appeal.outcome, statuses(revoked, ON, LAST)) == ("allowed", ["recognised", "recognised"])
    assert [step.verb for step in revoked.steps.order_by("pk")] == ["grant", "revoke", "appeal", "correct"]
    assert Notice.objects.filter(recipient=officer.audit_key, subject__en="A: appeal allowed").count() == 1


def test_an_appeal_that_is_dismissed_leaves_it_and_cannot_be_lodged_again(revoked, office, officer):
    appeal = appeals.lodge(revoked, grounds="รายงานส่งแล้ว", by=officer, at=morning(LATER))
    resolve("label.appeal", appeal.pk, office, LAST, verb="disapprove")
    appeal.refresh_from_db()
    assert (appeal.outcome, statuses(revoked, LAST)) == ("dismissed", ["revoked"])
    with pytest.raises(Refusal) as refused:
        appeals.lodge(revoked, grounds="อีกครั้ง", by=officer, at=morning(LAST))
    assert refused.value.code == "nothing-to-appeal"


def test_a_correction_of_an_allowed_appeal_puts_the_revocation_back(revoked, office, officer):
    appeal = appeals.lodge(revoked, grounds="รายงานส่งแล้ว", by=officer, at=morning(LATER))
    allowed = resolve("label.appeal", appeal.pk, office, LATER)
    resolve("label.appeal", appeal.pk, office, LAST, verb="disapprove", corrects=allowed)
    appeal.refresh_from_db()
    assert (appeal.outcome, statuses(revoked, ON, LAST)) == ("dismissed", ["revoked", "revoked"])


def test_an_appeal_is_taken_back_by_its_area_and_may_be_lodged_again(revoked, officer):
    appeal = appeals.lodge(revoked, grounds="รายงานส่งแล้ว", by=officer, at=morning(LATER))
    with pytest.raises(PermissionDenied):
        appeals.withdraw(appeal, by=make_user("stranger", (Role.CITY_OFFICER, f"area:{make_area('b').pk}")), at=morning(LATER))
    appeals.withdraw(appeal, by=officer, at=morning(LATER))
    assert appeals.lodge(revoked, grounds="ใหม่", by=officer, at=morning(LATER)).outcome == Appeal.Outcome.PENDING


def test_there_is_no_appeal_against_what_took_nothing(label, officer):
    with pytest.raises(Refusal):
        appeals.lodge(label, grounds="ไม่พอใจ", by=officer, at=morning(ON))


def test_the_record_names_the_organisation_on_whose_behalf_an_appeal_is_lodged(revoked, officer, area):
    appeals.lodge(revoked, grounds="รายงานส่งแล้ว", by=officer, at=morning(LATER))
    assert Entry.objects.get(did="recognition.appeal").on_behalf_of == f"people.organisation:{area.organisation_id}"


def test_the_edition_says_who_decides():
    assert deciders(make_edition()).decides == "smart-city-committee"
