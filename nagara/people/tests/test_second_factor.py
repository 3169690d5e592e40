"""A second factor is asked for, shown, kept for some minutes; what was sent without it is not lost."""

import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from nagara.people.demo import code_now, make_sign_in
from nagara.people.models import DemoSignIn, User
from nagara.people.second_factor import proof_in, second_factor_required
from nagara.people.tests.cast import make_user
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _no_used_codes():
    cache.clear()


def sign_in_with_authenticator(client: Client, name: str = "mali") -> User:
    user = make_user(name)
    TOTP.activate(user, SECRET)
    client.force_login(user)
    return user


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


@second_factor_required
def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


def _request(method: str, client: Client, user: User) -> HttpRequest:
    request = getattr(RequestFactory(), method)("/some/page?x=1")
    request.user, request.session = user, client.session
    return request


def test_a_page_that_needs_it_sends_the_reader_to_confirm_and_back(client: Client):
    mali = sign_in_with_authenticator(client)
    answer = _page(_request("get", client, mali))
    assert (answer.status_code, answer["Location"]) == (302, "/account/confirm?next=%2Fsome%2Fpage%3Fx%3D1")
    assert client.get(answer["Location"])["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fsome%2Fpage%3Fx%3D1"
    answer = client.post("/accounts/2fa/reauthenticate/?next=%2Fsome%2Fpage%3Fx%3D1", {"code": code()})
    assert (answer.status_code, answer["Location"]) == (302, "/some/page?x=1")
    assert _page(_request("get", client, mali)).content == b"done"
    assert _page(_request("post", client, mali)).content == b"done"


def test_acting_without_it_is_refused(client: Client):
    mali = sign_in_with_authenticator(client)
    with pytest.raises(Refusal) as refused:
        _page(_request("post", client, mali))
    assert refused.value.code == "second-factor-needed"


def test_a_wrong_code_confirms_nothing(client: Client):
    mali = sign_in_with_authenticator(client)
    wrong = "000000" if code() != "000000" else "111111"
    answer = client.post("/accounts/2fa/reauthenticate/", {"code": wrong})
    assert answer.status_code == 200
    assert proof_in(_request("get", client, mali)) is None


def test_a_code_works_once(client: Client):
    sign_in_with_authenticator(client)
    once = code()
    assert client.post("/accounts/2fa/reauthenticate/", {"code": once}).status_code == 302
    assert client.post("/accounts/2fa/reauthenticate/", {"code": once}).status_code == 200


def test_a_factor_shown_too_long_ago_counts_no_more(client: Client, settings):
    mali = sign_in_with_authenticator(client)
    client.post("/accounts/2fa/reauthenticate/", {"code": code()})
    settings.SECOND_FACTOR_MINUTES = -1
    with pytest.raises(Refusal):
        _page(_request("post", client, mali))


def test_the_factor_of_another_account_in_the_same_session_counts_not(client: Client):
    sign_in_with_authenticator(client)
    client.post("/accounts/2fa/reauthenticate/", {"code": code()})
    assert proof_in(_request("get", client, make_user("other"))) is None
    assert proof_in(_request("get", client, AnonymousUser())) is None


def test_whoever_has_none_is_shown_how_to_set_one_up(client: Client):
    client.force_login(make_user("mali"))
    answer = client.get(reverse("people:confirm") + "?next=/tasks")
    assert answer.status_code == 200
    assert reverse("mfa_activate_totp") in answer.content.decode()


def test_confirming_leads_to_no_address_outside(client: Client):
    sign_in_with_authenticator(client)
    answer = client.get(reverse("people:confirm") + "?next=https://example.com/")
    assert answer["Location"] == "/accounts/2fa/reauthenticate/?next=%2Faccount"


def test_secrets_of_second_factors_are_sealed_in_the_database(client: Client):
    mali = sign_in_with_authenticator(client)
    assert SECRET not in str(Authenticator.objects.get(user=mali).data)


def _demo() -> User:
    return make_sign_in(
        "office@demo.example", label={"th": "สำนักงาน", "en": "Office"}, task={"th": "เปิดรอบ", "en": "Open a round"}, position=1
    )


def test_a_demo_sign_in_opens_its_account_by_one_press(client: Client):
    _demo()
    row = DemoSignIn.objects.get()
    assert client.get(reverse("people:demo_sign_in", args=[row.pk])).status_code == 405
    assert client.post(reverse("people:demo_sign_in", args=[row.pk])).status_code == 302
    assert client.get(reverse("people:account")).wsgi_request.user == row.user


def test_without_a_row_there_is_no_such_door(client: Client):
    make_user("mali")
    assert client.post(reverse("people:demo_sign_in", args=[1])).status_code == 404
    assert "demo" not in client.get(reverse("account_login")).content.decode().lower()


def test_a_demo_account_is_shown_its_code_and_walks_the_real_path(client: Client):
    user = _demo()
    client.post(reverse("people:demo_sign_in", args=[DemoSignIn.objects.get().pk]))
    assert proof_in(_request("get", client, user)) is None
    shown = code_now(user)
    assert shown in client.get("/accounts/2fa/reauthenticate/").content.decode()
    assert client.post("/accounts/2fa/reauthenticate/", {"code": shown}).status_code == 302
    proof = proof_in(_request("get", client, user))
    assert (proof.kind, proof.at.tzinfo) == ("totp", UTC)
    assert abs((datetime.now(UTC) - proof.at).total_seconds()) < 60
    assert code_now(user) != shown


def test_a_real_account_is_never_shown_a_code(client: Client):
    mali = sign_in_with_authenticator(client)
    assert code_now(mali) is None
    assert code() not in client.get("/accounts/2fa/reauthenticate/").content.decode()


def test_making_a_demo_sign_in_twice_makes_one(client: Client):
    assert _demo() == _demo()
    assert (User.objects.count(), Authenticator.objects.count(), DemoSignIn.objects.count()) == (1, 1, 1)
