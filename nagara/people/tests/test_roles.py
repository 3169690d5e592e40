"""Roles are given and ended by those who may, under a second factor, and stay on record."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from nagara.audit.models import Entry
from nagara.audit.record import System
from nagara.people.actions import end_role, grant_role
from nagara.people.models import RoleGrant
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def test_an_administrator_gives_a_role_and_the_record_says_so(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    grant = grant_role(mali, Role.ASSESSOR, "round:1", by=boss, at=noon, proof=fresh_proof(noon), why="appointed by order 4/2569")
    assert mali.holds(Role.ASSESSOR, "round:1")
    assert (grant.granted_by, grant.granted_at, grant.since) == (boss, noon, noon.date())
    entry = Entry.objects.get()
    assert (entry.by, entry.did, entry.about, entry.why) == (boss.audit_key, "people.grant_role", f"people.user:{mali.pk}", grant.why)
    assert entry.proof.startswith("totp ")


def test_a_role_that_is_held_is_not_given_twice(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    first = grant_role(mali, Role.OFFICE, by=boss, at=noon, proof=fresh_proof(noon))
    second = grant_role(mali, Role.OFFICE, by=boss, at=noon, proof=fresh_proof(noon))
    assert first == second
    assert Entry.objects.count() == 1


def test_giving_a_role_without_a_fresh_second_factor_is_refused(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    for proof in (None, fresh_proof(noon - timedelta(minutes=16)), fresh_proof(noon + timedelta(minutes=1))):
        with pytest.raises(Refusal) as refused:
            grant_role(mali, Role.OFFICE, by=boss, at=noon, proof=proof)
        assert (refused.value.code, refused.value.status) == ("second-factor-needed", 403)
    assert not mali.role_grants.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CITY_OFFICER, Role.MEMBER, Role.SECRETARY, Role.ASSESSOR])
def test_giving_a_role_is_refused_to_those_who_do_not_administer(role: Role, noon: datetime):
    other, mali = make_user("other", role), make_user("mali")
    with pytest.raises(PermissionDenied):
        grant_role(mali, Role.OFFICE, by=other, at=noon, proof=fresh_proof(noon))
    assert not mali.role_grants.exists()


def test_the_programme_office_gives_officers_assessors_and_members_only(noon: datetime):
    office, mali = make_user("office", Role.OFFICE), make_user("mali")
    for role, scope in ((Role.CITY_OFFICER, "area:1"), (Role.ASSESSOR, "round:1"), (Role.MEMBER, "body:1")):
        grant_role(mali, role, scope, by=office, at=noon, proof=fresh_proof(noon))
    for role in (Role.ADMINISTRATOR, Role.OFFICE, Role.SECRETARY, Role.AUDITOR):
        with pytest.raises(PermissionDenied):
            grant_role(mali, role, by=office, at=noon, proof=fresh_proof(noon))
    assert mali.role_grants.count() == 3


def test_the_installation_itself_gives_roles_without_a_factor(noon: datetime):
    mali = make_user("mali")
    grant = grant_role(mali, Role.ADMINISTRATOR, by=System("demo"), at=noon)
    assert grant.granted_by is None
    assert Entry.objects.get().by == "system:demo"


def test_a_role_is_ended_and_never_deleted(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.OFFICE)
    grant = mali.role_grants.get()
    ended = end_role(grant, by=boss, at=noon, proof=fresh_proof(noon), why="moved to another office")
    assert (ended.ended, ended.ended_by, ended.why_ended) == (noon.date(), boss, "moved to another office")
    assert [held.role for held in mali.grants(noon.date())] == []
    assert [held.role for held in mali.grants(noon.date() - timedelta(days=1))] == [Role.OFFICE]
    end_role(grant, by=boss, at=noon, proof=fresh_proof(noon), why="pressed twice")
    assert Entry.objects.count() == 1


def test_the_only_administrator_stays(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    with pytest.raises(Refusal) as refused:
        end_role(boss.role_grants.get(), by=boss, at=noon, proof=fresh_proof(noon))
    assert refused.value.code == "last-administrator"
    make_user("second", Role.ADMINISTRATOR)
    end_role(boss.role_grants.get(), by=boss, at=noon, proof=fresh_proof(noon))
    assert RoleGrant.objects.get(user=boss).ended == noon.date()


def test_a_closed_account_is_given_no_role(noon: datetime):
    mali = make_user("mali")
    mali.is_active = False
    mali.save()
    with pytest.raises(Refusal):
        grant_role(mali, Role.ASSESSOR, "round:1", by=System("test"), at=noon)
