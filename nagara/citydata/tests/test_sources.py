"""Connected services: read page by page, gone on with after a break, and never a way into the operator's own network."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied

from nagara.citydata.actions import sources
from nagara.citydata.broker import Tenant, own_key
from nagara.citydata.models import Source
from nagara.citydata.sources import readers
from nagara.citydata.sources.asking import SourceFault
from nagara.citydata.states import SourceState
from nagara.citydata.tests.make import make_space
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user, sign_in

pytestmark = pytest.mark.django_db


class Service:
    """Another service, as its standard describes it; `break_at` is the request that fails."""

    def __init__(self, answers: Any, break_at: int | None = None) -> None:
        self.answers, self.break_at, self.asked = answers, break_at, []

    def __call__(self, **_facts: Any) -> "Service":
        return self

    def json(self, url: str) -> Any:
        self.asked.append(url)
        if self.break_at is not None and len(self.asked) == self.break_at:
            raise SourceFault("the line broke")
        return self.answers(urlsplit(url).path, {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})

    def close(self) -> None:
        return


def ckan(path: str, asked: dict[str, str]) -> Any:
    """A table of 700 rows in a datastore."""
    rows = [{"_id": n + 1, "สถานี": "a" if n % 2 else "b", "วันที่": f"2026-01-01T{n // 60:02d}:{n % 60:02d}", "PM2.5": n} for n in range(700)]
    start, count = int(asked["offset"]), int(asked["limit"])
    fields = [{"id": name} for name in ("_id", "สถานี", "วันที่", "PM2.5")]
    return {"success": True, "result": {"fields": fields, "records": rows[start : start + count]}}


def sensorthings(path: str, asked: dict[str, str]) -> Any:
    if path.endswith("/Datastreams"):
        place = {"location": {"type": "Point", "coordinates": [102.75, 17.85]}}
        stream = {
            "@iot.id": 7,
            "name": "dust",
            "unitOfMeasurement": {"symbol": "µg/m³"},
            "Thing": {"name": "mast", "Locations": [place]},
            "ObservedProperty": {"name": "pm25"},
        }
        return {"value": [stream]}
    rows = [{"phenomenonTime": f"2026-01-01T{hour:02d}:00:00Z", "result": hour} for hour in range(5)]
    since = asked.get("$filter", "").rpartition(" ")[2]
    return {"value": [row for row in rows if row["phenomenonTime"] > since]}


def connected(slug: str, noon: Any, **facts: Any) -> tuple[Source, Any]:
    space, officer = make_space(slug, noon)
    return sources.connect(space, title="x", address="https://x.example", by=officer, at=noon, **facts), officer


def test_a_datastore_is_read_in_pages_and_gone_on_with_after_a_break(broker, slug, noon, monkeypatch):
    source, _officer = connected(slug, noon, kind="ckan", entity_type="AirQualityObserved", resource="r")
    monkeypatch.setattr(sources, "Asker", Service(ckan, break_at=2))
    assert sources.read(source.pk, at=noon) == 500
    source.refresh_from_db()
    assert (source.cursor, source.last_fault, source.taken) == ({"offset": 500}, {"words": "the line broke"}, 500)
    again = Service(ckan)
    monkeypatch.setattr(sources, "Asker", again)
    assert sources.read(source.pk, at=noon + timedelta(hours=1)) == 200
    source.refresh_from_db()
    assert (source.taken, source.last_fault, len(again.asked)) == (700, {}, 1)
    assert Tenant(slug).count("AirQualityObserved") == 2


def test_sensorthings_observations_are_taken_once_with_unit_and_place(broker, slug, noon, monkeypatch):
    source, _officer = connected(slug, noon, kind="sensorthings", entity_type="AirQualityObserved")
    monkeypatch.setattr(sources, "Asker", Service(sensorthings))
    assert sources.read(source.pk, at=noon) == 5
    assert sources.read(source.pk, at=noon + timedelta(hours=1)) == 0
    row = Tenant(slug).page("AirQualityObserved")[0][0]
    assert (row["pm25"]["value"], row["pm25"]["unitCode"], row["name"]["value"]) == (4, "GQ", "mast")
    assert row["location"]["value"]["coordinates"] == [102.75, 17.85]


def test_another_broker_is_read_by_the_same_api(broker, slug, noon, settings):
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1"})
    other = Tenant(f"{slug}-far")
    other.upsert(
        [
            {"id": f"urn:x:{n}", "type": "Dust", "pm25": {"type": "Property", "value": n, "observedAt": "2026-01-01T00:00:00Z"}}
            for n in range(130)
        ]
    )
    space, officer = make_space(slug, noon)
    source = sources.connect(
        space, kind="ngsi-ld", title="far", address=broker, entity_type="Dust", tenant=f"{slug}-far", key=own_key(), by=officer, at=noon
    )
    assert sources.read(source.pk, at=noon) == 130
    assert Tenant(slug).count("Dust") == 130


def test_what_answers_nonsense_is_a_fault_in_words(broker, slug, noon, monkeypatch):
    source, _officer = connected(slug, noon, kind="sensorthings", entity_type="Dust")
    monkeypatch.setattr(sources, "Asker", Service(lambda path, asked: {"hello": 1}))
    sources.read(source.pk, at=noon)
    source.refresh_from_db()
    assert source.last_fault["words"] == "KeyError: 'value'"
    assert source.beat_at is None


def test_no_source_reaches_the_operators_own_network(broker, slug, noon):
    space, officer = make_space(slug, noon)
    source = sources.connect(space, kind="ngsi-ld", title="in", address="http://127.0.0.1:1", entity_type="Dust", by=officer, at=noon)
    sources.read(source.pk, at=noon)
    source.refresh_from_db()
    assert "internal address" in source.last_fault["words"]


def test_a_source_is_asked_when_it_is_due_and_by_one_worker(slug, noon):
    source, officer = connected(slug, noon, kind="ckan", entity_type="Dust", resource="r")
    assert sources.due(noon) == [source.pk]
    Source.objects.filter(pk=source.pk).update(beat_at=noon)
    assert sources.due(noon + timedelta(minutes=1)) == []
    assert sources.due(noon + timedelta(minutes=6)) == [source.pk]
    assert sources.step(source, "pause", by=officer, at=noon).state == SourceState.PAUSED
    assert sources.due(noon + timedelta(hours=9)) == []


def test_only_its_own_team_connects_and_pauses(client, slug, noon):
    source, officer = connected(slug, noon, kind="ckan", entity_type="Dust", resource="r")
    other = make_user("officer of elsewhere", (Role.CITY_OFFICER, "area:999999"))
    with pytest.raises(PermissionDenied):
        sources.step(source, "end", by=other, at=noon)
    assert sign_in(client, other).get(f"/data-spaces/{slug}/sources").status_code == 404
    assert sign_in(client, officer).get(f"/data-spaces/{slug}/sources").status_code == 200
    assert client.post(f"/data-spaces/{slug}/sources/{source.pk}/end").status_code == 302
    source.refresh_from_db()
    assert source.state == SourceState.ENDED


@pytest.mark.parametrize(("name", "attribute"), [("PM2.5", "pm25"), ("air temperature", "airTemperature"), ("ฝุ่น", "value")])
def test_an_observed_property_becomes_an_attribute(name, attribute):
    assert readers._attribute(name) == attribute
