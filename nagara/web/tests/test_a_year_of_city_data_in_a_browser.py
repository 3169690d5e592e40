"""A city's year in Chromium, all in Thai: from a table with faults to a value in the return, its lineage, and a criterion that probes prove."""

import json
import re
from datetime import UTC, datetime, timedelta
from math import cos

import pytest
from playwright.sync_api import Locator, Page, expect

from nagara.web.tests.browser import Site, Visitors, check_page, sign_in
from nagara.web.tests.journeys.words import say

pytestmark = pytest.mark.browser

OFFICER = "เจ้าหน้าที่เมืองอื่น"

A_CITY_THAT_REPORTS = """
import json
from django.utils import timezone
from nagara.audit.record import System
from nagara.assessment.models import Application
from nagara.documents.models import Source
from nagara.monitoring.actions.calendar import ask_city
from nagara.monitoring.models import Period
from nagara.places.models import Area, City
area = Area.objects.get(name__en="Tawan Rung Town (invented)")
area.city = City.objects.create(slug="tawan-rung-invented", name=area.name, state_id="TH", subdivision=area.subdivision, latitude=10.45,
                                longitude=99.15, source=Source.objects.get(code="invented"))
area.save(update_fields=["city"])
period = Period.objects.get(code="sample-open")
answer = ask_city(period, area.city, by=System("test"), at=timezone.now())
print(json.dumps({"area": area.pk, "application": Application.objects.get(area=area).pk, "return": answer.pk, "last": str(period.last_day)}))
"""
"""An area that has no data space becomes a city of which the open period asks values: the office would do it on pages of its own."""


def words(text: str, **names: object) -> str:
    return say("th", text) % names


def year(*, faulty: bool) -> bytes:
    """Two stations each second day of a year until today, as an officer keeps them: Buddhist years, Thai headings, TIS-620."""
    today = datetime.now(UTC) + timedelta(hours=7)
    lines = ["สถานี,วันที่,ละติจูด,ลองจิจูด,PM2.5"]
    for station, latitude, longitude, lead in (("ตลาดเช้า", 10.45, 99.15, 20), ("ท่าเรือ", 10.46, 99.17, 14)):
        for back in range(364, -1, -2):
            day = today - timedelta(days=back)
            written = f"{day.day}/{day.month}/{day.year + 543}"
            lines.append(f"{station},{written},{latitude},{longitude},{lead + 12 * cos(day.timetuple().tm_yday / 58):.1f}")
    if faulty:
        lines[3] = lines[3].rpartition(",")[0] + ",สูงมาก"
        lines[5] = lines[5].replace("10.45,99.15", "99.15,10.45")
        lines[8] = "," + lines[8].partition(",")[2]
        lines[9] = re.sub(r",\d+/\d+/", ",31/2/", lines[9])
    return "\n".join(lines).encode("tis-620")


def test_a_city_goes_from_a_table_to_a_proved_platform(site: Site, visitors: Visitors):
    place = json.loads(site.python(A_CITY_THAT_REPORTS))
    page = visitors.come()
    sign_in(page, site, OFFICER, lang="th")
    criterion = f"{site.url}/applications/{place['application']}/submissions/1"
    page.goto(criterion)
    expect(page.locator(".ng-proof")).to_have_count(0)

    home = open_space(page, site, place["area"])
    load_the_year(page, home)
    see_map_and_chart(page, home)
    values = bind(page, home)
    take(page, site, place["return"], values)
    publish(page, home)
    probe(page, home)

    page.goto(criterion)
    expect(page.locator(".ng-proof")).to_have_count(1)
    expect(page.locator(".ng-proof")).to_contain_text(words("proved by probes"))


def number(place: Locator) -> float:
    return float(place.inner_text().split()[0])


def press(page: Page, text: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=words(text), exact=True).click()


def open_space(page: Page, site: Site, area: int) -> str:
    page.goto(f"{site.url}/data-spaces/new")
    page.locator("select[name=place]").select_option(f"area:{area}")
    page.locator("[name^=title]").first.fill("ข้อมูลเมืองตะวันรุ่ง")
    page.locator("input[name=licence]").first.check()
    check_page(page)
    press(page, "Open the data space")
    return page.url


def load_the_year(page: Page, home: str) -> None:
    """The table goes up with faults, is mended where the page says, and is loaded as a whole."""
    for faulty in (True, False):
        page.goto(f"{home}/tables")
        page.locator("input[type=file]").set_input_files([{"name": "pm25.csv", "mimeType": "text/csv", "buffer": year(faulty=faulty)}])
        press(page, "Send the table")
        expect(page.locator("input[name=entity_type]")).to_have_value("AirQualityObserved")
        press(page, "Check every row")
        if faulty:
            table = page.locator("main table").first.locator("tbody")
            found = [row.locator("th .nb").inner_text() for row in table.locator("tr").all()]
            assert found == [words("row %(n)s", n=number) for number in (4, 6, 9, 10)]
            check_page(page)
    press(page, "Load all of it")
    expect(page.get_by_role("link", name=words("See the map and the values"))).to_be_visible(timeout=60_000)
    assert page.locator(".cd-outcome dd").all_inner_texts() == ["2", "366", "2", "366"]


def see_map_and_chart(page: Page, home: str) -> None:
    page.goto(f"{home}/entities")
    expect(page.locator("svg.cd-map circle")).to_have_count(2)
    check_page(page)
    with page.expect_navigation():
        page.get_by_role("link", name="ตลาดเช้า").first.click()
    expect(page.locator("svg.ng-chart").first).to_be_visible()
    check_page(page)


def bind(page: Page, home: str) -> list[float]:
    """The measure is bound and computed for each period; a value has its lineage. Answers with the values."""
    page.goto(f"{home}/indicators/new")
    page.locator("select[name=cell]").select_option("air-pollution/pm25")
    page.locator("input[name=attribute]").fill("pm25")
    press(page, "Bind and compute")
    values = [number(cell) for cell in page.locator("main tbody td.n:nth-child(2)").all()]
    with page.expect_navigation():
        page.locator("main tbody").get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text(words("Where it comes from"))
    expect(page.locator("main tbody tr")).to_have_count(2)
    check_page(page)
    return values


def take(page: Page, site: Site, answer: int, values: list[float]) -> None:
    """The value is offered in the return, taken, kept, and leads back to the rows."""
    page.goto(f"{site.url}/returns/{answer}")
    press(page, "Begin")
    for address in {link.get_attribute("href") for link in page.locator("main a[href*='/answers/']").all()}:
        page.goto(f"{site.url}{address}")
        if page.locator(".mo-offer").count():
            break
    offer = page.locator(".mo-offer")
    expect(offer).to_have_count(1)
    value = number(offer.locator("b").first)
    assert value in values, values
    cell = page.locator(".mo-c", has=offer)
    press(page, "Take this value")
    assert float(cell.locator("input[data-part=typed]").input_value()) == value
    expect(cell).to_contain_text(words("this value is taken"))
    with page.expect_navigation():
        page.get_by_role("link", name=words("the rows")).click()
    computed, claimed, difference = (number(page.locator(".cd-pair dd").nth(place)) for place in range(3))
    assert (computed, claimed, difference) == (value, value, 0)


def publish(page: Page, home: str) -> None:
    page.goto(f"{home}/datasets/new")
    for box in page.locator("[name^=title], [name^=description]").all():
        box.fill("ฝุ่น PM2.5 สองสถานี")
    for name in ("theme", "frequency"):
        page.locator(f"select[name={name}]").select_option({"theme": "ENVI", "frequency": "DAILY"}[name])
    press(page, "Save")
    press(page, "Publish")
    check_page(page)


def probe(page: Page, home: str) -> None:
    """The probe passes: every look that applies is met. The worker may have been there before."""
    page.goto(home)
    with page.expect_navigation():
        page.locator("a[href*='/endpoints/']").filter(has_text="NGSI-LD").click()
    press(page, "Probe now")
    expect(page.locator(".cd-find li")).to_have_count(7)
    assert page.locator(".cd-find [data-state=failed]").count() == 0
    expect(page.locator(".ng-lead")).to_contain_text(words("passed"))
    check_page(page)
