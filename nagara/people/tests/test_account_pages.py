"""The visitor's own account, and every page of signing in, in both languages."""

import re
from datetime import datetime

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from nagara.audit.models import Entry
from nagara.notices.models import Notice
from nagara.notices.outbox import send_due
from nagara.people.actions import tell
from nagara.people.demo import make_sign_in
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a quiet canal at noon"


@pytest.fixture(autouse=True)
def _empty_counters():
    cache.clear()


def make_account(name: str = "mali", *roles: Role) -> User:
    user = make_user(name, *roles)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, user: User) -> None:
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, reverse("web:tasks"))


OPEN_TO_ALL = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done", "account_inactive",
               "account_email_verification_sent", "account_reset_password_from_key_done", "socialaccount_login_cancelled"]  # fmt: skip
OWN = ["people:account", "people:name", "people:notices", "account_change_password", "account_logout", "mfa_index",
       "mfa_list_webauthn", "socialaccount_connections"]  # fmt: skip
AFTER_CONFIRMING = ["account_email", "mfa_activate_totp", "mfa_add_webauthn"]


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("name", OPEN_TO_ALL)
def test_a_page_of_signing_in_is_ours_in_both_languages(name: str, language: str, client: Client):
    with translation.override(language):
        page = client.get(reverse(name))
    text = page.content.decode()
    assert page.status_code == 200
    assert f'<html lang="{language}"' in text
    assert "ng-head" in text
    assert bool(re.search("<h1>[^<]*[ก-ฮ]", text)) == (language == "th")


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_pages_of_an_account_are_ours_in_both_languages(language: str, client: Client):
    user = make_account()
    sign_in(client, user)
    with translation.override(language):
        pages = [reverse(name) for name in OWN]
        confirm, later = reverse("account_reauthenticate"), [reverse(name) for name in AFTER_CONFIRMING]
    for page in pages:
        answer = client.get(page)
        assert (page, answer.status_code) == (page, 200)
        assert f'<html lang="{language}"' in answer.content.decode()
    assert [client.get(page).status_code for page in later] == [200, 302, 302]
    assert client.post(confirm, {"password": PASSWORD}).status_code == 302
    for page in later:
        assert (page, client.get(page).status_code) == (page, 200)


def test_signing_in_is_on_record_with_its_ways(client: Client):
    user = make_account()
    sign_in(client, user)
    entry = Entry.objects.get(did="people.sign_in")
    assert (entry.by, entry.after) == (user.audit_key, '{"ways":["password"]}')


def test_a_wrong_password_says_neither_which_half_was_wrong(client: Client):
    user = make_account()
    known = client.post("/en/accounts/login/", {"login": user.email, "password": "wrong"})
    unknown = client.post("/en/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    words = "Address and password do not belong together"
    assert words in known.content.decode()
    assert words in unknown.content.decode()


def test_after_five_wrong_passwords_even_the_right_one_waits(client: Client):
    user = make_account()
    for _ in range(5):
        client.post(reverse("account_login"), {"login": user.email, "password": "wrong"})
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 200
    assert not answer.wsgi_request.user.is_authenticated


def test_a_closed_account_does_not_sign_in(client: Client):
    user = make_account()
    User.objects.filter(pk=user.pk).update(is_active=False)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("people:account")).status_code == 302


def test_nobody_signs_up_alone(client: Client):
    answer = client.post(reverse("account_signup"), {"email": "stranger@example.org", "password1": PASSWORD})
    assert answer.status_code == 200
    assert not User.objects.exists()


def test_a_forgotten_password_is_set_anew_by_a_sealed_link(client: Client):
    user = make_account()
    client.post("/en/accounts/password/reset/", {"email": user.email})
    notice = Notice.objects.get()
    assert (notice.recipient, notice.body) == (user.audit_key, {})
    assert "password/reset/key" not in str(Notice.objects.values().get())
    send_due(at=timezone.now())
    # In the language of the account, not of the page that asked.
    assert mail.outbox[0].subject == "ตั้งรหัสผ่านใหม่"
    link = re.search(r"http://\S+?(/\S*accounts/password/reset/key/\S+)", mail.outbox[0].body)
    page = client.get(link[1], follow=True)
    action = page.request["PATH_INFO"]
    new = "another canal at dusk"
    assert client.post(action, {"password1": new, "password2": new}).status_code == 302
    assert User.objects.get(pk=user.pk).check_password(new)
    assert client.get(link[1]).status_code == 200
    assert Entry.objects.filter(did="people.change_password").count() == 1


def test_asking_for_an_unknown_address_looks_the_same(client: Client):
    make_account()
    for address in ("mali@example.org", "stranger@example.org"):
        answer = client.post(reverse("account_reset_password"), {"email": address})
        assert (answer.status_code, answer["Location"]) == (302, reverse("account_reset_password_done"))


def test_a_changed_password_is_told_in_the_language_of_the_account(client: Client):
    user = make_account()
    User.objects.filter(pk=user.pk).update(language="en")
    sign_in(client, user)
    new = "another canal at dusk"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    send_due(at=timezone.now())
    assert mail.outbox[0].subject == "Your password was changed"
    assert "127.0.0.1" in mail.outbox[0].body
    assert client.get(reverse("people:account")).status_code == 200


def test_the_address_changes_when_the_new_one_is_confirmed(client: Client):
    user = make_account()
    sign_in(client, user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    assert User.objects.get(pk=user.pk).email == "mali@example.org"
    send_due(at=timezone.now())
    link = re.search(r"http://\S+?(/\S*accounts/confirm-email/\S+)", mail.outbox[0].body)
    client.post(link[1])
    assert User.objects.get(pk=user.pk).email == "new@example.org"
    entry = Entry.objects.get(did="people.change_address")
    assert "example.org" not in entry.before + entry.after + entry.why


def test_whoever_has_a_second_factor_signs_in_with_both(client: Client):
    user = make_account()
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    assert client.get(reverse("people:account")).status_code == 302
    from nagara.people.tests.test_second_factor import code

    assert client.post(reverse("mfa_authenticate"), {"code": code()}).status_code == 302
    assert client.get(reverse("people:account")).status_code == 200
    assert Entry.objects.get(did="people.sign_in").after == '{"ways":["password","totp"]}'


def test_an_authenticator_is_added_by_its_code_and_gives_recovery_codes(client: Client, django_capture_on_commit_callbacks):
    user = make_account()
    sign_in(client, user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'class="pp-key">([A-Z2-7]+)<', page)[1]
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    code = format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code})
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    codes = re.findall(r"<code>(\d{8})</code>", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(codes) == 10
    kinds = Authenticator.objects.filter(user=user).order_by("type").values_list("type", flat=True)
    assert list(kinds) == ["recovery_codes", "totp"]
    assert Entry.objects.filter(did="people.add_second_factor").count() >= 1
    # A recovery code is a second factor, once.
    client.post(reverse("account_logout"))
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert client.get(reverse("people:account")).status_code == 200


def test_signing_out_everywhere_ends_the_other_sessions(client: Client):
    user = make_account()
    here, there = client, Client()
    sign_in(here, user)
    sign_in(there, user)
    assert here.post(reverse("people:sign_out_everywhere")).status_code == 302
    assert here.get(reverse("people:account")).status_code == 200
    assert there.get(reverse("people:account")).status_code == 302


def test_language_and_appearance_are_kept(client: Client):
    user = make_account()
    sign_in(client, user)
    answer = client.post(reverse("people:preferences"), {"language": "en", "theme": "dark"})
    assert answer["Location"] == "/en/account"
    assert answer.cookies["theme"].value == "dark"
    assert User.objects.get(pk=user.pk).language == "en"
    assert 'data-bs-theme="dark"' in client.get("/en/account").content.decode()


def test_one_writes_ones_own_name_anew(client: Client):
    user = make_account()
    sign_in(client, user)
    data = {
        "given_th": "มะลิ",
        "given_en": "Mali",
        "family_th": "ใจดี",
        "family_en": "Jaidee",
        "rank_th": "ผศ.ดร.",
        "rank_en": "Asst. Prof. Dr.",
    }
    assert client.post(reverse("people:name"), data).status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (user.display_name("th"), user.display_name("en")) == ("ผศ.ดร.มะลิ ใจดี", "Asst. Prof. Dr. Mali Jaidee")
    entry = Entry.objects.get(did="people.rename_person")
    assert entry.after == '{"parts":["given","family","rank"]}'


def test_the_account_shows_its_roles_with_their_days(client: Client, noon: datetime):
    user = make_account("mali", Role.OFFICE)
    sign_in(client, user)
    page = client.get("/en/account").content.decode()
    assert "Programme office" in page
    assert "the whole programme" in page
    assert "1 Jan 2020" in page


def test_notices_are_shown_to_their_recipient_alone(client: Client, noon: datetime):
    user, other = make_account(), make_user("other")
    for owner in (user, other):
        tell(owner, subject={"en": f"for {owner}"}, body={"en": "Please look."}, at=noon, link="/tasks")
    sign_in(client, user)
    page = client.get("/en/account/notices").content.decode()
    assert "for mali" in page
    assert "for other" not in page
    own, foreign = (Notice.objects.get(recipient=owner.audit_key) for owner in (user, other))
    assert client.post(reverse("people:read_notice", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("people:read_notice", args=[own.pk]))["Location"] == "/tasks"
    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.read_at is None, foreign.read_at) == (False, None)


def test_all_notices_are_read_by_one_press(client: Client, noon: datetime):
    user = make_account()
    for _ in range(3):
        tell(user, subject={"en": "x"}, body={"en": "y"}, at=noon)
    sign_in(client, user)
    client.post(reverse("people:read_all_notices"))
    assert not Notice.objects.filter(read_at__isnull=True).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_notices_asks_the_database_as_often_for_three_as_for_one(
    count: int, client: Client, noon: datetime, django_assert_num_queries
):
    user = make_account()
    sign_in(client, user)
    for _ in range(count):
        tell(user, subject={"en": "x"}, body={"en": "y"}, at=noon)
    client.get("/en/account/notices")
    with django_assert_num_queries(7):
        client.get("/en/account/notices")


@pytest.mark.parametrize("count", [1, 3])
def test_the_account_asks_the_database_as_often_for_three_roles_as_for_one(count: int, client: Client, django_assert_num_queries):
    user = make_account("mali", *[Role.OFFICE, Role.ASSESSOR, Role.AUDITOR][:count])
    sign_in(client, user)
    client.get("/en/account")
    with django_assert_num_queries(9):
        client.get("/en/account")


def test_the_doors_of_a_demonstration_account_stay_as_they_are(client: Client):
    user = make_sign_in("office@demo.example", label={"en": "Office"}, task={"en": "Try"}, position=1)
    client.post(reverse("people:demo_sign_in", args=[user.demo.pk]))
    from nagara.people.demo import code_now

    client.post(reverse("mfa_reauthenticate"), {"code": code_now(user)})
    client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": "mine@example.org"})
    client.post(reverse("mfa_deactivate_totp"))
    user.refresh_from_db()
    assert (user.has_usable_password(), user.email, Authenticator.objects.filter(user=user).count()) == (False, "office@demo.example", 1)
    assert EmailAddress.objects.filter(user=user).count() == 1
