"""Which registrations a context source registration subscription is told of, and how (5.11.2, 5.11.7, 5.3.2)."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from nagara.broker.api.querying import read_q
from nagara.broker.clock import now_us, parse_us
from nagara.broker.http import LD_JSON
from nagara.broker.model.values import shown
from nagara.broker.problems import bad_data
from nagara.broker.settings import Limits
from nagara.broker.sources.matching import Interval, Wanted, match
from nagara.broker.sources.registration import Information, Registration, shown_registration
from nagara.broker.subscriptions.document import Subscription

NEW, UPDATED, GONE = "newlyMatching", "updated", "noLongerMatching"
_RELATIONS = ("before", "after", "between")
_PROPERTIES = ("observedAt", "createdAt", "modifiedAt", "deletedAt")

Found = list[tuple[Registration, tuple[Information, ...]]]


def interval_of(relation: object, at: object, until: object, property_: object) -> Interval | None:
    """A temporal query (4.11), where there is one."""
    if relation is None:
        return None
    moment, end = parse_us(at), parse_us(until)
    if relation not in _RELATIONS or moment is None or (relation == "between") != (end is not None):
        raise bad_data("A temporal query is timerel=before, after or between with timeAt, and for between with endTimeAt (4.11).")
    if property_ is not None and property_ not in _PROPERTIES:
        raise bad_data(f"timeproperty: {shown(property_)} is not one of {', '.join(_PROPERTIES)} (4.11).")
    return Interval(str(relation), moment, end, str(property_ or "observedAt"))


def wanted_by(one: Subscription, limits: Limits) -> Wanted:
    """What a subscription specifies of registrations (5.12)."""
    doc = one.doc
    named = doc["notification"].get("attributes")
    attrs = None
    if one.watched is not None and named is not None:
        attrs = one.watched | {one.context.full(name) for name in named}
    raw = doc.get("temporalQ") or {}
    if not isinstance(raw, dict):
        raise bad_data("temporalQ must be an object (5.2.21).")
    text = doc.get("csf")
    return Wanted(
        selectors=one.selection.selectors,
        attrs=attrs,
        datasets=one.showing.view.datasets,
        geo=one.selection.geo,
        scope=one.selection.scope,
        filter=read_q(text, one.context, limits) if text is not None else one.selection.q,
        strict=True,
        interval=interval_of(raw.get("timerel"), raw.get("timeAt"), raw.get("endTimeAt"), raw.get("timeproperty")),
    )


def body(one: Subscription, found: Found, reason: str) -> bytes:
    """The members of a notification that depend on the registrations."""
    context = one.showing.view.context
    data = []
    for registration, infos in found:
        value = shown_registration(registration, context, only=[info.place for info in infos], lists=True)
        if one.endpoint.accept == LD_JSON:
            value["@context"] = context.source
        data.append(value)
    return b'"triggerReason":' + orjson.dumps(reason) + b',"data":' + orjson.dumps(data)


def all_for(one: Subscription, registrations: Iterable[Registration], limits: Limits) -> bytes | None:
    """What a subscription is told when it begins, or when its time has come: all that match; None where none do."""
    wanted = wanted_by(one, limits)
    found = [(registration, infos) for registration in registrations if (infos := match(registration, wanted))]
    return body(one, found, NEW) if found else None


def changes(
    subscriptions: Iterable[Subscription], before: Registration | None, after: Registration | None, limits: Limits
) -> list[tuple[Subscription, bytes]]:
    """Who is to be told of the change of one registration, and what."""
    found = []
    now = now_us()
    for one in subscriptions:
        if one.interval is not None or one.status(now) != "active":
            continue
        wanted = wanted_by(one, limits)
        old = match(before, wanted) if before is not None else ()
        new = match(after, wanted) if after is not None else ()
        if after is not None and new:
            found.append((one, body(one, [(after, new)], UPDATED if old else NEW)))
        elif before is not None and old:
            found.append((one, body(one, [(before, old)], GONE)))
    return found
