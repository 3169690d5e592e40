"""Who can reach which page: every link of every page is followed as every person of the demonstration, from the home page on.

A route is one line of the table of addresses. Each person opens at most two pages of a route: what a link leads to is looked at,
not every row of a register.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils import translation
from playwright.sync_api import APIResponse, Page

from nagara.web.tests.browser import Site, Visitors, sign_in

NOBODY = "without signing in"
EACH, MOST = 2, 4
"""Pages of a route that one person opens, and all of them together."""

_LINK = re.compile(r"""<a\s[^>]*?href=["']([^"'#]+)""")


def routes() -> dict[str, URLPattern]:
    """Every address of the system by its pattern, without the language."""
    return dict(_routes(get_resolver(), ""))


def _routes(resolver: URLResolver, lead: str) -> Iterator[tuple[str, URLPattern]]:
    with translation.override("th"):
        for entry in resolver.url_patterns:
            path = lead + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield path, entry
            else:
                yield from _routes(entry, path)


def route_of(path: str) -> str | None:
    """The pattern that answers a path (without the language)."""
    with translation.override("th"):
        try:
            return resolve(path).route
        except Resolver404:
            return None


@dataclass(frozen=True)
class Found:
    """A page, and who opened it."""

    path: str
    who: str


@dataclass
class Crawl:
    """What was found. `pages` by route: HTML that was answered with 200. `broken`: links that lead to no page."""

    site: Site
    people: dict[str, Page] = field(default_factory=dict)
    pages: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))
    others: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    asked: int = 0

    def walk(self, who: str, *starts: str) -> None:
        """Follow every link from `starts` as this person."""
        waiting, seen = [(_english(path), "the start") for path in starts], set(starts)
        opened: dict[str, int] = defaultdict(int)
        while waiting:
            address, source = waiting.pop(0)
            route = route_of(_plain(urlsplit(address).path))
            if route is None:
                self.broken.append(f"{address} is no address (linked on {source}, for {who})")
                continue
            if opened[route] >= EACH or (len(self.pages[route]) >= MOST and opened[route]):
                continue
            opened[route] += 1
            for link in self.open(who, address, route, source):
                if _plain(link) not in seen:
                    seen.add(_plain(link))
                    waiting.append((link, address))

    def open(self, who: str, address: str, route: str, source: str) -> list[str]:
        """Open a page; the addresses on this site that it links to."""
        self.asked += 1
        answer = self.people[who].request.get(self.site.url + address)
        if answer.status != 200:
            self.broken.append(f"{address} answers {answer.status} (linked on {source}, for {who})")
            return []
        if not answer.headers.get("content-type", "").startswith("text/html"):
            self.others.add(route)
            return []
        there = route_of(_plain(urlsplit(answer.url).path)) or route
        if there != route:
            self.others.add(route)
        found = Found(_plain(_relative(answer.url)), who)
        if len(self.pages[there]) < MOST and found not in self.pages[there]:
            self.pages[there].append(found)
        return list(self._links(answer))

    def _links(self, answer: APIResponse) -> Iterator[str]:
        for href in _LINK.findall(answer.text()):
            address = urljoin(answer.url, unescape(href))
            if address.startswith(f"{self.site.url}/") and not address.startswith(f"{self.site.url}/static/"):
                yield _relative(address)


def _relative(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _plain(path: str) -> str:
    """A path without its language."""
    return path.removeprefix("/en") or "/" if path == "/en" or path.startswith("/en/") else path


def _english(path: str) -> str:
    """The English address of a path, where it has languages."""
    with translation.override("en"):
        try:
            resolve(f"/en{urlsplit(path).path}")
        except Resolver404:
            return path
    return f"/en{path}"


def doors_of(page: Page, site: Site) -> list[str]:
    """The labels of the doors of the demonstration."""
    page.goto(f"{site.url}/en/accounts/login/")
    return page.locator(".pp-doors strong").all_inner_texts()


def let_in(page: Page, site: Site, label: str) -> None:
    """Through a door of the demonstration, the second factor shown as well, so that every page opens."""
    sign_in(page, site, label)
    page.goto(f"{site.url}/en/account/confirm?next=/en/tasks")
    code = page.locator(".pp-code output")
    if "reauthenticate" in page.url and code.count():
        page.locator("input[name=code]").fill(code.first.inner_text())
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_load_state()


def crawl(site: Site, visitors: Visitors, *, seeds: dict[str, list[str]]) -> Crawl:
    """Everybody walks from the home page; `seeds` are pages that no link leads to, by person."""
    found = Crawl(site)
    first = visitors.come()
    labels = doors_of(first, site)
    found.people[NOBODY] = first
    found.walk(NOBODY, "/", *seeds.get(NOBODY, []))
    for label in labels:
        page = visitors.come()
        let_in(page, site, label)
        found.people[label] = page
        found.walk(label, "/tasks", *seeds.get(label, []), *seeds.get("everybody", []))
    return found
