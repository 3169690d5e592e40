"""Every page there is, found by following every link as every person: no dead link, nothing that axe finds, nothing half translated.

What has to be looked at comes from the table of addresses: a new page that nobody reaches here fails until a link leads to it,
`scene.py` names it, or `not_looked_at.txt` says why it is left out.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from nagara.web.tests.browser import Site, copied, serving
from nagara.web.tests.journeys.crawl import NOBODY, Crawl, Found, crawl, routes
from nagara.web.tests.journeys.owed import english_words, owes

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
OPEN = [
    "/verify/SCT-0038-1",
    "/verify/16",
    "/search?q=เมือง",
    "/register?as_of=2022-11-30",
    "/criteria",
    "/health",
    "/reports/ASCN-ME-2025-1/members",
]
EVERYBODY = ["/account", "/account/name", "/account/notices", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/"]
SENT = ["accounts/confirm-email/", "accounts/inactive/", "accounts/password/reset/done/", "accounts/password/reset/key/done/"]
KEEPS_A_SPACE = [f"/data-spaces/sai-nam-invented{rest}" for rest in ("", "/describe", "/keys", "/sources", "/tables", "/datasets/new")]
KEEPS_A_SPACE += [f"/data-spaces/sai-nam-invented{rest}" for rest in ("/endpoints/new", "/indicators", "/indicators/new")]
SENT += ["accounts/3rdparty/login/cancelled/", "accounts/3rdparty/login/error/"]


@pytest.fixture(scope="module")
def scene_site(
    installation: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[tuple[Site, dict[str, list[str]]]]:
    """A server with more in it than the demonstration."""
    site = copied(installation, tmp_path_factory.mktemp("scene") / "data")
    named = json.loads(site.python("from nagara.web.tests.journeys.scene import told; print(told())"))
    with serving(site):
        yield site, named


@pytest.fixture(scope="module")
def crawled(scene_site: tuple[Site, dict[str, list[str]]]) -> Crawl:
    site, named = scene_site
    named |= {NOBODY: OPEN + [f"/{path}" for path in SENT], "everybody": EVERYBODY, "City officer": named["City officer"] + KEEPS_A_SPACE}
    return crawl(site, seeds=named)


def test_no_link_leads_to_a_page_that_refuses_or_does_not_exist(crawled: Crawl):
    assert crawled.broken == []


def reviewed() -> dict[str, str]:
    """Routes that are not looked at, each with its reason."""
    lines = [line for line in (HERE / "not_looked_at.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]
    return dict(line.split("  # ", 1) for line in lines)


def only_written_to(view: object) -> bool:
    """A view that answers no GET: the closure of Django's `require_POST` says so."""
    found = view
    while found is not None:
        for cell in getattr(found, "__closure__", None) or ():
            if cell.cell_contents == ["POST"]:
                return True
        found = getattr(found, "__wrapped__", None)
    return False


def test_every_page_of_the_table_of_addresses_was_looked_at(crawled: Crawl):
    pages = {route for route, entry in routes().items() if not only_written_to(entry.callback)}
    young = tuple(route.removesuffix("*") for route in reviewed() if route.endswith("*"))
    single = {route for route in reviewed() if not route.endswith("*")}
    unseen = pages - crawled.pages.keys() - crawled.others - single
    assert sorted(route for route in unseen if not route.startswith(young)) == [], "nobody looks at these"
    assert sorted(single - pages) == [], "left out, and gone"
    assert sorted(route for route in single if crawled.pages.get(route)) == [], "left out, and looked at all the same"


def chosen(crawled: Crawl) -> list[Found]:
    """One page of each route: as the last person opened it, who as a rule may do more with it than the first."""
    return [pages[-1] for _route, pages in sorted(crawled.pages.items()) if pages]


def look(page: Page, address: str, lang: str, english: set[str]) -> list[str]:
    complaints: list[str] = page.complaints  # type: ignore[attr-defined]
    complaints.clear()
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        return [f"answers {answer and answer.status}"]
    return owes(page, lang, english) + [f"console: {words}" for words in complaints]


def test_every_page_owes_nothing(crawled: Crawl, page: Page):
    """axe, one main heading, the language, no English on Thai pages, no sideways scrolling, a focus that can be seen, a silent console."""
    english, owed = english_words(), {}
    for found in chosen(crawled):
        page.context.clear_cookies()
        if session := crawled.people[found.who]:
            page.context.add_cookies([{"name": "sessionid", "value": session, "url": crawled.site.url}])
        for lang in ("th", "en"):
            address = f"{crawled.site.url}{'/en' if lang == 'en' else ''}{found.path}"
            faults = look(page, address, lang, english)
            if faults:
                owed[f"{'/en' if lang == 'en' else ''}{found.path} for {found.who}"] = faults
    assert owed == {}, json.dumps(owed, ensure_ascii=False, indent=1)
