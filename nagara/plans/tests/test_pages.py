"""The pages: what anyone may read, what nobody else may change, how many queries each takes, and that nothing typed is lost."""

from datetime import date
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from nagara.people.models import User
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.plans import jobs
from nagara.plans.actions import parts, plans, projects
from nagara.plans.data import BudgetData, MilestoneData, RiskData
from nagara.plans.models import Milestone, Project, SheetImport
from nagara.plans.states import ImportState
from nagara.plans.tests.books import project as row_of
from nagara.plans.tests.books import workbook
from nagara.plans.tests.make import LOADER, NOON, data, make_city, make_project
from nagara.plans.tests.test_parts import PLAN, STONES

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    make_city("rayong", th="ระยอง", en="Rayong")
    return make_user("officer", (Role.CITY_OFFICER, "city:rayong"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def read(client: Client, address: str) -> Any:
    """What an address answers as JSON, piece by piece."""
    return orjson.loads(b"".join(client.get(address).streaming_content))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_projects_takes_eleven_queries(client: Client, django_assert_num_queries: Any, count: int):
    for number in range(count):
        make_project(make_city(f"city-{number}"), key=f"P-{number}", title=f"Project {number}")
    with django_assert_num_queries(11):
        page = client.get("/en/projects")
    assert page.content.decode().count('<th scope="row">') == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_project_takes_ten_queries(client: Client, django_assert_num_queries: Any, count: int):
    project = make_project()
    rows = [MilestoneData(f"M{number}", {"th": "x"}, date(2026, 1, 1 + number)) for number in range(count)]
    parts.keep_milestones(project, rows=rows, revision=1, by=LOADER, at=NOON)
    project.refresh_from_db()
    money = [BudgetData(f"S{number}", "budget", 1, "THB") for number in range(count)]  # type: ignore[arg-type]
    parts.keep_budget(project, rows=money, revision=2, by=LOADER, at=NOON)
    with django_assert_num_queries(10):
        assert client.get("/en/cities/rayong/projects/P-1").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_plans_takes_three_queries(client: Client, django_assert_num_queries: Any, count: int):
    for number in range(count):
        version = plans.draft(make_city(f"city-{number}"), data=PLAN, by=LOADER, at=NOON)
        plans.adopt(version, on=date(2026, 1, 1), by=LOADER, at=NOON, proof=None)
    with django_assert_num_queries(3):
        page = client.get("/en/plans")
    assert page.content.decode().count('<th scope="row">') == count


def test_the_page_of_a_plan_takes_ten_queries(client: Client, django_assert_num_queries: Any):
    version = plans.draft(make_city(), data=PLAN, by=LOADER, at=NOON)
    plans.adopt(version, on=date(2026, 1, 1), by=LOADER, at=NOON, proof=None)
    make_project()
    with django_assert_num_queries(10):
        assert client.get("/en/cities/rayong/plan").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_rates_and_of_imports_take_a_few(officer: User, django_assert_num_queries: Any, count: int, settings: Any):
    settings.IMPORTS_BESIDE = False
    client = signed_in(officer)
    for number in range(count):
        raw = workbook([row_of(key=f"R-{number}")]).getvalue()
        client.post("/en/projects/import", {"file": SimpleUploadedFile(f"b{number}.xlsx", raw)})
    with django_assert_num_queries(8):
        page = client.get("/en/projects/import")
    assert page.content.decode().count('<th scope="row">') == count


def test_anyone_reads_and_the_reader_finds_no_door_to_change(client: Client):
    make_project()
    page = client.get("/en/cities/rayong/projects/P-1").content.decode()
    assert "/edit" not in page
    assert "not on record" in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/en/projects?area=smart-living", 400),
        ("/en/projects?city=atlantis", 400),
        ("/en/projects?stage=dreaming", 400),
        ("/en/projects?state=XX", 400),
        ("/en/projects?year=69", 400),
        ("/en/projects?q=%00", 200),
        ("/en/projects?page=999", 200),
        ("/en/cities/nowhere/plan", 404),
        ("/en/cities/rayong/projects/NO", 404),
        ("/projects.json?area=smart-living", 400),
        ("/projects.json?as_of=soon", 400),
    ],
)
def test_what_names_nothing_is_said_in_words_not_ignored(client: Client, address: str, status: int):
    make_project()
    assert client.get(address).status_code == status


def test_filters_narrow_the_list(client: Client):
    make_project(make_city("rayong"), key="BUS", title="Smart bus", starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1))
    make_project(make_city("phnom-penh", "KH"), key="AIR", title="Clean air", area="quality-environment", stage="ongoing")
    for query, key in (
        ("q=smart", "BUS"),
        ("area=quality-environment", "AIR"),
        ("stage=ongoing", "AIR"),
        ("state=KH", "AIR"),
        ("city=rayong", "BUS"),
        ("year=2569", "BUS"),
        ("year=2027", "BUS"),
    ):
        found = read(client, f"/projects.json?{query}")
        assert [row["key"] for row in found["projects"]] == [key], query


def test_a_past_day_shows_the_past(client: Client):
    project = make_project(entered_on=date(2024, 1, 1))
    projects.set_stage(project, stage="ongoing", status="", on=date(2025, 1, 1), by=LOADER, at=NOON)
    assert read(client, "/projects.json?as_of=2023-12-31")["projects"] == []
    assert read(client, "/projects.json?as_of=2024-06-01")["projects"][0]["stage"] == "planning"
    assert read(client, "/projects.json?as_of=2025-06-01")["projects"][0]["stage"] == "ongoing"
    page = client.get("/en/cities/rayong/projects/P-1?as_of=2023-12-31").content.decode()
    assert "not in the record on this day" in page


def addresses(project: Project) -> list[str]:
    return [
        reverse("plans:edit", args=[project.pk]),
        reverse("plans:stage", args=[project.pk]),
        reverse("plans:leave", args=[project.pk]),
        reverse("plans:photos", args=[project.pk]),
        *(reverse("plans:parts", args=[project.pk, kind]) for kind in ("milestones", "money", "partners", "risks")),
        reverse("plans:progress", args=[project.city.slug]),
    ]


def test_doors_are_closed_to_visitors_and_to_officers_of_other_cities(client: Client):
    project = make_project()
    other = signed_in(make_user("other", (Role.CITY_OFFICER, "city:phuket")))
    for address in addresses(project):
        assert client.get(address).status_code == 302, address
        assert other.get(address).status_code == 404, address
        assert other.post(address, {}).status_code == 404, address
    assert other.post("/cities/rayong/plan/draft").status_code == 404


def test_doors_are_open_to_the_officer_of_the_city(officer: User):
    client = signed_in(officer)
    project = make_project()
    for address in [*addresses(project), "/en/projects/new?city=rayong", "/en/projects/import", "/en/projects/template.xlsx"]:
        assert client.get(address).status_code == 200, address
    assert client.get("/en/projects/new").url == "/en/projects/new?city=rayong"  # type: ignore[attr-defined]


def test_the_secretariat_reads_risks_and_changes_nothing():
    project = make_project()
    parts.keep_risks(project, rows=[RiskData({"en": "Prices may rise"}, 3, 4)], revision=1, by=LOADER, at=NOON)
    secretariat = signed_in(make_user("secretariat", Role.NETWORK_SECRETARIAT))
    page = secretariat.get("/en/cities/rayong/projects/P-1").content.decode()
    assert "Prices may rise" in page
    assert "Prices may rise" not in Client().get("/en/cities/rayong/projects/P-1").content.decode()
    assert all(secretariat.get(address).status_code == 404 for address in addresses(project))


FORM = {
    "key": "RYG-7",
    "title_0": "รถโดยสาร",
    "title_1": "Bus",
    "main_area": "built-infrastructure",
    "sub_types": ["mobility"],
    "stage": "planning",
    "status": "identification",
    "entered_on": "5 ม.ค. 2569",
    "starts_on": "1/10/2569",
}


def names_of(page: str, like: dict[str, Any]) -> dict[str, Any]:
    """The form's own names for texts in two languages."""
    return {name.replace("_0", "_th").replace("_1", "_en") if f'name="{name}"' not in page else name: value for name, value in like.items()}


def test_a_project_is_entered_by_its_form(officer: User):
    client = signed_in(officer)
    page = client.get("/en/projects/new?city=rayong").content.decode()
    answer = client.post("/en/projects/new?city=rayong", names_of(page, FORM))
    assert answer.status_code == 302, answer.content.decode()
    project = Project.objects.get()
    assert (project.entered_on, project.starts_on, project.title["th"]) == (date(2026, 1, 5), date(2026, 10, 1), "รถโดยสาร")


def test_what_was_typed_stays_when_a_project_is_refused(officer: User):
    client = signed_in(officer)
    page = client.get("/en/projects/new?city=rayong").content.decode()
    answer = client.post("/en/projects/new?city=rayong", names_of(page, FORM | {"status": "implementation", "ends_on": "30 ก.พ. 2570"}))
    said = answer.content.decode()
    assert "รถโดยสาร" in said
    assert "30 ก.พ. 2570" in said
    assert not Project.objects.exists()


def edit_form(client: Client, project: Project) -> dict[str, Any]:
    """What the page of editing would post as it stands."""
    context = client.get(reverse("plans:edit", args=[project.pk])).context
    form = context["form"]
    posted = {"revision": context["revision"], "base": context["base"], "main_area": form["main_area"].value(), "place": ""}
    for code in ("th", "en"):
        posted[f"title_{code}"] = project.title.get(code, "")
    return posted


def test_two_editors_see_both_values_and_choose(officer: User):
    client = signed_in(officer)
    project = make_project(title="Smart bus")
    mine = edit_form(client, project) | {"title_en": "My bus"}
    projects.change(project, data=data("Smart bus", place="Their street"), revision=1, by=LOADER, at=NOON)
    clash = client.post(f"/en/projects/{project.pk}/edit", mine)
    assert clash.status_code == 409
    rows = {row["name"]: row for row in clash.context["rows"]}
    assert sorted(rows) == ["place", "title"]
    assert rows["title"]["keep"] == "mine"
    assert rows["place"]["keep"] == "theirs"
    project.refresh_from_db()
    assert (project.title["en"], project.place) == ("Smart bus", "Their street")
    chosen = dict(clash.context["posted"]) | {
        "revision": clash.context["revision"],
        "base": clash.context["base"],
        "chosen": "1",
        "keep_title": "mine",
        "keep_place": "theirs",
    }
    assert client.post(f"/en/projects/{project.pk}/edit", chosen).status_code == 302
    project.refresh_from_db()
    assert (project.title["en"], project.place) == ("My bus", "Their street")


def test_a_title_in_a_third_language_survives_the_form(officer: User):
    client = signed_in(officer)
    project = make_project()
    Project.objects.filter(pk=project.pk).update(title={"th": "ไทย", "id": "Bus pintar"})
    project.refresh_from_db()
    client.post(f"/en/projects/{project.pk}/edit", edit_form(client, project) | {"title_en": "Bus"})
    project.refresh_from_db()
    assert project.title == {"th": "ไทย", "en": "Bus", "id": "Bus pintar"}


def test_the_quick_form_asks_only_what_wants_an_answer(officer: User):
    client = signed_in(officer)
    project = parts.keep_milestones(make_project(), rows=STONES, revision=1, by=LOADER, at=NOON.replace(month=10))
    page = client.get("/en/cities/rayong/milestones")
    assert [item["row"].code for item in page.context["items"]] == ["M2"]
    row = project.milestones.get(code="M2")
    said = {"milestone": row.pk, f"seen{row.pk}": row.changed_at.isoformat(), f"m{row.pk}-forecast_on": "1 มี.ค. 2570"}
    assert client.post("/en/cities/rayong/milestones", said).status_code == 302
    row.refresh_from_db()
    assert row.forecast_on == date(2027, 3, 1)
    assert [item["row"].code for item in client.get("/en/cities/rayong/milestones").context["items"]] == []
    assert len(client.get("/en/cities/rayong/milestones?all=1").context["items"]) == 2


def test_the_quick_form_shows_both_values_where_somebody_else_was_quicker(officer: User):
    client = signed_in(officer)
    project = parts.keep_milestones(make_project(), rows=STONES, revision=1, by=LOADER, at=NOON)
    row = project.milestones.get(code="M2")
    said = {"milestone": row.pk, f"seen{row.pk}": row.changed_at.isoformat(), f"m{row.pk}-note": "mine"}
    Milestone.objects.filter(pk=row.pk).update(note="theirs", changed_at=NOON.replace(year=2027))
    clash = client.post("/en/cities/rayong/milestones", said)
    assert clash.status_code == 409
    text = clash.content.decode()
    assert "mine" in text
    assert "theirs" in text
    again = said | {f"seen{row.pk}": clash.context["items"][0]["seen"].isoformat()}
    assert client.post("/en/cities/rayong/milestones", again).status_code == 302


def test_rows_of_a_project_are_kept_by_their_form(officer: User):
    client = signed_in(officer)
    project = make_project()
    said = {
        "revision": 1,
        "row-TOTAL_FORMS": 2,
        "row-INITIAL_FORMS": 0,
        "row-0-origin": "เทศบาล",
        "row-0-kind": "budget",
        "row-0-year": "2569",
        "row-0-amount": "๑,๕๐๐,๐๐๐.๕๐",
        "row-0-currency": "thb",
        "row-1-kind": "budget",
    }
    assert client.post(f"/en/projects/{project.pk}/money", said).status_code == 302
    line = project.budget.get()
    assert (str(line.amount), line.year, line.currency) == ("1500000.50", 2026, "THB")
    wrong = said | {"revision": 2, "row-0-amount": "12,5"}
    answer = client.post(f"/en/projects/{project.pk}/money", wrong)
    assert answer.status_code == 422
    assert 'value="12,5"' in answer.content.decode()


def test_a_stale_list_is_answered_with_what_is_saved_now(officer: User):
    client = signed_in(officer)
    project = make_project()
    parts.keep_risks(project, rows=[RiskData({"en": "Theirs"}, 1, 1)], revision=1, by=LOADER, at=NOON)
    said = {
        "revision": 1,
        "row-TOTAL_FORMS": 1,
        "row-INITIAL_FORMS": 0,
        "row-0-text_en": "Mine",
        "row-0-text_1": "Mine",
        "row-0-likelihood": 2,
        "row-0-impact": 2,
        "row-0-state": "open",
    }
    answer = client.post(f"/en/projects/{project.pk}/risks", said)
    assert answer.status_code == 409
    assert "Mine" in answer.content.decode()
    assert "Theirs" in answer.content.decode()


def test_the_plan_is_edited_compared_and_adopting_asks_for_the_second_factor(officer: User):
    client = signed_in(officer)
    first = plans.draft(make_city("rayong"), data=PLAN, by=LOADER, at=NOON)
    plans.adopt(first, on=date(2026, 1, 1), by=LOADER, at=NOON, proof=None)
    draft = client.post("/en/cities/rayong/plan/draft").url  # type: ignore[attr-defined]
    page = client.get(draft)
    form = page.context["form"]
    said = {"revision": 1, "vision_th": "ใหม่", "vision_0": "ใหม่", "first_year": form["first_year"].value(), "last_year": "2575"}
    for name, rows in page.context["sets"].items():
        said |= {f"{name}-TOTAL_FORMS": len(rows.forms), f"{name}-INITIAL_FORMS": rows.initial_form_count()}
    said |= {"focus-0-printed": "Smart Living", "focus-1-printed": "Clean air", "focus-1-area": "quality-environment"}
    assert client.post(draft, said).status_code == 302
    rows = client.get("/en/cities/rayong/plan/compare").context["rows"]
    assert {row["label"] for row in rows if not row["same"]} >= {"Period", "Vision", "Strategic targets", "Priority projects"}
    assert Client().get("/en/cities/rayong/plan?version=2").context["version"] is None
    adopt = draft.replace("/edit", "/adopt")
    assert client.get(adopt).status_code == 302
    assert client.post(adopt, {"on": "1/9/2569"}).status_code == 403


def test_a_workbook_goes_up_is_read_shows_its_faults_and_gives_them_back(officer: User, settings: Any):
    settings.IMPORTS_BESIDE = False
    client = signed_in(officer)
    raw = workbook([row_of(stage="dreaming")]).getvalue()
    answer = client.post("/en/projects/import", {"file": SimpleUploadedFile("b.xlsx", raw)})
    sheet = SheetImport.objects.get()
    assert answer.url == f"/en/projects/import/{sheet.pk}"  # type: ignore[attr-defined]
    assert 'http-equiv="refresh"' in client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    jobs.run(sheet.pk, clock=lambda: NOON)
    page = client.get(f"/en/projects/import/{sheet.pk}").content.decode()
    assert "1 fault: nothing was loaded" in page
    assert "dreaming" in page
    assert client.get(f"/en/projects/import/{sheet.pk}/state").headers["HX-Refresh"] == "true"
    assert client.get(f"/en/projects/import/{sheet.pk}/faults.csv").content.startswith(b"\xef\xbb\xbf")
    assert client.get(f"/en/projects/import/{sheet.pk}/faults.xlsx").content.startswith(b"PK")
    other = signed_in(make_user("other", (Role.CITY_OFFICER, "city:rayong")))
    assert other.get(f"/en/projects/import/{sheet.pk}").status_code == 404
    assert other.get(f"/en/projects/import/{sheet.pk}/faults.csv").status_code == 404


def test_a_sound_workbook_is_loaded_by_a_second_press(officer: User, settings: Any):
    settings.IMPORTS_BESIDE = False
    client = signed_in(officer)
    client.post("/en/projects/import", {"file": SimpleUploadedFile("b.xlsx", workbook([row_of()]).getvalue())})
    sheet = SheetImport.objects.get()
    jobs.run(sheet.pk, clock=lambda: NOON)
    assert not Project.objects.exists()
    for _press in range(2):
        assert client.post(f"/en/projects/import/{sheet.pk}/load").status_code == 302
    jobs.take_up(clock=lambda: NOON)
    sheet.refresh_from_db()
    assert sheet.state == ImportState.LOADED
    assert client.post(f"/en/projects/import/{sheet.pk}/load").status_code == 302
    assert Project.objects.count() == 1


def test_the_tasks_of_an_officer_name_milestones_drafts_and_workbooks(officer: User, settings: Any):
    settings.IMPORTS_BESIDE = False
    client = signed_in(officer)
    parts.keep_milestones(make_project(), rows=STONES, revision=1, by=LOADER, at=NOON)
    plans.draft(make_city("rayong"), by=officer, at=NOON)
    client.post("/en/projects/import", {"file": SimpleUploadedFile("b.xlsx", workbook([row_of(stage="x")]).getvalue())})
    jobs.take_up(clock=lambda: NOON)
    page = client.get("/en/tasks").content.decode()
    for words in ("Report 1 milestone of Rayong", "Finish the draft of the plan of Rayong", "Mend the workbook “b.xlsx”"):
        assert words in page
