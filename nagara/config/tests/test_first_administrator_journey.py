"""A real installation comes to its first administrator, and a passkey opens the account: in a real browser, under our content policy."""

from typing import Any

import pytest

from nagara.web.tests.browser import Site, check_page

PASSWORD = "a quiet canal at noon"


def add_device(page: Any) -> None:
    """A phone that answers by itself, as if the person always agreed."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": device})


@pytest.mark.browser
def test_the_first_administrator_accepts_adds_a_passkey_and_comes_back_with_it(site: Site, page: Any):
    link = site.nagara("administrator", "first@example.org", "--language", "en").splitlines()[0]
    add_device(page)
    check_page(page, link)
    page.get_by_role("group", name="Given name").get_by_label("Thai").fill("มะลิ")
    page.get_by_role("group", name="Given name").get_by_label("English").fill("Mali")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password once more").fill(PASSWORD)
    page.get_by_role("button", name="Accept the invitation").click()

    # The role administers: a second factor is asked for at once.
    page.get_by_role("heading", name="Set up a second factor").wait_for()
    check_page(page)
    page.get_by_role("link", name="A passkey").click()
    page.get_by_role("heading", name="Confirm with your password").wait_for()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("A name for it").fill("my phone")
    check_page(page)
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    check_page(page)

    page.locator(".ng-signin").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/en/")
    page.goto(f"{site.url}/en/accounts/login/?next=/en/account/notices")
    page.get_by_role("button", name="With a passkey").click()
    page.get_by_role("heading", name="Notices").wait_for()
    assert page.url == f"{site.url}/en/account/notices"

    # A passkey that opened the account has confirmed it too.
    page.goto(f"{site.url}/en/account/confirm?next=/en/account")
    assert page.url == f"{site.url}/en/account"
    check_page(page)


@pytest.mark.browser
def test_a_device_that_knows_no_passkey_is_told_in_words(site: Site, page: Any):
    add_device(page)
    page.goto(f"{site.url}/en/accounts/login/")
    page.get_by_role("button", name="With a passkey").click()
    page.get_by_text("The passkey was not used").wait_for()
