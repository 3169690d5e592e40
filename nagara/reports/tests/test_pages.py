"""What the pages, the data and the papers of a frozen report say: the same figures, to the digit."""

import csv
import hashlib
import json
import re
from io import BytesIO, StringIO

import openpyxl
import pytest
from django.utils.translation import override
from docx import Document
from pypdf import PdfReader

from nagara.people.roles import Role
from nagara.people.tests.cast import make_user, sign_in
from nagara.plans.actions import projects
from nagara.plans.tests.make import LOADER, NOON
from nagara.reports.models import FrozenReport
from nagara.reports.tests.make import DAY, NEXT, ascn, frozen, member, project

pytestmark = pytest.mark.django_db
ASK = {"network": "ascn", "kind": "monitoring", "as_of": "30/9/2568"}


@pytest.fixture
def report() -> FrozenReport:
    for number in range(1, 6):
        project(
            f"P-{number}", area="civic-social" if number < 3 else "built-infrastructure", stage="planning" if number < 4 else "completed"
        )
    project("S-1", member("siem-reap", "KH"), area="health-wellbeing")
    member("jakarta", "ID")
    return frozen()


def whole(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def lines_of_page(html: str) -> list[tuple[str, str, str]]:
    """(title, count, share) of each line of the tables of figures."""
    found = re.findall(r'<tr><th scope="row">([^<]*)</th><td class="n">(?:<a[^>]*>)?([\d,]+)(?:</a>)?</td><td class="n">([\d.]+ %|–)', html)
    return [(title.replace("&amp;", "&"), count, share.removesuffix(" %")) for title, count, share in found]


def test_page_csv_json_pdf_docx_and_xlsx_agree_to_the_digit(client, report):
    document = json.loads(whole(client.get(f"/reports/{report.number}.json")))
    tables = [part for name in ("focus_areas", "stages", "states") for part in document["content"]["figures"][name]]
    expected = [(part["title"]["en"], f"{part['count']:,}", f"{part['share']:.1f}") for part in tables]
    assert ("Built Infrastructure", "3", "50.0") in expected and ("Cambodia", "1", "16.7") in expected

    assert lines_of_page(client.get(f"/en/reports/{report.number}").content.decode()) == expected

    sheet = csv.DictReader(StringIO(whole(client.get(f"/reports/{report.number}.csv")).decode("utf-8-sig")))
    by_csv = [(row["title_en"], row["count"], row["share"]) for row in sheet if row["table"] in ("focus_areas", "stages", "states")]
    assert by_csv == expected

    pdf = " ".join(page.extract_text() for page in PdfReader(BytesIO(whole(client.get(f"/en/reports/{report.number}/paper.pdf")))).pages)
    plain = re.sub(r"\s+", " ", pdf)
    assert [line for line in expected if f"{line[0]} {line[1]} {line[2]} %" not in plain] == []

    paper = Document(BytesIO(whole(client.get(f"/en/reports/{report.number}/paper.docx"))))
    by_docx = [tuple(cell.text for cell in row.cells) for table in paper.tables[:3] for row in table.rows[1:]]
    assert [(title, count, share.removesuffix(" %")) for title, count, share in by_docx] == expected

    book = openpyxl.load_workbook(BytesIO(whole(client.get(f"/en/reports/{report.number}/paper.xlsx"))))
    cells = [tuple(cell.value for cell in row[:3]) for row in book.worksheets[0].iter_rows()]
    by_xlsx = [(title, f"{count:,}", f"{share:.1f}") for title, count, share in cells if isinstance(count, int) and share is not None]
    assert [line for line in by_xlsx if line in expected][: len(expected)] == expected
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_json_file_has_the_digest_that_the_page_prints(client, report):
    content = whole(client.get(f"/reports/{report.number}.json"))
    assert hashlib.sha256(content).hexdigest() == report.digest
    assert report.digest in client.get(f"/reports/{report.number}").content.decode()


def test_a_change_of_the_record_changes_no_byte_of_any_form(client, report):
    addresses = [f"/en/reports/{report.number}{end}" for end in ("", "/rows", "/paper.pdf", "/paper.docx", "/paper.xlsx")]
    data = [f"/reports/{report.number}{end}" for end in (".json", ".csv", "/projects.csv")]

    def bodies() -> list[bytes]:
        return [re.sub(rb"<footer.*</footer>", b"", whole(client.get(address)), flags=re.S) for address in [*addresses, *data]]

    before = bodies()
    city = member()
    city.name = {"th": "ชื่อใหม่", "en": "New name"}
    city.save()
    projects.set_stage(city.projects.get(key="P-1"), stage="ongoing", status="", on=DAY, by=LOADER, at=NOON)
    project("P-99")
    assert bodies() == before


def test_each_figure_opens_its_rows_and_each_row_its_source(client, report):
    page = client.get(f"/reports/{report.number}").content.decode()
    links = re.findall(rf'/reports/{report.number}/rows\?[^"]*', page)
    assert f"/reports/{report.number}/rows?area=civic-social" in links and f"/reports/{report.number}/rows?state=KH" in links
    for link in links:
        count = int(re.search(rf'href="{re.escape(link)}">(\d+)<', page)[1])
        rows = client.get(link).content.decode()
        assert rows.count("/rows/project/") == count
    row = client.get(f"/en/reports/{report.number}/rows/project/1").content.decode()
    assert "entered from its source" in row


def test_names_of_persons_are_shown_to_those_who_answer_for_the_record_only(client, report):
    officer = make_user("Somchai Jaidee", (Role.CITY_OFFICER, "city:rayong"))
    made = project("P-77")
    projects.set_stage(made, stage="ongoing", status="", on=DAY, by=officer, at=NOON)
    new = frozen(NEXT)
    position = new.rows.get(code="P-77").position
    address = f"/en/reports/{new.number}/rows/project/{position}"
    for visitor in (None, officer, make_user("member of a body", Role.MEMBER)):
        if visitor:
            sign_in(client, visitor)
        page = client.get(address).content.decode().split("<main")[1]
        assert "Somchai" not in page and "Who wrote it" not in page
    for visitor in (make_user("auditor", Role.AUDITOR), make_user("secretariat", Role.NETWORK_SECRETARIAT)):
        sign_in(client, visitor)
        assert "Somchai Jaidee" in client.get(address).content.decode()


def test_members_are_listed_with_what_they_have_not_answered(client, report):
    page = client.get(f"/en/reports/{report.number}/members").content.decode()
    assert [name in page for name in ("Rayong", "Siem-Reap", "Jakarta")] == [True, True, True]
    silent = client.get(f"/en/reports/{report.number}/members?silent=1").content.decode()
    assert "Jakarta" in silent and "Rayong" not in silent


def test_a_filter_that_names_nothing_is_refused_rather_than_ignored(client, report):
    assert client.get(f"/reports/{report.number}/rows?area=nowhere").status_code == 400
    assert client.get(f"/reports/{report.number}/rows/project/999").status_code == 404
    assert client.get(f"/reports/{report.number}/rows/odd/1").status_code == 404
    assert client.get("/reports/ASCN-ME-1999-1").status_code == 404
    assert client.get(f"/reports/{report.number}/paper.exe").status_code == 404


def test_only_the_secretariat_looks_a_report_through_and_freezes_it(client):
    project("P-1")
    for visitor in (make_user("city officer", (Role.CITY_OFFICER, "city:rayong")), make_user("programme office", Role.OFFICE)):
        sign_in(client, visitor, second_factor=True)
        assert client.get("/reports/preview", ASK).status_code == 403
        assert client.post("/reports/freeze", ASK).status_code == 403
        assert 'name="as_of"' not in client.get("/reports").content.decode()
    assert not FrozenReport.objects.exists()
    secretariat = make_user("secretariat", (Role.NETWORK_SECRETARIAT, "network:ascn"))
    sign_in(client, secretariat)
    assert client.get("/reports/preview", ASK).status_code == 200
    assert client.post("/reports/freeze", ASK).status_code == 403
    sign_in(client, secretariat, second_factor=True)
    assert client.post("/reports/freeze", ASK)["Location"] == "/reports/ASCN-ME-2025-1"
    assert client.post("/reports/freeze", ASK).status_code == 409
    assert FrozenReport.objects.count() == 1


def test_a_day_that_cannot_be_read_or_has_not_come_is_said_at_its_field(client):
    ascn()
    sign_in(client, make_user("secretariat", Role.NETWORK_SECRETARIAT))
    for typed in ("31/2/2568", "1/1/2600", ""):
        answer = client.get("/en/reports/preview", {**ASK, "as_of": typed})
        assert answer.status_code in (400, 422)
        assert "as_of" in answer.context["form"].errors


def test_a_correction_is_named_on_the_old_report_on_page_and_paper(client, report):
    secretariat = make_user("secretariat", Role.NETWORK_SECRETARIAT)
    before = whole(client.get(f"/en/reports/{report.number}/paper.pdf"))
    sign_in(client, secretariat, second_factor=True)
    assert client.post(f"/reports/{report.number}/correct", {"why": ""}).status_code == 200
    answer = client.post(f"/reports/{report.number}/correct", {"why": "P-1 was counted twice"})
    assert answer["Location"] == "/reports/ASCN-ME-2025-2"
    page = client.get(f"/en/reports/{report.number}").content.decode()
    assert "This report was corrected" in page and "ASCN-ME-2025-2" in page and "P-1 was counted twice" in page
    after = whole(client.get(f"/en/reports/{report.number}/paper.pdf"))
    assert before != after and "ASCN-ME-2025-2" in PdfReader(BytesIO(after)).pages[0].extract_text()


def test_pages_take_a_literal_number_of_queries(client, report, django_assert_num_queries):
    for address, number in (
        ("/reports", 2),
        (f"/reports/{report.number}", 3),
        (f"/reports/{report.number}/rows", 3),
        (f"/reports/{report.number}/rows/project/1", 2),
        (f"/reports/{report.number}/members", 1),
        (f"/reports/{report.number}.json", 4),
        ("/reports/reconciliation", 2),
    ):
        with django_assert_num_queries(number):
            whole(client.get(address))
    project("P-50")
    frozen(NEXT)
    with django_assert_num_queries(2):
        client.get("/reports")


def test_every_page_is_there_in_english_too(client, report):
    with override("en"):
        for end in ("", f"/{report.number}", f"/{report.number}/rows", f"/{report.number}/rows/project/1", "/reconciliation"):
            assert client.get(f"/en/reports{end}").status_code == 200
