"""What a data space offers to strangers and their machines: DCAT-AP, CKAN's read API, files. And what it does not."""

import csv
import io
import json
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph

from nagara.citydata import jobs
from nagara.citydata.actions import datasets, loads
from nagara.citydata.actions.datasets import Said
from nagara.citydata.catalogue import coverage
from nagara.citydata.models import Dataset
from nagara.citydata.sheets.mapping import Mapping
from nagara.citydata.states import DatasetState
from nagara.citydata.tests.make import make_space, table
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.places.models import Boundary
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

SAID = Said(
    entity_type="AirQualityObserved",
    title={"th": "คุณภาพอากาศ", "en": "Air quality"},
    description={"th": "ค่าฝุ่นรายวัน", "en": "Daily dust"},
    theme="ENVI",
    frequency="DAILY",
    licence="CC-BY-4.0",
    keywords=["air", "ฝุ่น"],
)


def published(slug: str, noon: datetime) -> tuple[Dataset, object]:
    space, officer = make_space(slug, noon)
    return datasets.publish(datasets.describe(space, SAID, by=officer, at=noon), by=officer, at=noon), officer


def filled(dataset: Dataset, officer: object, noon: datetime) -> None:
    load = loads.upload(dataset.space, table(), by=officer, at=noon)
    load = loads.name_columns(load, Mapping.read(load.mapping), by=officer, at=noon)
    jobs.run_load(loads.ask_to_load(load, by=officer, at=noon).pk, clock=lambda: noon)


def action(client, slug: str, name: str, **asked: str) -> object:
    answer = client.get(f"/data-spaces/{slug}/api/3/action/{name}", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["result"]


@pytest.mark.parametrize(("ending", "form"), [("ttl", "turtle"), ("jsonld", "json-ld")])
def test_the_catalogue_is_the_same_graph_in_each_form(client, slug, noon, ending, form):
    published(slug, noon)
    graph = Graph().parse(data=client.get(f"/data-spaces/{slug}/catalogue.{ending}").content, format=form)
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 1
    assert len(list(graph.subjects(RDF.type, DCAT.Distribution))) == 4
    assert len(list(graph.subjects(RDF.type, DCAT.DataService))) == 1


def test_a_stock_ckan_takes_the_tags_and_knows_the_licence(client, slug, noon):
    """CKAN 2.12 refuses a whole dataset whose tag has a mark above or below a letter; ckanext-dcat 2.4 knows a licence by CKAN's title."""
    published(slug, noon)
    shown = action(client, slug, "package_show", id=f"{slug}-air-quality")
    assert [tag["name"] for tag in shown["tags"]] == ["air"]
    assert {"key": "keywords", "value": "air, ฝุ่น"} in shown["extras"]
    graph = Graph().parse(data=client.get(f"/data-spaces/{slug}/catalogue.ttl").content, format="turtle")
    assert "Creative Commons Attribution" in {str(graph.value(licence, DCTERMS.title)) for licence in graph.objects(None, DCTERMS.license)}


MANDATORY = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix : <http://example.org/> .
:Catalog a sh:NodeShape ; sh:targetClass dcat:Catalog ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:uniqueLang true ], [ sh:path dct:description ; sh:minCount 1 ],
    [ sh:path dct:publisher ; sh:class foaf:Agent ; sh:minCount 1 ; sh:maxCount 1 ], [ sh:path dcat:dataset ; sh:class dcat:Dataset ; sh:minCount 1 ],
    [ sh:path dcat:service ; sh:class dcat:DataService ], [ sh:path foaf:homepage ; sh:minCount 1 ; sh:maxCount 1 ] .
:Dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 2 ; sh:uniqueLang true ], [ sh:path dct:description ; sh:minCount 2 ; sh:uniqueLang true ],
    [ sh:path dcat:theme ; sh:class skos:Concept ; sh:minCount 1 ], [ sh:path dcat:contactPoint ; sh:minCount 1 ],
    [ sh:path dct:publisher ; sh:class foaf:Agent ; sh:minCount 1 ; sh:maxCount 1 ],
    [ sh:path dct:accrualPeriodicity ; sh:class dct:Frequency ; sh:maxCount 1 ], [ sh:path dct:spatial ; sh:class dct:Location ; sh:minCount 1 ] .
:Distribution a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:nodeKind sh:IRI ; sh:minCount 1 ], [ sh:path dct:license ; sh:class dct:LicenseDocument ; sh:minCount 1 ; sh:maxCount 1 ],
    [ sh:path dct:format ; sh:class dct:MediaTypeOrExtent ; sh:maxCount 1 ], [ sh:path dct:description ; sh:minCount 1 ] .
:Service a sh:NodeShape ; sh:targetClass dcat:DataService ;
  sh:property [ sh:path dcat:endpointURL ; sh:nodeKind sh:IRI ; sh:minCount 1 ], [ sh:path dct:title ; sh:minCount 1 ] .
:Concept a sh:NodeShape ; sh:targetClass skos:Concept ;
  sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:uniqueLang true ], [ sh:path skos:inScheme ; sh:nodeKind sh:IRI ; sh:minCount 1 ] .
"""
"""What DCAT-AP 3.0.1 makes mandatory and what we add, in our own shapes; the published ones: docs/conformance.md."""


def test_the_catalogue_holds_what_dcat_ap_asks_for(client, slug, noon):
    published(slug, noon)
    for lead in ("", f"/data-spaces/{slug}"):
        graph = Graph().parse(data=client.get(f"{lead}/catalogue.ttl").content, format="turtle")
        sound, _report, words = validate(graph, shacl_graph=Graph().parse(data=MANDATORY, format="turtle"))
        assert sound, words


def test_a_draft_and_a_withdrawn_dataset_are_in_no_catalogue(client, slug, noon):
    dataset, officer = published(slug, noon)
    assert action(client, slug, "package_list") == [f"{slug}-air-quality"]
    datasets.withdraw(dataset, by=officer, at=noon)
    assert action(client, slug, "package_list") == []
    assert client.get(f"/data-spaces/{slug}/datasets/air-quality").status_code == 404
    assert client.get(f"/data-spaces/{slug}/datasets/air-quality.csv").status_code == 404


def test_a_package_carries_the_fields_of_the_thai_catalogue(client, slug, noon):
    published(slug, noon)
    found = action(client, slug, "package_show", id=f"{slug}-air-quality")
    assert (found["data_category"], found["update_frequency_unit"], found["update_frequency_interval"]) == ("ข้อมูลสาธารณะ", "วัน", "1")
    assert found["title_translated"] == {"th": "คุณภาพอากาศ", "en": "Air quality"}
    assert {resource["format"] for resource in found["resources"]} == {"CSV", "JSON", "GEOJSON", "JSON-LD"}
    assert action(client, slug, "package_show", id=found["id"])["name"] == found["name"]
    # A catalogue whose schema has these fields refuses a dataset that has them among its extras as well.
    assert [one["key"] for one in found["extras"]] == ["keywords"]
    assert action(client, slug, "group_show", id="envi")["id"] == found["groups"][0]["id"]
    assert action(client, slug, "organization_show", id=found["organization"]["id"])["name"] == slug
    assert action(client, slug, "resource_show", id=found["resources"][0]["id"])["format"] == "CSV"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 1),
        ({"q": "dust"}, 1),
        ({"q": "rain"}, 0),
        ({"fq": "tags:air"}, 1),
        ({"fq": "-tags:air"}, 0),
        ({"fq": "+license_id:cc-by", "sort": "metadata_modified asc"}, 1),
        ({"fq": 'res_format:"CSV" AND groups:envi'}, 1),
        ({"fq": "metadata_modified:[2020-01-01T00:00:00.000000Z TO *]", "rows": "100", "start": "0", "sort": "id asc"}, 1),
        ({"fq": "metadata_modified:[2099-01-01T00:00:00Z TO *]", "rows": "100", "start": "0", "sort": "id asc"}, 0),
        ({"fq": "-organization:(elsewhere OR nowhere)", "start": "0"}, 1),
        ({"rows": "0"}, 1),
    ],
)
def test_a_harvester_searches_as_it_searches_ckan(client, slug, noon, query, count):
    published(slug, noon)
    assert action(client, slug, "package_search", **query)["count"] == count


def test_ckan_actions_refuse_as_ckan_does(client, slug, noon):
    published(slug, noon)
    lead = f"/data-spaces/{slug}/api/3/action"
    assert client.get(f"{lead}/package_show", {"id": "nothing"}).json()["error"]["__type"] == "Not Found Error"
    assert client.get(f"{lead}/package_search", {"rows": "many"}).status_code == 409
    assert client.get(f"{lead}/package_delete").status_code == 404
    assert client.post(f"{lead}/package_show", "{", content_type="application/json").status_code == 400
    sent = client.post(f"{lead}/package_show", json.dumps({"id": f"{slug}-air-quality"}), content_type="application/json")
    assert sent.json()["result"]["name"] == f"{slug}-air-quality"


def test_a_published_dataset_is_a_file_for_anyone(client, broker, slug, noon):
    dataset, officer = published(slug, noon)
    filled(dataset, officer, noon)
    content = b"".join(client.get(f"/data-spaces/{slug}/datasets/air-quality.csv").streaming_content).decode("utf-8-sig")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(content))}
    assert (rows["ตลาดเก่า"]["pm25"], rows["ตลาดเก่า"]["latitude"]) == ("41", "17.852")
    features = client.get(f"/data-spaces/{slug}/datasets/air-quality.geojson").json()["features"]
    assert sorted(feature["geometry"]["coordinates"] for feature in features) == [[102.748, 17.852], [102.766, 17.83]]
    assert client.get(f"/data-spaces/{slug}/datasets/air-quality").status_code == 200
    assert "ตลาดเก่า" in client.get(f"/data-spaces/{slug}/entities").content.decode()


def graph_of(client, slug: str) -> Graph:
    return Graph().parse(data=client.get(f"/data-spaces/{slug}/catalogue.ttl").content, format="turtle")


def test_a_dataset_says_from_which_day_to_which_it_was_observed_and_where(client, broker, slug, noon):
    dataset, officer = published(slug, noon)
    assert list(graph_of(client, slug).subject_objects(DCTERMS.temporal)) == []
    filled(dataset, officer, noon)
    assert jobs.look_due(clock=lambda: noon) == 1
    assert jobs.look_due(clock=lambda: noon) == 0
    dataset.refresh_from_db()
    assert (dataset.first_day, dataset.last_day) == (date(2026, 1, 1), date(2026, 1, 2))
    assert dataset.extent == [102.748, 17.83, 102.766, 17.852]
    graph = graph_of(client, slug)
    ((_about, period),) = graph.subject_objects(DCTERMS.temporal)
    assert [str(graph.value(period, name)) for name in (DCAT.startDate, DCAT.endDate)] == ["2026-01-01", "2026-01-02"]
    assert "POLYGON((102.748 17.83, 102.766 17.83," in {str(box)[:38] for box in graph.objects(None, DCAT.bbox)}
    extras = {one["key"]: one["value"] for one in action(client, slug, "package_show", id=f"{slug}-air-quality")["extras"]}
    assert (extras["temporal_start"], extras["temporal_end"]) == ("2026-01-01", "2026-01-02")
    assert json.loads(extras["spatial"])["coordinates"][0][0] == [102.748, 17.83]
    assert "1 มกราคม 2569" in client.get(f"/data-spaces/{slug}/datasets/air-quality").content.decode()


def test_the_box_of_a_place_is_that_of_its_boundary(client, slug, noon):
    dataset, _officer = published(slug, noon)
    ring = [[102.7, 17.8], [102.8, 17.8], [102.8, 17.9], [102.7, 17.8]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    sides = {"west": 102.7, "south": 17.8, "east": 102.8, "north": 17.9}
    made = {"since": noon.date(), "square_kilometres": 1, "origin": "drawn", "made_at": noon, "made_by": "test"}
    Boundary.objects.create(area=dataset.space.area, geometry=geometry, **made, **sides)
    assert any(
        str(box).startswith("POLYGON((102.7 17.8, 102.8 17.8, 102.8 17.9") for box in graph_of(client, slug).objects(None, DCAT.bbox)
    )


@given(st.sets(st.integers(0, 400), max_size=8), st.integers(0, 400), st.integers(0, 400))
def test_the_days_are_found_whatever_was_found_before(days, first, last):
    observed = {date(2026, 1, 1) + timedelta(days=one) for one in days}

    def holds(since: date, until: date) -> bool:
        return any(since <= day < until for day in observed)

    known = [date(2026, 1, 1) + timedelta(days=one) for one in (first, last)]
    wanted = (min(observed), max(observed)) if observed else None
    for before in ((None, None), (min(known), max(known)), wanted or (None, None)):
        assert coverage.span(holds, date(2028, 1, 1), *before) == wanted


def test_personal_data_are_not_published(slug, noon):
    space, officer = make_space(slug, noon)
    said = Said(**{**SAID.__dict__, "category": Dataset.Category.PERSONAL})
    dataset = datasets.describe(space, said, by=officer, at=noon)
    with pytest.raises(Refusal) as refused:
        datasets.publish(dataset, by=officer, at=noon)
    assert refused.value.code == "not-public"
    dataset.refresh_from_db()
    assert dataset.state == DatasetState.DRAFT


def test_only_its_own_team_publishes(slug, noon):
    space, officer = make_space(slug, noon)
    dataset = datasets.describe(space, SAID, by=officer, at=noon)
    other = make_user("officer of elsewhere", (Role.CITY_OFFICER, "area:999999"))
    with pytest.raises(PermissionDenied):
        datasets.publish(dataset, by=other, at=noon)


def test_publishing_twice_keeps_the_first_day(slug, noon):
    dataset, officer = published(slug, noon)
    assert datasets.publish(dataset, by=officer, at=noon.replace(hour=15)).published_at == noon
