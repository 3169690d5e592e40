"""No address that a stranger can type breaks a page: every open page, and every page of the staff, with bad queries and bad paths."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from demo.tests.walk import walk
from nagara.assessment.models import Application, Assignment, Evidence, Round
from nagara.audit.models import Entry
from nagara.governance.models import AgendaItem, Body, Meeting, Resolution
from nagara.people.models import Organisation, Person, User
from nagara.people.tests.cast import sign_in
from nagara.places.models import Area, City
from nagara.plans.models import Project
from nagara.recognition.models import Certificate, Recognition
from nagara.rulebook.models import Edition
from nagara.toolkit.texts import plain

pytestmark = pytest.mark.django_db

WORDS = [
    "%00",  # PostgreSQL keeps no NUL
    "a%00b",
    "%ED%A0%80",  # half a character
    "9" * 400,  # no integer column holds it
    "9" * 5000,  # more digits than Python reads
    "-1",
    "x" * 10_000,
    "%E0%B9%99" * 5,  # Thai digits
    "%C2%B2",  # a digit to isdigit(), none to int()
    "NaN",
    "%27%22%25%5C_%28",
    "9999-99-99",
    "2026-11-21T12:00:00Z,99999999999999999999",
]
"""What stands in the place of a word or a number, as it is typed into an address."""

WORST = ["%00", "9" * 5000, "%C2%B2"]

DAYS = ["%00", "9999-99-99", "0001-01-01", "9999-12-31", "2399-12-31"]
"""What stands in the place of a day. Every page reads one."""

PATHS = ["%00", "%ED%A0%80", "9" * 400, "x" * 10_000, "0001-01-01"]
"""What stands in the path."""


class Noted(QueryDict):
    """A query that notes which of its names a page asks for."""

    asked: set[str] = set()

    def _list_or_last(self, key: Any) -> None:
        self.asked.add(str(key))

    def get(self, key: Any, default: Any = None) -> Any:
        self._list_or_last(key)
        return super().get(key, default)

    def getlist(self, key: Any, default: Any = None) -> Any:
        self._list_or_last(key)
        return super().getlist(key, default)

    def __getitem__(self, key: Any) -> Any:
        self._list_or_last(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._list_or_last(key)
        return super().__contains__(key)


def _patterns(resolver: URLResolver, lead: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = lead + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, entry.callback
        else:
            yield from _patterns(entry, path)


def _is_open(view: Any) -> bool:
    return not getattr(view, "login_required", True)


def _rows() -> dict[str, Any]:
    """What stands in the places of an address: the first words of the address decide which row."""
    review = Assignment.objects.filter(state="submitted").order_by("pk").first() or Assignment.objects.order_by("pk")[0]
    return {
        "areas/<slug:slug>": Area.objects.order_by("pk")[0].slug,
        "cities/<slug:slug>": City.objects.filter(projects__isnull=False).order_by("pk")[0].slug,
        "cities/<slug:slug>/projects/<str:key>": "/projects/".join(Project.objects.order_by("pk").values_list("city__slug", "key")[0]),
        "rounds/<slug:slug>": Round.objects.get().slug,
        "applications/<int:pk>": Application.objects.order_by("pk")[2].pk,
        "assess/<int:pk>": review.pk,
        "meetings/<int:pk>": Meeting.objects.filter(on_record_only=False).order_by("pk")[0].pk,
        "resolutions/<int:pk>": Resolution.objects.order_by("pk")[0].pk,
        "resolutions/meetings/<int:pk>": Meeting.objects.filter(on_record_only=True).order_by("pk")[0].pk,
        "bodies/<slug:code>": Body.objects.order_by("pk")[0].code,
        "recognitions/<int:pk>": Recognition.objects.order_by("pk")[0].pk,
        "people/persons/<int:pk>": Person.objects.order_by("pk")[0].pk,
        "people/organisations/<int:pk>": Organisation.objects.order_by("pk")[0].pk,
        "admin/accounts/<int:pk>": User.objects.order_by("pk")[0].pk,
        "admin/record/<int:seq>": Entry.objects.order_by("pk")[0].pk,
    }


PARTS: dict[str, Any] = {
    "day": lambda: Edition.objects.order_by("pk")[0].in_force.isoformat(),
    "edition": lambda: Edition.objects.order_by("pk")[0].in_force.isoformat(),
    "programme": lambda: Edition.objects.order_by("pk")[0].programme,
    "number": lambda: next(iter(Certificate.objects.values_list("number", flat=True)), "SCT-0001-1"),
    "item": lambda: AgendaItem.objects.filter(meeting__on_record_only=False).order_by("pk")[0].pk,
    "evidence_pk": lambda: Evidence.objects.order_by("pk")[0].pk,
    "tier": "label",
    "purpose": "revocation",
    "kind": "person",
    "lang": "th",
}
"""What stands in the other places."""

_PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def _filled(path: str, rows: dict[str, Any], hostile: str = "") -> str:
    """The address with what is there in each place; or with `hostile` in each place that takes words."""
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<str:\1>", path.replace("^", "")).replace("\\.", ".").rstrip("$")
    if not hostile:
        for lead, value in sorted(rows.items(), key=lambda row: -len(row[0])):
            if path.startswith(lead):
                path = path.replace(lead, lead[: lead.index("<")] + str(value), 1)
                break

    def value(match: re.Match[str]) -> str:
        if hostile:
            return hostile
        found = PARTS.get(match["name"], "1")
        return str(found() if callable(found) else found)

    return _PLACE.sub(value, path)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> type[Noted]:
    """Queries that note what is asked of them."""
    monkeypatch.setattr("django.core.handlers.wsgi.QueryDict", Noted)
    monkeypatch.setattr("django.http.request.QueryDict", Noted)
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    return Noted


def _answer(client: Client, address: str) -> str:
    """What is wrong with the answer, "" where nothing is. An error leaves the database as it was."""
    try:
        with transaction.atomic():
            answer = client.get(address)
            if getattr(answer, "streaming", False):
                for _piece in answer.streaming_content:
                    pass
    except Exception as error:  # every kind is a fault here: it is named, and the test fails
        return f"{type(error).__name__}: {str(error)[:120]}"
    return f"answered {answer.status_code}" if answer.status_code >= 500 else ""


def _try(client: Client, paths: list[str], noted: type[Noted], *, words: list[str], days: list[str]) -> list[str]:
    faults, answered = [], 0
    for path in paths:
        noted.asked = set()
        if fault := _answer(client, path):
            faults.append(f"{path} {fault}")
            continue
        answered += client.get(path).status_code == 200
        names = sorted(noted.asked - {"as_of", "csrfmiddlewaretoken"})
        # One that is refused can hide the next one: the worst are tried in one place at a time.
        queries = ["&".join(f"{name}={value}" for name in names) for value in words] if names else []
        queries += [f"{name}={value}" for name in names for value in WORST] if len(names) > 1 else []
        queries += [f"as_of={value}" for value in days if "as_of" in noted.asked]
        faults += [f"{path}?{query[:60]} {fault}" for query in queries if (fault := _answer(client, f"{path}?{query}"))]
    assert answered > len(paths) / 2, "most addresses lead to a page"
    return faults


def _paths(*, opened: bool) -> list[str]:
    rows = _rows()
    return sorted({f"/{_filled(path, rows)}" for path, view in _patterns(get_resolver()) if _is_open(view) == opened})


def test_no_query_breaks_an_open_page(demo_world: None, noted: type[Noted]) -> None:
    walk(at=timezone.now() + timedelta(hours=1))
    assert _try(Client(), _paths(opened=True), noted, words=[*WORDS, *DAYS], days=DAYS) == []


def test_no_query_breaks_a_page_of_those_who_work_here(demo_world: None, noted: type[Noted]) -> None:
    """Each page is tried by the first of them who may open it."""
    left, faults = [path for path in _paths(opened=False) if not path.startswith("/accounts/")], []
    for key in ("office", "administrator", "assessor-1", "committee-secretary", "city-officer-2"):
        client = sign_in(Client(), User.objects.get(email=f"{key}@demo.example"), second_factor=True)
        reached = [path for path in left if client.get(path).status_code == 200]
        assert reached, key
        faults += _try(client, reached, noted, words=WORST, days=[])
        left = [path for path in left if path not in reached]
    assert faults == []


def test_no_path_breaks_anything(demo_world: None, noted: type[Noted]) -> None:
    client = sign_in(Client(), User.objects.get(email="office@demo.example"), second_factor=True)
    found = {f"/{_filled(path, {}, hostile)}" for path, _view in _patterns(get_resolver()) if "<" in path for hostile in PATHS}
    assert [f"{path[:80]} {fault}" for path in sorted(found) if (fault := _answer(client, path))] == []


def test_what_no_database_keeps_is_left_out_of_a_form(demo_world: None) -> None:
    client = sign_in(Client(), User.objects.get(email="office@demo.example"), second_factor=True)
    client.post("/people/organisations/new", {"code": "n\x00ul", "kind": "local", "name_th": "เท\x00ศบาล", "name_en": "N\x00ul"})
    assert Organisation.objects.get(code="nul").name == {"th": "เทศบาล", "en": "Nul"}


def test_half_a_character_is_left_out() -> None:
    assert plain("a\ud800b\x00c") == "abc"
