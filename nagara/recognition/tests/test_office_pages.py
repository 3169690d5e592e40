"""The office's register and an area's own: who sees which rows, who is refused, and that lists stay quick."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from nagara.governance.models import ItemMatter, Meeting
from nagara.people.roles import Role
from nagara.people.tests.cast import make_organisation, make_user
from nagara.recognition.actions import appeals, proposals
from nagara.recognition.actions.steps import take
from nagara.recognition.models import Appeal, Certificate, Proposal, Recognition
from nagara.recognition.states import Business, ProposalState, Tier, Verb
from nagara.recognition.tasks import tasks
from nagara.recognition.tests.world import make_area, make_body, make_resolution, morning, recognised

pytestmark = pytest.mark.django_db

BEGUN, ON = date(2026, 3, 2), date(2026, 6, 1)
WHY = {"th": "รายงานขาด", "en": "A report is missing"}


@pytest.fixture
def office():
    return make_user("office", Role.OFFICE)


@pytest.fixture
def own(office):
    return recognised(make_area("own", organisation=make_organisation("own town")), BEGUN, by=office)


@pytest.fixture
def other(office):
    return recognised(make_area("other"), BEGUN, by=office)


@pytest.fixture
def officer(own):
    return make_user("officer of own", (Role.CITY_OFFICER, f"area:{own.area_id}"))


@pytest.fixture
def secretary():
    return make_user("secretary of the committee", (Role.SECRETARY, f"body:{make_body().pk}"))


def at(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(page) -> list[Recognition]:
    return [span.recognition for span in page.context["page"]]


def test_the_office_sees_every_row_and_an_officer_only_their_own(own, other, office, officer, secretary):
    assert rows(at(office).get("/recognitions")) == [own, other]
    assert rows(at(secretary).get("/recognitions")) == [own, other]
    assert rows(at(officer).get("/recognitions")) == [own]
    assert at(officer).get(f"/recognitions/{own.pk}").status_code == 200
    assert at(officer).get(f"/recognitions/{other.pk}").status_code == 404


@pytest.mark.parametrize("path", ["/recognitions", "/recognitions/expiring", "/recognitions/proposals", "/recognitions/appeals"])
def test_nobody_else_sees_the_office_side(own, path):
    assert Client().get(path).status_code == 302
    for role in (Role.ASSESSOR, Role.MEMBER):
        assert at(make_user(f"a {role}", role)).get(path).status_code == 403


def test_the_register_is_filtered_by_day_status_tier_province_and_name(own, other, office):
    take(own, Verb.SUSPEND, resolution=make_resolution(ON, by=office), by=office, at=morning(ON))
    zone = recognised(make_area("zone of nan", "TH-55"), BEGUN, by=office, tier=Tier.ZONE)
    client = at(office)
    assert rows(client.get("/recognitions", {"on": "31 พ.ค. 2569", "tier": "label"})) == [own, other]
    assert rows(client.get("/recognitions", {"on": "2026-06-01", "status": "suspended"})) == [own]
    assert rows(client.get("/recognitions", {"on": "2026-06-01", "tier": "zone"})) == [zone]
    assert rows(client.get("/recognitions", {"on": "2026-06-01", "province": "TH-55"})) == [zone]
    assert rows(client.get("/recognitions", {"on": "2026-06-01", "q": "OTHER"})) == [other]
    assert rows(client.get("/recognitions", {"on": "2025-01-01"})) == []


def test_lists_take_the_same_queries_with_one_row_and_with_three(own, office, django_assert_num_queries):
    client = at(office)
    client.get("/recognitions")
    proposals.propose(Business.REVOKE, recognition=own, reason=WHY, by=office, at=morning(ON))
    for _round in range(2):
        with django_assert_num_queries(7):
            client.get("/recognitions", {"on": "2026-06-01"})
        with django_assert_num_queries(5):
            client.get("/recognitions/expiring")
        with django_assert_num_queries(6):
            client.get("/recognitions/proposals")
        with django_assert_num_queries(5):
            client.get("/recognitions/appeals")
        for name in "xy":
            row = recognised(make_area(f"{name}{_round}"), BEGUN, by=office)
            proposals.propose(Business.SUSPEND, recognition=row, reason=WHY, by=office, at=morning(ON))


def test_one_recognition_takes_few_queries(own, office, django_assert_num_queries):
    client = at(office)
    client.get(f"/recognitions/{own.pk}")
    with django_assert_num_queries(11):
        client.get(f"/recognitions/{own.pk}")


def test_the_office_proposes_and_puts_it_on_an_agenda_once(own, office):
    client = at(office)
    assert list(client.get(f"/recognitions/{own.pk}").context["possible"]) == [
        Business.RENEW,
        Business.SUSPEND,
        Business.REVOKE,
    ]
    again = client.post(f"/recognitions/{own.pk}/propose/label.suspend", {"reason_th": "", "effective_on": "1/7/2569"})
    assert again.status_code == 200 and "1/7/2569" in again.content.decode() and not Proposal.objects.exists()
    client.post(f"/recognitions/{own.pk}/propose/label.suspend", {"reason_th": "รายงานขาด", "effective_on": "1/7/2569"})
    row = Proposal.objects.get()
    assert (row.state, row.effective_on, row.reason) == (ProposalState.READY, date(2026, 7, 1), {"th": "รายงานขาด"})
    meeting = Meeting.objects.create(body=make_body(), number=9, year=2026, state="planned")
    for _press in range(2):
        client.post(f"/recognitions/proposals/{row.pk}/agenda", {"meeting": meeting.pk})
    assert [(m.kind, m.ref, m.item.meeting) for m in ItemMatter.objects.all()] == [("label.suspend", str(row.pk), meeting)]


def test_a_proposal_goes_only_to_a_meeting_of_the_body_that_decides(own, office):
    row = proposals.propose(Business.SUSPEND, recognition=own, reason=WHY, by=office, at=morning(ON))
    foreign = Meeting.objects.create(body=make_body("working-group"), number=1, year=2026, state="planned")
    at(office).post(f"/recognitions/proposals/{row.pk}/agenda", {"meeting": foreign.pk})
    assert not ItemMatter.objects.exists()


def test_doors_of_the_office_are_closed_to_officers_and_those_of_others_to_everyone(own, other, office, officer):
    row = proposals.propose(Business.SUSPEND, recognition=own, reason=WHY, by=office, at=morning(ON))
    strange = proposals.propose(Business.SUSPEND, recognition=other, reason=WHY, by=office, at=morning(ON))
    client = at(officer)
    assert client.get(f"/recognitions/{own.pk}/propose/label.revoke").status_code == 403
    assert client.get("/recognitions/designate").status_code == 403
    assert client.post(f"/recognitions/{own.pk}/hand-over", {"on": "2026-07-01"}).status_code == 403
    assert client.get(f"/recognitions/proposals/{row.pk}").status_code == 200
    assert client.get(f"/recognitions/proposals/{row.pk}/take-up").status_code == 403
    assert client.post(f"/recognitions/proposals/{row.pk}/withdraw", {"why": "x"}).status_code == 404
    assert client.get(f"/recognitions/proposals/{strange.pk}").status_code == 404
    for verb in ("renew", "appeal"):
        assert client.get(f"/recognitions/{other.pk}/{verb}").status_code == 404
    assert at(office).get(f"/recognitions/{own.pk}/renew").status_code == 404


def test_an_area_asks_for_renewal_and_the_office_takes_it_up(own, office, officer):
    at(officer).post(f"/recognitions/{own.pk}/renew", {"progress": "61", "reason_th": "เสร็จ 11 จาก 18 โครงการ"})
    row = Proposal.objects.get()
    assert (row.state, row.progress, row.made_by) == (ProposalState.ASKED, 61, officer)
    at(office).post(f"/recognitions/proposals/{row.pk}/return", {"answer": "ขอรายงานไตรมาส 2"})
    at(officer).post(f"/recognitions/proposals/{row.pk}/again", {"progress": "62", "reason_th": "เพิ่มรายงานแล้ว"})
    at(office).post(f"/recognitions/proposals/{row.pk}/take-up", {"checked_progress": "60", "checked_why": "รายงาน"})
    row.refresh_from_db()
    assert (row.state, row.progress, row.checked_progress) == (ProposalState.READY, 62, 60)


def test_an_area_appeals_and_takes_it_back(own, office, officer):
    take(own, Verb.REVOKE, resolution=make_resolution(ON, by=office), by=office, at=morning(ON))
    client = at(officer)
    assert client.get(f"/recognitions/{own.pk}").context["may_appeal"]
    client.post(f"/recognitions/{own.pk}/appeal", {"grounds": "ส่งรายงานแล้ว"})
    row = Appeal.objects.get()
    assert client.get(f"/recognitions/appeals/{row.pk}").status_code == 200
    assert at(make_user("stranger", (Role.CITY_OFFICER, "area:999"))).get(f"/recognitions/appeals/{row.pk}").status_code == 404
    client.post(f"/recognitions/appeals/{row.pk}/withdraw")
    row.refresh_from_db()
    assert row.outcome == Appeal.Outcome.WITHDRAWN


def test_grounds_of_an_appeal_are_not_public(own, office, officer):
    take(own, Verb.REVOKE, resolution=make_resolution(ON, by=office), by=office, at=morning(ON))
    appeals.lodge(own, grounds="เหตุที่ไม่ควรเปิดเผย", by=officer, at=morning(ON))
    for path in (f"/verify/{own.reference}", f"/verify/{own.reference}.json"):
        assert "เหตุที่ไม่ควรเปิดเผย" not in Client().get(path).content.decode()


def test_signing_asks_for_the_second_factor_before_anything_is_issued(own, office, officer):
    for method in (at(office).get, at(officer).get):
        answer = method("/recognitions/sign")
        assert answer.status_code == 302 and "next=" in answer.url
    at(office).post("/recognitions/sign", {"step": own.steps.get().pk})
    assert not Certificate.objects.exists()


def test_my_tasks_name_what_waits_for_whom(own, other, office, officer, secretary):
    now = timezone.now()
    assert [task.title for task in tasks(office, now) if task.mine] == ["ลงนามหนังสือรับรอง 2 ฉบับ"]
    row = proposals.ask_renewal(own, progress=70, reason=WHY, by=officer, at=now)
    assert [(task.url, task.mine) for task in tasks(officer, now)] == [(f"/recognitions/proposals/{row.pk}", False)]
    assert (f"/recognitions/proposals/{row.pk}", True) in [(task.url, task.mine) for task in tasks(office, now)]
    assert [task.url for task in tasks(secretary, now)] == ["/recognitions/sign", f"/recognitions/proposals/{row.pk}"]
    assert tasks(make_user("assessor", Role.ASSESSOR), now) == []


def test_an_end_that_comes_near_is_a_task_of_the_area_with_its_day(office):
    today = timezone.localdate()
    begun = today - timedelta(days=650)
    row = recognised(make_area("soon"), begun, by=office)
    officer = make_user("officer of soon", (Role.CITY_OFFICER, f"area:{row.area_id}"))
    [task] = tasks(officer, timezone.now())
    assert (task.url, timezone.localdate(task.due)) == (f"/recognitions/{row.pk}/renew", row.valid_until + timedelta(days=1))
    assert list(at(office).get("/recognitions/expiring").context["page"]) == [row]
