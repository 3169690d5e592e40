"""What a resolution does to the register, asked for each day."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from nagara.audit.models import Entry
from nagara.notices.models import Notice
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.recognition.actions.steps import hand_over, take, undo
from nagara.recognition.certificates import validity_end
from nagara.recognition.models import RecognitionStep
from nagara.recognition.queries import Counts, counts_on, status_on
from nagara.recognition.states import Tier, Verb
from nagara.recognition.tests.world import make_area, make_resolution, morning, on_the_record, recognised
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

BEGUN, SUSPENDED, BACK, REVOKED = date(2026, 3, 2), date(2026, 6, 1), date(2026, 7, 1), date(2026, 9, 1)


@pytest.fixture
def office():
    return make_user("office", Role.OFFICE)


def step(recognition, verb, on, by, **more):
    return take(recognition, verb, resolution=make_resolution(on, by=by), by=by, at=morning(on), **more)


def statuses(thing, *days):
    return [span.status if (span := status_on(thing, day)) else None for day in days]


def test_a_grant_takes_the_next_number_after_the_public_record_and_runs_for_the_years_of_the_edition(office):
    on_the_record(make_area("old"), 37, date(2025, 8, 27))
    found = recognised(make_area("new"), BEGUN, by=office)
    assert (found.number, found.reference, found.valid_until) == (38, "SCT-0038", date(2028, 3, 1))
    assert statuses(found, date(2026, 3, 1), BEGUN, date(2028, 3, 1), date(2028, 3, 2)) == [None, "recognised", "recognised", "expired"]
    assert counts_on(BEGUN) == Counts(2, 1)


def test_a_validity_ends_on_the_eve_of_the_same_day():
    assert validity_end(date(2026, 11, 21), 2) == date(2028, 11, 20)
    assert validity_end(date(2024, 2, 29), 2) == date(2026, 2, 28)
    assert validity_end(date(2024, 2, 29), 4) == date(2028, 2, 28)
    assert validity_end(date(2026, 1, 1), 1) == date(2026, 12, 31)
    assert validity_end(date(2026, 8, 31), 0.5) == date(2027, 2, 28)


def test_suspended_reinstated_and_revoked_are_answered_for_each_day(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    step(found, Verb.SUSPEND, SUSPENDED, office, reason={"th": "ไม่ส่งรายงาน"})
    step(found, Verb.REINSTATE, BACK, office)
    step(found, Verb.REVOKE, REVOKED, office)
    days = (BEGUN, date(2026, 5, 31), SUSPENDED, date(2026, 6, 30), BACK, date(2026, 8, 31), REVOKED, date(2030, 1, 1))
    assert statuses(found, *days) == [
        *["recognised", "recognised", "suspended", "suspended"],
        *["recognised", "recognised", "revoked", "revoked"],
    ]
    found.refresh_from_db()
    assert found.ended_on == REVOKED
    assert list(Entry.objects.order_by("seq").values_list("did", flat=True)) == [
        *["recognition.grant", "recognition.suspend", "recognition.reinstate", "recognition.revoke"]
    ]


def test_a_renewal_moves_the_end(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    step(found, Verb.RENEW, date(2028, 2, 1), office, valid_until=date(2030, 3, 1))
    found.refresh_from_db()
    assert found.valid_until == date(2030, 3, 1)
    assert statuses(found, date(2028, 3, 2), date(2030, 3, 1), date(2030, 3, 2)) == ["recognised", "recognised", "expired"]


def test_what_the_status_does_not_allow_is_refused_and_leaves_no_trace(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    step(found, Verb.REVOKE, REVOKED, office)
    before = (RecognitionStep.objects.count(), Entry.objects.count())
    for verb in (Verb.SUSPEND, Verb.RENEW, Verb.REVOKE):
        with pytest.raises(Refusal):
            step(found, verb, date(2026, 10, 1), office)
    assert (RecognitionStep.objects.count(), Entry.objects.count()) == before


def test_nothing_is_put_before_a_later_step(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    step(found, Verb.SUSPEND, SUSPENDED, office)
    with pytest.raises(Refusal) as refused:
        step(found, Verb.REVOKE, date(2026, 4, 1), office)
    assert refused.value.code == "later-step"


def test_a_correction_undoes_a_step_as_if_it_had_never_been_and_edits_nothing(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    wrong = step(found, Verb.REVOKE, SUSPENDED, office)
    undo(wrong, resolution=make_resolution(BACK, by=office), by=office, at=morning(BACK))
    assert statuses(found, SUSPENDED, date(2026, 6, 15), BACK) == ["recognised", "recognised", "recognised"]
    assert [s.verb for s in found.steps.order_by("pk")] == ["grant", "revoke", "correct"]
    with pytest.raises(Refusal):
        undo(wrong, resolution=make_resolution(REVOKED, by=office), by=office, at=morning(REVOKED))


def test_an_appeal_may_undo_from_a_later_day_only(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    wrong = step(found, Verb.REVOKE, SUSPENDED, office)
    undo(wrong, resolution=make_resolution(BACK, by=office), on=BACK, by=office, at=morning(BACK))
    assert statuses(found, SUSPENDED, date(2026, 6, 30), BACK) == ["revoked", "revoked", "recognised"]


def test_a_zone_ends_with_the_grant_and_holds_again_where_the_grant_is_undone(office):
    area = make_area("a")
    zone = recognised(area, date(2025, 6, 1), by=office, tier=Tier.ZONE)
    label = recognised(area, BEGUN, by=office)
    assert zone.reference == "SCT-Z0001"
    assert statuses(zone, date(2026, 3, 1), BEGUN) == ["zone", "superseded"]
    undo(label.steps.get(verb=Verb.GRANT), resolution=make_resolution(BACK, by=office), by=office, at=morning(BACK))
    assert statuses(zone, BEGUN, BACK) == ["zone", "zone"]
    assert statuses(label, BEGUN, BACK) == [None, None]
    assert counts_on(BACK) == Counts(0, 0)


def test_an_area_is_recognised_once_at_a_time(office):
    area = make_area("a")
    recognised(area, BEGUN, by=office)
    for tier in (Tier.LABEL, Tier.ZONE):
        with pytest.raises(Refusal) as refused:
            recognised(area, BACK, by=office, tier=tier)
        assert refused.value.code == "recognised-already"


def test_a_revoked_area_may_be_recognised_anew_and_the_newer_recognition_answers(office):
    area = make_area("a")
    first = recognised(area, BEGUN, by=office)
    step(first, Verb.REVOKE, SUSPENDED, office)
    second = recognised(area, REVOKED, by=office)
    assert statuses(area, BEGUN, SUSPENDED, REVOKED) == ["recognised", "revoked", "recognised"]
    assert statuses(first, REVOKED) == ["revoked"]
    assert status_on(area, REVOKED).recognition == second


def test_handing_over_is_a_day_of_its_own_and_changes_no_status(office):
    found = recognised(make_area("a"), BEGUN, by=office)
    hand_over(found, on=SUSPENDED, by=office, at=morning(BACK))
    hand_over(found, on=SUSPENDED, by=office, at=morning(BACK))
    found.refresh_from_db()
    assert (found.presented_on, found.steps.filter(verb=Verb.PRESENT).count()) == (SUSPENDED, 1)
    assert statuses(found, SUSPENDED) == ["recognised"]
    for wrong in (date(2026, 8, 1), date(2026, 1, 1)):
        with pytest.raises(Refusal):
            hand_over(found, on=wrong, by=office, at=morning(BACK))
    with pytest.raises(PermissionDenied):
        hand_over(found, on=BACK, by=make_user("officer", (Role.CITY_OFFICER, f"area:{found.area_id}")), at=morning(BACK))


def test_the_officers_of_the_area_are_told_and_nobody_else(office):
    area = make_area("a")
    officer = make_user("officer of a", (Role.CITY_OFFICER, f"area:{area.pk}"))
    make_user("officer of b", (Role.CITY_OFFICER, f"area:{make_area('b').pk}"))
    step(recognised(area, BEGUN, by=office), Verb.SUSPEND, SUSPENDED, office)
    assert list(Notice.objects.order_by("pk").values_list("recipient", "subject__en")) == [
        (officer.audit_key, "A: recognised as a smart city"),
        (officer.audit_key, "A: suspended"),
    ]
