"""Keeping the record of places: names, kinds, populations, boundaries. Nothing that was on record is lost by a change."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from nagara.audit.record import record
from nagara.documents.models import Source, StoredFile
from nagara.people.models import Organisation, User
from nagara.people.second_factor import Proof, require_proof
from nagara.places.geometry import as_geojson, square_kilometres
from nagara.places.models import Area, Boundary, City, FormerName, Population, ProposedBoundary, Subdivision
from nagara.toolkit import access
from nagara.toolkit.digests import digest
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class AreaFacts:
    """What the office keeps of an area."""

    name: Texts
    subdivision: Subdivision
    short: Texts = field(default_factory=dict)
    kind: str = ""
    city_type: str = ""
    organisation: Organisation | None = None
    city: City | None = None


def facts_of(area: Area) -> dict[str, Any]:
    """The facts of an area as plain values: what the record shows as before and after."""
    return {
        "name": area.name,
        "short": area.short,
        "kind": area.kind,
        "city_type": area.city_type,
        "subdivision": area.subdivision_id,
        "organisation": area.organisation_id,
        "city": area.city_id,
    }


def seen(area: Area) -> str:
    """The digest of the facts that a form was opened with: saving over somebody else's change is refused."""
    return digest(facts_of(area))


@transaction.atomic
def add_area(facts: AreaFacts, *, by: User, at: datetime, proof: Proof | None) -> Area:
    """Enter an area. One with the same name in the same province is there already."""
    access.require(by, "places.add_area")
    require_proof(proof, at)
    _check_name(facts.name)
    same = Area.objects.filter(subdivision=facts.subdivision, name=facts.name).first()
    if same is not None:
        raise Refusal(
            _("%(area)s is already in the record of this province.") % {"area": same},
            next_step=_("Open the area that is there, or give this one the name that tells them apart."),
            code="area-exists",
            fields={"name": str(_("This name is taken in this province."))},
        )
    area = Area.objects.create(**_columns(facts), slug=_slug(facts), registered_on=at.date())
    record(by=by, did="places.add_area", about=area, at=at, after=facts_of(area), proof=proof)
    return area


@transaction.atomic
def edit_area(
    area: Area,
    facts: AreaFacts,
    *,
    seen_digest: str,
    by: User,
    at: datetime,
    proof: Proof | None,
    why: str = "",
    renamed_on: date | None = None,
    correction: bool = False,
) -> Area:
    """Change what is on record of an area. A name that changes is kept as a former name, unless it was only written wrongly."""
    area = Area.objects.select_for_update().get(pk=area.pk)
    access.require(by, "places.edit_area", area)
    require_proof(proof, at)
    _check_name(facts.name)
    before = facts_of(area)
    changed = {name: value for name, value in _columns(facts).items() if getattr(area, name) != value}
    if not changed:
        return area
    if seen_digest != digest(before):
        raise Refusal(
            _("Somebody else changed this area after you opened it. What you typed is still in the form."),
            next_step=_("Open the area in a second window, compare, and save again from a form opened after that change."),
            code="changed-meanwhile",
        )
    if "name" in changed and not correction:
        FormerName.objects.create(area=area, name=area.name, ended=renamed_on)
    for name, value in changed.items():
        setattr(area, name, value)
    area.save(update_fields=list(changed))
    after = facts_of(area)
    differing = [key for key in before if before[key] != after[key]]
    record(
        by=by,
        did="places.edit_area",
        about=area,
        at=at,
        before={key: before[key] for key in differing},
        after={key: after[key] for key in differing},
        why=why,
        proof=proof,
    )
    return area


@transaction.atomic
def add_former_name(area: Area, name: Texts, *, until: date | None, by: User, at: datetime, proof: Proof | None) -> FormerName:
    """A name that the area was known by before: searches and old reports still find it."""
    area = Area.objects.select_for_update().get(pk=area.pk)
    access.require(by, "places.edit_area", area)
    require_proof(proof, at)
    _check_name(name)
    found = FormerName.objects.filter(area=area, name=name, ended=until).first()
    if found is not None:
        return found
    former = FormerName.objects.create(area=area, name=name, ended=until)
    area.save(update_fields=["search"])
    record(by=by, did="places.add_former_name", about=area, at=at, after={"name": name, "until": until}, proof=proof)
    return former


@transaction.atomic
def set_population(area: Area, value: int, *, on: date, source: Source, by: User, at: datetime, proof: Proof | None) -> Population:
    """How many people live in an area, as counted on a day by a source. Entering it again for the same day corrects it."""
    area = Area.objects.select_for_update().get(pk=area.pk)
    access.require(by, "places.edit_area", area)
    require_proof(proof, at)
    if on > at.date():
        raise Refusal(
            _("A count of people cannot be of a day that is still to come."),
            code="population-in-future",
            fields={"on": str(_("The day is still to come."))},
        )
    found = Population.objects.filter(area=area, on=on).first()
    before = {"people": found.value, "on": found.on, "source": found.source_id} if found else None
    after = {"people": value, "on": on, "source": source.pk}
    if before == after and found is not None:
        return found
    population, _made = Population.objects.update_or_create(area=area, on=on, defaults={"value": value, "source": source})
    record(by=by, did="places.set_population", about=area, at=at, before=before, after=after, proof=proof)
    return population


@transaction.atomic
def propose_boundary(
    area: Area, outline: BaseGeometry, *, by: User, at: datetime, origin: str = Boundary.Origin.DRAWN, file: StoredFile | None = None
) -> ProposedBoundary:
    """An area's team proposes its boundary. `outline` is one that `outlines.checks.examine` found sound."""
    area = Area.objects.select_for_update().get(pk=area.pk)
    access.require(by, "places.propose_boundary", area)
    made = _made(outline, by=by, at=at, origin=origin, file=file)
    last = ProposedBoundary.objects.filter(area=area).order_by("-number").first()
    if last is not None and last.digest == made["digest"] and last.accepted_id is None:
        return last
    proposal = ProposedBoundary.objects.create(area=area, number=last.number + 1 if last else 1, **made)
    record(by=by, did="places.propose_boundary", about=area, at=at, after={"proposal": proposal.number, **_told(proposal)})
    return proposal


@transaction.atomic
def set_boundary(
    area: Area,
    outline: BaseGeometry,
    *,
    since: date | None,
    by: User,
    at: datetime,
    proof: Proof | None,
    origin: str = Boundary.Origin.DRAWN,
    file: StoredFile | None = None,
    source: Source | None = None,
    why: str = "",
) -> Boundary:
    """The office sets the boundary of an area since a day; the one before ends on that day and stays on record."""
    area = Area.objects.select_for_update().get(pk=area.pk)
    access.require(by, "places.edit_area", area)
    require_proof(proof, at)
    return _put(
        area, _made(outline, by=by, at=at, origin=origin, file=file), since=since, source=source, by=by, at=at, proof=proof, why=why
    )


@transaction.atomic
def accept_boundary(
    proposal: ProposedBoundary, *, since: date | None, by: User, at: datetime, proof: Proof | None, why: str = ""
) -> Boundary:
    """The office accepts what the team proposed: it is the boundary since a day."""
    area = Area.objects.select_for_update().get(pk=proposal.area_id)
    proposal = ProposedBoundary.objects.get(pk=proposal.pk)
    access.require(by, "places.accept_boundary", proposal)
    require_proof(proof, at)
    if proposal.accepted is not None:
        return proposal.accepted
    made = {name: getattr(proposal, name) for name in _MADE}
    boundary = _put(area, made, since=since, source=None, by=by, at=at, proof=proof, why=why, proposal=proposal.number)
    proposal.accepted = boundary
    proposal.save(update_fields=["accepted"])
    return boundary


_MADE = ("geometry", "west", "south", "east", "north", "square_kilometres", "origin", "file", "digest", "made_at", "made_by")


def _made(outline: BaseGeometry, *, by: User, at: datetime, origin: str, file: StoredFile | None) -> dict[str, Any]:
    geometry = as_geojson(outline)
    west, south, east, north = outline.bounds
    return {
        "geometry": geometry,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "square_kilometres": round(square_kilometres(outline), 4),
        "origin": origin,
        "file": file,
        "digest": digest(geometry),
        "made_at": at,
        "made_by": by.audit_key,
    }


def _told(outline: Boundary | ProposedBoundary) -> dict[str, Any]:
    """What the record says of an outline: its digest and size, not its thousand points."""
    return {
        "digest": outline.digest,
        "square_kilometres": outline.square_kilometres,
        "origin": outline.origin,
        "file": outline.file.digest if outline.file else None,
    }


def _put(
    area: Area,
    made: dict[str, Any],
    *,
    since: date | None,
    source: Source | None,
    by: User,
    at: datetime,
    proof: Proof | None,
    why: str,
    proposal: int | None = None,
) -> Boundary:
    present = Boundary.objects.filter(area=area, ended__isnull=True).first()
    if present is not None and present.digest == made["digest"]:
        return present
    if present is not None:
        if since is None or (present.since is not None and since <= present.since):
            first = present.since.isoformat() if present.since else ""
            raise Refusal(
                _("The new boundary must begin after the one that it follows."),
                rule=_("The present one holds since %(day)s.") % {"day": first} if first else "",
                next_step=_("Give the day on which the new boundary came to hold."),
                code="boundary-begins-too-early",
                fields={"since": str(_("Give a later day."))},
            )
        present.ended = since
        present.save(update_fields=["ended"])
    boundary = Boundary.objects.create(area=area, since=since, source=source, **made)
    after = {"boundary": boundary.pk, "since": since, "proposal": proposal, **_told(boundary)}
    before = {"boundary": present.pk, "ended": None, **_told(present)} if present else None
    record(by=by, did="places.set_boundary", about=area, at=at, before=before, after=after, why=why, proof=proof)
    return boundary


def _columns(facts: AreaFacts) -> dict[str, Any]:
    return {column.name: getattr(facts, column.name) for column in fields(facts)}


def _check_name(name: Texts) -> None:
    if not name.get("th") and not name.get("en"):
        raise Refusal(_("A place needs a name."), code="name-missing", fields={"name": str(_("Write the name in Thai or English."))})


def _slug(facts: AreaFacts) -> str:
    """An address from the English name, else from the province; with a number where it is taken."""
    lead = slugify(facts.short.get("en") or facts.name.get("en") or "")[:60].strip("-") or facts.subdivision.code.lower()
    taken = set(Area.objects.filter(slug__startswith=lead).values_list("slug", flat=True))
    taken |= {slug for slug in FormerName.objects.filter(slug__startswith=lead).values_list("slug", flat=True) if slug}
    number = 1
    while (slug := lead if number == 1 else f"{lead}-{number}") in taken:
        number += 1
    return slug
