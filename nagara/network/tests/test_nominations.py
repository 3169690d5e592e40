"""From a nomination to a membership, and every door that stays shut on the way."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from nagara.audit.models import Entry
from nagara.audit.verify import verify
from nagara.governance import actions as governance
from nagara.governance.matters import matter
from nagara.governance.models import Body
from nagara.governance.states import Verb
from nagara.governance.tests.stage import clock, make_stage, plan, put, resolve, sit
from nagara.network import queries
from nagara.network.actions import consultation, nominations
from nagara.network.models import CityMembership, Nomination, Reply
from nagara.network.states import NominationState as S
from nagara.network.states import Outcome, Position, Rule, Standing
from nagara.network.tests.world import BEGUN, annual_meeting, answer_all, bring, make_world, national_resolution, on
from nagara.notices.models import Notice
from nagara.people.tests.cast import fresh_proof
from nagara.toolkit.access import visible
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def standing(world, slug, day):
    return queries.membership_status_on(world.cities[slug], world.network, day).standing


# The line


def test_of_two_cities_one_is_admitted_and_one_deferred(world):
    nan, trang = bring(world, "nan", S.CONSULTED), bring(world, "trang", S.CONSULTED)
    _meeting, (first, second) = annual_meeting(world, nan, trang)
    admitted = resolve(world.stage, first, clock(10))
    deferred = resolve(world.stage, second, clock(10, 30), Verb.DEFER, words="เลื่อนไปจนกว่าแพลตฟอร์มข้อมูลจะพร้อม")
    nan.refresh_from_db()
    trang.refresh_from_db()
    assert (nan.state, trang.state) == (S.ADMITTED, S.DEFERRED)
    membership = CityMembership.objects.get(city=world.cities["nan"])
    assert (membership.since, membership.admitted_by) == (date(2026, 11, 20), admitted)
    assert trang.decided_by == deferred
    assert trang.steps.last().reason == {"th": "เลื่อนไปจนกว่าแพลตฟอร์มข้อมูลจะพร้อม"}
    assert queries.members_on(world.network, date(2026, 11, 19)).count() == 1
    assert [row.city.slug for row in queries.members_on(world.network, date(2026, 11, 20))] == ["phuket", "nan"]
    assert verify().whole


def test_standing_and_rights_follow_the_day(world):
    nan = bring(world, "nan", S.CONSULTED)
    _meeting, (item,) = annual_meeting(world, nan)
    resolve(world.stage, item, clock(10))
    days = [date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 3), date(2026, 11, 19), date(2026, 11, 20)]
    assert [standing(world, "nan", day) for day in days] == [
        Standing.NONE,
        Standing.NOMINATED,
        Standing.CANDIDATE,
        Standing.CANDIDATE,
        Standing.MEMBER,
    ]
    rights = [queries.rights_on(world.cities["nan"], world.network, day) for day in days]
    assert [(row.report, row.invited, row.delegation, row.observer) for row in rights] == [
        (False, False, False, False),
        (False, False, False, False),
        (False, True, False, True),
        (False, True, False, True),
        (True, True, True, False),
    ]


def test_the_annual_meeting_is_offered_what_was_consulted(world):
    bring(world, "nan", S.CANDIDATE)
    trang = bring(world, "trang", S.CONSULTED)
    found = matter("network.membership")
    assert found.waiting(world.stage.body) == [str(trang.pk)]
    assert found.waiting(Body.objects.create(code="other", name={"th": "อื่น"}, kind="committee")) == []
    annual_meeting(world, trang)
    assert found.waiting(world.stage.body) == []


def test_a_deferred_city_is_taken_up_again_and_admitted(world):
    trang = bring(world, "trang", S.CONSULTED)
    _meeting, (item,) = annual_meeting(world, trang)
    resolve(world.stage, item, clock(10), Verb.DEFER)
    consultation.take_up(trang, reason="แพลตฟอร์มพร้อมแล้ว", by=world["secretariat"], at=clock(15))
    trang.refresh_from_db()
    assert (trang.state, trang.decided_by) == (S.CANDIDATE, None)


def test_a_correction_takes_an_admission_back(world):
    nan = bring(world, "nan", S.CONSULTED)
    meeting, (item,) = annual_meeting(world, nan)
    old = resolve(world.stage, item, clock(10))
    again = governance.put_on_agenda(
        meeting,
        "for_consideration",
        {"th": "แก้มติ"},
        matters=[("network.membership", str(nan.pk))],
        by=world.stage.secretary,
        at=clock(11),
    )
    governance.open_item(again, by=world.stage.secretary, at=clock(11))
    draft = governance.correct(old, again, by=world.stage.secretary, at=clock(11))
    draft = governance.save_draft(
        again, verb=Verb.DEFER, words={"th": "เลื่อนการพิจารณา"}, revision=draft.revision, by=world.stage.secretary, at=clock(11)
    ).draft
    governance.adopt(draft, by=world.stage.secretary, at=clock(11, 30), proof=fresh_proof(clock(11, 30)))
    nan.refresh_from_db()
    assert nan.state == S.DEFERRED
    membership = CityMembership.objects.get(city=world.cities["nan"])
    assert (membership.ended, membership.ended_by) == (membership.since, draft)
    assert standing(world, "nan", date(2026, 11, 20)) == Standing.DEFERRED
    assert queries.change_days(world.network)[0] == date(2018, 7, 8)


def test_every_step_leaves_its_entry_and_no_name_of_a_person(world):
    bring(world, "nan", S.CONSULTED)
    did = list(
        Entry.objects.filter(did__startswith="network.").exclude(did="network.enter_post").order_by("seq").values_list("did", flat=True)
    )
    assert did == [f"network.{verb}" for verb in ("nominate", "write", "hand_over", "endorse", "accept", "consult", "conclude")]
    assert Entry.objects.get(did="network.endorse").proof.startswith("totp")
    assert not Entry.objects.filter(after__contains="representative of").exists()


def test_each_step_tells_whoever_must_act(world):
    bring(world, "nan", S.CONSULTATION)
    told = list(Notice.objects.filter(about__startswith="network.").order_by("pk").values_list("address", flat=True))
    assert told == [
        "officer.of.nan@example.org",
        "representative.of.thailand@example.org",
        "secretariat@example.org",
        "representative.of.thailand@example.org",
        "representative.of.malaysia@example.org",
        "representative.of.viet.nam@example.org",
    ]


# Nominating


def test_a_city_of_another_state_is_not_nominated(world):
    with pytest.raises(PermissionDenied):
        nominations.nominate(world.network, world.cities["ipoh"], by=world["nr TH"], at=BEGUN)
    with pytest.raises(PermissionDenied):
        nominations.nominate(world.network, world.cities["nan"], by=world["secretariat"], at=BEGUN)
    assert not Nomination.objects.exists()


def test_a_member_and_a_city_of_a_state_outside_are_not_nominated(world):
    with pytest.raises(Refusal) as refused:
        nominations.nominate(world.network, world.cities["phuket"], by=world["nr TH"], at=BEGUN)
    assert refused.value.code == "member-already"
    world.network.state_memberships.filter(state="TH").update(ended=date(2026, 1, 1))
    with pytest.raises(Refusal) as refused:
        nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    assert refused.value.code == "state-not-a-member"


def test_pressed_twice_it_is_one_nomination(world):
    one = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    assert nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN) == one
    with pytest.raises(IntegrityError), transaction.atomic():
        Nomination.objects.create(
            network=world.network, city=world.cities["nan"], state_of=world.states["TH"], made_at=BEGUN, made_by="user:1"
        )


def test_the_criteria_of_the_day_are_kept_with_the_nomination(world):
    nomination = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    assert nomination.edition.in_force == date(2022, 11, 9)
    assert len(nominations.edition_of(nomination).asked()) == 11


# Writing


def test_the_citys_own_officer_writes_and_nobody_else(world):
    nomination = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    for who in ("trang", "nr TH", "secretariat"):
        with pytest.raises(PermissionDenied):
            nominations.write(nomination, {"vision": ("x", 0)}, by=world[who], at=BEGUN)
    assert nominations.write(nomination, {"vision": ("วิสัยทัศน์", 0)}, by=world["nan"], at=BEGUN).saved == 1


def test_two_who_write_at_once_lose_nothing(world):
    nomination = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    nominations.write(nomination, {"vision": ("หนึ่ง", 0)}, by=world["nan"], at=BEGUN)
    wrote = nominations.write(nomination, {"vision": ("สอง", 0), "focus": ("สาม", 0)}, by=world["nan"], at=BEGUN)
    assert (wrote.saved, list(wrote.clashes)) == (1, ["vision"])
    assert (wrote.clashes["vision"].mine, wrote.clashes["vision"].theirs) == ("สอง", "หนึ่ง")
    assert nominations.write(nomination, {"vision": ("สอง", 1)}, by=world["nan"], at=BEGUN).saved == 1
    assert list(nomination.answers.get(code="vision").revisions.values_list("text", flat=True)) == ["สอง", "หนึ่ง"]


def test_nul_bytes_and_over_long_answers(world):
    nomination = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    nominations.write(nomination, {"vision": ("ก\x00ข", 0)}, by=world["nan"], at=BEGUN)
    assert nomination.answers.get().text == "กข"
    with pytest.raises(Refusal) as refused:
        nominations.write(nomination, {"focus": ("ก" * 6001, 0)}, by=world["nan"], at=BEGUN)
    assert list(refused.value.fields) == ["focus"]


def test_an_unfinished_dossier_is_not_handed_over(world):
    nomination = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    nominations.write(nomination, {"vision": ("วิสัยทัศน์", 0)}, by=world["nan"], at=BEGUN)
    with pytest.raises(Refusal) as refused:
        nominations.hand_over(nomination, by=world["nan"], at=BEGUN)
    assert len(refused.value.fields) == 10


def test_the_representative_asks_for_more_about_one_criterion(world):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    with pytest.raises(PermissionDenied):
        nominations.send_back(nomination, question="?", by=world["nr MY"], at=BEGUN)
    nominations.send_back(nomination, question="ข้อมูลใดเปิดแล้ว", about="platform-ready", by=world["nr TH"], at=BEGUN)
    nomination.refresh_from_db()
    assert (nomination.state, nomination.question_about) == (S.WITH_CITY, "platform-ready")
    with pytest.raises(Refusal):
        nominations.write(bring(world, "trang", S.ENDORSED), {"vision": ("x", 1)}, by=world["trang"], at=on(9, 3))


# Endorsing


def test_endorsing_needs_the_second_factor_the_state_and_the_resolution(world):
    nomination, resolution = bring(world, "nan", S.WITH_REPRESENTATIVE), national_resolution(world)
    with pytest.raises(PermissionDenied):
        nominations.endorse(nomination, resolution=resolution, by=world["nr MY"], at=BEGUN, proof=fresh_proof(BEGUN))
    with pytest.raises(PermissionDenied):
        nominations.endorse(nomination, resolution=resolution, by=world["nan"], at=BEGUN, proof=fresh_proof(BEGUN))
    with pytest.raises(Refusal) as refused:
        nominations.endorse(nomination, resolution=resolution, by=world["nr TH"], at=BEGUN, proof=None)
    assert refused.value.code == "second-factor-needed"
    with pytest.raises(Refusal) as refused:
        nominations.endorse(nomination, resolution=None, by=world["nr TH"], at=BEGUN, proof=fresh_proof(BEGUN))
    assert refused.value.code == "resolution-needed"
    nomination.refresh_from_db()
    assert nomination.state == S.WITH_REPRESENTATIVE


def test_what_moved_meanwhile_is_not_endorsed(world):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    seen = nomination.revision
    nominations.send_back(nomination, question="?", by=world["nr TH"], at=BEGUN)
    nominations.hand_over(nomination, by=world["nan"], at=BEGUN)
    with pytest.raises(Refusal) as refused:
        nominations.endorse(
            nomination, resolution=national_resolution(world), by=world["nr TH"], at=BEGUN, proof=fresh_proof(BEGUN), revision=seen
        )
    assert refused.value.code == "changed-meanwhile"


def test_a_resolution_of_the_annual_meeting_is_no_national_one(world):
    nan, trang = bring(world, "nan", S.CONSULTED), bring(world, "trang", S.WITH_REPRESENTATIVE)
    _meeting, (item,) = annual_meeting(world, nan)
    own = resolve(world.stage, item, clock(10))
    assert not nominations.citable(world.network).filter(pk=own.pk).exists()
    with pytest.raises(Refusal):
        nominations.endorse(trang, resolution=own, by=world["nr TH"], at=clock(12), proof=fresh_proof(clock(12)))


def test_the_office_is_named_and_not_the_person(world):
    nomination = bring(world, "nan", S.ENDORSED)
    assert nomination.post.code == "nr-th-1"


def test_withdrawing_needs_a_reason_and_a_second_factor(world):
    nomination = bring(world, "nan", S.CONSULTATION)
    with pytest.raises(Refusal):
        nominations.withdraw(nomination, reason="", by=world["nr TH"], at=on(9, 5), proof=fresh_proof(on(9, 5)))
    with pytest.raises(PermissionDenied):
        nominations.withdraw(nomination, reason="x", by=world["nr VN"], at=on(9, 5), proof=fresh_proof(on(9, 5)))
    nominations.withdraw(nomination, reason="แผนยังไม่พร้อม", by=world["nr TH"], at=on(9, 5), proof=fresh_proof(on(9, 5)))
    assert standing(world, "nan", date(2026, 9, 5)) == Standing.WITHDRAWN
    assert not nomination.consultations.filter(concluded_on=None).exists()


def test_withdrawn_before_it_was_endorsed_it_never_was_a_nomination(world):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    nominations.withdraw(nomination, reason="แผนยังไม่พร้อม", by=world["nr TH"], at=on(9, 5), proof=fresh_proof(on(9, 5)))
    assert standing(world, "nan", date(2026, 9, 5)) == Standing.NONE
    assert not queries.nominations_public(world.network, date(2026, 12, 1)).exists()


# Consulting


def agree(world, nomination, code, position=Position.AGREE, reasons="", at=None):
    at = at or on(9, 10)
    return consultation.reply(
        nomination, world.states[code], position=position, reasons=reasons, by=world[f"nr {code}"], at=at, proof=fresh_proof(at)
    )


def test_silence_agrees_under_no_objection_and_not_under_consensus(world):
    nan, trang = bring(world, "nan", S.CONSULTED), bring(world, "trang", S.CANDIDATE)
    assert nan.consultations.get().outcome == Outcome.NO_OBJECTION
    consultation.consult(trang, rule=Rule.CONSENSUS, until=date(2026, 10, 1), by=world["secretariat"], at=on(9, 4))
    agree(world, trang, "MY")
    assert consultation.conclude(trang, by=world["secretariat"], at=on(10, 2)).outcome == Outcome.NO_CONSENSUS


def test_once_all_have_agreed_it_is_concluded_before_the_day(world):
    nan = bring(world, "nan", S.CONSULTATION)
    with pytest.raises(Refusal) as refused:
        consultation.conclude(nan, by=world["secretariat"], at=on(9, 11))
    assert refused.value.code == "too-early"
    agree(world, nan, "MY")
    agree(world, nan, "VN")
    assert consultation.conclude(nan, by=world["secretariat"], at=on(9, 11)).outcome == Outcome.NO_OBJECTION


def test_an_objection_needs_reasons_and_may_be_taken_back(world):
    nan = bring(world, "nan", S.CONSULTATION)
    with pytest.raises(Refusal):
        agree(world, nan, "MY", Position.OBJECT)
    agree(world, nan, "MY", Position.OBJECT, "แผนข้อมูลยังไม่ชัด")
    running = nan.consultations.get()
    assert consultation.outcome_of(running) == Outcome.OBJECTED
    agree(world, nan, "MY", at=on(9, 20))
    assert consultation.outcome_of(running) == Outcome.NO_OBJECTION
    assert Reply.objects.filter(state_of="MY").count() == 2


def test_who_may_not_answer_a_consultation(world):
    nan = bring(world, "nan", S.CONSULTATION)
    at = on(9, 10)
    for who, code in (("nr TH", "TH"), ("nan", "TH"), ("secretariat", "MY")):
        with pytest.raises(PermissionDenied):
            consultation.reply(nan, world.states[code], position=Position.AGREE, by=world[who], at=at, proof=fresh_proof(at))
    with pytest.raises(Refusal):
        consultation.reply(nan, world.states["VN"], position=Position.AGREE, by=world["nr MY"], at=at, proof=fresh_proof(at))
    with pytest.raises(Refusal) as refused:
        consultation.reply(nan, world.states["MY"], position=Position.AGREE, by=world["nr MY"], at=at, proof=None)
    assert refused.value.code == "second-factor-needed"
    assert not Reply.objects.exists()


def test_the_day_is_over_at_midnight_and_may_be_extended(world):
    nan = bring(world, "nan", S.CONSULTATION)
    agree(world, nan, "VN", at=on(10, 1, 23))
    with pytest.raises(Refusal) as refused:
        agree(world, nan, "MY", at=on(10, 2, 0))
    assert refused.value.code == "too-late"
    consultation.extend(nan.consultations.get(), until=date(2026, 10, 15), by=world["secretariat"], at=on(10, 2))
    agree(world, nan, "MY", at=on(10, 2))


def test_only_the_secretariat_takes_a_nomination_on(world):
    nan = bring(world, "nan", S.ENDORSED)
    for who in ("nr TH", "nan", "nr MY"):
        with pytest.raises(PermissionDenied):
            consultation.accept(nan, by=world[who], at=on(9, 3))
    assert not visible(world["secretariat"], "network.handle").filter(pk=bring(world, "trang", S.WITH_REPRESENTATIVE).pk).exists()


# Reading


def test_who_reads_a_dossier_at_each_step(world):
    def readers(nomination):
        names = ("nan", "trang", "nr TH", "nr MY", "secretariat")
        return [name for name in names if visible(world[name], "network.read").filter(pk=nomination.pk).exists()]

    nan = nominations.nominate(world.network, world.cities["nan"], by=world["nr TH"], at=BEGUN)
    assert readers(nan) == ["nan", "nr TH"]
    answer_all(world, nan)
    nominations.hand_over(nan, by=world["nan"], at=BEGUN)
    assert readers(nan) == ["nan", "nr TH"]
    nominations.endorse(nan, resolution=national_resolution(world), by=world["nr TH"], at=on(9, 2), proof=fresh_proof(on(9, 2)))
    assert readers(nan) == ["nan", "nr TH", "secretariat"]
    consultation.accept(nan, by=world["secretariat"], at=on(9, 3))
    assert readers(nan) == ["nan", "nr TH", "nr MY", "secretariat"]


# Deciding


def test_a_committee_that_is_not_the_annual_meeting_decides_nothing(world):
    nan = bring(world, "nan", S.CONSULTED)
    other = make_stage("elsewhere", notice_days=0)
    meeting = plan(other)
    item = put(other, meeting, matters=[("network.membership", str(nan.pk))])
    sit(other, meeting, 1, 2, 3, 4, 5, 6)
    with pytest.raises(Refusal):
        resolve(other, item, clock(10))
    assert not CityMembership.objects.filter(city=world.cities["nan"]).exists()


def test_what_was_not_consulted_is_not_admitted(world):
    nan = bring(world, "nan", S.CANDIDATE)
    _meeting, (item,) = annual_meeting(world, nan)
    with pytest.raises(Refusal) as refused:
        resolve(world.stage, item, clock(10))
    assert refused.value.code == "not-waiting"
    assert not CityMembership.objects.filter(city=world.cities["nan"]).exists()
