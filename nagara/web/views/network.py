"""A network as everyone reads it: its members on any day, on the map and by year; and the page of a city."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from nagara.governance.queries import meetings_public
from nagara.monitoring.views.public import groups_of
from nagara.network import listing
from nagara.network import queries as networks
from nagara.network.models import CityMembership, Network
from nagara.network.states import NominationState
from nagara.places.models import City
from nagara.plans import framework
from nagara.plans import queries as plans
from nagara.plans.views.listing import bars
from nagara.recognition.queries import on_record
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day
from nagara.toolkit.pages import open_page
from nagara.toolkit.texts import text
from nagara.toolkit.thai import sort_key
from nagara.web.chain import address
from nagara.web.links import twins
from nagara.web.maps.asean import Dot, asean
from nagara.web.members import members_on
from nagara.web.steps import step_line

MEETINGS = 20
VALUES = 6
"""So many values of a city stand on its page; the rest is a click away."""
NEW = 365
"""A member is shown as new on the map for about a year."""


@open_page
def all_networks(request: HttpRequest) -> HttpResponse:
    """The networks on record; where there is one, its page."""
    found = list(networks.networks())
    if len(found) == 1:
        return redirect("web:network", found[0].code)
    day = as_of(request).day
    rows = [(row, networks.members_on(row, day).count(), networks.states_on(row, day).count()) for row in found]
    return render(request, "web/networks.html", {"rows": rows, "day": day})


@open_page
def network(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Network.objects.select_related("body", "source"), code=code)
    asked = as_of(request)
    day = asked.day
    members = list(networks.members_on(found, day))
    states = list(networks.states_on(found, day))
    turns = networks.change_days(found)
    points = networks.timeline(found, day)
    sentence = _sentence(found, len(members), len(states), day)
    projects = plans.projects_on(day, networks.cities_on(found, day)).count()
    nominations = listing.rows(found, day)
    context: dict[str, Any] = {
        "network": found,
        "day": day,
        "members": len(members),
        "states": len(states),
        "by_state": _by_state(members),
        "without": [row.state for row in states if row.state_id not in {member.city.state_id for member in members}],
        "years": _years(members),
        "unchanged_since": max((on for on, _n in points), default=None),
        "invented": sum(member.invented for member in members),
        "steps": step_line(points, until=day, label=_("Number of member cities: %(steps)s") % {"steps": _in_words(points)}),
        "map": asean(
            {row.state_id: text(row.state.name) for row in states},
            {row.state_id for row in states},
            day=day,
            dots=[_dot(member, day) for member in members],
            label=_("Map of the member cities of %(network)s on %(day)s: %(cities)s. The list holds the same facts.")
            % {"network": found, "day": long_day(day), "cities": len(members)},
        ),
        "sentence": sentence,
        "permanent": settings.SITE_ADDRESS + reverse("web:network", args=[code]) + f"?as_of={day.isoformat()}",
        "projects": projects,
        "terms": networks.terms_on(found, day),
        "waiting": [row for row in nominations if row.state not in (NominationState.ADMITTED, NominationState.WITHDRAWN)],
        "meetings": _meetings(found, day),
        "asof_days": [turn for turn in turns if turn <= asked.today],
        **twins(request, "opendata:members", code),
    }
    return render(request, "web/network.html", context)


def _sentence(found: Network, members: int, states: int, day: date) -> str:
    words = ngettext(
        "On %(day)s %(network)s had %(members)s member city of %(states)s states.",
        "On %(day)s %(network)s had %(members)s member cities of %(states)s states.",
        members,
    )
    return words % {"day": long_day(day), "network": text(found.name), "members": members, "states": states}


def _in_words(points: Sequence[tuple[date, int]]) -> str:
    return ", ".join(f"{value} ({long_day(on)})" for on, value in points)


def _dot(member: CityMembership, day: date) -> Dot:
    new = member.since is not None and (day - member.since).days < NEW
    return Dot(member.city.longitude, member.city.latitude, member.city.slug, new=new)


def _by_state(members: Sequence[CityMembership]) -> list[dict[str, Any]]:
    """The members by state, states and cities in the order of the reader's alphabet."""
    lang = (get_language() or "th").split("-")[0]
    found: dict[str, dict[str, Any]] = {}
    for member in members:
        row = found.setdefault(member.city.state_id, {"state": member.city.state, "members": []})
        row["members"].append(member)
    for row in found.values():
        row["members"].sort(key=lambda one: sort_key(text(one.city.name), lang))
    return sorted(found.values(), key=lambda row: sort_key(text(row["state"].name), lang))


def _years(members: Sequence[CityMembership]) -> list[dict[str, Any]]:
    """Who joined in which year, newest first."""
    found: dict[int, list[CityMembership]] = {}
    for member in members:
        if member.since is not None:
            found.setdefault(member.since.year, []).append(member)
    total, rows = 0, []
    for year in sorted(found):
        total += len(found[year])
        sources = list({one.source.pk: one.source for one in found[year] if one.source}.values())
        resolutions = list({one.admitted_by.pk: one.admitted_by for one in found[year] if one.admitted_by}.values())
        rows.append({"year": year, "members": found[year], "total": total, "sources": sources, "resolutions": resolutions})
    return rows[::-1]


def _meetings(found: Network, day: date) -> list[Any]:
    if found.body is None:
        return []
    rows = meetings_public(found.body)[:MEETINGS]
    return [row for row in rows if (row.held_on is None and row.year <= day.year) or (row.held_on is not None and row.held_on <= day)]


@open_page
def city(request: HttpRequest, slug: str) -> HttpResponse:
    """What a city is to its networks, its plan, its projects and its recognised areas, on any day."""
    found = get_object_or_404(City.objects.select_related("state", "subdivision", "source", "data_space"), slug=slug)
    day = as_of(request).day
    edition = framework.in_force(day)
    counts = plans.counts_of_city(found, day)
    version = plans.version_on(found, day)
    areas = framework.area_titles(edition)
    memberships = [_standing(found, one, day) for one in networks.networks()]
    context = {
        "city": found,
        "day": day,
        "memberships": memberships,
        "version": version,
        "focus": [(row.printed, areas.get(row.area, "")) for row in version.focus.all()] if version else [],
        "projects": counts.projects,
        "by_area": bars(counts.areas, areas),
        "by_stage": bars(counts.stages, framework.stage_titles(edition)),
        "areas": list(on_record(day).filter(area__city=found)),
        "map": _place(found, day),
        "values_url": address("monitoring:city_values", slug),
        "values": _values(found, day),
        "partners": plans.partners_of(found, day),
        "meetings": [row for one in memberships for row in _meetings_of(one, day)],
        "asof_days": sorted({row["day"] for one in memberships for row in one["happened"] if row["day"]}, reverse=True)[:5],
        "invented": found.source.certainty == "invented",
    }
    return render(request, "web/city.html", context)


def _values(found: City, day: date) -> list[dict[str, Any]]:
    """A few published values of the city, those with a target first; what is counted from projects stands beside the projects."""
    rows = [row for group in groups_of(found, day) for row in group["rows"] if not row["measure"].derived and row["text"]]
    return sorted(rows, key=lambda row: row["target"] is None)[:VALUES]


def _meetings_of(one: dict[str, Any], day: date) -> list[dict[str, Any]]:
    """The meetings of a network while the city was its member, and those that decided on its nomination."""
    status, membership = one["status"], one["status"].membership
    decided = {row.decided_by.item.meeting_id for row in one["nominations"] if row.decided_by}
    found = []
    for meeting in _meetings(one["network"], day) if membership or decided else []:
        on = meeting.held_on or date(meeting.year, 12, 31)
        as_member = (
            membership is not None
            and (on >= membership.since or (not membership.day_known and on.year >= membership.since.year))
            and (status.is_member or on < membership.ended)
        )
        if as_member or meeting.pk in decided:
            found.append({"meeting": meeting, "decided": meeting.pk in decided})
    return found


def _place(found: City, day: date) -> SafeString:
    """Where the city lies among the states of the association."""
    states = members_on(day)
    return asean(
        {state.iso2: text(state.name) for state in states},
        {state.iso2 for state in states},
        day=day,
        dots=[Dot(found.longitude, found.latitude, found.slug)],
        label=_("Map with the place of %(city)s in %(state)s") % {"city": text(found.name), "state": text(found.state.name)},
    )


def _standing(found: City, one: Network, day: date) -> dict[str, Any]:
    """What the city is to one network, and how it came to that."""
    status = networks.membership_status_on(found, one, day)
    nominations = listing.rows_of_city(one, found, day)
    happened: list[dict[str, Any]] = []
    membership = status.membership
    if membership is not None and membership.since is not None and membership.since <= day:
        happened.append(
            {"day": membership.since, "state": "admitted", "what": _("Member"), "known": membership.day_known, "row": membership}
        )
        if membership.ended is not None and membership.ended <= day:
            happened.append({"day": membership.ended, "state": "ended", "what": _("Former member"), "known": True, "row": membership})
    for row in nominations:
        happened += [
            {
                "day": step.day,
                "state": step.state,
                "what": step.get_state_display(),
                "known": bool(step.on),
                "step": step,
                "nomination": row.nomination,
            }
            for step in row.steps
            if step.state != NominationState.ADMITTED or membership is None
        ]
    happened.sort(key=lambda line: line["day"] or date.min, reverse=True)
    return {"network": one, "status": status, "rights": networks.rights_of(status), "happened": happened, "nominations": nominations}
