"""The people of the demonstration, on an installation that has no demonstration door: password and second factor, as in an office."""

import json
import re
import time
from email import message_from_bytes, policy

from allauth.mfa import app_settings as mfa
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from nagara.web.tests.browser import Site, Visitors
from nagara.web.tests.journeys.words import say

PASSWORD = "a quiet canal at noon"

REAL = f"""
import json
from nagara.people.models import DemoSignIn
secrets = {{}}
for row in DemoSignIn.objects.select_related("user"):
    row.user.set_password({PASSWORD!r})
    row.user.save(update_fields=["password"])
    secrets[row.user.email] = row.totp_secret
DemoSignIn.objects.all().delete()
print(json.dumps(secrets))
"""
"""Take away the doors of the demonstration: every account gets a password and keeps its authenticator."""


def code_of(secret: str) -> str:
    """What the person's authenticator shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // mfa.TOTP_PERIOD)))


class Walker:
    """One person in a browser of their own, reading in one language."""

    def __init__(self, page: Page, site: Site, lang: str) -> None:
        self.page, self.site, self.lang = page, site, lang

    def say(self, words: str, context: str = "") -> str:
        return say(self.lang, words, context)

    def address(self, path: str) -> str:
        return f"{self.site.url}{'/en' if self.lang == 'en' else ''}{path}"

    def go(self, path: str) -> None:
        answer = self.page.goto(self.address(path))
        assert answer is not None
        assert answer.status == 200, f"{self.page.url} answered {answer.status}"

    def press(self, words: str, context: str = "") -> None:
        """Press the button that bears these words, and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=self.say(words, context), exact=True).click()
        self.well()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=self.say(words), exact=True).first.click()
        self.well()

    def well(self) -> None:
        """The page is in the language of the person, and refuses nothing."""
        assert self.page.locator("html").get_attribute("lang") == self.lang
        expect(self.page.locator("h1")).to_have_count(1)

    def status_of(self, path: str) -> int:
        """How the address answers to this person."""
        return self.page.request.get(self.address(path)).status

    def take_task(self, words: str, **names: str) -> None:
        """From “My tasks” to the page of a task."""
        self.go("/tasks")
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=self.say(words) % names).first.click()
        self.well()

    def leave(self) -> None:
        self.page.context.close()


class People:
    """Who signs in, by the key that the demonstration gives them."""

    def __init__(self, site: Site, visitors: Visitors) -> None:
        self.site, self.visitors = site, visitors
        self.secrets: dict[str, str] = json.loads(site.python(REAL))

    def come_in(self, key: str, lang: str) -> Walker:
        """A person signs in: password, then the code of the authenticator."""
        walker = Walker(self.visitors.come(), self.site, lang)
        walker.go("/accounts/login/")
        expect(walker.page.locator(".pp-doors")).to_have_count(0)
        address = key if "@" in key else f"{key}@demo.example"
        walker.page.get_by_label(walker.say("E-mail"), exact=True).fill(address)
        walker.page.get_by_label(walker.say("Password"), exact=True).fill(PASSWORD)
        walker.press("Sign in")
        expect(walker.page.locator("h1")).to_have_text(walker.say("Second step"))
        walker.page.locator("input[name=code]").fill(code_of(self.secrets[address]))
        walker.press("Sign in")
        expect(walker.page.locator("h1")).to_have_text(walker.say("My tasks"))
        return walker

    def accept_invitation(self, address: str, lang: str, given: str, family: str) -> Walker:
        """Somebody new opens the link of the mail, chooses a password and adds an authenticator."""
        walker = Walker(self.visitors.come(), self.site, lang)
        link = self._link_to(address)
        walker.page.goto(link.replace("/en/", "/").replace("/people/", "/en/people/" if lang == "en" else "/people/"))
        for name, words in (("given", given), ("family", family)):
            for box in walker.page.locator(f"input[name^={name}]").all():
                box.fill(words)
        walker.page.locator("input[name=password]").fill(PASSWORD)
        walker.page.locator("input[name=password_again]").fill(PASSWORD)
        walker.press("Accept the invitation")
        if walker.page.url.endswith("/tasks"):
            walker.go("/account/confirm")
        walker.page.locator("main a[href*='totp/activate']").first.click()
        walker.page.wait_for_load_state()
        if walker.page.locator("input[name=password]").count():
            walker.page.locator("input[name=password]").fill(PASSWORD)
            walker.press("Confirm")
        self.secrets[address] = walker.page.locator(".pp-key").inner_text()
        walker.page.locator("input[name=code]").fill(code_of(self.secrets[address]))
        walker.press("Add the app")
        return walker

    def _link_to(self, address: str) -> str:
        """The link in the newest mail to an address; the worker of the installation sends what waits."""
        self.site.nagara("work", "--once")
        for path in sorted((self.site.data / "mail").glob("*"), reverse=True):
            for raw in path.read_bytes().split(b"-" * 79 + b"\n"):
                message = message_from_bytes(raw, policy=policy.default)
                body = message.get_body(("plain",))
                if address in str(message["to"]) and body is not None:
                    found = re.search(r"http\S+/people/invitations/\S+", body.get_content())
                    assert found is not None
                    return found[0]
        raise AssertionError(f"no mail to {address}")
