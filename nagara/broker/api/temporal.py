"""Retrieve and Query Temporal Evolution of Entities (5.7.3, 5.7.4; 6.18.3.2, 6.19.3.1, 6.24.3.1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from typing import Any

from nagara.broker.api.call import PLAIN_KINDS, Call
from nagara.broker.api.querying import FILTERS, PAGING, body_selection, page_links, read_page, read_selection, text_of, texts_of
from nagara.broker.api.viewing import showing
from nagara.broker.history.aggregating import ELIGIBLE, aggregate
from nagara.broker.history.evaluating import Filters, passing
from nagara.broker.history.joined import Joined
from nagara.broker.history.moments import SCOPE, Moment
from nagara.broker.history.paging import Page, cut
from nagara.broker.history.reading import Evolution, History, Wanted
from nagara.broker.history.window import Period, Window, read_methods, read_period, read_window
from nagara.broker.http import Headers, Params, Response
from nagara.broker.ld.context import Context
from nagara.broker.model.evolving import head, show_aggregates, show_instances, show_pairs, shows
from nagara.broker.model.showing import CONCISE, NORMALIZED, View
from nagara.broker.model.values import shown, uri
from nagara.broker.model.versions import NEWEST, asked_version
from nagara.broker.problems import Problem, bad_data, invalid, not_found
from nagara.broker.query import q as language
from nagara.broker.query.ordering import check_collation, order_terms, sorter
from nagara.broker.query.selecting import Selection
from nagara.broker.settings import Limits

VALUES, AGGREGATES = "temporalValues", "aggregatedValues"
_FORMS = (VALUES, AGGREGATES, NORMALIZED, CONCISE)
_OPTIONS = frozenset({*_FORMS, "sysAttrs"})
_TIMES = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"})
_VIEW = frozenset({"attrs", "datasetId", "format", "lang", "local", "omit", "options", "pick"})
_MAPS = frozenset({"entityMap", "entityMapLifetime"})
RETRIEVE = _TIMES | _VIEW | _MAPS
QUERY = _TIMES | _VIEW | _MAPS | FILTERS | PAGING | {"orderBy", "collation", "splitEntities"}


WHOLE, ALL = Period(), Selection()


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """What a request asks of history."""

    window: Window
    view: View
    form: str
    last: int | None = None
    methods: tuple[str, ...] = ()
    period: Period = WHOLE
    selection: Selection = ALL
    limit: int = 20
    offset: int = 0
    count: bool = False
    order: str = ""
    collation: str = ""
    links: dict[bool, Headers] = field(default_factory=dict)

    @property
    def wanted(self) -> Wanted:
        """The instances that are shown."""
        view = self.view
        attrs = view.attrs
        if view.pick is not None:
            # Where no attribute is picked, any will do to find the entity by.
            attrs = frozenset(SCOPE if name == "scope" else name for name in view.pick.names - {"id", "type"}) or None
        return Wanted(self.window, attrs, view.datasets)


@dataclass(slots=True)
class Answer:
    """What history says to a query."""

    values: list[dict[str, Any]]
    page: Page | None = None
    more: bool = False
    count: int = 0


def read_form(form: str | None, options: set[str]) -> str:
    """The representation that is asked for (6.3.12); `format` goes before `options`."""
    if form is not None:
        if form not in _FORMS:
            raise invalid(f"format: {shown(form)} is not one of {', '.join(_FORMS)} (6.3.12).")
        return form
    found = options & set(_FORMS)
    if len(found) > 1:
        raise bad_data(f"options names several formats: {', '.join(sorted(found))}; one is possible (6.3.12).")
    return found.pop() if found else NORMALIZED


def _view(params: Params, context: Context, kind: str) -> tuple[View, str]:
    options = params.options(_OPTIONS)
    form = read_form(params.text("format"), options)
    wanted = showing(
        context,
        kind,
        form=CONCISE if form == CONCISE else NORMALIZED,
        times="sysAttrs" in options,
        attrs=params.names("attrs"),
        pick=params.text("pick"),
        omit=params.text("omit"),
        datasets=params.names("datasetId"),
        lang=params.text("lang"),
    )
    return wanted.view, form


def read_request(call: Call, context: Context, kind: str, *, query: bool) -> TemporalQuery:
    params = call.params(QUERY if query else RETRIEVE)
    limits = call.broker.settings.limits
    view, form = _view(params, context, kind)
    window = read_window(params.text("timerel"), params.text("timeAt"), params.text("endTimeAt"), params.text("timeproperty"), needed=query)
    methods, period = _aggregation(form, params.text("aggrMethods"), params.text("aggrPeriodDuration"))
    found = TemporalQuery(window, view, form, params.number("lastN", 1), methods, period)
    params.flag("entityMap")
    if not query:
        params.flag("local")
        return found
    selection = read_selection(params, context, limits)
    _check_selection(selection)
    limit, offset, count = read_page(params, limits)
    params.flag("splitEntities")
    order, collation = _order(params.text("orderBy"), params.text("collation"), context)
    return replace(found, selection=selection, limit=limit, offset=offset, count=count, order=order, collation=collation)


def _aggregation(form: str, methods: Any, period: Any) -> tuple[tuple[str, ...], Period]:
    if form != AGGREGATES:
        return (), WHOLE
    if methods is None:
        raise bad_data("aggregatedValues needs aggrMethods (6.3.12).")
    return read_methods(methods), read_period(period)


def _check_selection(selection: Selection) -> None:
    if selection.q is not None and language.linked_depth(selection.q):
        raise bad_data("A temporal query cannot follow relationships (5.7.4.4).")


def _order(order: str | None, collation: str | None, context: Context) -> tuple[str, str]:
    if order is not None:
        for part in order.split(","):
            if part.partition(";")[0].strip() != "id":
                raise bad_data(f"orderBy: temporal queries are ordered by 'id' only, not {shown(part)} (5.7.4.4).")
        order_terms(order, context)
    if collation:
        check_collation(collation)
    return order or "", collation or ""


async def retrieve_evolution(call: Call) -> Response:
    """GET /temporal/entities/{entityId} (6.19.3.1)."""
    kind = call.accepts(PLAIN_KINDS)
    context = await call.linked()
    id_ = uri(call.args["id"], "The id of the entity")
    query = read_request(call, context, kind, query=False)
    answer = await _in_history(
        call, partial(_retrieve, query=query, id_=id_, limits=call.broker.settings.limits), counted=query.form == AGGREGATES
    )
    headers: Headers = []
    status = _partial(answer, query, headers)
    return await call.answer(answer.values[0], context, kind, headers, _versioned(call, headers, status))


async def query_evolutions(call: Call) -> Response:
    """GET /temporal/entities (6.18.3.2)."""
    kind = call.accepts(PLAIN_KINDS)
    context = await call.linked()
    return await _answer(call, read_request(call, context, kind, query=True), context, kind)


async def post_temporal_query(call: Call) -> Response:
    """POST /temporal/entityOperations/query (6.24.3.1)."""
    return await _answer(call, *await read_body(call))


async def read_body(call: Call) -> tuple[TemporalQuery, Context, str]:
    """A temporal query from a body, its @context, and the media type of the answer (5.2.23)."""
    kind = call.accepts(PLAIN_KINDS)
    params = call.params(PAGING | frozenset({"options", "format", "local", "splitEntities", "lang", "entityMap", "entityMapLifetime"}))
    raw, context = await call.document()
    limits = call.broker.settings.limits
    options = params.options(_OPTIONS)
    form = params.text("format")
    times = raw.get("temporalQ")
    if not isinstance(times, dict):
        raise bad_data("A temporal query is needed: temporalQ with timerel and timeAt (5.7.4.4).")
    window = read_window(times.get("timerel"), times.get("timeAt"), times.get("endTimeAt"), times.get("timeproperty"), needed=True)
    last = times.get("lastN")
    if last is not None and (isinstance(last, bool) or not isinstance(last, int) or last < 1):
        raise bad_data("lastN must be a whole number of 1 or more (5.2.21).")
    aggregation = raw.get("aggrParams", times)
    if not isinstance(aggregation, dict):
        raise bad_data("aggrParams must be an object with aggrMethods (5.2.44).")
    asked = form is None and options.isdisjoint(_FORMS)
    form = AGGREGATES if asked and aggregation.get("aggrMethods") is not None else read_form(form, options)
    methods, period = _aggregation(form, aggregation.get("aggrMethods"), aggregation.get("aggrPeriodDuration"))
    selection = body_selection(raw, params.flag("local"), context, limits)
    _check_selection(selection)
    pick, omit = texts_of(raw, "pick"), texts_of(raw, "omit")
    wanted = showing(
        context,
        kind,
        form=CONCISE if form == CONCISE else NORMALIZED,
        times="sysAttrs" in options,
        attrs=texts_of(raw, "attrs"),
        pick=",".join(pick) if pick else None,
        omit=",".join(omit) if omit else None,
        datasets=texts_of(raw, "datasetId", joined=True),
        lang=text_of(raw, "lang") or params.text("lang"),
    )
    ordering = raw.get("ordering", {})
    if not isinstance(ordering, dict):
        raise bad_data("ordering must be an object with orderBy (5.2.43).")
    named = texts_of(ordering, "orderBy", joined=True)
    order, collation = _order(",".join(named) if named else None, text_of(ordering, "collation"), context)
    limit, offset, count = read_page(params, limits)
    return TemporalQuery(window, wanted.view, form, last, methods, period, selection, limit, offset, count, order, collation), context, kind


async def _answer(call: Call, query: TemporalQuery, context: Context, kind: str) -> Response:
    answer = await _in_history(call, partial(_query, query=query, limits=call.broker.settings.limits), counted=query.form == AGGREGATES)
    headers: Headers = []
    if query.count:
        headers.append(("ngsild-results-count", str(answer.count)))
    headers += page_links(call, kind)(query, answer.more)
    status = _partial(answer, query, headers)
    return await call.answer(answer.values, context, kind, headers, _versioned(call, headers, status))


def _partial(answer: Answer, query: TemporalQuery, headers: Headers) -> int:
    if answer.page is None or answer.page.bound is None:
        return 200
    headers.append(("content-range", answer.page.content_range(query.window, query.last)))
    return 206


def _versioned(call: Call, headers: Headers, status: int) -> int:
    version = asked_version(call.request.headers.get("prefer", ""))
    if version is None:
        return status
    applied = min(version, NEWEST)
    headers.append(("preference-applied", f"ngsi-ld={applied[0]}.{applied[1]}"))
    return status


async def _in_history(call: Call, ask: Any, *, counted: bool) -> Answer:
    """Ask the history in a thread, on one snapshot of it."""
    store, folder = call.store, call.broker.history_folder

    def run(connection: sqlite3.Connection) -> Answer:
        history = (
            History(store, connection, folder, counted=counted)
            if call.told is None
            else Joined(store, connection, folder, call.told, counted=counted)
        )
        try:
            found: Answer = ask(history)
            return found
        finally:
            history.close()

    return await store.in_thread(run)


def _retrieve(history: History, query: TemporalQuery, id_: str, limits: Limits) -> Answer:
    found = history.find(id_)
    if found is None:
        raise not_found(f"There is no history of an entity {id_}.", instance=id_)
    answer = _shown(history, [found], query, limits, None)
    if not answer.values:
        raise not_found(f"The history of {id_} holds nothing of what was asked for.", instance=id_)
    return answer


def _query(history: History, query: TemporalQuery, limits: Limits) -> Answer:
    selection = query.selection
    filters = Filters(selection.q, selection.geo, selection.scope)
    candidates: Iterator[Evolution] = history.candidates(Selection(selection.selectors))
    if query.order:
        everything = []
        for one in candidates:
            everything.append(one)
            if len(everything) > limits.ordered:
                raise Problem("TooManyResults", f"More than {limits.ordered} entities would have to be sorted; narrow the query.")
        by_id = {one.entity["id"]: one for one in everything}
        arranged = sorter(order_terms(query.order, query.view.context), None, query.collation)([one.entity for one in everything])
        candidates = iter([by_id[entity["id"]] for entity in arranged])
    if query.form == AGGREGATES and not filters and not query.count and not query.offset:
        # Where all candidates fit one page, the aggregation itself tells which of them have anything to show.
        first = list(islice(candidates, query.limit + 1))
        if len(first) <= query.limit:
            return _shown(history, first, query, limits, None)
        candidates = chain(first, candidates)
    skipped = counted = 0
    more = False
    page: list[Evolution] = []
    moments: dict[int, list[Moment]] = {}
    chunk: list[Evolution] = []
    size = 100 if filters or query.count else min(1_000, query.offset + query.limit + 1)

    def take(some: list[Evolution]) -> None:
        nonlocal skipped, counted, more
        for one, chosen in passing(history, some, query.wanted, filters):
            counted += 1
            if skipped < query.offset:
                skipped += 1
            elif len(page) < query.limit:
                page.append(one)
                if chosen is not None:
                    moments[one.key] = chosen
            else:
                more = True

    for one in candidates:
        chunk.append(one)
        if len(chunk) >= size:
            take(chunk)
            chunk = []
            if more and not query.count:
                break
    else:
        take(chunk)
    answer = _shown(history, page, query, limits, moments if filters else None) if page else Answer([])
    answer.more, answer.count = more and query.limit > 0, counted
    return answer


def _shown(
    history: History, some: list[Evolution], query: TemporalQuery, limits: Limits, moments: dict[int, list[Moment]] | None
) -> Answer:
    """The history of some entities as it was asked for. `moments`: what a filter has chosen of it."""
    wanted = query.wanted
    if query.form == AGGREGATES:
        if not some:
            return Answer([])
        return _aggregated(history, some, query, moments)
    if _shows_head(query.view):
        return Answer([head(one.entity, query.view) for one in some if moments is not None or history.exist([one], wanted)])
    page = cut(history, some, wanted, query.last, limits.instances, moments)
    values = []
    for one in some:
        mine = [each for each in page.by_key[one.key] if shows(query.view, _member(each.attr))]
        empty: dict[str, str] = {}
        if page.bound is not None:
            # Attributes whose instances all lie beyond the end of this part of the answer.
            for name, instances in one.entity["attrs"].items():
                if (wanted.attrs is None or name in wanted.attrs) and shows(query.view, name):
                    empty[name] = instances[0]["type"] if instances else "Property"
        if not mine and not empty:
            continue
        if query.form == VALUES:
            values.append(show_pairs(one.entity, mine, empty, query.view, query.window))
        else:
            values.append(show_instances(one.entity, mine, empty, query.view, history.store.naming))
    return Answer([value for value in values if value], page)


def _member(attr: str) -> str:
    return "scope" if attr == SCOPE else attr


def _shows_head(view: View) -> bool:
    """Whether a request picks the id or the type of entities and nothing of their history."""
    return view.pick is not None and not view.pick.names - {"id", "type"}


def _aggregated(history: History, some: list[Evolution], query: TemporalQuery, moments: dict[int, list[Moment]] | None) -> Answer:
    if moments is None and isinstance(history, Joined):
        moments = history.read(some, query.wanted).by_key
    found = aggregate(history, some, query.wanted, query.methods, query.period, moments)
    asked = query.wanted.attrs or frozenset()
    for attr in sorted(asked & found.forms.keys()):
        possible = frozenset().union(*(ELIGIBLE[form] for form in found.forms[attr]))
        if possible.isdisjoint(query.methods):
            name = query.view.context.short(attr)
            raise invalid(
                f"{name!r} cannot be aggregated by {', '.join(query.methods)}; it can by {', '.join(sorted(possible))} (5.7.4.4)."
            )
    values = []
    for one in some:
        mine = {key: by_method for key, by_method in found.by_key.get(one.key, {}).items() if by_method and shows(query.view, key[0])}
        if mine:
            values.append(show_aggregates(one.entity, mine, query.view))
    return Answer([value for value in values if value])
