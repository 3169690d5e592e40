"""Who can reach which page: every link of every page is followed as every person of the demonstration, from the home page on.

A route is one line of the table of addresses. Each person opens at most two pages of a route: what a link leads to is looked at,
not every row of a register. From one open page to the next only the visitor walks who has not signed in.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.error import HTTPError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import Request, urlopen

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils import translation

from nagara.web.tests.browser import Site

NOBODY = "without signing in"
EACH, MOST = 2, 4
"""Pages of a route that one person opens, and all of them together."""

SIGNED_IN = """
import json
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest
from django.test import Client
from nagara.people.models import DemoSignIn
found = {}
for door in DemoSignIn.objects.select_related("user").order_by("position"):
    client, request = Client(), HttpRequest()
    client.force_login(door.user)
    request.session = client.session
    record_authentication(request, door.user, "mfa", type="totp")
    request.session.save()
    found[door.label["en"]] = request.session.session_key
print(json.dumps(found))
"""
"""Everybody whom the sign-in page names, signed in with the second factor just shown, so that every page opens. The doors
themselves are walked by the other journeys."""

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
    people: dict[str, str] = field(default_factory=dict)
    """The session of each person; the visitor has none."""
    pages: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))
    others: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    open_routes: set[str] = field(default_factory=set)
    asked: int = 0

    def walk(self, who: str, *starts: str) -> None:
        """Follow every link from `starts` as this person."""
        waiting, seen = [(_english(path), "the start", False) for path in starts], set(starts)
        opened: dict[str, int] = defaultdict(int)
        while waiting:
            address, source, from_open = waiting.pop(0)
            route = route_of(_plain(urlsplit(address).path))
            if route is None:
                self.broken.append(f"{address} is no address (linked on {source}, for {who})")
                continue
            if opened[route] >= EACH or (len(self.pages[route]) >= MOST and opened[route]) or (from_open and route in self.open_routes):
                continue
            opened[route] += 1
            for link in self.open(who, address, route, source):
                if _plain(link) not in seen:
                    seen.add(_plain(link))
                    waiting.append((link, address, route in self.open_routes))
        if who == NOBODY:
            self.open_routes = set(self.pages)

    def open(self, who: str, address: str, route: str, source: str) -> list[str]:
        """Open a page; the addresses on this site that it links to."""
        self.asked += 1
        answer = get(self.site.url + address, self.people[who])
        if answer.status != 200:
            self.broken.append(f"{address} answers {answer.status} (linked on {source}, for {who})")
            return []
        if not answer.is_page:
            self.others.add(route)
            return []
        there = route_of(_plain(urlsplit(answer.url).path)) or route
        if there != route:
            self.others.add(route)
        found = Found(_plain(_relative(answer.url)), who)
        if len(self.pages[there]) < MOST and found not in self.pages[there]:
            self.pages[there].append(found)
        return list(self._links(answer))

    def _links(self, answer: "Answer") -> Iterator[str]:
        for href in _LINK.findall(answer.text):
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


@dataclass(frozen=True)
class Answer:
    url: str
    status: int
    is_page: bool
    text: str


def get(url: str, session: str) -> Answer:
    """What a person gets who asks for an address, wherever it sends on to."""
    request = Request(quote(url, safe="/:?&=#%+,;@~"), headers={"Cookie": f"sessionid={session}"} if session else {})
    try:
        with urlopen(request, timeout=60) as answer:
            is_page = (answer.headers.get("content-type") or "").startswith("text/html")
            return Answer(answer.url, answer.status, is_page, answer.read().decode() if is_page else "")
    except HTTPError as refused:
        return Answer(url, refused.code, False, "")


def crawl(site: Site, *, seeds: dict[str, list[str]]) -> Crawl:
    """Everybody walks from the home page; `seeds` are pages that no link leads to, by person."""
    found = Crawl(site, {NOBODY: ""} | json.loads(site.python(SIGNED_IN)))
    found.walk(NOBODY, "/", *seeds.get(NOBODY, []))
    for label in found.people:
        if label != NOBODY:
            found.walk(label, "/tasks", *seeds.get(label, []), *seeds.get("everybody", []))
    return found
