"""A meeting in Chromium: the secretary opens it, lets people in, drafts and adopts; the chair reads his page; every page is looked at."""

import re

import pytest
from playwright.sync_api import Page, expect

from nagara.web.tests.browser import Site, Visitors, check_page, fits, sign_in

pytestmark = pytest.mark.browser
SECRETARY = "Secretary of the subcommittee"
WORDS = "ที่ประชุมมีมติเห็นชอบให้เสนอคณะกรรมการมอบตราสัญลักษณ์แก่เมืองท่าทอง"


def meeting_of(page: Page, site: Site) -> str:
    """The address of the meeting that the secretary's tasks lead to."""
    sign_in(page, site, SECRETARY)
    page.goto(f"{site.url}/en/tasks")
    page.get_by_role("link", name=re.compile("Prepare and open meeting")).first.click()
    page.wait_for_load_state()
    return page.url.split("#")[0]


def open_and_let_in(page: Page, meeting: str) -> None:
    page.goto(f"{meeting}/open")
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url("**/attendance")
    for who in page.locator("tbody tr").all():
        box = who.locator("input[name=who]").first
        if box.count():
            box.check()
    page.get_by_role("button", name="Enter for those who are ticked").click()
    page.wait_for_load_state()


def confirm(page: Page) -> None:
    """Show the second factor of the demonstration, where the page asks for it, and come back."""
    page.get_by_role("link", name="Confirm now").click()
    code = re.search(r"\b\d{6}\b", page.locator("main").inner_text())
    assert code is not None
    page.locator("input[name=code]").fill(code[0])
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state()


def test_a_meeting_from_its_opening_to_its_minutes(fresh_site: Site, visitors: Visitors):
    site = fresh_site
    page = visitors.come()
    meeting = meeting_of(page, site)
    check_page(page)
    open_and_let_in(page, meeting)
    expect(page.locator(".g-verdict")).to_contain_text("Quorate")
    check_page(page)

    page.goto(meeting)
    page.locator(".g-line__t a").last.click()
    page.get_by_role("button", name="Open this item").click()
    page.wait_for_load_state()
    item = page.url.split("#")[0]
    confirm(page)
    assert page.url.split("#")[0] == item

    # What is typed is kept as it is typed, and the effects follow the verb.
    page.locator(".ng-verbs label", has_text=re.compile("^approved$")).click()
    page.locator("textarea[name=words_th]").fill(WORDS)
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))
    again = visitors.come()
    sign_in(again, site, SECRETARY)
    again.goto(item)
    expect(again.locator("textarea[name=words_th]")).to_have_value(WORDS)

    # Two write at once: the later one is told, and loses nothing.
    page.locator("textarea[name=words_th]").fill(f"{WORDS} เทศบาลหนึ่ง")
    expect(page.locator("#id_revision")).to_have_value(re.compile(r"^[3-9]$"))
    again.locator("textarea[name=words_th]").fill(f"{WORDS} เทศบาลสอง")
    expect(again.locator("[data-conflict]")).to_contain_text("set aside, not lost")
    expect(again.locator("textarea[name=words_th]")).to_have_value(f"{WORDS} เทศบาลสอง")
    again.context.close()
    visitors.contexts.remove(again.context)

    check_page(page)
    page.get_by_role("button", name="Adopt this resolution").click()
    page.wait_for_load_state()
    expect(page.get_by_text("The resolution is adopted.")).to_be_visible()
    expect(page.locator(".g-res")).to_contain_text("seats took part")
    check_page(page)
    for address in (f"{item}/projector", f"{item}/brief", f"{meeting}/agenda", f"{meeting}/minutes"):
        check_page(page, address)

    page.goto(f"{meeting}/close")
    page.get_by_role("button", name="Close it").click()
    page.wait_for_url("**/minutes")
    page.get_by_role("button", name="Draft the minutes").click()
    page.wait_for_load_state()
    expect(page.locator(".g-min")).to_contain_text("Minutes of the meeting of the")
    check_page(page)
    paper = page.request.get(f"{meeting}/minutes/1.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.body().startswith(b"%PDF-")

    thai, dark = meeting.replace("/en/", "/"), visitors.come(dark=True, site=site)
    sign_in(dark, site, SECRETARY)
    for address in (thai, item.replace("/en/", "/"), f"{thai}/attendance", f"{thai}/minutes"):
        check_page(dark, address)
        assert fits(dark) == []


def test_pages_of_a_meeting_read_without_scripts(site: Site, visitors: Visitors):
    page = visitors.come(scripts=False)
    sign_in(page, site, SECRETARY)
    page.locator("main a[href*='/meetings/']").first.click()
    meeting = page.url.split("#")[0]
    expect(page.locator(".g-sheet")).to_contain_text("Award of the Smart City Thailand logo")
    page.goto(f"{meeting}/attendance")
    expect(page.locator(".g-board")).to_be_visible()
