"""The criteria as anyone can read them: by day, in two languages, each rule with its source."""

import hashlib
import json
import re

import pytest
import yaml
from django.test import Client

from nagara.rulebook import reader
from nagara.rulebook.tests.editions import PUBLISHED
from nagara.toolkit.digests import digest_of_bytes

pytestmark = pytest.mark.django_db
ADDRESS = "/criteria/smart-city-thailand/2019-03-08"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_the_list_says_which_edition_was_in_force_on_which_day(client: Client):
    assert "No edition was in force on 7 March 2019." in text(client, "/en/criteria?as_of=2019-03-07")
    assert "In force on 8 March 2019: the edition of 8 March 2019" in text(client, "/en/criteria?as_of=8/3/2562")
    assert "ฉบับวันที่ 8 มีนาคม 2562" in text(client, "/criteria")


def test_a_day_that_cannot_be_read_is_refused_beside_the_field(client: Client):
    answer = client.get("/en/criteria?as_of=29/2/2566")
    assert answer.status_code == 422
    assert "There is no such day" in answer.content.decode()


def test_an_edition_shows_every_rule_with_its_source_and_how_sure_it_is(client: Client):
    page = client.get("/en" + ADDRESS).content.decode()
    edition = reader.read(PUBLISHED)
    for criterion in edition.criteria:
        assert criterion.title["en"] in page
        for words in criterion.anchors.values():
            assert words["en"].replace("'", "&#x27;") in page
    sources = 1 + len(edition.city_types) + len(edition.dimensions) + 2 * len(edition.criteria) + len(edition.gates) + 5
    assert page.count('class="ng-source"') == sources + 4, "and four in the summary"
    assert 'data-certainty="press"' in page
    assert "whether it still holds is unverified" in page


@pytest.mark.parametrize(
    ("lead", "words"), [("", ("เกณฑ์การประเมินเมืองอัจฉริยะประเทศไทย", "น้ำหนักร้อยละ 20")), ("/en", ("Assessment criteria", "weight 20 %"))]
)
def test_an_edition_is_read_in_thai_and_in_english(client: Client, lead, words):
    page = text(client, lead + ADDRESS)
    for one in words:
        assert one in page


def test_the_examples_on_the_page_are_computed(client: Client):
    page = text(client, "/en" + ADDRESS)
    for total in ("76.67 · recommend", "82.00 · approve in principle", "44.00 · do not recommend"):
        assert total in page


def test_the_json_twin_is_what_is_kept_with_a_decision(client: Client):
    answer = client.get(ADDRESS + ".json")
    said = answer.json()
    content = reader.to_plain(reader.read(PUBLISHED))
    assert said["edition_sha256"] == digest_of_bytes([content])
    assert said["edition"] == json.loads(content)
    assert said["file_sha256"] == reader.file_digest(PUBLISHED)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert said["licence"] in answer["Link"]


def test_the_file_itself_can_be_had_and_checked(client: Client):
    answer = client.get(ADDRESS + ".yaml")
    assert hashlib.sha256(answer.content).hexdigest() == reader.locked()["smart-city-thailand/2019-03-08.yaml"]
    assert yaml.safe_load(answer.content)["programme"] == "smart-city-thailand"


@pytest.mark.parametrize(
    "address",
    [
        "/criteria/smart-city-thailand/2019-03-09",
        "/criteria/smart-city-thailand/soon",
        "/criteria/no-such-programme/2019-03-08",
        "/criteria/no-such-programme/2019-03-08.yaml",
        "/criteria/smart-city-thailand/..%2Fpublished.json",
    ],
)
def test_what_is_not_published_is_not_found(client: Client, address):
    assert client.get(address).status_code == 404


def test_a_draft_is_not_shown(client: Client, tmp_path, settings):
    folder = tmp_path / "smart-city-thailand"
    folder.mkdir()
    (folder / PUBLISHED.name).write_text(PUBLISHED.read_text().replace("status: published", "status: draft"))
    settings.RULEBOOK = tmp_path
    assert client.get(ADDRESS).status_code == 404
    assert "No criteria have been published yet" in client.get("/en/criteria").content.decode()


@pytest.mark.parametrize("address", ["/criteria", ADDRESS, ADDRESS + ".json"])
def test_the_pages_ask_the_database_nothing(client: Client, address, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200
