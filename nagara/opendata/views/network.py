"""The members of a network and its nominations as CSV and JSON."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from nagara.network import listing, queries
from nagara.network.models import Network
from nagara.opendata.answer import about, csv_answer, data, json_answer
from nagara.opendata.datasets import iso
from nagara.opendata.network import MEMBERS, NOMINATIONS
from nagara.toolkit.asof import require_as_of


@data
def members_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    network, day = get_object_or_404(Network, code=code), require_as_of(request).day
    rows = queries.members_on(network, day)
    return csv_answer(MEMBERS, MEMBERS.lines(rows), name=f"nagara-{code}-members-{day.isoformat()}")


@data
def members_json(request: HttpRequest, code: str) -> HttpResponseBase:
    network, day = get_object_or_404(Network, code=code), require_as_of(request).day
    rows, states = queries.members_on(network, day), list(queries.states_on(network, day))
    head = about(
        request,
        network=network.code,
        name=network.name,
        count=rows.count(),
        states=[
            {
                "state": row.state_id,
                "name": row.state.name,
                "member_since": iso(row.since),
                "day_known": row.day_known,
                "source": row.source.code,
            }
            for row in states
        ],
    )
    return json_answer(head, MEMBERS.rows, MEMBERS.lines(rows), name=f"nagara-{code}-members-{day.isoformat()}")


@data
def nominations_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    network, day = get_object_or_404(Network, code=code), require_as_of(request).day
    lines = [NOMINATIONS.line(row) for row in listing.rows(network, day)]
    return csv_answer(NOMINATIONS, lines, name=f"nagara-{code}-nominations-{day.isoformat()}")


@data
def nominations_json(request: HttpRequest, code: str) -> HttpResponseBase:
    network, day = get_object_or_404(Network, code=code), require_as_of(request).day
    lines = [NOMINATIONS.line(row) for row in listing.rows(network, day)]
    head = about(request, network=network.code, count=len(lines))
    return json_answer(head, NOMINATIONS.rows, lines, name=f"nagara-{code}-nominations-{day.isoformat()}")
