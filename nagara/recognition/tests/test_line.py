"""The end of the line with nothing made up: two bodies meet, resolve, and a stranger reads the certificate's page."""

from datetime import date

import pytest
from django.db import transaction
from django.test import Client

from nagara.assessment.models import Application
from nagara.assessment.states import ApplicationState
from nagara.assessment.tests.world import assessed, make_round
from nagara.audit.verify import verify
from nagara.governance import actions
from nagara.governance.matters import matter
from nagara.governance.models import AgendaItem, Body, Resolution
from nagara.governance.states import Verb as Resolved
from nagara.governance.tests.stage import Stage, clock, draft, make_stage, plan, put, resolve, sit
from nagara.people.models import Organisation
from nagara.people.tests.cast import fresh_proof
from nagara.recognition import checks
from nagara.recognition.actions.proposals import propose
from nagara.recognition.certificates import Decision, sign, unsigned
from nagara.recognition.models import Certificate, Recognition, RecognitionStep
from nagara.recognition.queries import Counts, counts_on, status_on
from nagara.recognition.states import Tier
from nagara.recognition.tests.world import make_area as make_known_area
from nagara.recognition.tests.world import on_the_record
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

SUB, MAIN, NEXT = date(2026, 12, 10), date(2026, 12, 22), date(2027, 1, 12)
QUORATE = (1, 2, 3, 4, 5, 6)


@pytest.fixture
def application() -> Application:
    for number in range(1, 38):
        on_the_record(make_known_area(f"known-{number}", f"TH-{10 + number % 25}"), number, date(2022, 11, 9))
    return assessed(make_round(), 4, 4, 4)


@pytest.fixture
def sub() -> Stage:
    return make_stage("smart-city-subcommittee", kind=Body.Kind.SUBCOMMITTEE)


@pytest.fixture
def main() -> Stage:
    return make_stage("smart-city-committee")


def on_the_table(stage: Stage, application: Application, day: date, *seats: int, kind: str = "label.award", ref: str = "") -> AgendaItem:
    """The body sits, and the item is the one before it."""
    meeting = plan(stage, day=day)
    ref = ref or str(application.pk)
    assert ref in matter(kind).waiting(stage.body)
    item = put(stage, meeting, matters=[(kind, ref)])
    sit(stage, meeting, *(seats or QUORATE))
    item.refresh_from_db()
    return item


def statuses(application: Application, *days: date) -> list[str | None]:
    assert application.area is not None
    return [span.status if (span := status_on(application.area, day)) else None for day in days]


def test_from_two_meetings_to_a_page_that_a_stranger_reads(application, sub, main):
    assert counts_on(MAIN) == Counts(37, 25)
    recommended = resolve(sub, on_the_table(sub, application, SUB), clock(10, day=SUB))
    application.refresh_from_db()
    assert (application.state, recommended.effects[0]["en"]) == (
        ApplicationState.RECOMMENDED,
        f"{application.area.name['en']}: recommended to the committee, which considers it next",
    )

    item = on_the_table(main, application, MAIN)
    decided = resolve(main, item, clock(10, 30, day=MAIN), words="ที่ประชุมมีมติเห็นชอบให้มอบตราสัญลักษณ์")
    application.refresh_from_db()
    found = Recognition.objects.get(number=38)
    assert (application.state, found.decided_by, found.recommended_by) == (ApplicationState.AWARDED, decided, recommended)
    assert counts_on(MAIN).areas == 38
    assert decided.effects[-1]["en"] == f"The register then has 38 recognised areas in {counts_on(MAIN).provinces} provinces"

    at = clock(11, day=MAIN)
    certificate = sign(unsigned(MAIN).get(), by=main.chair, at=at, proof=fresh_proof(at))
    answer = Client().get(f"/verify/{certificate.number}.json", {"on": "22 ธ.ค. 2569"}).json()
    assert (answer["status"], answer["certificate"]["sound"]) == ("recognised", True)
    assert answer["granted_by"]["meeting"] == item.meeting.reference
    assert answer["granted_by"]["quorum"] == {"base": 10, "needed": 5, "present": 6, "recused": 0}
    assert Client().get(f"/verify/{certificate.number}.json", {"on": "2026-12-21"}).json()["status"] is None
    page = Client().get(f"/en/verify/{certificate.number}").content.decode()
    assert ("80.00 of 100" in page, "1 document<" in page) == (True, True)
    assert (verify().whole, list(checks.step_faults()), list(checks.span_faults())) == (True, [], [])


def test_the_seat_of_the_applicant_is_counted_out(application, sub, main):
    resolve(sub, on_the_table(sub, application, SUB), clock(10, day=SUB))
    applicant = Organisation.objects.get(pk=application.organisation_id)
    seat = main.seat(6)
    seat.organisation = applicant
    seat.save(update_fields=["organisation"])
    decided = resolve(main, on_the_table(main, application, MAIN, 1, 2, 3, 4, 5, 6, 7), clock(10, day=MAIN))
    assert Decision(decided).quorum == {"base": 9, "needed": 5, "present": 6, "recused": 1}
    certificate = sign(unsigned(MAIN).get(), by=main.secretary, at=clock(11, day=MAIN), proof=fresh_proof(clock(11, day=MAIN)))
    assert "1 recused" in Client().get(f"/en/verify/{certificate.number}").content.decode()


def test_without_a_quorum_nothing_is_awarded(application, sub, main):
    resolve(sub, on_the_table(sub, application, SUB), clock(10, day=SUB))
    item = on_the_table(main, application, MAIN, 1, 2)
    with pytest.raises(Refusal) as refused:
        resolve(main, item, clock(10, day=MAIN))
    assert refused.value.code == "no-quorum"
    application.refresh_from_db()
    assert (application.state, Recognition.objects.filter(number=38).count()) == (ApplicationState.RECOMMENDED, 0)


def test_a_fall_in_the_middle_of_adopting_leaves_everything_as_it_was(application, sub, main, monkeypatch):
    resolve(sub, on_the_table(sub, application, SUB), clock(10, day=SUB))
    item = on_the_table(main, application, MAIN)
    actions.open_item(item, by=main.secretary, at=clock(10, day=MAIN))
    written = draft(main, item, clock(10, day=MAIN))
    before = RecognitionStep.objects.count()

    def falls(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("nagara.recognition.actions.steps.tell_officers", falls)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.adopt(written, by=main.secretary, at=clock(10, day=MAIN), proof=fresh_proof(clock(10, day=MAIN)))
    application.refresh_from_db()
    written.refresh_from_db()
    assert (written.draft, application.state, RecognitionStep.objects.count()) == (True, ApplicationState.RECOMMENDED, before)
    assert verify().whole


def test_a_later_meeting_corrects_and_the_register_follows(application, sub, main):
    resolve(sub, on_the_table(sub, application, SUB), clock(10, day=SUB))
    wrong = resolve(main, on_the_table(main, application, MAIN), clock(10, day=MAIN))
    at = clock(11, day=MAIN)
    certificate = sign(unsigned(MAIN).get(), by=main.chair, at=at, proof=fresh_proof(at))

    meeting = plan(main, at=clock(9, day=MAIN), day=NEXT)
    item = put(main, meeting, matters=[("label.award", str(application.pk))])
    sit(main, meeting, *QUORATE)
    at = clock(10, day=NEXT)
    item.refresh_from_db()
    actions.open_item(item, by=main.secretary, at=at)
    begun = actions.correct(wrong, item, by=main.secretary, at=at)
    actions.save_draft(
        item, verb=Resolved.DISAPPROVE, words={"th": "แก้ไขมติเดิม ไม่เห็นชอบ"}, revision=begun.revision, by=main.secretary, at=at
    )
    actions.adopt(Resolution.objects.get(pk=begun.pk), by=main.secretary, at=at, proof=fresh_proof(at))

    application.refresh_from_db()
    assert (application.state, statuses(application, MAIN, NEXT)) == (ApplicationState.DECLINED, [None, None])
    assert counts_on(NEXT).areas == 37
    page = Client().get(f"/en/verify/{certificate.number}").content.decode()
    assert "The grant was undone by a later resolution" in page
    assert checks.certificate_faults(Certificate.objects.get()) == []
    assert not unsigned(NEXT).exists()


def test_the_zone_before_the_label_is_designated_by_the_same_line(application, main):
    office = main.office
    row = propose("zone.designate", area=application.area, reason={"th": "ผ่านการกลั่นกรอง"}, by=office, at=clock(9, day=SUB))
    resolve(main, on_the_table(main, application, SUB, kind="zone.designate", ref=str(row.pk)), clock(10, day=SUB))
    assert counts_on(SUB, Tier.ZONE) == Counts(1, 1)
