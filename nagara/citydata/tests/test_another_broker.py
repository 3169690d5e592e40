"""NAGARA_BROKER_URL: the data of a city kept by another broker, over real HTTP; nothing of them in our own."""

import socket
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from nagara.broker.doors.keys import ANY_TENANT, SCOPES, Keys
from nagara.broker.tests.conftest import Running
from nagara.citydata import jobs, queries
from nagara.citydata.actions import loads, spaces
from nagara.citydata.binding.asking import days_of
from nagara.citydata.broker import Tenant
from nagara.citydata.models import Endpoint
from nagara.citydata.sheets.mapping import Mapping
from nagara.citydata.states import LoadState
from nagara.citydata.tests.make import make_space, table
from nagara.people.tests.cast import sign_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """Another broker, and a key that its operator gave us."""
    data = tmp_path_factory.mktemp("elsewhere") / "data"
    keys = Keys(data)
    key, _ = keys.add(label="nagara", scopes=list(SCOPES), tenant=ANY_TENANT)
    keys.close()
    found = Running(data)
    yield found, key
    found.stop()


@pytest.fixture
def other(elsewhere: tuple[Running, str], settings: Any, tmp_path: Path) -> Path:
    """Settings as `NAGARA_BROKER_URL` makes them; gives the folder of our own broker, which does not run."""
    broker, key = elsewhere
    settings.BROKER_URL = settings.BROKER_ADDRESS = f"http://127.0.0.1:{broker.port}"
    settings.BROKER_KEY = key
    settings.BROKER_DATA = tmp_path / "own"
    settings.IMPORTS_BESIDE = False
    return tmp_path / "own"


def test_a_city_lives_on_another_broker(other, slug, noon, client):
    space, officer = make_space(slug, noon)
    assert not Endpoint.objects.filter(space=space, own=True).exists()
    load = loads.upload(space, table(), by=officer, at=noon)
    load = loads.name_columns(load, Mapping.read(load.mapping), by=officer, at=noon)
    load = loads.ask_to_load(load, by=officer, at=noon)
    jobs.run_load(load.pk, clock=lambda: noon)
    load.refresh_from_db()
    assert (load.state, load.outcome["new"]) == (LoadState.LOADED, 3)
    rows, count = Tenant(space.slug).page("AirQualityObserved", q="pm25>35")
    assert (count, [row["name"]["value"] for row in rows]) == (1, ["ตลาดเก่า"])
    since = date(2026, 1, 1)
    series = days_of(Tenant(space.slug), "AirQualityObserved", "pm25", since=since, until=since + timedelta(days=3))
    assert sorted(len(days) for days in series.values()) == [1, 2]
    sign_in(client, officer)
    page = client.get(f"/en/data-spaces/{space.slug}")
    assert page.status_code == 200 and not other.exists()


def test_keys_of_another_broker_are_made_there(other, slug, noon):
    space, officer = make_space(slug, noon)
    with pytest.raises(Refusal) as refused:
        spaces.issue_key(space, label="gateway", scopes=["read"], until=None, by=officer, at=noon)
    assert refused.value.code == "other-broker" and queries.keys_of(space) == [] and not other.exists()


def test_another_broker_that_is_away_or_knows_no_key_is_told_in_words(other, slug, noon, settings, client):
    space, officer = make_space(slug, noon)
    sign_in(client, officer)
    settings.BROKER_KEY = "unknown"
    refused = client.get(f"/en/data-spaces/{space.slug}/entities")
    assert refused.status_code == 503 and b"refuses the key of this installation" in refused.content
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.BROKER_URL = settings.BROKER_ADDRESS = f"http://127.0.0.1:{free.getsockname()[1]}"
        away = client.get(f"/en/data-spaces/{space.slug}/entities")
    assert away.status_code == 503 and b"The broker does not answer" in away.content
