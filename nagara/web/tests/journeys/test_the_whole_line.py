"""The whole line in Chromium: a place is drafted, screened, assessed, resolved twice, signed, and a stranger reads that it is valid.

Everybody signs in alone, by password and authenticator, on an installation without the doors of the demonstration. The line is
walked twice: whoever reads Thai in one walk reads English in the other.
"""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from demo.facts import read
from nagara.web.tests.browser import ROOT, Site, Visitors, check_page
from nagara.web.tests.journeys.people import People, Walker

pytestmark = pytest.mark.browser

PLACE = {"th": "เมืองสายน้ำ (สมมติ)", "en": "Sai Nam Town (invented)"}
NEWCOMER = "newcomer@university.example"
ANSWERS = {row["field"]: row["value"] for row in read("cast_answers")}
PAPERS = {row["criterion"]: row["name"] for row in read("cast_papers")}
MORE = {"C3.endpoint": "https://data.example.org", "C3.datasets": "42"}


def figures(site: Site) -> int:
    found: int = json.loads(site.nagara("figures", "--json"))["recognised_areas"]
    return found


def in_register(page: Page, site: Site) -> int:
    """How many the public register says it has, on its own page."""
    page.goto(f"{site.url}/en/register")
    found = re.search(r"\b(\d+)\b", page.get_by_role("status").first.inner_text())
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(("own", "other"), [("th", "en"), ("en", "th")])
def test_from_a_draft_to_a_certificate_that_a_stranger_reads(fresh_site: Site, visitors: Visitors, own: str, other: str):
    site, before = fresh_site, figures(fresh_site)
    stranger = visitors.come(scripts=False)
    assert in_register(stranger, site) == before
    people = People(site, visitors)

    officer = people.come_in("city-officer", own)
    write(officer)
    receipt = hand_in(officer)
    office = people.come_in("office", other)
    screen(office)
    newcomer = invite(office, people, own)
    give(office, "Kanda", "Phum", "Nok")
    for number, assessor in enumerate((people.come_in("assessor-1", other), people.come_in("assessor-2", own), newcomer)):
        assess(assessor, by_keyboard=number == 0)
        assessor.leave()
    close_panel(office)

    secretary = people.come_in("subcommittee-secretary", own)
    resolve(secretary)
    secretary = people.come_in("committee-secretary", other)
    resolve(secretary)
    number = sign(office)

    read_by_a_stranger(stranger, site, number)
    assert figures(site) == before + 1
    assert in_register(stranger, site) == before + 1
    assert stranger.request.get(f"{site.url}/figures.json").json()["recognised_areas"] == before + 1
    officer.go("/applications/1")
    expect(officer.page.locator("main")).to_contain_text(receipt)
    assert "whole" in site.nagara("audit", "verify")
    site.nagara("verify")


def write(officer: Walker) -> None:
    """The officer finishes the draft: typing saves itself, a document is uploaded once and linked where it counts."""
    officer.take_task("Hand in the application of %(place)s", place=PLACE[officer.lang])
    officer.go("/applications/1")
    parts = [link.get_attribute("href") or "" for link in officer.page.locator(".as-parts a[href*='/write/C']").all()]
    assert [part.rpartition("/")[2] for part in parts] == ["C1", "C2", "C3", "C4:environment", "C4:mobility", "C5"]
    for part in parts:
        officer.page.goto(officer.site.url + part)
        fill(officer)
        attach(officer, part.rpartition("/")[2])


def fill(officer: Walker) -> None:
    """Type into every empty field; leave the page without pressing anything; what was typed is there."""
    page, typed = officer.page, {}
    for box in page.locator("[data-field]").all():
        key = box.get_attribute("data-field") or ""
        if box.input_value():
            continue
        typed[key] = str((ANSWERS | MORE).get(key, "12"))
        with page.expect_response(re.compile(r"/save$")) as saved:
            box.fill(typed[key])
            box.blur()
        assert saved.value.status == 200
        expect(page.locator(f'[data-said="{key}"]')).to_have_text(re.compile(rf"^{officer.say('Saved')} \d\d[.:]\d\d[.:]\d\d( น\.)?$"))
    page.reload()
    for key, words in typed.items():
        expect(page.locator(f'[data-field="{key}"]')).to_have_value(words)


def attach(officer: Walker, key: str) -> None:
    """Add what is asked for: a new file where there is none of this criterion, else the one that is there already."""
    page = officer.page
    name = PAPERS[key.partition(":")[0]]
    for number in range(page.locator(".as-wanted:not(:last-child)").count()):
        wanted = page.locator(".as-wanted").nth(number)
        if "done" in (wanted.get_attribute("class") or ""):
            continue
        wanted.locator("summary").click()
        there = wanted.locator("select[name=evidence] option").filter(has_text=re.compile(rf"^{name}(\.pdf)?$"))
        if there.count():
            wanted.locator("select[name=evidence]").select_option(there.first.get_attribute("value"))
        else:
            wanted.locator("input[type=file]").set_input_files(ROOT / "demo" / "papers" / f"{name}.pdf")
        wanted.locator("input[name=pages]").fill("1-2")
        with page.expect_navigation():
            wanted.get_by_role("button", name=officer.say("Add"), exact=True).click()
        expect(page.locator(".as-wanted").nth(number)).to_have_class(re.compile("done"))


def hand_in(officer: Walker) -> str:
    """The check finds no error; what is handed in has a receipt, on the page and as PDF."""
    officer.go("/applications/1/check")
    expect(officer.page.get_by_role("alert")).to_have_count(0)
    check_page(officer.page)
    officer.press("Hand in", "application")
    receipt = officer.page.locator(".as-receipt__n").inner_text()
    assert re.fullmatch(r"demo-\d{4}/\d{4}-0004", receipt)
    paper = officer.page.request.get(officer.address("/applications/1/submissions/1/receipt.pdf"))
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")
    return receipt


def screen(office: Walker) -> None:
    office.take_task("Screen the application of %(place)s", place=PLACE[office.lang])
    office.press("Accept for assessment")


def invite(office: Walker, people: People, lang: str) -> Walker:
    """The office asks somebody new; she opens the mail, makes her account with an authenticator, is appointed and accepts."""
    page = office.page
    office.go("/rounds")
    called = page.locator("main a[href*='/rounds/demo-']").first.get_attribute("href") or ""
    round_ = re.sub(r".*(/rounds/demo-\d+).*", r"\1", called)
    office.go(f"{round_}/assessors")
    page.locator("input[name=email]").fill(NEWCOMER)
    office.press("Invite")
    newcomer = people.accept_invitation(NEWCOMER, lang, "Nok", "Rian")
    office.go(f"{round_}/assessors")
    page.locator("select[name=assessor]").select_option(index=1)
    office.press("Appoint")
    newcomer.go(f"{round_}/appointment")
    newcomer.press("Accept, and keep it confidential")
    newcomer.leave()
    return people.come_in(NEWCOMER, lang)


def give(office: Walker, *given: str) -> None:
    """Each gets the application by hand."""
    names = {"Kanda": "กานดา", "Phum": "ภูมิ"}
    for name in given:
        office.go("/applications/1/office")
        words = names.get(name, name) if office.lang == "th" else name
        option = office.page.locator("#assessor option").filter(has_text=words)
        office.page.locator("#assessor").select_option(option.get_attribute("value"))
        office.press("Assign")


def assess(assessor: Walker, *, by_keyboard: bool) -> None:
    """Declare before the dossier opens, score beside the evidence, hand in; before that the panel is shut."""
    page = assessor.page
    assessor.take_task("Declare your interests: %(place)s", place=PLACE[assessor.lang])
    sheet = re.sub(r".*(/assess/\d+)/declare$", r"\1", page.url)
    assert assessor.status_of(f"{sheet}/C1") == 404
    page.locator("input[name=conflict][value=no]").check()
    assessor.press("Declare")
    assert assessor.status_of(f"{sheet}/panel") == 404
    assessor.go(f"{sheet}/C1")
    expect(page.locator(".as-doc iframe")).to_have_attribute("src", re.compile(rf"{sheet}/documents/\d+"))
    for _cell in range(6):
        if by_keyboard:
            page.keyboard.press("4")
            page.keyboard.press("r")
            page.keyboard.type("หลักฐานครบ ดูหน้า 1-2")
            page.keyboard.press("Escape")
            expect(page.locator("[data-status]")).to_have_text(re.compile(rf"^{assessor.say('Saved')} \d\d[.:]\d\d[.:]\d\d( น\.)?$"))
        else:
            page.locator("input[name=value][value='4']").check(force=True)
            page.locator("textarea[name=reason]").fill("หลักฐานครบ ดูหน้า 1-2")
        with page.expect_navigation():
            page.locator("form[data-score] button[type=submit]").click()
    assert page.url.endswith(sheet)
    assessor.press("Hand in")
    assert page.url.endswith(f"{sheet}/panel")


def close_panel(office: Walker) -> None:
    office.take_task("Close the panel of %(place)s", place=PLACE[office.lang])
    office.press("Close and compute")
    expect(office.page.locator(".as-result__n")).to_contain_text("80.00")
    office.press("Release the feedback to the team")


def resolve(secretary: Walker) -> None:
    """Put it on the agenda, open the meeting, let people in, draft and adopt the resolution."""
    page = secretary.page
    secretary.go("/tasks")
    with page.expect_navigation():
        page.locator("main a[href*='/meetings/']").first.click()
    meeting = page.url.split("#")[0]
    page.goto(f"{meeting}/agenda?matter=label.award")
    for box in page.locator("input[name=ref]").all():
        box.set_checked(box.evaluate("box => box.parentElement.textContent").strip() == PLACE[secretary.lang])
    secretary.press("Put these on the agenda as one item")
    item = page.url.removesuffix("/edit")
    page.goto(f"{meeting}/open")
    secretary.press("Open it")
    for who in page.locator("tbody tr").all():
        if who.locator("input[name=who]").count():
            who.locator("input[name=who]").first.check()
    secretary.press("Enter for those who are ticked")
    expect(page.locator(".g-verdict")).to_contain_text(secretary.say("Quorate"))
    page.goto(item)
    secretary.press("Open this item")
    page.locator("input[name=verb][value=approve]").check(force=True)
    page.locator("textarea[name=words_th]").fill("ที่ประชุมมีมติเห็นชอบ")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"\d\d[.:]\d\d[.:]\d\d( น\.)?$"))
    secretary.press("Adopt this resolution")
    expect(page.locator(".g-res")).to_have_count(1)
    secretary.leave()


def sign(office: Walker) -> str:
    """The office signs; the certificate's number is on the page."""
    office.go("/tasks")
    with office.page.expect_navigation():
        office.page.locator("main a[href$='/recognitions/sign']").click()
    office.press("Sign those chosen")
    return office.page.locator("main a[href*='/verify/']").first.inner_text()


def read_by_a_stranger(stranger: Page, site: Site, number: str) -> None:
    """Without an account and without scripts, in both languages: the status is valid, the chain has its five links."""
    for lang, valid in (("", "รับรองแล้ว"), ("/en", "Recognised")):
        stranger.goto(f"{site.url}{lang}/verify/{number}")
        expect(stranger.locator(".rg-status")).to_contain_text(valid)
        assert stranger.locator(".rg-chain a, .ng-chain a").count() >= 5
    answer = stranger.request.get(f"{site.url}/verify/{number}.json").json()
    assert (answer["status"], answer["certificate"]["sound"]) == ("recognised", True)
    assert (answer["granted_by"]["quorum"]["present"], answer["granted_by"]["quorum"]["recused"]) == (9, 0)
    paper = stranger.request.get(f"{site.url}/verify/{number}/certificate-th.pdf")
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")
