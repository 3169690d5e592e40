"""After the line was walked, every public page says so, one click from the next; and the demonstration says what is invented."""

import json
import re

import pytest
from django.test import Client

from demo.tests.walk import walk
from nagara.governance.models import Meeting


@pytest.fixture
def walked(demo_world, noon):
    return walk(at=noon)


@pytest.fixture(autouse=True)
def _today(monkeypatch, noon):
    """The pages look at the clock: it stands at noon of the day of the walk."""
    monkeypatch.setattr("nagara.toolkit.asof.timezone.localdate", lambda value=None: (value or noon).date())


def test_the_count_is_one_higher_everywhere(walked, client: Client):
    page = client.get("/en/").content.decode()
    assert '<span class="ng-figure__n">38</span>' in page
    assert "1 of them is invented for the demonstration" in page
    assert client.get("/en/register").context["page"].paginator.count == 38
    assert json.loads(client.get("/figures.json").content)["recognised_areas"] == 38
    assert '<span class="ng-figure__n">37</span>' in client.get("/en/?as_of=2026-11-20").content.decode()


def test_the_chain_has_no_gap(walked, client: Client):
    page = client.get("/en/areas/tha-thong-town-invented").content.decode()
    chain = page[page.index("ng-chain") : page.index("</ol>", page.index("ng-chain"))]
    assert "data-gap" not in chain
    assert [words.strip() for words in re.findall(r"<strong>(.*?)</strong>", chain)] == [
        "No. SCT-0038-1",
        "approved, meeting 1/2569",
        "9 of 9 seats",
        "83.11 of 100",
        "5 documents",
    ]
    links = re.findall(r'href="([^"]+)"', chain)
    assert [client.get(link.partition("#")[0] or "/en/areas/tha-thong-town-invented").status_code for link in links] == [200] * 5


def test_the_scores_name_no_person(walked, client: Client):
    page = client.get("/en/areas/tha-thong-town-invented").content.decode()
    for family in ("กานดา", "Kanda", "Phum", "Mali", "Lekha", "Prathan"):
        assert family not in page


def test_the_resolution_says_what_it_did_and_with_which_quorum(walked, client: Client):
    page = client.get(f"/en/resolutions/{walked.decided_by_id}").content.decode()
    assert "9 of 9 seats" in page
    assert "Tha Thong Town (invented)" in page
    assert "Subcommittee 1/2569" in page
    assert "invented for the demonstration" in page


def test_the_meeting_is_public_without_its_persons(walked, client: Client):
    page = client.get(f"/en/resolutions/meetings/{walked.decided_by.item.meeting_id}").content.decode()
    assert "Award of the logo" in page
    assert "Prathan" not in page


def test_a_meeting_that_is_only_called_is_not_public(demo_world, client: Client):
    called = Meeting.objects.filter(invented=True).first()
    assert client.get(f"/en/resolutions/meetings/{called.pk}").status_code == 404


def test_the_meeting_of_the_record_names_whom_its_source_names(demo_world, client: Client):
    held = Meeting.objects.get(body__code="smart-city-committee", year=2022)
    page = client.get(f"/en/resolutions/meetings/{held.pk}").content.decode()
    assert "Gen. Prawit Wongsuwon" in page
    assert "Eastern Economic Corridor Office" in page
    assert page.count("Nomination of further cities") == 1
