"""The year of a network in Chromium: two cities are nominated, one is admitted and one deferred; the one that was admitted reports
a period late, its office returns one value, the network freezes its report, and page, CSV, JSON and PDF agree to the digit."""

import csv
import io
import json
import re

import pytest
from playwright.sync_api import Page, expect

from nagara.web.tests.browser import Site, Visitors, check_page, fits, sign_in
from nagara.web.tests.journeys.a_period import confirm, walk_a_period

pytestmark = pytest.mark.browser

REPRESENTATIVE = "National Representative of Thailand"
OFFICER = "Officer of a nominated city"
SECRETARIAT = "Network secretariat"
OTHER = "National Representative of Malaysia"
OFFICE = "National office (Thailand)"

TWO_CITIES = """
from datetime import date
from nagara.audit.record import System
from nagara.documents.models import Source
from nagara.people.actions import grant_role
from nagara.people.models import User
from nagara.people.roles import Role, scope
from nagara.places.models import City
from django.utils import timezone
officer = User.objects.get(email="network-city-officer@demo.example")
for slug, name in (("north-invented", "North (invented)"), ("south-invented", "South (invented)")):
    City.objects.create(slug=slug, name={"en": name, "th": name}, state_id="TH", subdivision_id="TH-10", latitude=13.7, longitude=100.5,
                        source=Source.objects.get(code="invented"))
    grant_role(officer, Role.CITY_OFFICER, scope("city", slug), by=System("test"), at=timezone.now(), since=date(2020, 1, 1))
"""
"""Two invented cities that are no members, and the sign-in of the demonstration as the officer of both."""

THE_OTHERS_AGREE = """
from datetime import date
from django.utils import timezone
from nagara.audit.record import System
from nagara.network.actions import consultation
from nagara.network.models import Nomination
from nagara.people.actions import grant_role
from nagara.people.models import User
from nagara.people.roles import Role, scope
from nagara.people.second_factor import Proof
from nagara.places.models import State
now = timezone.now()
for row in Nomination.objects.filter(city__slug__in=["north-invented", "south-invented"]):
    running = row.consultations.get(concluded_on=None)
    for code in set(running.asked) - set(running.latest()):
        user, _new = User.objects.get_or_create(email=f"nr-{code.lower()}@test.example")
        if _new:
            grant_role(user, Role.NATIONAL_REPRESENTATIVE, scope("state", code), by=System("test"), at=now, since=date(2020, 1, 1))
        consultation.reply(row, State.objects.get(pk=code), position="agree", by=user, at=now, proof=Proof("totp", now))
"""
"""What the nine other states would do each on its own page."""

THE_MEETING_SITS = """
from datetime import timedelta
from django.utils import timezone
from nagara.governance import actions
from nagara.governance.models import Meeting
from nagara.network.models import Nomination
from nagara.people.models import User
now = timezone.now()
keeper = User.objects.get(email="network-secretariat@demo.example")
meeting = Meeting.objects.get(body__code="ascn-annual-meeting", state="planned")
meeting = actions.replan(meeting, planned_from=now + timedelta(minutes=1), planned_until=now + timedelta(hours=5),
                         place=meeting.planned_place, link=meeting.planned_link, on_site=True, online=True, by=keeper, at=now)
for slug in ("north-invented", "south-invented"):
    row = Nomination.objects.get(city__slug=slug)
    actions.put_on_agenda(meeting, "for_consideration", {"th": f"รับ {slug}", "en": f"Admission of {slug}"},
                          matters=[("network.membership", str(row.pk))], by=keeper, at=now)
actions.call_meeting(meeting, by=keeper, at=now, short_notice_why="test")
meeting.refresh_from_db()
actions.open_meeting(meeting, by=keeper, at=now)
for seat in meeting.body.seats.order_by("position"):
    actions.enter_attendance(meeting, person=seat.holders.get().person, kind="join", seat=seat, when=now, by=keeper, at=now)
print(meeting.pk)
"""
"""The meeting is called and opened, its members come: walked by page in `test_meetings_in_a_browser`."""


def nominate(page: Page, site: Site, city: str) -> str:
    """The representative begins a nomination; the answer is its address."""
    page.goto(f"{site.url}/en/networks/ascn/nominations/new")
    page.get_by_label("City").select_option(label=city)
    page.get_by_role("button", name="Begin the nomination").click()
    page.wait_for_url("**/nominations/*")
    return page.url


def write_all(page: Page, address: str) -> None:
    """The city answers everything; a draft that is half written is kept as it is typed."""
    page.goto(f"{address}/write")
    fields = page.locator("textarea[data-field]")
    fields.first.fill("A city where people live well (invented)")
    fields.first.blur()
    expect(page.locator("[data-said]").first).to_contain_text("Saved")
    page.reload()
    expect(fields.first).to_have_value("A city where people live well (invented)")
    page.get_by_role("button", name="Save and hand over to the representative").click()
    expect(page.get_by_role("alert")).to_contain_text("Not answered yet")
    for field in page.locator("textarea[data-field]").all()[1:]:
        field.fill("An answer of the city (invented)")
    page.get_by_role("button", name="Save and hand over to the representative").click()
    page.wait_for_url(re.compile(r"/nominations/\d+$"))


def endorse(page: Page, address: str) -> None:
    page.goto(f"{address}/endorse")
    if "endorse" not in page.url.split("?")[0]:
        confirm(page)
    page.get_by_label(re.compile("Nomination of Fa Kwang")).check()
    check_page(page)
    page.get_by_role("button", name="Endorse", exact=True).click()
    page.wait_for_url(re.compile(r"/nominations/\d+$"))


def resolve(page: Page, meeting: str, title: str, verb: str, words: str) -> None:
    """The secretary opens an item, chooses the verb and adopts."""
    page.goto(meeting)
    page.get_by_role("link", name=re.compile(title)).first.click()
    page.get_by_role("button", name="Open this item").click()
    page.wait_for_load_state()
    if page.get_by_role("link", name="Confirm now").count():
        page.get_by_role("link", name="Confirm now").click()
        confirm(page)
    page.locator(".ng-verbs label", has_text=re.compile(f"^{verb}$")).click()
    page.locator("textarea[name=words_th]").fill(words)
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))
    page.get_by_role("button", name=re.compile("^Adopt")).click()
    expect(page.locator(".g-res")).to_contain_text("seats took part")


def test_two_are_nominated_one_is_admitted_and_reports_late_and_the_report_of_the_network_is_frozen(fresh_site: Site, visitors: Visitors):
    """One journey, so that the server and the demonstration are made once."""
    site = fresh_site
    site.python(TWO_CITIES)
    nr, city, keeper, other, office = (visitors.come() for _number in range(5))
    for page, label in ((nr, REPRESENTATIVE), (city, OFFICER), (keeper, SECRETARIAT), (other, OTHER), (office, OFFICE)):
        sign_in(page, site, label)

    check_page(nr, f"{site.url}/en/represent")
    addresses = [nominate(nr, site, name) for name in ("North (invented)", "South (invented)")]
    for address in addresses:
        write_all(city, address)
        endorse(nr, address)
        check_page(nr, address)
    check_page(city, f"{addresses[0]}/write")

    # Nobody else's door opens: the other state's representative neither endorses nor writes.
    for page, tail in ((other, "endorse"), (other, "write"), (city, "endorse"), (keeper, "write")):
        page.goto(f"{addresses[0]}/{tail}")
        if "reauthenticate" in page.url:
            confirm(page)
        answer = page.goto(f"{addresses[0]}/{tail}")
        assert answer is not None
        assert answer.status == 404

    for address in addresses:
        keeper.goto(address)
        keeper.get_by_role("button", name="Complete: take it up as a candidate").click()
        keeper.get_by_role("link", name="Open a consultation").click()
        keeper.get_by_label("Until the end of").fill("31 Dec 2037")
        keeper.get_by_role("button", name="Ask the members").click()
        keeper.wait_for_url("**/consultation")
    check_page(other, f"{addresses[0]}/consultation")
    other.get_by_role("link", name="Answer for your state").click()
    if "consultation" not in other.url.split("?")[0]:
        confirm(other)
    other.get_by_label("agrees").check()
    other.get_by_role("button", name="Answer", exact=True).click()
    other.wait_for_url("**/consultation")
    expect(other.get_by_role("row", name=re.compile("Malaysia"))).to_contain_text("agrees")
    site.python(THE_OTHERS_AGREE)
    for address in addresses:
        keeper.goto(f"{address}/consultation")
        keeper.get_by_role("button", name="Conclude").click()
        keeper.wait_for_load_state()
    check_page(keeper, f"{site.url}/en/networks/ascn/desk")

    meeting = f"{site.url}/en/meetings/{site.python(THE_MEETING_SITS)}"
    resolve(keeper, meeting, "Admission of north-invented", "approved", "รับเมืองเหนือ (สมมติ) เป็นสมาชิก")
    resolve(keeper, meeting, "Admission of south-invented", "deferred", "เลื่อนเมืองใต้ (สมมติ) จนกว่าแพลตฟอร์มข้อมูลจะพร้อม")

    stranger = visitors.come()
    check_page(stranger, f"{site.url}/en/networks/ascn")
    expect(stranger.locator(".ng-figure__n")).to_have_text("39")
    check_page(stranger, f"{site.url}/en/networks/ascn/nominations")
    expect(stranger.get_by_role("row", name=re.compile("North"))).to_contain_text("admitted")
    expect(stranger.get_by_role("row", name=re.compile("South"))).to_contain_text("deferred")
    check_page(stranger, addresses[1].replace("/en/", "/"))
    expect(stranger.locator("main")).to_contain_text("จนกว่าแพลตฟอร์มข้อมูลจะพร้อม")
    check_page(stranger, f"{site.url}/en/cities/north-invented")
    expect(stranger.locator("#membership")).to_contain_text("reports each year")

    figures = json.loads(site.nagara("figures", "--network", "ascn", "--json"))
    members = json.loads(stranger.request.get(f"{site.url}/networks/ascn/members.json").text())
    rows = list(csv.DictReader(io.StringIO(stranger.request.get(f"{site.url}/networks/ascn/members.csv").body().decode("utf-8-sig"))))
    assert (figures["members"], members["count"], len(rows)) == (39, 39, 39)
    states = csv.DictReader(io.StringIO(stranger.request.get(f"{site.url}/networks/ascn/nominations.csv").body().decode("utf-8-sig")))
    found = {row["city"]: row["state"] for row in states}
    assert (found["north-invented"], found["south-invented"]) == ("admitted", "deferred")

    walk_a_period(site, "north-invented", keeper, city, office, stranger)
    assert site.run("audit", "verify").returncode == 0


def test_public_pages_of_the_network_in_the_dark_and_on_a_past_day(site: Site, visitors: Visitors):
    """As they are today, and all desks and forms, `journeys/test_every_page.py` looks at them."""
    page = visitors.come(dark=True, site=site)
    for path in (
        "networks/ascn",
        "networks/ascn?as_of=2023-12-31",
        "networks/ascn/nominations",
        "networks/ascn/posts",
        "cities/chiang-mai",
    ):
        check_page(page, f"{site.url}/{path}")
        assert fits(page) == []
