"""The boundary editor in Chromium: by mouse, finger, keyboard and file; what is typed as a day is read as the server reads it."""

import json

import pytest
from playwright.sync_api import Page

from nagara.places.tests.test_outlines import shapefile_bytes
from nagara.toolkit.days import read_day
from nagara.toolkit.refusal import Refusal
from nagara.web.tests.browser import Site, Visitors, check_page, fits, sign_in

pytestmark = pytest.mark.browser
OFFICER = "City officer"


def open_editor(page: Page, site: Site) -> None:
    """Of the first area that the officer of the demonstration sees; its list of coordinates is emptied, the map still shows where it is."""
    sign_in(page, site, OFFICER)
    page.goto(f"{site.url}/en/places")
    page.locator("tbody th a").first.click()
    page.wait_for_load_state()
    page.get_by_label("Coordinates").fill("")
    page.wait_for_timeout(400)


def press(page: Page, x: float, y: float, *, finger: bool = False) -> None:
    """At a share of the map's width and height."""
    box = page.locator(".pl-map").bounding_box()
    assert box is not None
    where = (box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.touchscreen.tap(*where) if finger else page.mouse.click(*where)


def points(page: Page) -> list[list[float]]:
    lines = page.get_by_label("Coordinates").input_value().splitlines()
    return [[float(number) for number in line.split(",")] for line in lines if line.strip()]


def said(page: Page) -> str:
    return page.locator(".pl-said").inner_text()


SQUARE = ((0.46, 0.46), (0.54, 0.46), (0.54, 0.54), (0.46, 0.54))


def test_drawing_by_mouse_shows_a_crossing_at_once_and_the_server_refuses_it(site: Site, visitors: Visitors):
    page = visitors.come()
    open_editor(page, site)
    for place in SQUARE:
        press(page, *place)
    assert len(points(page)) == 4
    assert "4 points" in said(page)
    first, second = points(page)[:2]
    page.get_by_label("Coordinates").fill("\n".join(f"{x}, {y}" for x, y in [second, first, *points(page)[2:]]))
    page.wait_for_timeout(500)
    assert said(page).startswith("The outline crosses itself at ")
    page.get_by_role("button", name="Propose this boundary").click()
    page.locator("#faults").filter(has_text="The outline crosses or touches itself at ").wait_for()
    assert len(points(page)) == 4, "what was drawn is still there"
    page.get_by_role("button", name="Show on the map").click()
    assert page.evaluate("document.activeElement.classList.contains('pl-map')")


def test_dragging_a_point_moves_it_and_undo_brings_it_back(site: Site, visitors: Visitors):
    page = visitors.come()
    open_editor(page, site)
    for place in SQUARE:
        press(page, *place)
    before = points(page)
    box = page.locator(".pl-point--chosen").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, box["y"] + 40, steps=4)
    page.mouse.up()
    after = points(page)
    assert after[:3] == before[:3]
    assert after[3][0] < before[3][0]
    assert after[3][1] < before[3][1]
    page.get_by_role("button", name="Undo").click()
    assert points(page) == before


def test_drawing_by_keyboard_alone(site: Site, visitors: Visitors):
    page = visitors.come()
    open_editor(page, site)
    page.locator(".pl-map").focus()
    for keys in (["Enter"], ["ArrowRight"] * 4, ["Enter"], ["ArrowDown"] * 4, ["Enter"], ["ArrowLeft"] * 4, ["Enter"]):
        for key in keys:
            page.keyboard.press(key)
    drawn = points(page)
    assert len(drawn) == 4
    assert (drawn[0][1], drawn[2][1]) == (drawn[1][1], drawn[3][1])
    page.keyboard.press("[")
    assert said(page).startswith("Point 3 of 4: ")
    page.keyboard.press("Alt+ArrowRight")
    assert points(page)[2][0] > drawn[2][0]
    page.keyboard.press("Delete")
    assert len(points(page)) == 3
    page.keyboard.press("Control+z")
    assert len(points(page)) == 4


def test_drawing_on_a_phone_and_proposing(site: Site, visitors: Visitors):
    page = visitors.come(phone=True)
    open_editor(page, site)
    page.locator(".pl-map").scroll_into_view_if_needed()
    for place in SQUARE:
        press(page, *place)
    check_page(page)
    page.get_by_role("button", name="Propose this boundary").click()
    page.get_by_text("Your proposal waits for the programme office").wait_for()
    check_page(page)


def test_a_file_is_checked_before_it_travels_and_comes_onto_the_map(site: Site, visitors: Visitors):
    page = visitors.come()
    open_editor(page, site)
    chosen = page.get_by_label("File with the boundary")
    words = page.locator(".ng-upload__said")
    chosen.set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": b"no archive"})
    words.filter(has_text="The name ends in “.zip”, but the content is something else.").wait_for()
    chosen.set_input_files({"name": "a.kml", "mimeType": "text/xml", "buffer": b" " * (11 << 20)})
    words.filter(has_text="The file has 11 MB. At most 10 MB are taken.").wait_for()
    page.get_by_role("button", name="Put it on the map").click()
    assert page.evaluate("performance.getEntriesByType('resource').filter(e => e.initiatorType === 'xmlhttprequest').length") == 0
    ring = [(101.3, 12.9), (101.4, 12.9), (101.4, 13.0), (101.3, 13.0)]
    chosen.set_input_files({"name": "ขอบเขต.zip", "mimeType": "application/zip", "buffer": shapefile_bytes(ring)})
    words.filter(has_text="ready to send").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Put it on the map").click()
    words.filter(has_text="The connection was lost.").wait_for()
    page.context.set_offline(False)
    page.locator("#faults").wait_for()
    assert "does not say in which projection" in page.locator("#faults").inner_text()
    assert len(points(page)) == 4


def test_the_editor_can_be_used_without_javascript(site: Site, visitors: Visitors):
    page = visitors.come(scripts=False)
    sign_in(page, site, OFFICER)
    page.goto(f"{site.url}/en/places")
    page.locator("tbody th a").first.click()
    assert page.locator(".pl-map path").count() > 1
    page.get_by_label("Coordinates").fill("101, 12\n102, 13\n102, 12\n101, 13")
    page.get_by_role("button", name="Check only").click()
    assert "The outline crosses or touches itself" in page.locator("#faults").inner_text()
    assert page.locator("circle.pl-fault").count() == 1


DAYS = [
    "9/11/2565", "2022-11-09", "9 พ.ย. 2565", "๙ พฤศจิกายน ๒๕๖๕", "9 Nov 2022", "9 november 2022", "วันที่ 1 มกราคม พ.ศ. 2569", "1.5.2569",
    "29 กุมภาพันธ์ 2567", "29/2/2566", "31 เม.ย. 2566", "9/11/65", "32/1/2565", "2569-02-29", "yesterday",
]  # fmt: skip


def test_a_typed_day_is_read_in_the_browser_as_on_the_server(site: Site, visitors: Visitors):
    page = visitors.come()
    page.goto(f"{site.url}/criteria")
    read = {}
    for text in DAYS:
        page.locator("#as_of").fill(text)
        note = page.locator("#as_of ~ .ng-read")
        read[text] = note.inner_text().split("· ")[-1] if note.count() else ""
    expected = {}
    for text in DAYS:
        try:
            expected[text] = read_day(text).day.isoformat()
        except Refusal:
            expected[text] = ""
    assert read == expected, json.dumps(read, ensure_ascii=False)


def test_the_criteria_of_a_day_before_them_owe_nothing(site: Site, visitors: Visitors):
    page = visitors.come()
    check_page(page, f"{site.url}/criteria?as_of=2019-03-07")
    assert fits(page) == []
