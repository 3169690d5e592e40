"""Accounts are made by invitation: one link, one use, fourteen days; the address counts as verified."""

import re
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from nagara.audit.models import Entry
from nagara.audit.record import System
from nagara.notices.models import Notice
from nagara.notices.outbox import send_due
from nagara.people.invitations import accept, invite, withdraw
from nagara.people.models import Invitation, User
from nagara.people.registering import Names
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_person, make_user
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

NAMES = Names(given={"th": "มะลิ", "en": "Mali"}, family={"th": "ใจดี", "en": "Jaidee"}, title={"th": "นางสาว", "en": "Ms"}, rank={})
PASSWORD = "a quiet canal at noon"


def test_the_database_holds_no_link_in_clear(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    _, token = invite("mali@example.org", Role.OFFICE, by=boss, at=noon, proof=fresh_proof(noon))
    held = [str(value) for model in (Invitation, Notice, Entry) for row in model.objects.values() for value in row.values()]
    assert [value for value in held if token in value] == []
    send_due(at=noon)
    assert token in mail.outbox[0].body
    assert Notice.objects.get().sealed == ""


def test_the_mail_is_in_the_language_of_the_invited(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    invite("mali@example.org", Role.OFFICE, by=boss, at=noon, proof=fresh_proof(noon), language="en")
    invite("somchai@example.org", Role.OFFICE, by=boss, at=noon, proof=fresh_proof(noon), language="th")
    send_due(at=noon)
    english, thai = mail.outbox
    assert english.subject == "You are invited to Nagara: programme office"
    assert "/en/people/invitations/" in english.body
    assert "5 December 2026" in english.body
    assert re.search("[ก-ฮ]", thai.subject)
    assert "/en/" not in thai.body
    assert "5 ธันวาคม 2569" in thai.body


def test_accepting_makes_an_account_with_its_role(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    _, token = invite("Mali@Example.org", Role.CITY_OFFICER, "area:3", by=boss, at=noon, proof=fresh_proof(noon))
    mali = accept(token, at=noon + timedelta(days=1), names=NAMES, password=PASSWORD, language="th")
    assert (mali.email, mali.language, mali.display_name("th")) == ("mali@example.org", "th", "นางสาวมะลิ ใจดี")
    assert mali.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=mali).verified
    grant = mali.role_grants.get()
    assert (grant.role, grant.scope, grant.granted_by) == (Role.CITY_OFFICER, "area:3", boss)
    granted = Entry.objects.get(did="people.grant_role")
    assert (granted.by, granted.on_behalf_of) == (mali.audit_key, boss.audit_key)


def test_a_link_works_once(noon: datetime):
    _, token = invite("mali@example.org", Role.OFFICE, by=System("test"), at=noon)
    accept(token, at=noon, names=NAMES, password=PASSWORD)
    with pytest.raises(Refusal) as refused:
        accept(token, at=noon, names=NAMES, password=PASSWORD)
    assert refused.value.code == "invitation-accepted"
    assert User.objects.count() == 1


def test_a_link_expires(noon: datetime):
    _, token = invite("mali@example.org", Role.OFFICE, by=System("test"), at=noon)
    with pytest.raises(Refusal) as refused:
        accept(token, at=noon + timedelta(days=14), names=NAMES, password=PASSWORD)
    assert refused.value.code == "invitation-expired"


def test_a_withdrawn_link_works_no_longer_and_its_mail_stays(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    invitation, token = invite("mali@example.org", Role.OFFICE, by=boss, at=noon, proof=fresh_proof(noon))
    withdraw(invitation, by=boss, at=noon, proof=fresh_proof(noon), why="wrong address")
    assert send_due(at=noon) == 0
    with pytest.raises(Refusal) as refused:
        accept(token, at=noon, names=NAMES, password=PASSWORD)
    assert refused.value.code == "invitation-withdrawn"


def test_inviting_again_withdraws_the_earlier_link(noon: datetime):
    _, first = invite("mali@example.org", Role.OFFICE, by=System("test"), at=noon)
    _, second = invite("mali@example.org", Role.OFFICE, by=System("test"), at=noon)
    with pytest.raises(Refusal):
        accept(first, at=noon, names=NAMES, password=PASSWORD)
    assert accept(second, at=noon, names=NAMES, password=PASSWORD).holds(Role.OFFICE)


def test_an_account_that_exists_must_be_signed_in_to_accept(noon: datetime):
    mali = make_user("mali")
    _, token = invite(mali.email, Role.ASSESSOR, "round:1", by=System("test"), at=noon)
    for other in (None, make_user("other")):
        with pytest.raises(Refusal) as refused:
            accept(token, at=noon, by=other, names=NAMES, password=PASSWORD)
        assert refused.value.code == "sign-in-to-accept"
    assert accept(token, at=noon, by=mali) == mali
    assert User.objects.get(pk=mali.pk).holds(Role.ASSESSOR, "round:1")


def test_a_person_on_the_register_is_not_entered_twice(noon: datetime):
    person = make_person("mali")
    _, token = invite("mali@example.org", Role.MEMBER, "body:1", by=System("test"), at=noon, person=person)
    assert accept(token, at=noon, password=PASSWORD).person == person


def test_a_weak_password_is_refused_in_words(noon: datetime):
    _, token = invite("mali@example.org", Role.OFFICE, by=System("test"), at=noon)
    with pytest.raises(Refusal) as refused:
        accept(token, at=noon, names=NAMES, password="12345")
    assert list(refused.value.fields) == ["password"]
    assert not User.objects.exists()


def test_inviting_is_refused_to_those_who_may_not_give_the_role(noon: datetime):
    officer = make_user("officer of a", (Role.CITY_OFFICER, "area:1"))
    invite("colleague@example.org", Role.CITY_OFFICER, "area:1", by=officer, at=noon)
    for role, scope in ((Role.CITY_OFFICER, "area:2"), (Role.CITY_OFFICER, ""), (Role.ASSESSOR, "area:1"), (Role.OFFICE, "")):
        with pytest.raises(PermissionDenied):
            invite("colleague@example.org", role, scope, by=officer, at=noon, proof=fresh_proof(noon))
    assert Invitation.objects.count() == 1


def test_an_administrator_invites_under_a_second_factor(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    with pytest.raises(Refusal) as refused:
        invite("mali@example.org", Role.OFFICE, by=boss, at=noon)
    assert refused.value.code == "second-factor-needed"


def test_what_is_no_address_is_refused(noon: datetime):
    with pytest.raises(Refusal) as refused:
        invite("mali at example", Role.OFFICE, by=System("test"), at=noon)
    assert refused.value.code == "not-an-address"


def _token_for(email: str, role: Role, scope: str = "") -> str:
    from django.utils import timezone

    return invite(email, role, scope, by=System("test"), at=timezone.now())[1]


def test_the_page_makes_the_account_signs_in_and_asks_for_a_second_factor(client: Client):
    token = _token_for("mali@example.org", Role.OFFICE)
    page = reverse("people:invitation", args=[token])
    assert client.get(page).status_code == 200
    answer = client.post(
        page,
        {
            "given_th": "มะลิ", "given_en": "Mali", "family_th": "ใจดี", "family_en": "Jaidee",
            "language": "th", "password": PASSWORD, "password_again": PASSWORD,
        },
    )  # fmt: skip
    assert (answer.status_code, answer["Location"]) == (302, reverse("people:confirm"))
    assert client.get(reverse("people:account")).wsgi_request.user.email == "mali@example.org"


def test_the_page_keeps_what_was_typed_when_the_passwords_differ(client: Client):
    token = _token_for("mali@example.org", Role.CITY_OFFICER, "area:1")
    page = reverse("people:invitation", args=[token])
    answer = client.post(page, {"given_th": "มะลิ", "language": "th", "password": PASSWORD, "password_again": "another"})
    assert answer.status_code == 200
    assert 'value="มะลิ"' in answer.content.decode()
    assert not User.objects.exists()


def test_the_page_of_a_wrong_link_says_so(client: Client):
    answer = client.get(reverse("people:invitation", args=["no-such-token"]))
    assert answer.status_code == 404
