"""Bodies, their rules and their seats: dated, ended with a reason, never overwritten."""

from datetime import date
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from nagara.audit.models import Entry
from nagara.governance import actions
from nagara.governance.models import BodyRule, Seat, SeatHolder
from nagara.governance.room import alternates_of, holder_of, rule_on, seats_on
from nagara.governance.tests.stage import make_stage, seat_user
from nagara.people.roles import Role
from nagara.people.tests.cast import LONG_AGO, fresh_proof, make_person, make_user
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db


def test_a_body_is_entered_by_the_office_under_a_second_factor(noon):
    office = make_user("office", Role.OFFICE)
    body = actions.establish_body(
        code="new", name=texts("ใหม่", "New"), kind="committee", since=LONG_AGO, by=office, at=noon, proof=fresh_proof(noon)
    )
    assert (body.code, body.since) == ("new", LONG_AGO)
    with pytest.raises(Refusal) as refused:
        actions.establish_body(code="other", name=texts("อื่น"), kind="committee", since=None, by=office, at=noon, proof=None)
    assert refused.value.code == "second-factor-needed"


def test_a_secretary_does_not_enter_bodies(noon):
    stage = make_stage()
    with pytest.raises(PermissionDenied):
        actions.establish_body(
            code="new", name=texts("ใหม่"), kind="committee", since=None, by=stage.secretary, at=noon, proof=fresh_proof(noon)
        )


def test_a_new_rule_ends_the_one_before_and_each_day_has_its_own(noon):
    stage = make_stage()
    actions.set_rule(
        stage.body, since=date(2026, 12, 1), share=Fraction(2, 3), why="order 5/2569", by=stage.secretary, at=noon, proof=fresh_proof(noon)
    )
    assert [(rule.since, rule.ended, rule.numerator, rule.denominator) for rule in stage.body.rules.order_by("pk")] == [
        (LONG_AGO, date(2026, 12, 1), 1, 2),
        (date(2026, 12, 1), None, 2, 3),
    ]
    assert rule_on(stage.body, date(2026, 11, 30)).denominator == 2
    assert rule_on(stage.body, date(2026, 12, 1)).denominator == 3


def test_a_rule_that_begins_before_the_one_in_force_is_refused(noon):
    stage = make_stage()
    with pytest.raises(Refusal) as refused:
        actions.set_rule(stage.body, since=LONG_AGO, by=stage.office, at=noon, proof=fresh_proof(noon))
    assert refused.value.code == "begins-too-early"
    assert BodyRule.objects.count() == 1


def test_a_new_holder_ends_the_term_of_the_one_before_and_both_stay_readable(noon):
    stage = make_stage()
    seat, before = stage.seat(3), stage.holder(3).person
    after = make_person("successor")
    actions.seat_person(seat, person=after, since=date(2026, 12, 1), by=stage.secretary, at=noon)
    assert [(row.person, row.since, row.ended) for row in seat.holders.order_by("pk")] == [
        (before, LONG_AGO, date(2026, 12, 1)),
        (after, date(2026, 12, 1), None),
    ]
    [on_the_day_before] = [row for row in seats_on(stage.body, date(2026, 11, 30)) if row == seat]
    [on_the_day] = [row for row in seats_on(stage.body, date(2026, 12, 1)) if row == seat]
    assert (holder_of(on_the_day_before).person, holder_of(on_the_day).person) == (before, after)


def test_seating_the_same_person_twice_gives_one_row_and_one_entry(noon):
    stage = make_stage()
    person = make_person("successor")
    for _press in range(2):
        actions.seat_person(stage.seat(3), person=person, since=date(2026, 12, 1), by=stage.secretary, at=noon)
    assert SeatHolder.objects.filter(person=person).count() == 1
    assert Entry.objects.filter(did="governance.seat_person").count() == 1


def test_a_holder_whose_days_overlap_a_term_that_is_written_to_its_end_is_refused(noon):
    stage = make_stage()
    seat = stage.seat(3)
    actions.end_holder(seat.holders.get(), on=date(2026, 12, 31), why="retires", by=stage.secretary, at=noon)
    with pytest.raises(Refusal) as refused:
        actions.seat_person(seat, person=make_person("early"), since=date(2026, 12, 1), by=stage.secretary, at=noon)
    assert refused.value.code == "seat-held"


def test_the_database_itself_refuses_two_open_holders_of_one_seat():
    stage = make_stage()
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatHolder.objects.create(seat=stage.seat(3), person=make_person("second"), since=LONG_AGO)


def test_an_entry_that_was_a_mistake_ends_on_its_first_day_and_holds_on_none(noon):
    stage = make_stage()
    row = actions.seat_person(
        stage.seat(3), person=make_person("wrong"), capacity="alternate", since=date(2026, 11, 1), by=stage.secretary, at=noon
    )
    actions.end_holder(row, on=date(2026, 11, 1), why="wrong person", by=stage.secretary, at=noon)
    [seat] = [one for one in seats_on(stage.body, date(2026, 11, 1)) if one == stage.seat(3)]
    assert alternates_of(seat) == []
    assert SeatHolder.objects.filter(pk=row.pk).exists()


def test_ending_needs_a_reason(noon):
    stage = make_stage()
    with pytest.raises(Refusal) as refused:
        actions.end_holder(stage.seat(3).holders.get(), on=date(2026, 12, 1), why="  ", by=stage.secretary, at=noon)
    assert refused.value.code == "reason-needed"


def test_a_seat_that_ends_takes_its_sitters_with_it(noon):
    stage = make_stage()
    seat = stage.seat(2)
    actions.end_seat(seat, on=date(2026, 12, 1), why="order 5/2569", by=stage.office, at=noon)
    assert [row.ended for row in seat.holders.all()] == [date(2026, 12, 1)] * 2
    assert len(seats_on(stage.body, date(2026, 11, 30))) == 10
    assert len(seats_on(stage.body, date(2026, 12, 1))) == 9


def test_a_seat_is_added_last_in_precedence(noon):
    stage = make_stage()
    seat = actions.add_seat(stage.body, part=Seat.Part.MEMBER, title=texts("ใหม่"), since=date(2026, 12, 1), by=stage.secretary, at=noon)
    assert seat.position == 11


def test_seats_are_not_edited_by_a_member_or_by_the_secretary_of_another_body(noon):
    stage, other = make_stage(), make_stage("other")
    for user in (stage.chair, other.secretary, make_user("auditor", Role.AUDITOR)):
        with pytest.raises(PermissionDenied):
            actions.add_seat(stage.body, part=Seat.Part.MEMBER, title=texts("ใหม่"), since=None, by=user, at=noon)
        with pytest.raises(PermissionDenied):
            actions.end_seat(stage.seat(1), on=date(2026, 12, 1), why="no", by=user, at=noon)
    assert not Entry.objects.filter(did="governance.add_seat").exists()


def test_the_record_names_rows_and_not_persons(noon):
    stage = make_stage()
    user = seat_user(stage.seat(4), "somebody unmistakable", capacity="alternate")
    actions.seat_person(stage.seat(5), person=user.person, capacity="alternate", since=LONG_AGO, by=stage.secretary, at=noon)
    entry = Entry.objects.get(did="governance.seat_person")
    assert f'"person":{user.person.pk}' in entry.after
    assert "unmistakable" not in entry.after
