"""How many queries each kind of page takes, in the demonstration and so in any world: lists are read a page at a time."""

from typing import Any

import pytest
from django.test import Client

from nagara.assessment.models import Application, Assignment
from nagara.governance.models import Meeting
from nagara.people.models import User
from nagara.people.tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/en/", 15),
        ("/en/register", 10),
        ("/en/register?q=city&province=TH-83", 10),
        ("/en/register?as_of=2022-11-30", 10),
        ("/en/map", 9),
        ("/en/figures", 11),
        ("/en/figures?as_of=2022-11-30", 11),
        ("/en/areas/phuket", 15),
        ("/en/resolutions", 6),
        ("/en/search?q=city", 5),
        ("/en/projects", 11),
        ("/figures.json", 15),
    ],
)
def test_an_open_page_takes_so_many_queries(address: str, queries: int, demo_world: None, django_assert_num_queries: Any) -> None:
    client = Client()
    client.get(address)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("key", "address", "queries"),
    [
        ("assessor-1", "/en/assess", 9),
        ("assessor-1", "/en/assess/{sheet}", 12),
        ("office", "/en/rounds/demo-2026/office", 9),
        ("office", "/en/rounds/demo-2026/assessors", 11),
        ("office", "/en/applications/{application}/office", 11),
        ("office", "/en/recognitions", 7),
        ("office", "/en/recognitions/sign", 6),
        ("office", "/en/places", 7),
        ("office", "/en/areas/phuket/edit", 12),
        ("committee-secretary", "/en/meetings", 8),
        ("committee-secretary", "/en/meetings/{meeting}", 13),
        ("office", "/en/people/persons", 7),
        ("administrator", "/en/admin", 7),
        ("auditor", "/en/admin/record", 7),
    ],
)
def test_a_page_of_those_who_work_here_takes_so_many_queries(
    key: str, address: str, queries: int, demo_world: None, django_assert_num_queries: Any
) -> None:
    places = {
        "sheet": Assignment.objects.filter(assessor__email="assessor-1@demo.example").order_by("pk")[0].pk,
        "application": Application.objects.filter(state="in_review").order_by("pk")[0].pk,
        "meeting": Meeting.objects.filter(on_record_only=False, body__code="smart-city-committee").order_by("pk")[0].pk,
    }
    client, address = sign_in(Client(), User.objects.get(email=f"{key}@demo.example"), second_factor=True), address.format(**places)
    client.get(address)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == 200
