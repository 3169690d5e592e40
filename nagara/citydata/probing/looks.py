"""Looking at an endpoint from outside, as a stranger and with the key that it gave us: seven looks, each bounded in time and size."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from rdflib import DCAT, DCTERMS, RDF, Graph

from nagara.broker.doors.outgoing import Outgoing, Reply, Unreachable
from nagara.citydata.broker import moment
from nagara.citydata.models import Endpoint
from nagara.citydata.probing.findings import MET, NOT_ASKED, UNMET, Check, Finding

SECONDS = 10.0
MOST_BYTES = 8 * 1024 * 1024
_OPEN = (
    "creativecommons.org/licenses/by",
    "creativecommons.org/publicdomain",
    "opendatacommons.org",
    "data.go.th/pages/dga-open",
    "cc-by",
    "cc-zero",
    "odc-",
    "open data common",
    "dga",
)


@dataclass(frozen=True)
class Target:
    """What a probe needs to know of an endpoint. `public` is the address by which strangers reach it."""

    kind: str
    address: str
    public: str
    tenant: str = ""
    key: str = ""
    needs_key: bool = False
    fresh_minutes: int = 1440
    own: bool = False
    datasets: int = 0
    """Of the space: how many datasets its own catalogue publishes, and how many of them openly."""
    open_datasets: int = 0


@dataclass(frozen=True)
class Seen:
    """What the standard's own answers showed."""

    wrong: str = ""
    datasets: int | None = None
    open_datasets: int | None = None
    newest: datetime | None = None


def look(target: Target, *, at: datetime, allow: Iterable[str] = ()) -> tuple[list[Finding], int]:
    """(findings, milliseconds of the first answer)."""
    return asyncio.run(_look(target, at, frozenset(allow)))


async def _look(target: Target, at: datetime, allow: frozenset[str]) -> tuple[list[Finding], int]:
    own = {urlsplit(target.address).hostname or ""} if target.own else set()
    outgoing = Outgoing(allow | own, timeout=SECONDS)
    try:
        began = time.perf_counter()
        try:
            first = await _get(outgoing, target, _FIRST[target.kind], with_key=True)
        except Unreachable as why:
            rest = [check for check in Check.values if check != Check.REACHABLE]
            return [
                _unmet(Check.REACHABLE, "unreachable", why=str(why)[:200]),
                *(Finding(check, NOT_ASKED, "skipped") for check in rest),
            ], 0
        taken = round((time.perf_counter() - began) * 1000)
        findings = [_met(Check.REACHABLE, "answered", status=first.status, ms=taken)]
        if first.status >= 500:
            findings = [_unmet(Check.REACHABLE, "answered", status=first.status, ms=taken)]
        try:
            seen = await _SEEN[target.kind](outgoing, target, first)
        except Unreachable as why:
            seen = Seen(wrong=str(why)[:200])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            seen = Seen(wrong=f"{type(error).__name__}: {error}"[:200])
        findings += _judged(target, seen, at)
        findings.append(_tls(target))
        findings.append(await _key(outgoing, target))
        return findings, taken
    finally:
        await outgoing.close()


def _met(check: str, code: str, **facts: Any) -> Finding:
    return Finding(check, MET, code, facts)


def _unmet(check: str, code: str, **facts: Any) -> Finding:
    return Finding(check, UNMET, code, facts)


def _judged(target: Target, seen: Seen, at: datetime) -> list[Finding]:
    if seen.wrong:
        skipped = [Finding(check, NOT_ASKED, "skipped") for check in (Check.CATALOGUE, Check.LICENCE, Check.FRESH)]
        return [_unmet(Check.STANDARD, "not_spoken", standard=target.kind, why=seen.wrong), *skipped]
    found = [_met(Check.STANDARD, "spoken", standard=target.kind)]
    datasets = seen.datasets if seen.datasets is not None else target.datasets
    opened = seen.open_datasets if seen.open_datasets is not None else target.open_datasets
    found.append(_met(Check.CATALOGUE, "datasets", count=datasets) if datasets else _unmet(Check.CATALOGUE, "no_datasets"))
    if not datasets:
        found.append(Finding(Check.LICENCE, NOT_ASKED, "skipped"))
    else:
        found.append(Finding(Check.LICENCE, MET if opened == datasets else UNMET, "open", {"count": opened, "all": datasets}))
    if seen.newest is None:
        found.append(_unmet(Check.FRESH, "no_newest"))
    else:
        late = at - seen.newest > timedelta(minutes=target.fresh_minutes)
        facts = {"at": seen.newest.astimezone(UTC).isoformat(timespec="minutes"), "minutes": target.fresh_minutes}
        found.append(Finding(Check.FRESH, UNMET if late else MET, "newest", facts))
    return found


def _tls(target: Target) -> Finding:
    parts = urlsplit(target.public)
    if parts.scheme == "https":
        return _met(Check.TLS, "tls")
    if target.own and parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return Finding(Check.TLS, NOT_ASKED, "local")
    return _unmet(Check.TLS, "no_tls")


async def _key(outgoing: Outgoing, target: Target) -> Finding:
    if not target.needs_key:
        return Finding(Check.KEY, NOT_ASKED, "no_key")
    try:
        reply = await _get(outgoing, target, _FIRST[target.kind], with_key=False)
    except Unreachable:
        return Finding(Check.KEY, NOT_ASKED, "skipped")
    if reply.status in (401, 403):
        return _met(Check.KEY, "refused", status=reply.status)
    return _unmet(Check.KEY, "let_in", status=reply.status)


async def _get(outgoing: Outgoing, target: Target, path: str, *, with_key: bool) -> Reply:
    headers = {"Accept": _ACCEPT[target.kind], "User-Agent": "Nagara probe"}
    if target.tenant and target.kind == Endpoint.Kind.NGSI_LD:
        headers["NGSILD-Tenant"] = target.tenant
    if with_key and target.key:
        # CKAN knows a token only where nothing stands before it.
        bare = " " in target.key or target.kind == Endpoint.Kind.CKAN
        headers["Authorization"] = target.key if bare else f"Bearer {target.key}"
    return await outgoing.call("GET", target.address.rstrip("/") + path, headers=headers, limit=MOST_BYTES)


def _json(reply: Reply) -> Any:
    if reply.status >= 400:
        raise ValueError(f"HTTP {reply.status}")
    return json.loads(reply.body)


async def _ngsi_ld(outgoing: Outgoing, target: Target, first: Reply) -> Seen:
    types = _json(first).get("typeList", [])
    newest: datetime | None = None
    for name in types[:10]:
        rows = _json(await _get(outgoing, target, f"/ngsi-ld/v1/entities?type={name}&limit=100", with_key=True))
        for row in rows:
            for member in row.values():
                if isinstance(member, dict) and "observedAt" in member:
                    newest = max(filter(None, (newest, moment(member["observedAt"]))))
    return Seen(newest=newest)


async def _ckan(outgoing: Outgoing, target: Target, first: Reply) -> Seen:
    found = _json(first)
    if found.get("success") is not True:
        return Seen(wrong="success is not true")
    result = found["result"]
    packages = result["results"]
    opened = [one for one in packages if one.get("isopen") or _is_open(str(one.get("license_id") or ""))]
    times = [moment(one["metadata_modified"]) for one in packages if one.get("metadata_modified")]
    times = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
    # Of many datasets the first hundred stand for all.
    count = int(result["count"])
    scaled = count if len(opened) == len(packages) else round(count * len(opened) / max(len(packages), 1))
    return Seen(datasets=count, open_datasets=scaled, newest=max(times, default=None))


async def _dcat(outgoing: Outgoing, target: Target, first: Reply) -> Seen:
    if first.status >= 400:
        return Seen(wrong=f"HTTP {first.status}")
    kind = next((value for name, value in first.headers.items() if name.lower() == "content-type"), "")
    form = "json-ld" if "json" in kind else "xml" if "xml" in kind else "turtle"
    try:
        graph = Graph().parse(data=first.body, format=form)
    except Exception as error:  # each parser of the library has exceptions of its own
        return Seen(wrong=f"{type(error).__name__}"[:200])
    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
    if not datasets and not list(graph.subjects(RDF.type, DCAT.Catalog)):
        return Seen(wrong="no dcat:Catalog")
    opened = sum(
        any(
            _is_open(str(licence))
            for node in (one, *graph.objects(one, DCAT.distribution))
            for licence in graph.objects(node, DCTERMS.license)
        )
        for one in datasets
    )
    times = [moment(str(value)) for one in datasets for value in graph.objects(one, DCTERMS.modified)]
    times = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
    return Seen(datasets=len(datasets), open_datasets=opened, newest=max(times, default=None))


async def _sensorthings(outgoing: Outgoing, target: Target, first: Reply) -> Seen:
    names = {entry.get("name") for entry in _json(first)["value"]}
    if not {"Things", "Datastreams"} <= names:
        return Seen(wrong="no Things and Datastreams")
    last = _json(await _get(outgoing, target, "/Observations?$orderby=phenomenonTime%20desc&$top=1", with_key=True))["value"]
    newest = moment(str(last[0]["phenomenonTime"]).partition("/")[0]) if last else None
    return Seen(newest=newest)


def _is_open(licence: str) -> bool:
    return any(mark in licence.casefold() for mark in _OPEN)


_FIRST = {
    Endpoint.Kind.NGSI_LD.value: "/ngsi-ld/v1/types",
    Endpoint.Kind.CKAN.value: "/api/3/action/package_search?rows=100",
    Endpoint.Kind.DCAT.value: "",
    Endpoint.Kind.SENSORTHINGS.value: "",
}
_ACCEPT = {
    Endpoint.Kind.NGSI_LD.value: "application/json",
    Endpoint.Kind.CKAN.value: "application/json",
    Endpoint.Kind.DCAT.value: "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8",
    Endpoint.Kind.SENSORTHINGS.value: "application/json",
}
_SEEN = {
    Endpoint.Kind.NGSI_LD.value: _ngsi_ld,
    Endpoint.Kind.CKAN.value: _ckan,
    Endpoint.Kind.DCAT.value: _dcat,
    Endpoint.Kind.SENSORTHINGS.value: _sensorthings,
}
