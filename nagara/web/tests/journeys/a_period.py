"""A city reports a period late after an extension, its office returns one value and verifies the rest, the network freezes its report.

The second half of the year of a network: `walk_a_period` begins where a city has just been admitted. The officer and the office
read Thai, the secretariat English.
"""

import csv
import io
import json
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from nagara.web.tests.browser import Site, check_page

PERIOD = "first-year"
SET = "smart-city-thailand-monitoring"
ASKED_ABOUT = "green-areas"
CLAIMED, CORRECTED, LATER = "61.5", "48.25", "52.75"
"""What the city claims, what it answers when it is asked, what it writes after the report was frozen."""

A_PROJECT_MOVES = """
from django.utils import timezone
from nagara.audit.record import System
from nagara.plans.actions import projects
from nagara.plans.models import Project
project = Project.objects.filter(city__slug="phuket").order_by("key")[0]
projects.set_stage(project, stage="completed", status="", on=timezone.localdate(), by=System("test"), at=timezone.now())
print(project.key)
"""
"""The record of projects moves on after the report: the page of a project is walked elsewhere."""


def day_in_words(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year + 543}"


def confirm(page: Page) -> None:
    """Show the second factor of the demonstration, if this page asks for it."""
    found = re.search(r"\b\d{6}\b", page.locator("main").inner_text())
    field = page.locator("input[name=code]")
    if field.count() and found is not None:
        field.fill(found[0])
        page.locator("main form").filter(has=field).get_by_role("button").first.click()
        page.wait_for_load_state()


def open_with_factor(page: Page, address: str) -> None:
    """Open a page whose act asks for the second factor, and confirm it first."""
    page.goto(address)
    door = page.locator(".ng-factor a.ng-btn")
    if door.count():
        door.click()
        page.wait_for_load_state()
        confirm(page)
        page.goto(address)
    expect(page.locator(".ng-factor.ng-saved")).to_be_visible()


def walk_a_period(site: Site, city: str, keeper: Page, officer: Page, office: Page, stranger: Page) -> None:
    """`city` is the slug of a member of today; each page is signed in."""
    answer = ask(site, city, keeper)
    hand_in_late(site, answer, officer, office)
    question_one_verify_the_rest(site, answer, keeper, officer, office)
    publish(site, keeper)
    number = freeze(site, keeper)
    frozen = everything_said(site, number, stranger)
    check_page(stranger)
    agree(site, city, number, stranger, frozen)
    change_afterwards(site, answer, keeper, officer, office)
    assert everything_said(site, number, stranger) == frozen
    expect_public(site, city, stranger, LATER)
    assert site.nagara("report", "verify", "--number", number).split()[-1] == "whole"


def ask(site: Site, city: str, keeper: Page) -> str:
    """The secretariat opens a period that was due yesterday, and asks the city that joined after its last day; the answer is the return."""
    yesterday = datetime.now(ZoneInfo("Asia/Bangkok")).date() - timedelta(days=1)
    open_with_factor(keeper, f"{site.url}/en/monitoring/periods/new")
    for name, value in {
        "title_th": "ปีแรกของเมือง (สมมติ)",
        "title_en": "First year of the city (invented)",
        "code": PERIOD,
        "first_day": day_in_words(yesterday - timedelta(days=180)),
        "last_day": day_in_words(yesterday),
        "opens": day_in_words(yesterday - timedelta(days=20)),
        "due": day_in_words(yesterday),
        "locks": day_in_words(yesterday),
    }.items():
        keeper.locator(f"[name={name}]").fill(value)
    keeper.locator("[name=roster]").select_option("ascn")
    for code in (SET, "u4ssc", "ascn-monitoring"):
        keeper.locator(f"[name=sets][value={code}]").check()
    keeper.locator("[name=voluntary][value=u4ssc]").check()
    check_page(keeper)
    keeper.get_by_role("button", name="Open the period").click()
    keeper.wait_for_url(f"**/monitoring/periods/{PERIOD}")
    keeper.get_by_label("City that is not asked yet").select_option(city)
    keeper.get_by_role("button", name="Ask this city").click()
    expect(keeper.locator("main")).to_contain_text("is asked and has its return")
    check_page(keeper)
    keeper.goto(f"{site.url}/en/monitoring?period={PERIOD}")
    keeper.get_by_role("link", name=re.compile("North")).click()
    keeper.wait_for_url(re.compile(r"/returns/\d+$"))
    return keeper.url.replace("/en/", "/")


def hand_in_late(site: Site, answer: str, officer: Page, office: Page) -> None:
    """Locked; more time is asked and granted for this return alone; written page by page in Thai, with what people really type."""
    check_page(officer, answer)
    expect(officer.locator("main")).to_contain_text("รายงานนี้ปิดล็อกแล้ว")
    officer.get_by_role("link", name="ขอขยายเวลา").click()
    officer.locator("[name=until]").fill(day_in_words(datetime.now(ZoneInfo("Asia/Bangkok")).date() + timedelta(days=7)))
    officer.locator("[name=why]").fill("เพิ่งเข้าเป็นสมาชิกเครือข่าย (สมมติ)")
    officer.locator("main form button[type=submit]").click()
    officer.wait_for_url(answer)

    office.goto(f"{site.url}/monitoring")
    office.get_by_role("link", name=re.compile("ปีแรกของเมือง")).first.click()
    check_page(office)
    office.get_by_role("button", name="อนุญาต", exact=True).click()
    office.wait_for_url("**/monitoring")

    officer.goto(answer)
    officer.get_by_role("button", name="เริ่ม").click()
    for _number in range(7):
        fill_section(officer)
    officer.goto(answer)
    check_page(officer)
    officer.get_by_role("button", name="ส่งรายงาน").click()
    expect(officer.locator("main")).to_contain_text("ล่าช้า แต่อยู่ในเวลาที่ขยายให้")


def fill_section(officer: Page) -> None:
    """Answer every cell of a page of the national set; the green areas first with a comma, then in Thai digits."""
    for cell in officer.locator("[data-cell]").all():
        value = CLAIMED if cell.get_attribute("data-cell") == ASKED_ABOUT else "10"
        typed = cell.locator("[data-part=typed]")
        if value == CLAIMED:
            typed.fill(value.replace(".", ","))
            typed.blur()
            expect(cell.locator("[data-findings]")).not_to_be_empty()
            value = value.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
        typed.fill(value)
        cell.locator("[data-part=quality]").select_option("measured")
        cell.locator("[data-part=source]").fill("ทะเบียนของเมือง (สมมติ)")
    at = officer.url
    officer.locator("button[name=go]").click()
    officer.wait_for_url(lambda url: url != at)


def question_one_verify_the_rest(site: Site, answer: str, keeper: Page, officer: Page, office: Page) -> None:
    """One value comes back with a question, and only that one is open; while it is out, no report can be frozen."""
    verify = f"{answer}/verify"
    ask_about(office, verify, "รวมพื้นที่ใดบ้าง โปรดระบุแหล่งที่มา")
    check_page(office)
    office.get_by_role("button", name="ทวนสอบที่เหลือ").click()
    expect(office.locator("main")).to_contain_text("ทวนสอบค่าที่ไม่มีคำถามแล้ว")
    office.get_by_role("button", name="ส่งคืน").click()
    office.wait_for_url(verify)

    keeper.goto(preview(site))
    expect(keeper.locator("main")).to_contain_text("North (invented): a question is open")
    expect(keeper.get_by_role("button", name="Freeze this report")).to_have_count(0)

    reply(officer, answer, CORRECTED)
    office.goto(verify)
    own = office.locator(f"#c-{ASKED_ABOUT}")
    expect(own).to_contain_text(CORRECTED)
    own.get_by_role("button", name="ทวนสอบตามที่รายงาน").click()
    expect(office.locator("main")).to_contain_text("ทวนสอบครบทุกค่าแล้ว")


def ask_about(office: Page, verify: str, words: str) -> None:
    """The office asks about the green areas, and has confirmed its second factor for what follows."""
    office.goto(verify)
    door = office.locator(".ng-factor a.ng-btn")
    if door.count():
        open_with_factor(office, verify)
    own = office.locator(f"#c-{ASKED_ABOUT}")
    own.locator("summary", has_text="ตั้งคำถาม").click()
    own.locator("textarea[name=question]").fill(words)
    own.get_by_role("button", name="เก็บคำถาม").click()
    expect(own).to_contain_text(words)


def reply(officer: Page, answer: str, number: str) -> None:
    """The city answers what it is asked, and can write nothing else."""
    officer.goto(answer)
    officer.locator("main").get_by_role("link", name="สิ่งแวดล้อมอัจฉริยะ").first.click()
    officer.wait_for_url("**/answers/*")
    fields = officer.locator("[data-part=typed]")
    expect(fields).to_have_count(1)
    fields.fill(number)
    officer.locator("[data-part=reply]").fill("ทะเบียนฉบับแก้ไข (สมมติ)")
    with officer.expect_navigation():
        officer.locator("main form[data-return] button").last.click()
    officer.goto(answer)
    officer.get_by_role("button", name="ส่งอีกครั้ง").click()
    expect(officer.locator("main")).to_contain_text("ส่งแล้ว")


def publish(site: Site, keeper: Page) -> None:
    keeper.goto(f"{site.url}/en/monitoring/periods/{PERIOD}")
    if keeper.locator(".ng-factor a.ng-btn").count():
        open_with_factor(keeper, keeper.url)
    keeper.get_by_role("button", name="Publish what is verified").click()
    expect(keeper.locator("main")).to_contain_text("1 return published.")


def preview(site: Site) -> str:
    today = datetime.now(ZoneInfo("Asia/Bangkok")).date()
    return f"{site.url}/en/reports/preview?network=ascn&kind=monitoring&as_of={today.isoformat()}"


def freeze(site: Site, keeper: Page) -> str:
    """The secretariat looks the report through and freezes it; the answer is its number."""
    open_with_factor(keeper, preview(site))
    check_page(keeper)
    keeper.get_by_role("button", name="Freeze this report").click()
    keeper.wait_for_url(re.compile(r"/reports/ASCN-ME-\d+-\d+$"))
    check_page(keeper)
    return keeper.url.rsplit("/", 1)[1]


def expect_public(site: Site, city: str, stranger: Page, number: str) -> None:
    """What anyone reads of the city: the page, the comparison of cities, CSV, JSON and SDMX-CSV say the same number."""
    check_page(stranger, f"{site.url}/cities/{city}/values")
    expect(stranger.locator("tr", has_text="พื้นที่สีเขียว").locator(".mo-val")).to_have_text(number)
    check_page(stranger, f"{site.url}/indicators/{ASKED_ABOUT}")
    expect(stranger.locator("tr", has_text="North (invented)").locator(".mo-val")).to_have_text(number)
    where = f"measure={ASKED_ABOUT}&city={city}"
    rows = read_csv(got(stranger, f"{site.url}/values.csv?{where}"))
    told = json.loads(got(stranger, f"{site.url}/values.json?{where}"))
    sdmx = read_csv(got(stranger, f"{site.url}/values.sdmx.csv?{where}"))
    assert ([row["value"] for row in rows], told["values"][0]["value"], [row["OBS_VALUE"] for row in sdmx]) == ([number], number, [number])


def got(page: Page, address: str) -> bytes:
    answer = page.request.get(address)
    assert answer.ok, f"{address}: {answer.status}"
    return answer.body()


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def everything_said(site: Site, number: str, stranger: Page) -> dict[str, Any]:
    """Every form of a frozen report, byte for byte; of the pages, what stands in them."""
    own = f"{site.url}/reports/{number}"
    said: dict[str, Any] = {
        end: got(stranger, own + end) for end in (".json", ".csv", "/projects.csv", "/values.csv", "/paper.pdf", "/paper.xlsx")
    }
    said["english"] = got(stranger, f"{site.url}/en/reports/{number}/paper.pdf")
    for end in ("", f"/rows/measure/{position_of(said['.json'])}"):
        stranger.goto(own + end)
        said[f"page{end}"] = stranger.locator("main").inner_text()
    return said


def position_of(document: bytes) -> int:
    """Where the measure stands in a report."""
    measures = json.loads(document)["content"]["values"]["measures"]
    return 1 + [row["code"] for row in measures].index(ASKED_ABOUT)


def agree(site: Site, city: str, number: str, stranger: Page, said: dict[str, Any]) -> None:
    """Page, CSV, JSON, PDF in both languages: the counts, the shares and the value of the city, to the digit."""
    expect_public(site, city, stranger, CORRECTED)
    document = json.loads(said[".json"])
    measure = document["values"][position_of(said[".json"]) - 1]
    assert [(row["city"], row["number"]) for row in measure["values"]] == [(city, CORRECTED)]
    assert [row["value"] for row in read_csv(said["/values.csv"]) if row["measure"] == ASKED_ABOUT] == [CORRECTED]
    assert CORRECTED in said[f"page/rows/measure/{position_of(said['.json'])}"]

    figures = document["content"]["figures"]
    assert (figures["projects"], figures["members"]) == (134, 39)
    parts = [part for table in ("focus_areas", "stages", "states") for part in figures[table]]
    by_json = [(part["title"]["th"], str(part["count"]), f"{part['share']:.1f}") for part in parts]
    by_csv = [
        (row["title_th"], row["count"], row["share"])
        for row in read_csv(said[".csv"])
        if row["table"] in ("focus_areas", "stages", "states")
    ]
    stranger.goto(f"{site.url}/reports/{number}")
    by_page = [tuple(cell.inner_text() for cell in row.locator("th, td").all()) for row in stranger.locator(".rp-t tbody tr").all()]
    assert [(title, count, share.removesuffix(" %")) for title, count, share in by_page][: len(by_json)] == by_json == by_csv
    for form, lang in (("/paper.pdf", "th"), ("english", "en")):
        words = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(said[form])).pages))
        assert f"{CORRECTED} {CORRECTED} {CORRECTED}" in words, form
        if lang == "en":
            assert [part for part in parts if f"{part['title']['en']} {part['count']:,} {part['share']:.1f} %" not in words] == []


def change_afterwards(site: Site, answer: str, keeper: Page, officer: Page, office: Page) -> None:
    """A published value is asked about, corrected, verified and published anew; a project is completed."""
    site.python(A_PROJECT_MOVES)
    ask_about(office, f"{answer}/verify", "ตัวเลขนี้ตรงกับทะเบียนหรือไม่")
    office.get_by_role("button", name="ส่งคืน").click()
    office.wait_for_url(f"{answer}/verify")
    reply(officer, answer, LATER)
    office.goto(f"{answer}/verify")
    office.get_by_role("button", name="ทวนสอบที่เหลือ").click()
    expect(office.locator("main")).to_contain_text("ทวนสอบครบทุกค่าแล้ว")
    publish(site, keeper)
