"""Administrators see and change accounts, under a second factor; nobody else does."""

from datetime import datetime, timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nagara.audit.models import Entry
from nagara.audit.record import System
from nagara.notices.models import Notice
from nagara.people.actions import close_account, open_account, tell
from nagara.people.invitations import invite
from nagara.people.models import Invitation, RoleGrant, User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_organisation, make_user
from nagara.people.tests.signed_in import come_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

PAGES = [
    ("people:admin", ()), ("people:admin_account", ("user",)), ("people:admin_grant", ("user",)), ("people:admin_close", ("user",)),
    ("people:admin_open", ("user",)), ("people:admin_invitations", ()), ("people:admin_invite", ()), ("people:personal_data", ("account", "user")),
]  # fmt: skip


def address(name: str, parts: tuple[str, ...], user: User) -> str:
    return reverse(name, args=[user.pk if part == "user" else part for part in parts])


# Who may


@pytest.mark.parametrize(("name", "parts"), PAGES)
@pytest.mark.parametrize("role", [None, Role.OFFICE, Role.AUDITOR, Role.SECRETARY, Role.CITY_OFFICER, Role.ASSESSOR, Role.MEMBER])
def test_administration_is_closed_to_everybody_else(role: Role | None, name: str, parts: tuple[str, ...]):
    other = make_user("other", *([role] if role else []))
    assert come_in(other, confirmed=True).get(address(name, parts, other)).status_code == 403


@pytest.mark.parametrize(("name", "parts"), PAGES)
def test_administration_asks_for_a_second_factor(name: str, parts: tuple[str, ...]):
    boss = make_user("boss", Role.ADMINISTRATOR)
    page = address(name, parts, boss)
    answer = come_in(boss).get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("people:confirm"))
    assert come_in(boss, confirmed=True).get(page).status_code == 200


def test_acting_without_the_factor_is_refused_and_what_was_written_is_kept():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    client = come_in(boss)
    page = reverse("people:admin_close", args=[mali.pk])
    answer = client.post(page, {"why": "moved to another office"})
    assert answer.status_code == 403
    assert User.objects.get(pk=mali.pk).is_active
    kept = client.get(reverse("people:again")).content.decode()
    assert f'action="{page}"' in kept
    assert 'name="why" value="moved to another office"' in kept


def test_what_was_kept_is_shown_to_nobody_else():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    client = come_in(boss)
    client.post(reverse("people:admin_close", args=[mali.pk]), {"why": "moved to another office"})
    client.force_login(mali)
    assert client.get(reverse("people:again")).status_code == 302


# The list


def test_accounts_are_found_by_name_and_by_address():
    boss = make_user("boss", Role.ADMINISTRATOR)
    make_user("mali")
    make_user("somchai")
    client = come_in(boss, confirmed=True)
    for typed, found, missing in (("MALI", "mali@", "somchai@"), ("somchai@example", "somchai@", "mali@")):
        page = client.get("/en/admin", {"q": typed}).content.decode()
        assert found in page
        assert missing not in page


def test_closed_accounts_are_listed_when_asked_for(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    close_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="left")
    client = come_in(boss, confirmed=True)
    assert "mali@" not in client.get("/en/admin").content.decode()
    assert "mali@" in client.get("/en/admin", {"only": "closed"}).content.decode()
    assert "boss@" not in client.get("/en/admin", {"only": "closed"}).content.decode()


def test_accounts_are_listed_by_the_role_they_hold_today(noon: datetime):
    boss, mali, former = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.ASSESSOR), make_user("former", Role.ASSESSOR)
    RoleGrant.objects.filter(user=former).update(ended=timezone.localdate())
    page = come_in(boss, confirmed=True).get("/en/admin", {"role": "assessor"}).content.decode()
    assert mali.email in page
    assert former.email not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_as_often_for_three_accounts_as_for_one(count: int, django_assert_num_queries):
    boss = make_user("boss", Role.ADMINISTRATOR)
    for number in range(count):
        make_user(f"officer {number}", Role.ASSESSOR, (Role.CITY_OFFICER, "area:1"), organisation=make_organisation(f"o{number}"))
    client = come_in(boss, confirmed=True)
    client.get("/en/admin")
    with django_assert_num_queries(7):
        client.get("/en/admin")


@pytest.mark.parametrize("count", [1, 3])
def test_an_account_asks_the_database_as_often_for_three_roles_as_for_one(count: int, django_assert_num_queries):
    boss = make_user("boss", Role.ADMINISTRATOR)
    mali = make_user("mali", *[Role.OFFICE, Role.ASSESSOR, Role.AUDITOR][:count])
    client = come_in(boss, confirmed=True)
    page = reverse("people:admin_account", args=[mali.pk])
    client.get(page)
    with django_assert_num_queries(7):
        client.get(page)


# Acts on the pages


def test_a_role_is_given_on_the_page():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    organisation = make_organisation("rayong")
    client = come_in(boss, confirmed=True)
    page = f"{reverse('people:admin_grant', args=[mali.pk])}?role=city_officer&q=rayong"
    answer = client.post(
        page, {"scope": f"organisation:{organisation.pk}", "since": "1/12/2569", "until": "2026-12-31", "why": "order 4/2569"}
    )
    assert answer.status_code == 302
    grant = mali.role_grants.get()
    assert (grant.scope, str(grant.since), str(grant.ended), grant.why) == (
        f"organisation:{organisation.pk}",
        "2026-12-01",
        "2027-01-01",
        "order 4/2569",
    )


def test_a_role_is_not_given_for_a_thing_that_was_not_offered():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    page = f"{reverse('people:admin_grant', args=[mali.pk])}?role=city_officer&q=nothing"
    for scope in ("area:99", "everywhere", ""):
        assert come_in(boss, confirmed=True).post(page, {"scope": scope, "why": "x"}).status_code == 200
    assert not mali.role_grants.exists()


def test_a_role_is_ended_on_the_page_with_its_last_day():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.OFFICE)
    page = reverse("people:admin_end_role", args=[mali.pk, mali.role_grants.get().pk])
    assert come_in(boss, confirmed=True).post(page, {"last_day": "31/12/2569", "why": "moved"}).status_code == 302
    assert str(mali.role_grants.get().ended) == "2027-01-01"


def test_the_role_of_another_account_is_not_ended_by_a_wrong_address():
    boss, mali, other = make_user("boss", Role.ADMINISTRATOR), make_user("mali"), make_user("other", Role.OFFICE)
    page = reverse("people:admin_end_role", args=[mali.pk, other.role_grants.get().pk])
    assert come_in(boss, confirmed=True).post(page, {"why": "x"}).status_code == 404


def test_somebody_is_invited_on_the_page():
    boss = make_user("boss", Role.ADMINISTRATOR)
    client = come_in(boss, confirmed=True)
    page = f"{reverse('people:admin_invite')}?role=office"
    answer = client.post(page, {"scope": "everywhere", "email": "new@example.org", "language": "en", "why": "order 4/2569"})
    assert answer.status_code == 302
    row = Invitation.objects.get()
    assert (row.email, row.role, row.scope, row.language) == ("new@example.org", Role.OFFICE, "", "en")
    assert "new@example.org" in client.get(reverse("people:admin_invitations")).content.decode()
    assert client.post(reverse("people:admin_withdraw_invitation", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn_at is not None


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_invitations_asks_as_often_for_three_as_for_one(count: int, django_assert_num_queries):
    boss = make_user("boss", Role.ADMINISTRATOR)
    for number in range(count):
        invite(f"{number}@example.org", Role.OFFICE, by=System("test"), at=timezone.now())
    client = come_in(boss, confirmed=True)
    client.get(reverse("people:admin_invitations"))
    with django_assert_num_queries(6):
        client.get(reverse("people:admin_invitations"))


# A leaver


def test_a_leaver_loses_every_role_in_one_act(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.OFFICE, (Role.ASSESSOR, "round:1"))
    RoleGrant.objects.create(user=mali, role=Role.MEMBER, scope="body:1", since=noon.date() + timedelta(days=9))
    close_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="resigned, letter 12/2569")
    mali = User.objects.get(pk=mali.pk)
    assert (mali.is_active, mali.grants()) == (False, [])
    assert mali.grants(noon.date() + timedelta(days=30)) == []
    assert set(mali.role_grants.values_list("why_ended", flat=True)) == {"resigned, letter 12/2569"}
    entry = Entry.objects.get()
    assert (entry.did, entry.about, entry.by) == ("people.close_account", f"people.user:{mali.pk}", boss.audit_key)


def test_a_leaver_is_signed_out_at_once(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.OFFICE)
    client = come_in(mali)
    assert client.get(reverse("people:account")).status_code == 200
    close_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="left")
    assert client.get(reverse("people:account")).status_code == 302


def test_what_was_to_be_sent_to_a_leaver_stays(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    tell(mali, subject={"en": "x"}, body={"en": "y"}, at=noon)
    close_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="left")
    assert Notice.objects.get().withdrawn_at == noon


def test_invitations_of_a_leaver_are_withdrawn(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", (Role.CITY_OFFICER, "area:1"))
    invite("new@example.org", Role.CITY_OFFICER, "area:1", by=mali, at=noon)
    close_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="left")
    assert Invitation.objects.get().withdrawn_at == noon


def test_the_only_administrator_does_not_leave(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    with pytest.raises(Refusal):
        close_account(boss, by=boss, at=noon, proof=fresh_proof(noon), why="left")
    assert User.objects.get().is_active


def test_the_page_lists_what_waits_for_the_leaver():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.OFFICE)
    page = come_in(boss, confirmed=True).get(f"/en/admin/accounts/{mali.pk}/close").content.decode()
    assert "1 task waits for somebody else" in page
    assert "Set up a second factor" in page


def test_an_account_that_is_opened_again_holds_no_role(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali", Role.OFFICE)
    close_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="left")
    open_account(mali, by=boss, at=noon, proof=fresh_proof(noon), why="came back")
    mali = User.objects.get(pk=mali.pk)
    assert (mali.is_active, mali.grants(noon.date())) == (True, [])


# Who lost a second factor


def test_lost_factors_are_taken_away_with_a_reason_and_the_person_is_told(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    TOTP.activate(mali, "JBSWY3DPEHPK3PXP")
    client = come_in(mali)
    answer = come_in(boss, confirmed=True).post(reverse("people:admin_factors", args=[mali.pk]), {"why": "came to the office in person"})
    assert answer.status_code == 302
    assert not Authenticator.objects.filter(user=mali).exists()
    assert client.get(reverse("people:account")).status_code == 302
    entry = Entry.objects.get()
    assert (entry.did, entry.why, entry.before) == ("people.take_factors_away", "came to the office in person", '{"kinds":["totp"]}')
    assert Notice.objects.get().recipient == mali.audit_key


def test_factors_are_not_taken_away_by_others(noon: datetime):
    office, mali = make_user("office", Role.OFFICE), make_user("mali")
    TOTP.activate(mali, "JBSWY3DPEHPK3PXP")
    assert come_in(office, confirmed=True).post(reverse("people:admin_factors", args=[mali.pk]), {"why": "x"}).status_code == 403
    assert Authenticator.objects.filter(user=mali).exists()


def test_the_command_line_takes_them_away_from_the_last_administrator():
    boss = make_user("boss", Role.ADMINISTRATOR)
    TOTP.activate(boss, "JBSWY3DPEHPK3PXP")
    call_command("administrator", boss.email, take_factors_away=True, stdout=StringIO())
    assert not Authenticator.objects.exists()
    with pytest.raises(CommandError):
        call_command("administrator", "nobody@example.org", take_factors_away=True, stdout=StringIO())


def test_the_command_line_invites_the_first_administrator():
    out = StringIO()
    call_command("administrator", "First@Example.org", stdout=out, stderr=StringIO())
    link = out.getvalue().strip()
    row = Invitation.objects.get()
    assert (row.email, row.role, row.scope, row.invited_by) == ("first@example.org", Role.ADMINISTRATOR, "", None)
    assert Client().get(urlsplit(link).path).status_code == 200
    with pytest.raises(CommandError):
        call_command("administrator", "no address", stdout=StringIO(), stderr=StringIO())
