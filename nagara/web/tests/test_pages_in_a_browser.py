"""Every public page in Chromium: both languages, both widths, light and dark; readable without JavaScript; light to load."""

import urllib.request
from pathlib import Path

import pytest

from nagara.web.tests.browser import Site, Visitors, check_page, fits

pytestmark = pytest.mark.browser

PAGES = (
    *("/", "/register", "/areas/nakhon-rayong", "/areas/nakhon-sawan", "/map", "/resolutions", "/figures", "/search?q=เมือง", "/data"),
    *("/verify", "/verify/16"),
)


@pytest.mark.parametrize("lang", ["", "/en"], ids=["th", "en"])
def test_every_public_page_owes_nothing_in_the_dark_and_on_a_past_day(site: Site, visitors: Visitors, lang: str):
    """As they are today, `journeys/test_every_page.py` looks at them with all others."""
    page = visitors.come(dark=True, site=site)
    for path in PAGES:
        check_page(page, f"{site.url}{lang}{path}{'&' if '?' in path else '?'}as_of=2022-11-30")
        assert fits(page) == []


def test_an_unknown_address_is_a_page_too(site: Site, visitors: Visitors):
    check_page(visitors.come(), f"{site.url}/en/nowhere", status=404)


def test_every_public_page_can_be_read_without_javascript(site: Site, visitors: Visitors):
    page = visitors.come(scripts=False)
    for path in PAGES:
        page.goto(f"{site.url}/en{path}")
        assert page.locator("h1").inner_text().strip()
    page.goto(f"{site.url}/en/")
    page.get_by_label("Data as of").fill("30 พ.ย. 2565")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".ng-figure__n").inner_text() == "30"


def test_a_page_is_walked_by_keyboard_from_the_skip_link_on(site: Site, visitors: Visitors):
    page = visitors.come()
    page.goto(f"{site.url}/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ng-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_place_on_the_map_opens_its_province(site: Site, visitors: Visitors):
    page = visitors.come()
    page.goto(f"{site.url}/en/")
    page.locator('.ng-th path[data-code="TH-30"]').click()
    page.wait_for_url("**/en/register?province=TH-30")
    assert page.locator("tbody tr").count() == 1


def test_the_first_load_is_under_two_hundred_kilobytes(site: Site, visitors: Visitors):
    """The page and all that it loads, as a browser gets them: compressed."""
    sizes: dict[str, int] = {}
    for path in PAGES:
        page = visitors.come()  # who comes for the first time has nothing of it yet
        loaded: list[str] = []
        page.on("response", lambda response, loaded=loaded: loaded.append(response.url))
        page.goto(site.url + path, wait_until="networkidle")
        page.context.close()
        urls = [url for url in dict.fromkeys(loaded) if url.startswith("http")]
        sizes |= {url: _size(url) for url in urls if url not in sizes}
        assert sum(sizes[url] for url in urls) < 200_000, sorted(((sizes[url], Path(url).name) for url in urls), reverse=True)


def _size(url: str) -> int:
    """The bytes that travel for a browser that reads brotli and gzip."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "br, gzip"})
    with urllib.request.urlopen(request) as answer:
        return len(answer.read())
