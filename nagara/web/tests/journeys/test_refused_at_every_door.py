"""Whoever should not pass is refused at every door, in words, with the right status; and nothing has changed.

Four people: an assessor with a conflict of interest, an officer of another city, an alternate whose holder has come back, and a
secretary who has no quorum.
"""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect

from nagara.web.tests.browser import Site, Visitors, check_page, sign_in
from nagara.web.tests.journeys.words import say

pytestmark = pytest.mark.browser

# The applications of the demonstration, in the order in which it makes them.
DRAFT, HANDED_IN, IN_REVIEW, ASSESSED = 1, 2, 3, 4
IN_REVIEW_NAMES = ("เวียงหมอก", "Wiang Mok")

RECORD = "from nagara.audit.models import Entry; print(Entry.objects.exclude(did__startswith='people.').exclude(by__startswith='system:').count())"
"""How many acts of people are on record, signing in left out."""


def enter(visitors: Visitors, site: Site, label: str) -> Page:
    page = visitors.come()
    sign_in(page, site, label)
    return page


def refused(page: Page, address: str, *, lang: str = "en") -> None:
    """The page says in words that there is nothing here for this person, and shows nothing of it."""
    check_page(page, address, status=404)
    expect(page.locator("h1")).to_have_text(say(lang, "There is no such page"))
    shown = page.locator("main").inner_text()
    assert not [name for name in IN_REVIEW_NAMES if name in shown]


def door(page: Page, address: str) -> int:
    """How an address answers that no page leads to."""
    return page.request.get(address, max_redirects=0).status


def send(page: Page, address: str, **typed: str) -> int:
    """Send a form that this person was never shown, with the token of their own session."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    return page.request.post(address, form={"csrfmiddlewaretoken": token, **typed}, headers={"Referer": address}, max_redirects=0).status


def test_a_conflicted_assessor(site: Site, visitors: Visitors):
    before = site.python(RECORD)
    page = enter(visitors, site, "Assessor with a conflict")
    # The list says that a dossier is closed, and not which.
    check_page(page, f"{site.url}/en/assess")
    assert not [name for name in IN_REVIEW_NAMES if name in page.locator("main table").all_inner_texts().__str__()]
    for path in ("/tasks", "/account/notices", "/applications", "/assess"):
        page.goto(f"{site.url}/en{path}")
        expect(page.locator(f"main a[href*='/applications/{IN_REVIEW}']")).to_have_count(0)

    sheets = site.python(
        f"from nagara.assessment.models import Assignment; "
        f"print(*Assignment.objects.filter(application={IN_REVIEW}).values_list('pk', flat=True))"
    ).split()
    evidence = site.python(
        f"from nagara.assessment.models import Evidence; print(Evidence.objects.filter(application={IN_REVIEW}).first().pk)"
    )
    refused(page, f"{site.url}/en/applications/{IN_REVIEW}")
    refused(page, f"{site.url}/applications/{IN_REVIEW}", lang="th")
    own = f"{site.url}/en/applications/{IN_REVIEW}"
    doors = [
        f"{own}/{rest}" for rest in ("office", "submissions/1", "submissions/1/dossier.pdf", "evidence", f"evidence/{evidence}", "team")
    ]
    doors += [f"{site.url}/en/assess/{sheet}{rest}" for sheet in sheets for rest in ("", "/C1", "/panel", f"/documents/{evidence}")]
    assert {address: door(page, address) for address in doors} == dict.fromkeys(doors, 404)
    assert {sheet: send(page, f"{site.url}/en/assess/{sheet}/C1", value="5", reason="x") for sheet in sheets} == dict.fromkeys(sheets, 404)

    # Neither search nor export knows of it.
    for words in IN_REVIEW_NAMES:
        page.goto(f"{site.url}/en/search?q={words}")
        expect(page.locator("main a[href*='/applications/'], main a[href*='/assess/']")).to_have_count(0)
    round_ = page.request.get(f"{site.url}/en/rounds").text()
    slug = re.search(r"/rounds/(demo-\d+)", round_)
    assert slug is not None
    for suffix in ("csv", "xlsx"):
        assert door(page, f"{site.url}/en/rounds/{slug[1]}/export.{suffix}") in (403, 404)
    office = enter(visitors, site, "Programme office")
    rows = list(csv.DictReader(io.StringIO(office.request.get(f"{site.url}/en/rounds/{slug[1]}/export.csv").body().decode("utf-8-sig"))))
    assert len(rows) == 4, "the office has what the assessor is refused"
    assert site.python(RECORD) == before


def test_an_officer_of_another_city(site: Site, visitors: Visitors):
    before = site.python(RECORD)
    page = enter(visitors, site, "Officer of another city")
    own = f"{site.url}/en/applications/{DRAFT}"
    refused(page, own)
    refused(page, f"{site.url}/applications/{DRAFT}", lang="th")
    doors = [f"{own}/{rest}" for rest in ("write/C3", "evidence", "evidence/1", "team", "check", "withdraw", "office", "history/C1.goals")]
    assert {address: door(page, address) for address in doors} == dict.fromkeys(doors, 404)
    assert send(page, f"{own}/save", key="C3.platform", base="0", value="not mine") == 404
    assert send(page, f"{own}/submit") == 404
    assert send(page, f"{own}/withdraw", why="x") == 404
    slug = site.python(f"from nagara.assessment.models import Application; print(Application.objects.get(pk={DRAFT}).area.slug)")
    for path in (f"/areas/{slug}/edit", f"/areas/{slug}/boundary"):
        assert door(page, f"{site.url}/en{path}") in (403, 404)
    assert site.python(RECORD) == before


def people_of(page: Page, position: int) -> list[str]:
    """The boxes of a seat on the board of attendance: the holder, then alternates."""
    row = page.locator(".g-board tbody tr").nth(position - 1)
    return [box.get_attribute("value") or "" for box in row.locator("input[name=who]").all()]


def come(page: Page, who: str) -> None:
    page.locator(f"input[name=who][value='{who}']").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Enter for those who are ticked").click()


def test_an_alternate_after_the_holders_return(site: Site, visitors: Visitors):
    secretary = enter(visitors, site, "Secretary of the committee")
    secretary.locator("main a[href*='/meetings/']").first.click()
    secretary.wait_for_load_state()
    meeting = secretary.url.split("#")[0]
    item = secretary.locator(".g-line__t a").first.get_attribute("href") or ""
    secretary.goto(f"{meeting}/open")
    secretary.get_by_role("button", name="Open it").click()
    secretary.wait_for_url("**/attendance")
    holder, alternate = people_of(secretary, 4)

    page = enter(visitors, site, "Alternate of a member")
    come(secretary, alternate)
    check_page(page, site.url + item)
    come(secretary, holder)
    for address in (site.url + item, meeting, f"{meeting}/attendance"):
        check_page(page, address, status=404)
        expect(page.locator("h1")).to_have_text("There is no such page")
    acts = site.python(RECORD)

    # The secretary cannot let the alternate in either: the board says why, and the seat stays the holder's.
    secretary.locator(f"input[name=who][value='{alternate}']").check()
    secretary.locator("input[name=online][value='1']").check(force=True)
    with secretary.expect_response(re.compile("/attendance/enter$")) as told:
        secretary.get_by_role("button", name="Enter for those who are ticked").click()
    assert told.value.status == 409
    expect(secretary.get_by_role("alert")).to_contain_text("Not entered")
    expect(secretary.get_by_role("alert")).to_contain_text("Samrong")
    assert site.python(RECORD) == acts


def test_a_resolution_without_a_quorum(site: Site, visitors: Visitors):
    page = enter(visitors, site, "Secretary of the subcommittee")
    page.locator("main a[href*='/meetings/']").first.click()
    page.wait_for_load_state()
    meeting = page.url.split("#")[0]
    item = site.url + (page.locator(".g-line__t a").last.get_attribute("href") or "")
    page.goto(f"{meeting}/open")
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url("**/attendance")
    for position in (1, 2):
        come(page, people_of(page, position)[0])
    expect(page.locator(".g-verdict")).to_contain_text("No quorum")
    page.goto(item)
    page.get_by_role("button", name="Open this item").click()
    page.wait_for_load_state()
    page.get_by_role("link", name="Confirm now").click()
    page.locator("input[name=code]").fill(page.locator(".pp-code output").inner_text())
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile(re.escape(item)))
    page.locator("input[name=verb][value=approve]").check(force=True)
    page.locator("textarea[name=words_th]").fill("ที่ประชุมมีมติเห็นชอบ")
    expect(page.locator("[data-saved]")).to_be_visible()
    acts = site.python(RECORD)
    with page.expect_response(re.compile("/adopt$")) as told:
        page.get_by_role("button", name="Adopt this resolution").click()
    assert told.value.status == 409
    expect(page.get_by_role("alert").first).to_contain_text("quorum")
    expect(page.locator("textarea[name=words_th]")).to_have_value("ที่ประชุมมีมติเห็นชอบ")
    assert site.python(RECORD) == acts
    state = f"from nagara.assessment.models import Application; print(Application.objects.get(pk={ASSESSED}).state)"
    assert site.python(state) == "assessed"
    assert '"recognised_areas": 37' in site.nagara("figures", "--json")
