"""How entities are to be shown: format, projection, language, datasets, linked entities; and the answer made of them (6.3.7 to 6.3.15)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from nagara.broker.api.call import Call
from nagara.broker.http import GEO_JSON, LD_JSON, Headers, Params, Response, json_response
from nagara.broker.ld.context import Context
from nagara.broker.ld.core import NGSI_LD
from nagara.broker.model.incoming import Entity
from nagara.broker.model.names import VALUE_MEMBER
from nagara.broker.model.showing import CONCISE, NORMALIZED, SIMPLIFIED, Links, Projection, View, chosen, feature, inner_view, show
from nagara.broker.model.values import shown, uri
from nagara.broker.model.versions import NEWEST, asked_version, conformed
from nagara.broker.problems import bad_data, invalid, not_found
from nagara.broker.query.finding import load_ids
from nagara.broker.query.projection import depth, projection
from nagara.broker.query.types import type_selector
from nagara.broker.settings import Limits

FORMATS = {"normalized": NORMALIZED, "concise": CONCISE, "simplified": SIMPLIFIED, "keyValues": SIMPLIFIED}
_OPTIONS = frozenset({"normalized", "concise", "simplified", "keyValues", "sysAttrs"})
VIEW = frozenset(
    {"attrs", "containedBy", "datasetId", "format", "geometryProperty", "join", "joinLevel", "lang", "local", "omit", "options", "pick"}
)
RETRIEVE = VIEW | frozenset({"type"})
_LOCATION = NGSI_LD + "location"


@dataclass(frozen=True, slots=True)
class Showing:
    """A view with what concerns the answer as a whole."""

    view: View
    geometry: str = _LOCATION
    join: str = ""  # "", "inline" or "flat"
    level: int = 0
    contained_by: frozenset[str] = frozenset()


def read_view(params: Params, context: Context, kind: str) -> Showing:
    """The parameters that say how entities are shown."""
    options = params.options(_OPTIONS)
    form = params.text("format")
    if form is not None and form not in FORMATS:
        raise invalid(f"format: {shown(form)} is not one of {', '.join(FORMATS)} (6.3.7).")
    if form is None:
        forms = {FORMATS[name] for name in options & FORMATS.keys()}
        if len(forms) > 1:
            raise bad_data(f"options names several formats: {', '.join(sorted(options & FORMATS.keys()))}; one is possible.")
        form = forms.pop() if forms else NORMALIZED
    attrs = params.names("attrs")
    pick, omit = params.text("pick"), params.text("omit")
    datasets = params.names("datasetId")
    geometry = params.text("geometryProperty")
    return showing(
        context,
        kind,
        form=FORMATS[form],
        times="sysAttrs" in options,
        attrs=attrs,
        pick=pick,
        omit=omit,
        datasets=datasets,
        lang=params.text("lang"),
        geometry=geometry,
        join=params.text("join"),
        level=params.number("joinLevel", 1),
        contained_by=params.names("containedBy"),
    )


def showing(
    context: Context,
    kind: str,
    *,
    form: str = NORMALIZED,
    times: bool = False,
    attrs: list[str] | None = None,
    pick: str | None = None,
    omit: str | None = None,
    datasets: list[str] | None = None,
    lang: str | None = None,
    geometry: str | None = None,
    join: str | None = None,
    level: int | None = None,
    contained_by: list[str] | None = None,
) -> Showing:
    """A view from its parts, each checked (5.7.1.4, 5.7.2.4)."""
    if geometry is not None and kind != GEO_JSON:
        raise bad_data("geometryProperty goes with Accept: application/geo+json only (5.7.1.4).")
    if join not in (None, "flat", "inline", "@none"):
        raise bad_data(f"join: {shown(join)} is not 'flat', 'inline' or '@none' (6.4.3.2).")
    joined = join if join in ("flat", "inline") else ""
    if not joined and (level is not None or contained_by is not None) and join is None:
        raise bad_data("joinLevel and containedBy go with join=flat or join=inline only (6.4.3.2).")
    levels = (level or 1) if joined else 0
    wanted: Projection | None = projection(pick, context, "pick") if pick is not None else None
    left_out: Projection | None = projection(omit, context, "omit") if omit is not None else None
    if attrs is not None and (wanted is not None or left_out is not None):
        raise bad_data("attrs excludes pick and omit: attrs stands for pick and a condition in q (6.4.3.2).")
    if wanted is not None and left_out is not None and wanted.names & left_out.names:
        raise bad_data("pick and omit name the same member.")
    if max(depth(wanted), depth(left_out)) > levels:
        raise bad_data("pick or omit names members of linked entities deeper than join and joinLevel retrieve them (5.7.1.4).")
    if datasets is not None:
        for dataset in datasets:
            if dataset != "@none":
                uri(dataset, "datasetId")
    view = View(
        context,
        form,
        times,
        wanted,
        left_out,
        frozenset(context.full(name) for name in attrs) if attrs is not None else None,
        frozenset(datasets) if datasets is not None else None,
        lang,
    )
    return Showing(
        view,
        context.full(geometry) if geometry is not None else _LOCATION,
        joined,
        levels,
        frozenset(uri(one, "containedBy") for one in contained_by or ()),
    )


def _geo_in_body(call: Call) -> bool:
    return "body=json" not in call.request.headers.get("prefer", "").replace(" ", "").split(",")


async def answer_entity(
    call: Call, id_: str, kind: str, context: Context, params: Params | None, wanted: Showing | None
) -> Response | None:
    """The answer to Retrieve Entity (5.7.1.5); None where there is no such entity."""
    store = call.store
    prefer = call.request.headers.get("prefer")
    view = wanted.view if wanted is not None else None
    plain = prefer is None and kind != GEO_JSON and (view is None or (view.plain and wanted is not None and not wanted.join))
    if view is None:
        view = View(context)
    key = f"{kind}|{view.key}" if plain else ""
    typed = params is not None and params.has("type")
    if plain and not typed:
        body = store.shown.by_id(id_, key)
        if body is not None:
            headers = [("content-type", kind)]
            if kind != LD_JSON:
                headers.append(await call.context_link(context))
            return Response(200, headers, body)
    epoch = store.shown.epoch
    found = store.get(id_)
    if found is None:
        return None
    entity = store.names.unpack(found[1])
    if typed and params is not None:
        text = params.text("type")
        if text is not None and not type_selector(text, context).matches(entity["type"]):
            return None
    if view.attrs is not None and view.attrs.isdisjoint(entity["attrs"]):
        raise not_found(f"The entity {id_} has none of the attributes asked for (5.7.1.4).", instance=id_)
    if plain:
        value = show(entity, view)
        if kind == LD_JSON:
            value["@context"] = context.source
        body = orjson.dumps(value)
        if not typed:
            store.shown.put(found[0], id_, key, body, epoch)
        headers = [("content-type", kind)]
        if kind != LD_JSON:
            headers.append(await call.context_link(context))
        return Response(200, headers, body)
    return await answer_entities(call, [entity], kind, context, wanted or Showing(view), one=True)


async def answer_entities(
    call: Call,
    entities: list[Entity],
    kind: str,
    context: Context,
    wanted: Showing,
    *,
    one: bool = False,
    headers: Headers | None = None,
) -> Response:
    """An answer that shows entities, or one, with all that a request may ask of it."""
    found = list(headers or [])
    status = 200
    version = asked_version(call.request.headers.get("prefer", ""))
    if version is not None:
        applied = min(version, NEWEST)
        found.append(("preference-applied", f"ngsi-ld={applied[0]}.{applied[1]}"))
        if version < NEWEST:
            entities = [conformed(entity, version) for entity in entities]
            status = 203
    seen = [(entity, wanted.view) for entity in entities]
    links = None
    if wanted.join:
        names, limits = call.store.names, call.broker.settings.limits
        seen, links = await call.store.read(
            lambda connection: joined(entities, wanted, lambda ids: load_ids(connection, names, ids), limits)
        )
        one = one and len(seen) == 1  # what has no linked entities here is shown alone, also flat
    value: Any
    if kind == GEO_JSON:
        features = [feature(entity, view, wanted.geometry, links) for entity, view in seen]
        value = features[0] if one else {"type": "FeatureCollection", "features": features}
        if _geo_in_body(call):
            value["@context"] = context.source
        else:
            found.append(await call.context_link(context))
        return json_response(status, value, found, GEO_JSON)
    shown_all = [value for value in (show(entity, view, links) for entity, view in seen) if value]
    if one and not shown_all:
        raise not_found(f"Nothing is left of {entities[0]['id']} after pick and omit.")
    value = shown_all[0] if one else shown_all
    return await call.answer(value, context, kind, found, status)


def joined(
    entities: list[Entity], wanted: Showing, load: Callable[[list[str]], dict[str, Entity]], limits: Limits
) -> tuple[list[tuple[Entity, View]], Links | None]:
    """The entities that relationships of these lead to, level by level: in place, or appended to the list (4.5.23)."""
    if wanted.level > limits.join_level:
        raise bad_data(f"joinLevel {wanted.level} is more than the {limits.join_level} that this broker follows.")
    known: dict[str, Entity] = {}
    seen = {entity["id"] for entity in entities} | wanted.contained_by
    edge = [(entity, wanted.view) for entity in entities]
    result = list(edge)
    for _ in range(wanted.level):
        steps = [(id_, view) for entity, outer in edge for id_, view in _targets(entity, outer)]
        missing = list(dict.fromkeys(id_ for id_, _ in steps if id_ not in known))
        if len(known) + len(missing) > limits.linked:
            raise bad_data(f"More than {limits.linked} linked entities; ask for fewer entities or a smaller joinLevel.")
        known.update(load(missing))
        edge = []
        for id_, view in steps:
            if id_ in known and id_ not in seen:
                seen.add(id_)
                edge.append((known[id_], view))
        result += edge
        if not edge:
            break
    if wanted.join == "flat":
        return result, None
    return result[: len(entities)], Links(known, wanted.level, wanted.contained_by)


def _targets(entity: Entity, view: View) -> Iterator[tuple[str, View]]:
    """(id, view) of what the relationships of an entity that can be seen lead to."""
    for name, instances in chosen(entity, view).items():
        for one in instances:
            if one["type"] in ("Relationship", "ListRelationship"):
                value = one[VALUE_MEMBER[one["type"]]]
                below = inner_view(view, name)
                for id_ in value if isinstance(value, list) else [value]:
                    yield id_, below
