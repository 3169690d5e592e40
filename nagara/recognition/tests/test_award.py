"""The award: a body recommends, a body decides, and what they resolve is done, sent back, or undone."""

from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied

from nagara.assessment.models import Application
from nagara.assessment.states import ApplicationState
from nagara.assessment.tests.world import LATER, assessed, make_round
from nagara.governance.matters import matter
from nagara.governance.models import ItemMatter, Resolution
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.recognition.actions import appeals
from nagara.recognition.certificates import Decision, unsigned
from nagara.recognition.models import Recognition
from nagara.recognition.queries import Counts, counts_on, status_on
from nagara.recognition.states import Tier
from nagara.recognition.tests.world import make_body, make_resolution, morning, on_the_record, recognised
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

pytestmark = pytest.mark.django_db

SUB, MAIN, MORE, LAST = date(2026, 12, 10), date(2026, 12, 20), date(2027, 1, 10), date(2027, 1, 20)
CONDITIONS = date(2027, 3, 31)
AWARD = "label.award"


@pytest.fixture
def application() -> Application:
    return assessed(make_round(), 4, 4, 4)


@pytest.fixture
def office() -> User:
    return User.objects.filter(email="office@example.org").first() or make_user("office", Role.OFFICE)


def sub():
    return make_body("smart-city-subcommittee")


def resolve(
    application: Application,
    by: User,
    on: date,
    *,
    verb: str = "approve",
    body=None,
    due: date | None = None,
    corrects: Resolution | None = None,
    at: datetime | None = None,
) -> Resolution:
    """As governance does it: the draft is checked, then adopted, then it acts."""
    ref = str(application.pk)
    made = make_resolution(on, by=by, verb=verb, body=body, corrects=corrects)
    ItemMatter.objects.get_or_create(item=made.item, kind=AWARD, ref=ref)
    Resolution.objects.filter(pk=made.pk).update(draft=True, due=due)
    try:
        matter(AWARD).check(made.item, [ref], verb=verb)
    except Refusal:
        ItemMatter.objects.filter(item=made.item).delete()
        Resolution.objects.filter(pk=made.pk).delete()
        raise
    Resolution.objects.filter(pk=made.pk).update(draft=False)
    made.refresh_from_db()
    promised = matter(AWARD).effects([ref], verb=verb, body=made.item.meeting.body, on=on)
    assert matter(AWARD).adopt(made, [ref], by=by, at=at or morning(on)) == promised
    application.refresh_from_db()
    return made


def status(application: Application, day: date) -> str | None:
    assert application.area is not None
    span = status_on(application.area, day)
    return span.status if span else None


def test_recommended_then_decided_are_two_records_and_the_area_is_recognised(application, office):
    assert (matter(AWARD).waiting(sub()), matter(AWARD).waiting(make_body())) == ([str(application.pk)], [])
    recommended = resolve(application, office, SUB, body=sub())
    assert (application.state, status(application, SUB)) == (ApplicationState.RECOMMENDED, None)
    assert (matter(AWARD).waiting(sub()), matter(AWARD).waiting(make_body())) == ([], [str(application.pk)])
    decided = resolve(application, office, MAIN)
    found = Recognition.objects.get()
    assert (application.state, found.recommended_by, found.decided_by, found.application) == (
        *(ApplicationState.AWARDED, recommended),
        *(decided, application),
    )
    assert (found.edition, found.valid_until, status(application, MAIN)) == (application.round.edition, date(2028, 12, 19), "recognised")
    assert (counts_on(MAIN), [step.recognition for step in unsigned(MAIN)]) == (Counts(1, 1), [found])
    assert matter(AWARD).waiting(make_body()) == []


def test_the_promised_count_is_the_count_that_follows(application, office):
    resolve(application, office, SUB, body=sub())
    promised = matter(AWARD).effects([str(application.pk)], verb="approve", body=make_body(), on=MAIN)
    assert text(promised[-1], "en") == "The register then has 1 recognised areas in 1 provinces"
    resolve(application, office, MAIN)
    assert counts_on(MAIN) == Counts(1, 1)


def test_nothing_is_awarded_that_was_not_recommended(application, office):
    with pytest.raises(Refusal) as refused:
        resolve(application, office, MAIN)
    assert refused.value.code == "not-recommended"
    with pytest.raises(Refusal) as refused:
        resolve(application, office, MAIN, body=make_body("working-group"))
    assert refused.value.code == "not-the-deciding-body"
    assert not Recognition.objects.exists()


@pytest.mark.parametrize("verb", ["acknowledge", "assign", "withdraw"])
def test_taking_note_changes_neither_register_nor_application(application, office, verb):
    resolve(application, office, SUB, body=sub())
    resolve(application, office, MAIN, verb=verb)
    assert (application.state, Recognition.objects.count()) == (ApplicationState.RECOMMENDED, 0)
    assert matter(AWARD).waiting(make_body()) == [str(application.pk)]


def test_what_is_not_approved_is_declined(application, office):
    resolve(application, office, SUB, body=sub())
    resolve(application, office, MAIN, verb="disapprove")
    assert (application.state, status(application, MAIN)) == (ApplicationState.DECLINED, None)


def test_what_was_not_recommended_goes_to_the_committee_which_may_not_award_it(application, office):
    resolve(application, office, SUB, body=sub(), verb="disapprove")
    assert (application.state, matter(AWARD).waiting(make_body())) == (ApplicationState.ASSESSED, [str(application.pk)])
    with pytest.raises(Refusal):
        resolve(application, office, MAIN)
    resolve(application, office, MAIN, verb="disapprove")
    assert application.state == ApplicationState.DECLINED


def test_approval_in_principle_sends_it_back_with_conditions_and_a_day(application, office):
    resolve(application, office, SUB, body=sub())
    with pytest.raises(Refusal) as refused:
        resolve(application, office, MAIN, verb="approve_in_principle")
    assert refused.value.code == "due-needed"
    made = resolve(application, office, MAIN, verb="approve_in_principle", due=CONDITIONS)
    assert (application.state, application.conditions, application.conditions_due) == (
        *(ApplicationState.IN_PRINCIPLE, made.text),
        CONDITIONS,
    )
    assert (Recognition.objects.count(), matter(AWARD).waiting(make_body()), matter(AWARD).waiting(sub())) == (0, [], [])


def test_the_loop_closes_once_it_was_revised_assessed_and_recommended_again(application, office):
    resolve(application, office, SUB, body=sub())
    resolve(application, office, MAIN, verb="approve_in_principle", due=CONDITIONS)
    # Revised, handed in, scored again: the older recommendation does not carry over.
    first = application.results.get()
    Application.objects.filter(pk=application.pk).update(state=ApplicationState.ASSESSED)
    first.pk, first.number, first.closed_at = None, 2, morning(MORE)
    first.save(force_insert=True)
    with pytest.raises(Refusal) as refused:
        resolve(application, office, LAST)
    assert refused.value.code == "not-recommended"
    again = resolve(application, office, LAST, body=sub())
    resolve(application, office, LAST)
    assert (application.state, Recognition.objects.get().recommended_by) == (ApplicationState.AWARDED, again)


def test_an_area_that_is_recognised_already_is_not_awarded_twice(application, office):
    resolve(application, office, SUB, body=sub())
    recognised(application.area, SUB, by=office)
    with pytest.raises(Refusal) as refused:
        resolve(application, office, MAIN)
    assert refused.value.code == "recognised-already"
    assert application.state == ApplicationState.RECOMMENDED


def test_the_promotion_zone_of_the_area_ends_with_the_award(application, office):
    zone = on_the_record(application.area, 5, date(2025, 1, 1), tier=Tier.ZONE)
    resolve(application, office, SUB, body=sub())
    resolve(application, office, MAIN)
    assert [span.status for span in zone.spans.order_by("since")] == ["zone", "superseded"]


def test_applicant_and_responsible_organisation_are_tied_to_it(application):
    found = matter(AWARD).conflicts([str(application.pk)])
    assert set(found) == {application.organisation_id, application.area.organisation_id} - {None}


def test_the_annex_shows_score_and_recommendation(application):
    [line] = matter(AWARD).annex([str(application.pk)])
    assert (line["title"], line["url"]) == (application.area.name, f"/areas/{application.area.slug}")
    assert [value for label, value in line["cells"] if label["en"] == "Score"] == ["80.00"]


# Corrections


def test_a_corrected_award_is_undone_and_the_application_waits_again_or_is_declined(application, office):
    resolve(application, office, SUB, body=sub())
    wrong = resolve(application, office, MAIN)
    resolve(application, office, MORE, verb="disapprove", corrects=wrong)
    assert (application.state, status(application, MAIN), status(application, LAST)) == (ApplicationState.DECLINED, None, None)
    assert [step.verb for step in Recognition.objects.get().steps.order_by("pk")] == ["grant", "correct"]


def test_a_refusal_that_is_corrected_becomes_an_award_from_the_new_day(application, office):
    resolve(application, office, SUB, body=sub())
    wrong = resolve(application, office, MAIN, verb="disapprove")
    resolve(application, office, MORE, corrects=wrong)
    assert (application.state, status(application, MAIN), status(application, MORE)) == (ApplicationState.AWARDED, None, "recognised")


def test_a_correction_in_other_words_leaves_the_award(application, office):
    resolve(application, office, SUB, body=sub())
    wrong = resolve(application, office, MAIN)
    resolve(application, office, MORE, corrects=wrong)
    assert (application.state, status(application, MAIN), Recognition.objects.count()) == (ApplicationState.AWARDED, "recognised", 1)


def test_a_corrected_recommendation_is_taken_back(application, office):
    wrong = resolve(application, office, SUB, body=sub())
    resolve(application, office, MORE, verb="disapprove", body=sub(), corrects=wrong)
    assert application.state == ApplicationState.ASSESSED
    with pytest.raises(Refusal):
        resolve(application, office, LAST)


def test_an_award_that_was_undone_can_be_made_again(application, office):
    resolve(application, office, SUB, body=sub())
    wrong = resolve(application, office, MAIN)
    resolve(application, office, MORE, verb="withdraw", corrects=wrong)
    assert (application.state, status(application, MORE)) == (ApplicationState.RECOMMENDED, None)
    resolve(application, office, LAST)
    assert (application.state, status(application, LAST), counts_on(LAST)) == (ApplicationState.AWARDED, "recognised", Counts(1, 1))


# Appeals against a refusal


def test_an_appeal_against_a_refusal_brings_the_application_back(application, office):
    resolve(application, office, SUB, body=sub())
    resolve(application, office, MAIN, verb="disapprove")
    officer = make_user("officer", (Role.CITY_OFFICER, f"area:{application.area_id}"))
    stranger = make_user("stranger", (Role.CITY_OFFICER, "area:99999"))
    with pytest.raises(PermissionDenied):
        appeals.lodge_for_application(application, grounds="x", by=stranger, at=morning(MORE))
    appeal = appeals.lodge_for_application(application, grounds="คะแนนข้อ 3 คิดผิด", by=officer, at=morning(MORE))
    with pytest.raises(Refusal):
        appeals.lodge_for_application(application, grounds="อีกครั้ง", by=officer, at=morning(MORE))
    assert matter("label.appeal").waiting(make_body()) == [str(appeal.pk)]
    made = make_resolution(LAST, by=office)
    matter("label.appeal").check(made.item, [str(appeal.pk)], verb="approve")
    matter("label.appeal").adopt(made, [str(appeal.pk)], by=office, at=morning(LAST))
    application.refresh_from_db()
    assert (application.state, matter(AWARD).waiting(make_body())) == (ApplicationState.RECOMMENDED, [str(application.pk)])


def test_what_stands_behind_a_recognition_can_be_read_back(application, office):
    resolve(application, office, SUB, body=sub())
    decision = Decision(resolve(application, office, MAIN))
    assert (decision.meeting, decision.item, decision.day, decision.quorum["present"]) == ("1/2569", "4.1", MAIN, 16)
    assert application.submitted_at < LATER
