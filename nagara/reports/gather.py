"""What the record says on a day, as the rows of a report: projects, members, and who has no answer."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from nagara.documents.models import Source
from nagara.network.models import CityMembership, Network
from nagara.network.queries import members_on, networks, states_on
from nagara.people.models import RoleGrant, User
from nagara.people.roles import Role
from nagara.places.models import City
from nagara.plans import framework
from nagara.plans.models import ProjectFocus, StageChange, StageSpan
from nagara.plans.queries import of_cities, span_on
from nagara.reports.figures import Figures, Row, Titles, compute
from nagara.reports.values import Values, quality_titles, values
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each

ROUNDING = gettext_noop(
    "Each share is its own count divided by the number of projects, rounded half up to one decimal. Shares are not adjusted to one "
    "another, so their sum may differ from 100.0."
)
"""How shares are rounded. Said here, shown wherever a report shows shares."""


class Member(TypedDict):
    """A member city on the day, and the resolution or source that says so."""

    city: str
    state: str
    since: str
    day_known: bool
    resolution: dict[str, Any] | None
    source: str


class Silent(TypedDict):
    """A member that has not answered: what is missing, and for which period where it is a return."""

    city: str
    what: str
    period: Texts


@dataclass(frozen=True)
class Gathered:
    """The record of one network on one day, ready to be counted, shown or frozen."""

    network: Network
    day: date
    rows: list[Row]
    figures: Figures
    titles: dict[str, Titles]
    cities: dict[str, dict[str, Any]]
    members: list[Member]
    silent: list[Silent]
    sources: dict[str, dict[str, Any]]
    offices: dict[str, Texts]
    values: Values


def network_of(code: str) -> Network:
    """The network of this code; a `Refusal` that names those on record where there is none."""
    found = networks().filter(code=code).first()
    if found is None:
        raise Refusal(
            _("There is no network “%(code)s”.") % {"code": code},
            next_step=_("Networks on record: %(codes)s.") % {"codes": ", ".join(networks().values_list("code", flat=True)) or "–"},
            code="unknown-network",
            status=404,
        )
    return found


def gather(network: Network, day: date, *, at: datetime) -> Gathered:
    """Read everything that a report of `network` as of `day` counts, of the cities that are members on the day.

    Projects are counted by their days. Values are those of the newest period that had ended, as they stand published at `at`: a
    value is verified and published after its period.
    """
    edition = framework.in_force(day)
    areas: Titles = {area.code: dict(area.title) for area in edition.focus_areas}
    stages: Titles = {code: dict(words) for code, words in edition.stage_titles().items()}
    held = list(members_on(network, day))
    known = values([row.city for row in held], day, at=at)
    rows, offices = project_rows(day, [row.city for row in held], known)
    cities = {row.city.slug: _city(row.city) for row in held}
    of_states = list(states_on(network, day))
    names = {row.state_id: row.state.name for row in of_states} | {row.city.state_id: row.city.state.name for row in held}
    states: Titles = dict(sorted(names.items(), key=_by_english_name))
    groups = {group.code: group.stages for group in edition.stage_groups}
    figures = compute(rows, areas=areas, stages=stages, states=states, groups=groups)
    figures["members"], figures["member_states"] = len(held), len(of_states)
    return Gathered(
        network=network,
        day=day,
        rows=rows,
        figures=figures,
        titles={"areas": areas, "stages": stages, "states": states, "statuses": _statuses(edition), "quality": quality_titles()},
        cities=cities,
        members=[_member(row) for row in sorted(held, key=lambda row: (row.city.state_id, row.city.sort_en, row.pk))],
        silent=[*without_projects(held, {row["city"] for row in rows}), *without_return(known)],
        values=known,
        sources=_sources({row["source"] for row in rows if row["source"]} | {row.source.code for row in held if row.source}),
        offices=offices,
    )


def _statuses(edition: FrameworkFile) -> Titles:
    return {status.code: dict(status.title) for status in edition.project_statuses}


def _city(city: City) -> dict[str, Any]:
    return {"name": city.short or city.name, "state": city.state_id}


def _member(row: CityMembership) -> Member:
    resolution = row.admitted_by
    named = {"id": resolution.pk, "name": in_each(resolution.item.meeting.__str__)} if resolution else None
    return {
        "city": row.city.slug,
        "state": row.city.state_id,
        "since": row.since.isoformat() if row.since else "",
        "day_known": row.day_known,
        "resolution": named,
        "source": row.source.code if row.source else "",
    }


def without_projects(held: list[CityMembership], having: set[str]) -> list[Silent]:
    """Members that have no project in the record on the day."""
    return [{"city": row.city.slug, "what": "projects", "period": {}} for row in held if row.city.slug not in having]


def _by_english_name(entry: tuple[str, Texts]) -> tuple[str, str]:
    return entry[1].get("en", ""), entry[0]


def without_return(known: Values) -> list[Silent]:
    """Members that were asked in the period and have handed nothing in."""
    period = known.period
    return [{"city": city.slug, "what": "return", "period": period.title} for city in known.waiting] if period else []


PROJECT = (
    "id",
    "key",
    "title",
    "main_area",
    "entered_on",
    "entered",
    "certainty",
    "city__slug",
    "city__state",
    "city__sort_en",
    "source__code",
)


def project_rows(day: date, cities: Any, known: Values) -> tuple[list[Row], dict[str, Texts]]:
    """The projects in the record on a day, by state, city and key; and the offices that recorded their stage."""
    here = of_cities(cities, "project__city")
    names = [f"project__{name}" for name in PROJECT]
    spans = (
        StageSpan.objects.filter(span_on(day), here)
        .order_by("project__city__state", "project__city__sort_en", "project__city__slug", "project__key", "project")
        .values("stage", "status", "since", *names)
    )
    areas: dict[int, list[str]] = {}
    focus = ProjectFocus.objects.filter(of_cities(cities, "project__city")).order_by("project", "position")
    for project, area in focus.values_list("project", "area").iterator(chunk_size=5000):
        listed = areas.setdefault(project, [])
        if area not in listed:
            listed.append(area)
    recorded: dict[int, tuple[str, str]] = {}
    changes = StageChange.objects.filter(of_cities(cities, "project__city"), on__lte=day).order_by("project", "on", "pk")
    for project, actor, instant in changes.values_list("project", "by", "at").iterator(chunk_size=5000):
        recorded[project] = (actor, instant.astimezone(UTC).isoformat(timespec="seconds"))
    keys, offices = _offices({actor for actor, _at in recorded.values()} | known.actors)
    for listing in known.rows.values():
        for value in listing:
            value["office"] = keys.get(value["office"], "")
    rows: list[Row] = []
    for found in spans.iterator(chunk_size=5000):
        number = found["project__id"]
        by, at = recorded.get(number, ("", ""))
        rows.append(
            {
                "id": number,
                "key": found["project__key"],
                "city": found["project__city__slug"],
                "state": found["project__city__state"],
                "title": found["project__title"],
                "area": found["project__main_area"],
                "areas": areas.get(number, [found["project__main_area"]]),
                "stage": found["stage"],
                "status": found["status"],
                "since": found["since"].isoformat(),
                "entered_on": found["project__entered_on"].isoformat(),
                "entered": found["project__entered"],
                "source": found["project__source__code"] or "",
                "certainty": found["project__certainty"],
                "office": keys.get(by, ""),
                "recorded_at": at,
            }
        )
    return rows, offices


def _offices(actors: set[str]) -> tuple[dict[str, str], dict[str, Texts]]:
    """Who recorded, as an office: the role held and the organisation, never the person. By the key of the actor, and titles by code."""
    keys: dict[str, str] = {}
    titles: dict[str, Texts] = {}
    numbers = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    users = User.objects.filter(pk__in=numbers).select_related("person__organisation")
    grants = RoleGrant.objects.filter(user__in=numbers, role__in=OFFICES).order_by("user", "pk")
    roles: dict[int, str] = {}
    for holder, held in grants.values_list("user", "role"):
        roles.setdefault(holder, held)
    for user in users:
        organisation = user.person.organisation if user.person else None
        role = roles.get(user.pk, "")
        code = "/".join(part for part in (role, organisation.code if organisation else "") if part) or "account"
        keys[user.audit_key] = code
        label = in_each(lambda role=role: str(Role(role).label) if role else _("an account"))  # type: ignore[misc]
        name = organisation.name if organisation else {}
        titles[code] = {
            lang: ", ".join(part for part in (words, name.get(lang) or name.get("en", "")) if part) for lang, words in label.items()
        }
    for actor in actors:
        if actor.startswith("system:"):
            keys[actor] = "source"
            titles["source"] = in_each(lambda: _("entered from its source"))
    return keys, titles


OFFICES = (Role.CITY_OFFICER, Role.OFFICE, Role.NETWORK_SECRETARIAT)
"""Roles under which a project is recorded."""


def _sources(codes: set[str]) -> dict[str, dict[str, Any]]:
    return {
        source.code: {
            "title": source.title,
            "publisher": source.publisher,
            "address": source.address,
            "section": source.section,
            "certainty": source.certainty,
        }
        for source in Source.objects.filter(code__in=codes).order_by("code")
    }
