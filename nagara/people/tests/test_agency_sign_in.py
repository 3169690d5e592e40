"""The sign-in of an agency opens an account that exists, by an address that the agency vouches for; it never makes one."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from nagara.audit.models import Entry
from nagara.people.models import User
from nagara.people.tests.agency import CLIENT, SECRET, Agency, open_agency
from nagara.people.tests.cast import make_user

pytestmark = pytest.mark.django_db

LOGIN, CALLBACK = "/accounts/oidc/agency/login/", "/accounts/oidc/agency/login/callback/"


@pytest.fixture
def agency(settings: Any) -> Iterator[Agency]:
    cache.clear()
    with open_agency() as found:
        app = {
            "provider_id": "agency", "name": "สำนักงานตัวอย่าง", "client_id": CLIENT, "secret": SECRET,
            "settings": {"server_url": found.address},
        }  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield found


def make_account(name: str = "mali") -> User:
    user = make_user(name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def vouch(agency: Agency, email: str, verified: Any = True, sub: str = "7") -> None:
    agency.claims = {"sub": sub, "email": email, "email_verified": verified, "name": "Somebody"}


def walk_in(client: Client) -> Any:
    """To the agency and back, as a browser goes."""
    away = client.post(LOGIN)
    assert away.status_code == 302
    asked = parse_qs(urlsplit(away["Location"]).query)
    return client.get(CALLBACK, {"code": "a code", "state": asked["state"][0]}, follow=True)


def signed_in(client: Client) -> User | None:
    user = client.get(reverse("web:home")).wsgi_request.user
    return user if user.is_authenticated else None


def test_the_agency_is_asked_for_the_address_and_nothing_more(agency: Agency, client: Client):
    away = client.post(LOGIN)
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert away["Location"].startswith(f"{agency.address}/authorize?")
    assert (asked["client_id"], asked["response_type"]) == ([CLIENT], ["code"])
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert asked["redirect_uri"][0].endswith(CALLBACK)


def test_a_vouched_address_opens_its_account_and_links_it(agency: Agency, client: Client):
    mali = make_account()
    vouch(agency, "Mali@Example.org")
    walk_in(client)
    assert signed_in(client) == mali
    assert SocialAccount.objects.get().user == mali
    assert agency.asked[0]["code"] == ["a code"]
    assert Entry.objects.get(did="people.sign_in").after == '{"ways":["socialaccount"]}'


def test_a_linked_person_comes_back_even_when_the_agency_changed_the_address(agency: Agency, client: Client):
    mali = make_account()
    vouch(agency, mali.email)
    walk_in(client)
    client.post(reverse("account_logout"))
    vouch(agency, "new.name@example.org")
    walk_in(client)
    assert signed_in(client) == mali


@pytest.mark.parametrize("verified", [False, None, "false", "true", 0, 1])
def test_an_address_that_is_not_vouched_for_opens_nothing(verified: Any, agency: Agency, client: Client):
    make_account()
    vouch(agency, "mali@example.org", verified)
    page = walk_in(client)
    assert signed_in(client) is None
    assert not SocialAccount.objects.exists()
    assert page.status_code == 403
    assert "ไม่มีบัญชีที่ใช้อีเมลนี้" in page.content.decode()


def test_no_account_is_made(agency: Agency, client: Client):
    vouch(agency, "stranger@example.org")
    page = walk_in(client)
    assert "ไม่มีบัญชีที่ใช้อีเมลนี้" in page.content.decode()
    assert not User.objects.exists()
    # Nor by the form that would follow.
    client.post(reverse("socialaccount_signup"), {"email": "stranger@example.org"})
    assert not User.objects.exists()


def test_an_address_that_an_account_only_claims_opens_nothing(agency: Agency, client: Client):
    """Whoever writes a stranger's address into their account does not receive the stranger."""
    mali = make_account()
    EmailAddress.objects.create(user=mali, email="stranger@example.org", verified=False, primary=False)
    vouch(agency, "stranger@example.org")
    walk_in(client)
    assert signed_in(client) is None


def test_a_closed_account_stays_closed(agency: Agency, client: Client):
    mali = make_account()
    User.objects.filter(pk=mali.pk).update(is_active=False)
    vouch(agency, mali.email)
    walk_in(client)
    assert signed_in(client) is None


def test_a_second_factor_is_asked_for_as_always(agency: Agency, client: Client):
    mali = make_account()
    TOTP.activate(mali, "JBSWY3DPEHPK3PXP")
    vouch(agency, mali.email)
    page = walk_in(client)
    assert page.request["PATH_INFO"] == reverse("mfa_authenticate")
    assert signed_in(client) is None


def test_an_answer_that_nobody_asked_for_is_refused(agency: Agency, client: Client):
    mali = make_account()
    vouch(agency, mali.email)
    page = client.get(CALLBACK, {"code": "a code", "state": "made up"}, follow=True)
    assert signed_in(client) is None
    assert "การเข้าระบบของหน่วยงานไม่สำเร็จ" in page.content.decode()


def test_a_token_for_another_program_is_refused(agency: Agency, client: Client):
    mali = make_account()
    vouch(agency, mali.email)
    agency.audience = "another"
    walk_in(client)
    assert signed_in(client) is None


def test_nobody_links_another_sign_in_to_their_own_account(agency: Agency, client: Client):
    make_account()
    other = make_account("other")
    client.force_login(other)
    vouch(agency, "mali@example.org")
    away = client.post(f"{LOGIN}?process=connect")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    client.get(CALLBACK, {"code": "a code", "state": state})
    assert not SocialAccount.objects.exists()


def test_the_button_stands_on_the_page_only_where_an_agency_is_set_up(agency: Agency, client: Client, settings: Any):
    assert "สำนักงานตัวอย่าง" in client.get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "สำนักงานตัวอย่าง" not in client.get(reverse("account_login")).content.decode()
    assert client.post(LOGIN).status_code == 404


def test_the_link_is_shown_and_taken_away_again(agency: Agency, client: Client):
    mali = make_account()
    mali.set_password("a quiet canal at noon")
    mali.save()
    vouch(agency, mali.email)
    walk_in(client)
    page = client.get(reverse("socialaccount_connections"))
    assert "สำนักงานตัวอย่าง" in page.content.decode()
    client.post(reverse("account_reauthenticate"), {"password": "a quiet canal at noon"})
    client.post(reverse("socialaccount_connections"), {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()
