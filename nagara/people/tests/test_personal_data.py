"""A person gets all that is held on them, and has erased what no law demands to be kept."""

import json
from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from nagara.audit.models import Entry
from nagara.audit.verify import verify
from nagara.notices.models import Notice
from nagara.people import personal_data
from nagara.people.actions import grant_role, tell
from nagara.people.models import Person, Post, Term, User
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_organisation, make_person, make_user
from nagara.people.tests.signed_in import come_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def make_visitor(noon: datetime, boss: User) -> User:
    """An account with everything that hangs on one."""
    mali = make_user("mali", organisation=make_organisation("rayong"))
    EmailAddress.objects.create(user=mali, email=mali.email, verified=True, primary=True)
    TOTP.activate(mali, "JBSWY3DPEHPK3PXP")
    tell(mali, subject={"en": "a message to mali"}, body={"en": "please look"}, at=noon)
    grant_role(mali, Role.ASSESSOR, "round:1", by=boss, at=noon, proof=fresh_proof(noon))
    return mali


def test_everything_that_is_held_is_handed_out(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    mali = make_visitor(noon, boss)
    found = personal_data.export(mali, by=boss, at=noon, proof=fresh_proof(noon))
    text = json.dumps(found, default=str)
    for held in ("mali@example.org", "a message to mali", '"role": "assessor"', "people.grant_role"):
        assert held in text
    assert found["person"][0]["given"] == {"th": "mali", "en": "mali"}
    assert {"account.EmailAddress (user)", "mfa.Authenticator (user)", "people.RoleGrant (user)"} <= set(found["named_in"])
    assert Entry.objects.latest("seq").did == "people.export_personal_data"


def test_no_secret_is_handed_out(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    mali = make_visitor(noon, boss)
    mali.set_password("a quiet canal at noon")
    mali.save()
    text = json.dumps(personal_data.export(mali, by=boss, at=noon, proof=fresh_proof(noon)), default=str)
    assert "JBSWY3DPEHPK3PXP" not in text
    assert mali.password not in text
    assert '"secret"' not in text


def test_ones_own_data_are_handed_out_without_asking(noon: datetime):
    mali = make_user("mali")
    answer = come_in(mali).post(reverse("people:own_data"))
    assert answer["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer.json()["accounts"][0]["email"] == mali.email


@pytest.mark.parametrize("role", [Role.OFFICE, Role.AUDITOR, Role.SECRETARY])
def test_anothers_data_are_refused_to_those_who_do_not_administer(role: Role, noon: datetime):
    other, mali = make_user("other", role), make_user("mali")
    with pytest.raises(PermissionDenied):
        personal_data.export(mali, by=other, at=noon, proof=fresh_proof(noon))
    with pytest.raises(PermissionDenied):
        personal_data.erase(mali, by=other, at=noon, proof=fresh_proof(noon), why="letter")
    assert User.objects.get(pk=mali.pk).is_active


def test_a_visitor_who_did_nothing_for_the_record_is_erased_by_name(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    mali = make_visitor(noon, boss)
    erased = personal_data.erase(mali, by=boss, at=noon, proof=fresh_proof(noon), why="letter of 20 November 2569")
    assert erased.name_kept is False
    mali = User.objects.get(pk=mali.pk)
    person = Person.objects.get(pk=mali.person_id)
    assert (mali.is_active, mali.has_usable_password(), mali.email) == (False, False, f"erased-{mali.pk}@erased.invalid")
    assert (person.given, person.family, person.organisation, person.erased_at) == ({"th": "(ลบข้อมูลแล้ว)", "en": "(erased)"}, {}, None, noon)
    assert not EmailAddress.objects.filter(user=mali).exists()
    assert not Notice.objects.exists()
    held = [
        str(value)
        for model in (User, Person, EmailAddress, Notice)
        for row in model.objects.exclude(pk=boss.pk).values()
        for value in row.values()
    ]
    assert [value for value in held if "mali" in value] == []
    assert verify().whole


def test_the_roles_that_were_held_stay_on_record_without_a_name(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    mali = make_visitor(noon, boss)
    personal_data.erase(mali, by=boss, at=noon, proof=fresh_proof(noon), why="letter")
    assert mali.role_grants.count() == 1


def test_who_held_a_post_keeps_the_name_by_law(noon: datetime):
    boss = make_user("boss", Role.ADMINISTRATOR)
    mali = make_visitor(noon, boss)
    post = Post.objects.create(code="mayor", title={"en": "Mayor"}, organisation=make_organisation("rayong"))
    Term.objects.create(post=post, person=mali.person, since=noon.date())
    # Terms are the register's own record of the programme.
    found = personal_data.prospect(mali)
    assert (found.name_kept, [(holding.model, holding.count) for holding in found.kept]) == (True, [(Term, 1)])
    personal_data.erase(mali, by=boss, at=noon, proof=fresh_proof(noon), why="letter")
    person = Person.objects.get(pk=mali.person_id)
    assert (person.given, person.erased_at) == ({"th": "mali", "en": "mali"}, noon)
    assert User.objects.get(pk=mali.pk).email.startswith("erased-")


def test_a_person_without_an_account_is_erased_too(noon: datetime):
    boss, person = make_user("boss", Role.ADMINISTRATOR), make_person("somchai")
    personal_data.erase(person, by=boss, at=noon, proof=fresh_proof(noon), why="letter")
    assert Person.objects.get(pk=person.pk).given == {"th": "(ลบข้อมูลแล้ว)", "en": "(erased)"}


def test_erasing_needs_a_reason_and_another_administrator(noon: datetime):
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    for thing, why in ((mali, " "), (boss, "letter")):
        with pytest.raises(Refusal):
            personal_data.erase(thing, by=boss, at=noon, proof=fresh_proof(noon), why=why)
    assert not Person.objects.filter(erased_at__isnull=False).exists()


def test_the_page_says_what_stays_and_why():
    boss, mali = make_user("boss", Role.ADMINISTRATOR), make_user("mali")
    post = Post.objects.create(code="mayor", title={"en": "Mayor"}, organisation=make_organisation("rayong"))
    Term.objects.create(post=post, person=mali.person)
    page = come_in(boss, confirmed=True).get(f"/en/admin/data/account/{mali.pk}").content.decode()
    assert "stays: a record of the programme" in page
    assert "The name stays" in page
