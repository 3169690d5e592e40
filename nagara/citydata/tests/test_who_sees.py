"""Who sees what: pages of a team are closed to strangers and to the officers of other places, and public ones name no person."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from nagara.citydata import queries
from nagara.citydata.actions import bindings, datasets, loads, sources
from nagara.citydata.binding.question import Answer, Question
from nagara.citydata.broker import Tenant, utc
from nagara.citydata.catalogue.quality import marks
from nagara.citydata.models import DataSpace, Load
from nagara.citydata.tests.make import make_space, table
from nagara.citydata.tests.test_catalogue import SAID
from nagara.citydata.urls import urlpatterns
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user, sign_in

pytestmark = pytest.mark.django_db

OPEN = {"index", "space", "dataset", "endpoint", "entities", "entity"}
POSTED = {
    "revoke_key",
    "step_source",
    "send_load",
    "give_up_load",
    "publish_dataset",
    "withdraw_dataset",
    "probe",
    "end_endpoint",
    "end_binding",
}


def closed_pages(space: DataSpace, officer: Any, noon: Any) -> dict[str, str]:
    """The address of each closed page by its name, about things that are there."""
    load = loads.upload(space, table(), by=officer, at=noon)
    dataset = datasets.describe(space, SAID, by=officer, at=noon)
    source = sources.connect(space, kind="ckan", title="x", address="https://x.example", entity_type="D", resource="r", by=officer, at=noon)
    question = Question("mean", "AirQualityObserved", "pm25")
    version = bindings.bind(space, "air-pollution", "pm25", question, by=officer, at=noon)
    since, until = noon.date() - timedelta(days=1), noon.date()
    lineage = bindings._lineage(version, question, Answer(None), since, until)
    value = version.values.create(since=since, until=until, lineage=lineage, digest="x", computed_at=noon)
    here = {"slug": space.slug}
    things: dict[str, dict[str, Any]] = {
        "revoke_key": {"key": "x"},
        "step_source": {"pk": source.pk, "verb": "end"},
        **{key: {"pk": load.pk} for key in ("load", "load_state", "send_load", "give_up_load", "load_faults")},
        **{key: {"dataset": dataset.slug} for key in ("edit_dataset", "publish_dataset", "withdraw_dataset")},
        **{key: {"pk": space.endpoints.get().pk} for key in ("probe", "end_endpoint")},
        **{key: {"pk": version.binding_id} for key in ("binding", "edit_binding", "end_binding")},
        "value": {"pk": value.pk},
    }
    names = [str(pattern.name) for pattern in urlpatterns if pattern.name not in OPEN]
    return {name: reverse(f"citydata:{name}", kwargs={**({} if name == "new" else here), **things.get(name, {})}) for name in names}


def test_what_belongs_to_the_team_is_closed_to_all_others(client, slug, noon):
    space, officer = make_space(slug, noon)
    pages = closed_pages(space, officer, noon)
    assert len(pages) == 25
    for name, path in pages.items():
        ask = client.post if name in POSTED else client.get
        answer = ask(path)
        assert (answer.status_code, "/accounts/login" in answer.headers.get("Location", "")) == (302, True), name
    other = make_user("officer of elsewhere", (Role.CITY_OFFICER, "area:999999"))
    sign_in(client, other)
    for name, path in pages.items():
        if name != "new":
            assert (client.post if name in POSTED else client.get)(path).status_code == 404, name
    assert Load.objects.get().state == "mapping"


def test_an_auditor_looks_into_a_space_and_changes_nothing(client, slug, noon):
    space, officer = make_space(slug, noon)
    pages = closed_pages(space, officer, noon)
    sign_in(client, make_user("auditor", (Role.AUDITOR, "")))
    for name in ("sources", "keys", "bindings", "value", "binding", "load"):
        assert client.get(pages[name]).status_code == 200, name
    for name in POSTED - {"withdraw_dataset"}:
        assert client.post(pages[name]).status_code == 404, name
    assert client.post(pages["keys"], {"label": "x", "scopes": ["read"]}).status_code == 404


def test_no_public_page_names_a_person(client, slug, noon):
    space, officer = make_space(slug, noon)
    dataset = datasets.publish(datasets.describe(space, SAID, by=officer, at=noon), by=officer, at=noon)
    endpoint = space.endpoints.get()
    paths = [reverse("citydata:space", args=[slug]), reverse("citydata:endpoint", args=[slug, endpoint.pk])]
    paths += [
        reverse("citydata:dataset", args=[slug, dataset.slug]),
        f"/data-spaces/{slug}/catalogue.ttl",
        f"/data-spaces/{slug}/api/3/action/package_search",
    ]
    for path in paths:
        content = client.get(path).content.decode()
        assert officer.email not in content
        assert officer.display_name() not in content, path


def test_the_live_state_tells_last_seen_rate_and_promise(broker, slug, noon):
    space, officer = make_space(slug, noon)
    dataset = datasets.describe(space, SAID, by=officer, at=noon)
    tenant = Tenant(slug)
    for day in range(9, -1, -1):
        at = utc(noon - timedelta(days=day))
        dust = {"type": "Property", "value": day, "observedAt": at}
        tenant.upsert([{"id": "urn:x:1", "type": "AirQualityObserved", "pm25": dust}])
    live = queries.live_types(space, at=noon)[0]
    assert (live.count, live.last_seen, live.per_day, live.declared_minutes, live.state) == (1, noon, 1.0, 2880, "fresh")
    assert [mark.code for mark in marks(dataset, live) if not mark.met] == []
    late = queries.live_types(space, at=noon + timedelta(days=3))[0]
    assert late.state == "late"
    assert [mark.code for mark in marks(dataset, late) if not mark.met] == ["fresh"]
    assert {mark.code for mark in marks(dataset, None) if not mark.met} == {"filled", "fresh"}
