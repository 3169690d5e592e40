"""The connection is lost while somebody writes, and two people write in one field: nothing is lost, and everybody is told."""

import re

import pytest
from playwright.sync_api import Page, expect

from nagara.web.tests.browser import Site, Visitors, faults, sign_in

pytestmark = pytest.mark.browser

FIELD = "C1.vision"
SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
LOST = "No connection. Kept in this browser and sent when it comes back."


def writing(page: Page, site: Site) -> None:
    """The first criterion of the draft of the demonstration."""
    page.goto(f"{site.url}/en/applications/1/write/C1")


def test_a_draft_survives_a_lost_connection_and_a_closed_window(site: Site, visitors: Visitors):
    page = visitors.come()
    sign_in(page, site, "City officer")
    writing(page, site)
    box, said = page.locator(f"[data-field='{FIELD}']"), page.locator(f"[data-said='{FIELD}']")

    page.context.set_offline(True)
    box.fill("ริมน้ำที่ทุกคนเดินถึง")
    expect(said).to_have_text(LOST)
    # A button does not lead away from what is not saved.
    page.locator("form[data-draft] button[name=go]").first.click()
    expect(page.locator("[data-status]")).to_have_text(LOST)
    expect(box).to_have_value("ริมน้ำที่ทุกคนเดินถึง")
    page.context.set_offline(False)
    expect(said).to_have_text(SAVED)

    page.context.set_offline(True)
    box.fill("ริมน้ำที่ทุกคนเดินถึงและนั่งพักได้")
    expect(said).to_have_text(LOST)
    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    writing(again, site)
    expect(again.locator(f"[data-said='{FIELD}']")).to_have_text(SAVED)
    again.reload()
    expect(again.locator(f"[data-field='{FIELD}']")).to_have_value("ริมน้ำที่ทุกคนเดินถึงและนั่งพักได้")
    with again.expect_navigation():
        again.locator("form[data-draft] button[name=go]").first.click()
    assert not again.url.endswith("/write/C1")


def test_two_people_in_one_field_see_both_texts_and_choose(site: Site, visitors: Visitors):
    one, other = visitors.come(), visitors.come()
    for page, label in ((one, "City officer"), (other, "Co-applicant")):
        sign_in(page, site, label)
        writing(page, site)
    field, said = f"[data-field='{FIELD}']", f"[data-said='{FIELD}']"
    one.locator(field).fill("เมืองที่เดินได้")
    expect(one.locator(said)).to_have_text(SAVED)
    other.locator(field).fill("เมืองที่ปั่นได้")
    clash = other.locator(".as-clash")
    expect(clash.locator("[data-theirs]")).to_have_text("เมืองที่เดินได้")
    expect(clash.locator("[data-mine]")).to_have_text("เมืองที่ปั่นได้")
    assert faults(other) == []
    clash.locator("[data-take-mine]").click()
    expect(other.locator(said)).to_have_text(SAVED)
    one.reload()
    expect(one.locator(field)).to_have_value("เมืองที่ปั่นได้")
