"""A table through its steps into the broker, over HTTP; and the people who may not."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from nagara.audit.models import Entry
from nagara.citydata import jobs, queries
from nagara.citydata.actions import loads, spaces
from nagara.citydata.broker import Tenant
from nagara.citydata.models import DataSpace, Load
from nagara.citydata.sheets.mapping import Column, Mapping, Role
from nagara.citydata.states import LoadState
from nagara.citydata.tests.make import AIR, make_space, table
from nagara.people.roles import Role as Held
from nagara.people.tests.cast import make_user, sign_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


def brought_in(slug: str, noon: datetime) -> tuple[Load, DataSpace, object]:
    space, officer = make_space(slug, noon)
    load = loads.upload(space, table(), by=officer, at=noon)
    load = loads.name_columns(load, Mapping.read(load.mapping), by=officer, at=noon)
    return load, space, officer


def test_a_table_is_loaded_and_its_newest_values_are_the_state(broker, slug, noon):
    load, space, officer = brought_in(slug, noon)
    assert load.state == LoadState.SOUND
    load = loads.ask_to_load(load, by=officer, at=noon)
    jobs.run_load(load.pk, clock=lambda: noon)
    load.refresh_from_db()
    assert (load.state, load.done, load.outcome["new"]) == (LoadState.LOADED, 2, 3)
    rows, count = Tenant(space.slug).page("AirQualityObserved")
    assert count == 2
    values = {row["name"]["value"]: (row["pm25"]["value"], row["pm25"]["observedAt"], row["pm25"]["unitCode"]) for row in rows}
    assert values == {"ตลาดเก่า": (41, "2026-01-01T17:00:00Z", "GQ"), "ท่าน้ำ": (30, "2025-12-31T17:00:00Z", "GQ")}


def test_loading_is_asked_twice_and_done_once(broker, slug, noon):
    load, _space, officer = brought_in(slug, noon)
    loads.ask_to_load(load, by=officer, at=noon)
    loads.ask_to_load(load, by=officer, at=noon)
    assert Entry.objects.filter(did="citydata.load_table").count() == 1


def test_the_same_table_is_not_loaded_twice(broker, slug, noon):
    load, space, officer = brought_in(slug, noon)
    loads.ask_to_load(load, by=officer, at=noon)
    jobs.run_load(load.pk, clock=lambda: noon)
    with pytest.raises(Refusal) as refused:
        loads.upload(space, table(name="again.csv"), by=officer, at=noon)
    assert refused.value.code == "loaded-already"


def test_nothing_of_a_faulty_table_is_loaded(broker, slug, noon):
    space, officer = make_space(slug, noon)
    load = loads.upload(space, table(AIR + "ท่าน้ำ,3/1/2569,17.83,102.766,much\n"), by=officer, at=noon)
    assert load.mapping["columns"][4]["role"] == Role.NUMBER
    load = loads.name_columns(load, Mapping.read(load.mapping), by=officer, at=noon)
    assert (load.state, load.faults_in_all, load.faults[0]["row"]) == (LoadState.FAULTY, 1, 6)
    with pytest.raises(Refusal):
        loads.ask_to_load(load, by=officer, at=noon)
    assert Tenant(space.slug).types() == []


def test_columns_named_once_come_back_for_the_next_table(broker, slug, noon):
    load, space, officer = brought_in(slug, noon)
    named = Mapping.read(load.mapping)
    named = Mapping("WeatherObserved", (*named.columns[:4], Column(Role.NUMBER, "dust", "GQ")))
    loads.ask_to_load(loads.name_columns(load, named, by=officer, at=noon), by=officer, at=noon)
    jobs.run_load(load.pk, clock=lambda: noon)
    again = loads.upload(space, table(AIR + "ท่าน้ำ,3/1/2569,17.83,102.766,5\n"), by=officer, at=noon)
    assert Mapping.read(again.mapping) == named


def test_a_loading_that_lost_its_worker_is_taken_up_again(broker, slug, noon):
    load, _space, officer = brought_in(slug, noon)
    loads.ask_to_load(load, by=officer, at=noon)
    Load.objects.filter(pk=load.pk).update(state=LoadState.LOADING, beat_at=noon)
    later = noon + timedelta(minutes=3)
    jobs.take_up_loads(clock=lambda: later)
    jobs.take_up_loads(clock=lambda: later + timedelta(minutes=1))
    load.refresh_from_db()
    assert load.state == LoadState.LOADED


def test_where_the_broker_is_away_the_table_waits_and_says_why(settings, slug, noon):
    settings.BROKER_ADDRESS = "http://127.0.0.1:9"
    load, _space, officer = brought_in(slug, noon)
    loads.ask_to_load(load, by=officer, at=noon)
    jobs.run_load(load.pk, clock=lambda: noon)
    load.refresh_from_db()
    assert load.state == LoadState.QUEUED
    assert load.outcome["waits"]


def test_the_officer_of_another_city_may_nothing(broker, slug, noon):
    load, space, _officer = brought_in(slug, noon)
    other = make_user("officer of elsewhere", (Held.CITY_OFFICER, "area:999999"))
    for act in (
        lambda: loads.upload(space, table(), by=other, at=noon),
        lambda: loads.ask_to_load(load, by=other, at=noon),
        lambda: spaces.issue_key(space, label="x", scopes=["read"], until=None, by=other, at=noon),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_the_pages_of_a_table_are_closed_to_others(client, broker, slug, noon):
    load, space, officer = brought_in(slug, noon)
    address = f"/data-spaces/{space.slug}/tables/{load.pk}"
    assert client.get(address).status_code == 302
    other = make_user("officer of elsewhere", (Held.CITY_OFFICER, "area:999999"))
    assert sign_in(client, other).get(address).status_code == 404
    assert client.get(f"/data-spaces/{space.slug}/keys").status_code == 404
    assert sign_in(client, officer).get(address).status_code == 200


def test_what_is_not_published_is_not_shown_to_strangers(client, broker, slug, noon):
    load, space, officer = brought_in(slug, noon)
    loads.ask_to_load(load, by=officer, at=noon)
    jobs.run_load(load.pk, clock=lambda: noon)
    id_ = Tenant(space.slug).page("AirQualityObserved")[0][0]["id"]
    assert client.get(f"/data-spaces/{space.slug}/entities/{id_}").status_code == 404
    assert "ตลาดเก่า" not in client.get(f"/data-spaces/{space.slug}/entities").content.decode()
    assert sign_in(client, officer).get(f"/data-spaces/{space.slug}/entities/{id_}").status_code == 200
    assert "ตลาดเก่า" in client.get(f"/data-spaces/{space.slug}/entities").content.decode()


def test_a_key_is_shown_once_and_opens_its_own_tenant(client, broker, slug, noon):
    space, officer = make_space(slug, noon)
    page = sign_in(client, officer).post(f"/data-spaces/{slug}/keys", {"label": "gateway", "scopes": ["read", "write"], "until": ""})
    secret = page.context["secret"]
    assert secret.startswith("nagara_")
    assert secret not in client.get(f"/data-spaces/{slug}/keys").content.decode()
    key = queries.keys_of(space)[0]
    assert (key.label, key.tenant, key.scopes) == ("gateway", slug, frozenset({"read", "write"}))
    assert not Entry.objects.filter(after__contains=secret).exists()
    client.post(f"/data-spaces/{slug}/keys/{key.id}/revoke")
    assert queries.keys_of(space)[0].revoked is not None


def test_a_key_of_another_space_is_not_revoked_here(broker, slug, noon):
    space, officer = make_space(slug, noon)
    other, other_officer = make_space(f"{slug}-b", noon)
    _secret, key = spaces.issue_key(other, label="b", scopes=["read"], until=None, by=other_officer, at=timezone.now())
    with pytest.raises(Refusal):
        spaces.revoke_key(space, key.id, by=officer, at=noon)
    assert queries.keys_of(other)[0].revoked is None


def test_a_place_has_one_space(slug, noon):
    space, officer = make_space(slug, noon)
    assert spaces.open_space(space.area, title={"en": "again"}, by=officer, at=noon) == space


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_spaces_takes_a_literal_number_of_queries(client, slug, noon, count, django_assert_num_queries):
    for number in range(count):
        make_space(f"{slug}-{number}", noon)
    with django_assert_num_queries(2):
        client.get("/data-spaces")


def test_a_space_is_shown_while_the_broker_is_away(client, settings, slug, noon):
    settings.BROKER_ADDRESS = "http://127.0.0.1:9"
    make_space(slug, noon)
    assert client.get(f"/data-spaces/{slug}").status_code == 200
