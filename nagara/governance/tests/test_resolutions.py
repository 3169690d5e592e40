"""Resolutions: drafted together, adopted once, under a quorum and a second factor, and corrected only by a new one."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from nagara.audit.models import Entry
from nagara.governance import actions
from nagara.governance.models import BodyRule, DraftRevision, Resolution
from nagara.governance.queries import effects_of, linked_resolutions, open_assignments, resolution_public, verbs_of
from nagara.governance.states import ItemState, Verb
from nagara.governance.tests.stage import DAY, clock, close, come, draft, make_stage, plan, put, resolve, sit, trees
from nagara.people.second_factor import Proof
from nagara.people.tests.cast import fresh_proof, make_organisation
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db

TEN = clock(10)


@pytest.fixture
def stage():
    return make_stage()


@pytest.fixture
def meeting(stage):
    return plan(stage)


def refused(act, **kwargs):
    with pytest.raises(Refusal) as caught, transaction.atomic():
        act(**kwargs)
    return caught.value


# Drafting


def test_two_who_write_at_once_lose_nothing(stage, meeting):
    item = put(stage, meeting)
    first = draft(stage, item, TEN, words="แบบแรก")
    mine = actions.save_draft(item, verb=Verb.APPROVE, words=texts("แบบของฉัน"), revision=1, by=stage.secretary, at=TEN)
    theirs = actions.save_draft(item, verb=Verb.APPROVE, words=texts("แบบของเขา"), revision=1, by=stage.secretary, at=TEN)
    assert (mine.kept, mine.draft.revision) == (True, 2)
    assert (theirs.kept, theirs.draft.text, theirs.aside.text) == (False, texts("แบบของฉัน"), texts("แบบของเขา"))
    assert [(row.text["th"], row.set_aside) for row in DraftRevision.objects.order_by("pk")] == [
        ("แบบแรก", False),
        ("แบบของฉัน", False),
        ("แบบของเขา", True),
    ]
    assert Resolution.objects.get().pk == first.pk


def test_saving_the_same_words_again_changes_nothing(stage, meeting):
    item = put(stage, meeting)
    draft(stage, item, TEN)
    assert draft(stage, item, TEN).revision == 1
    assert DraftRevision.objects.count() == 1


def test_verbs_are_those_that_every_matter_knows(stage, meeting):
    with trees():
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        assert verbs_of(item) == [Verb.ACKNOWLEDGE, Verb.APPROVE, Verb.APPROVE_IN_PRINCIPLE, Verb.DISAPPROVE]
        assert refused(draft, stage=stage, item=item, at=TEN, verb=Verb.ASSIGN).code == "verb-not-for-this"
    assert verbs_of(put(stage, meeting)) == list(Verb.values)


# Adopting


def test_adopting_does_what_it_says_and_keeps_the_quorum(stage, meeting):
    with trees() as programme:
        item = put(stage, meeting, matters=[("test.trees", "oak"), ("test.trees", "teak")])
        assert effects_of(item, Verb.APPROVE, DAY) == [texts("ปลูก 2 ต้น", "Plants 2 trees")]
        sit(stage, meeting, 1, 2, 3, 4, 5, 6, online=[5, 6])
        actions.recuse(item, stage.seat(3), reason="ที่ปรึกษา", by=stage.holder(3), at=TEN)
        resolution = resolve(stage, item, TEN)
        assert programme.planted == ["oak", "teak"]
    item.refresh_from_db()
    assert (resolution.draft, resolution.adopted_on, resolution.adopted_at, resolution.adopted_by) == (False, DAY, TEN, stage.secretary)
    assert resolution.effects == [texts("ปลูกแล้ว 2 ต้น", "2 trees planted")]
    assert item.state == ItemState.RESOLVED
    quorum = resolution.quorum
    assert {key: quorum[key] for key in ("seats", "base", "needed", "present", "on_site", "online")} == {
        "seats": 10,
        "base": 9,
        "needed": 5,
        "present": 5,
        "on_site": 3,
        "online": 2,
    }
    assert [row["seat"] for row in quorum["recused"]] == [stage.seat(3).pk]
    entry = Entry.objects.get(did="governance.adopt")
    assert entry.proof.startswith("totp ")
    kept = json.loads(entry.after)
    assert (kept["item"], kept["verb"], kept["matters"]) == ("5.1", "approve", {"test.trees": ["oak", "teak"]})
    assert "holder" not in entry.after


def test_adopting_twice_gives_one_resolution_and_one_effect(stage, meeting):
    with trees() as programme:
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        first = resolve(stage, item, TEN)
        again = actions.adopt(first, by=stage.secretary, at=clock(10, 1), proof=fresh_proof(clock(10, 1)))
        assert programme.planted == ["oak"]
    assert (again.pk, again.adopted_at) == (first.pk, TEN)
    assert Entry.objects.filter(did="governance.adopt").count() == 1


def test_the_database_itself_refuses_a_second_resolution_on_an_item(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    resolution = resolve(stage, item, TEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        resolution.pk = None
        resolution.save(force_insert=True)


def test_without_a_quorum_it_is_refused_with_the_rule_the_present_and_the_needed(stage, meeting):
    with trees() as programme:
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, 1, 2, 3, 4)
        refusal = refused(resolve, stage=stage, item=item, at=TEN)
        assert programme.planted == []
    assert refusal.code == "no-quorum"
    for number in ("4", "5", "10"):
        assert number in refusal.message
    assert "2020-01-01" in refusal.rule
    assert not Resolution.objects.filter(draft=False).exists()
    assert not Entry.objects.filter(did="governance.adopt").exists()


def test_the_quorum_is_that_of_the_instant_of_the_decision(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, 1, 2, 3, 4, 5)
    come(stage, meeting, 5, clock(10, 30), kind="leave")
    actions.open_item(item, by=stage.secretary, at=clock(10, 31))
    words = draft(stage, item, clock(10, 31))
    late, before = clock(10, 40), clock(10, 29)
    assert refused(actions.adopt, resolution=words, by=stage.secretary, at=late, proof=fresh_proof(late)).code == "no-quorum"
    resolution = actions.adopt(words, by=stage.secretary, at=late, proof=fresh_proof(late), resolved_at=before)
    assert (resolution.adopted_at, resolution.quorum["present"]) == (before, 5)


def test_the_rule_is_that_of_the_day_of_the_meeting(stage, meeting):
    actions.set_rule(
        stage.body, since=DAY + timedelta(days=1), more_than=True, why="order", by=stage.secretary, at=TEN, proof=fresh_proof(TEN)
    )
    item = put(stage, meeting)
    sit(stage, meeting, 1, 2, 3, 4, 5)
    assert resolve(stage, item, TEN).quorum["needed"] == 5


def test_a_body_without_a_rule_for_the_day_cannot_resolve(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    BodyRule.objects.all().delete()
    assert refused(resolve, stage=stage, item=item, at=TEN).code == "no-rule"


def test_it_needs_a_second_factor_shown_not_long_ago(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    actions.open_item(item, by=stage.secretary, at=TEN)
    words = draft(stage, item, TEN)
    for proof in (None, Proof("totp", TEN - timedelta(minutes=16)), Proof("totp", TEN + timedelta(minutes=1))):
        assert refused(actions.adopt, resolution=words, by=stage.secretary, at=TEN, proof=proof).code == "second-factor-needed"
    assert not Resolution.objects.filter(draft=False).exists()


def test_the_secretary_or_the_chair_adopts_and_nobody_else(stage, meeting):
    other = make_stage("other")
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    actions.open_item(item, by=stage.secretary, at=TEN)
    words = draft(stage, item, TEN)
    for user in (stage.holder(2), stage.office, other.secretary, other.chair, stage.alternate):
        with pytest.raises(PermissionDenied):
            actions.adopt(words, by=user, at=TEN, proof=fresh_proof(TEN))
    assert actions.adopt(words, by=stage.chair, at=TEN, proof=fresh_proof(TEN)).adopted_by == stage.chair


def test_what_the_person_read_is_what_is_adopted(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    actions.open_item(item, by=stage.secretary, at=TEN)
    words = draft(stage, item, TEN)
    actions.save_draft(item, verb=Verb.DISAPPROVE, words=texts("ไม่เห็นชอบ"), revision=1, by=stage.secretary, at=TEN)
    found = refused(actions.adopt, resolution=words, by=stage.chair, at=TEN, proof=fresh_proof(TEN), revision=1)
    assert found.code == "edited-meanwhile"


def test_a_resolution_needs_words_and_an_assignment_its_owner(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    actions.open_item(item, by=stage.secretary, at=TEN)
    empty = actions.save_draft(item, verb=Verb.ASSIGN, words={}, revision=0, by=stage.secretary, at=TEN).draft
    assert refused(actions.adopt, resolution=empty, by=stage.secretary, at=TEN, proof=fresh_proof(TEN)).code == "text-needed"
    saved = actions.save_draft(item, verb=Verb.ASSIGN, words=texts("มอบหมาย"), revision=1, by=stage.secretary, at=TEN).draft
    assert refused(actions.adopt, resolution=saved, by=stage.secretary, at=TEN, proof=fresh_proof(TEN)).code == "owner-needed"


def test_what_the_programme_forbids_is_refused_before_anything_is_written(stage, meeting):
    with trees() as programme:
        programme.forbidden = Refusal("the oak is not ready", code="not-ready")
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        assert refused(resolve, stage=stage, item=item, at=TEN).code == "not-ready"
        assert programme.planted == []
    assert not Resolution.objects.filter(draft=False).exists()


def test_a_programme_that_breaks_half_way_leaves_nothing_half_done(stage, meeting):
    with trees() as programme:
        item = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        actions.open_item(item, by=stage.secretary, at=TEN)
        words = draft(stage, item, TEN)
        programme.broken = RuntimeError("disk full")
        with pytest.raises(RuntimeError), transaction.atomic():
            actions.adopt(words, by=stage.secretary, at=TEN, proof=fresh_proof(TEN))
    words.refresh_from_db()
    item.refresh_from_db()
    assert (words.draft, words.quorum, item.state) == (True, None, ItemState.OPEN)
    assert not Entry.objects.filter(did="governance.adopt").exists()


def test_a_resolution_entered_after_the_close_holds_as_of_when_the_item_was_closed(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    actions.open_item(item, by=stage.secretary, at=TEN)
    actions.close_item(item, by=stage.secretary, at=clock(10, 20))
    close(stage, meeting, clock(12))
    words = draft(stage, item, clock(14))
    resolution = actions.adopt(words, by=stage.secretary, at=clock(14), proof=fresh_proof(clock(14)))
    assert (resolution.adopted_at, resolution.quorum["present"]) == (clock(10, 20), 7)


# Correcting


def test_a_correction_is_a_new_resolution_and_the_old_one_stays_readable(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    old = resolve(stage, item, TEN, words="มติเดิม")
    actions.reopen_item(item, why="a wrong figure", by=stage.secretary, at=clock(10, 5))
    words = actions.correct(old, item, by=stage.secretary, at=clock(10, 5))
    assert (words.draft, words.corrects, words.text) == (True, old, old.text)
    actions.save_draft(item, verb=Verb.APPROVE, words=texts("มติที่ถูกต้อง"), revision=1, by=stage.secretary, at=clock(10, 6))
    new = actions.adopt(words, by=stage.secretary, at=clock(10, 6), proof=fresh_proof(clock(10, 6)))
    found = resolution_public(old.pk)
    assert (found.text, found.corrected, found.correction) == (texts("มติเดิม"), True, new)
    assert refused(actions.correct, old=old, item=item, by=stage.secretary, at=clock(10, 7)).code == "corrected-already"


def test_a_later_meeting_corrects_on_an_item_of_its_own(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    old = resolve(stage, item, TEN)
    close(stage, meeting, clock(12))
    later = plan(stage, at=clock(13), day=DAY + timedelta(days=14))
    correction = put(stage, later, "แก้ไขมติ")
    day = DAY + timedelta(days=14)
    sit(stage, later, *range(1, 8))
    actions.open_item(correction, by=stage.secretary, at=clock(10, day=day))
    words = actions.correct(old, correction, by=stage.secretary, at=clock(10, day=day))
    actions.adopt(words, by=stage.secretary, at=clock(10, day=day), proof=fresh_proof(clock(10, day=day)))
    assert resolution_public(old.pk).correction == words


def test_another_body_does_not_correct_it(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    old = resolve(stage, item, TEN)
    other = make_stage("other")
    theirs = put(other, plan(other))
    assert refused(actions.correct, old=old, item=theirs, by=other.secretary, at=TEN).code == "not-to-be-corrected"


# Two bodies, one business; what was asked to be done


def test_the_subcommittees_and_the_committees_are_two_records_of_one_business(stage, meeting):
    below = make_stage("subcommittee", kind="subcommittee")
    with trees():
        recommended = put(below, plan(below), matters=[("test.trees", "oak"), ("test.trees", "teak")])
        sit(below, recommended.meeting, *range(1, 8))
        first = resolve(below, recommended, TEN)
        decided = put(stage, meeting, matters=[("test.trees", "oak")])
        sit(stage, meeting, *range(1, 8))
        second = resolve(stage, decided, clock(11), Verb.ACKNOWLEDGE)
    assert list(linked_resolutions(second)) == [first]
    assert list(linked_resolutions(first)) == [second]


def test_an_assignment_stays_open_until_it_is_reported_done(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    resolution = resolve(stage, item, TEN, Verb.ASSIGN, owner=make_organisation("water"), due=DAY + timedelta(days=30))
    assert list(open_assignments(stage.body)) == [resolution]
    refusal = refused(actions.mark_done, resolution=resolution, on=DAY - timedelta(days=1), note="x", by=stage.secretary, at=clock(12))
    assert refusal.code == "day-out-of-range"
    actions.mark_done(resolution, on=DAY, note="letter 12/2569", by=stage.secretary, at=clock(12))
    assert list(open_assignments(stage.body)) == []


def test_a_follow_up_that_is_approved_closes_the_assignment_and_one_noted_leaves_it_open(stage, meeting):
    item = put(stage, meeting)
    sit(stage, meeting, *range(1, 8))
    assigned = resolve(stage, item, TEN, Verb.ASSIGN, owner=make_organisation("water"))
    close(stage, meeting, clock(12))
    for weeks, verb, left in ((1, Verb.ACKNOWLEDGE, [assigned]), (2, Verb.APPROVE, [])):
        day = DAY + timedelta(days=14 * weeks)
        later = plan(stage, at=clock(13), day=day)
        sit(stage, later, *range(1, 8))
        resolve(stage, later.items.get(kind="matters_arising"), clock(10, day=day), verb)
        close(stage, later, clock(12, day=day))
        assert list(open_assignments(stage.body)) == left
