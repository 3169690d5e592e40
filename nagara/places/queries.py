"""What is on record of places, on any day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from nagara.places.models import Area, Boundary, FormerName, Population, ProposedBoundary, Subdivision
from nagara.toolkit.texts import Texts
from nagara.toolkit.thai import fold


def by_name(areas: QuerySet[Any], lang: str) -> QuerySet[Any]:
    """In the order of the alphabet of the language: Thai vowels written before their consonant do not lead."""
    return areas.order_by("sort_en" if lang.startswith("en") else "sort_th", "pk")


def areas_matching(text: str) -> QuerySet[Area]:
    """The areas whose names, former names or province hold every word of `text`, anywhere within a word.

    Names are folded when they are saved, so the database only looks for a string in one short column: at 10,000 areas a
    few milliseconds on either database, and no index that only one of them has.
    """
    found = Area.objects.all()
    for word in fold(text).split():
        found = found.filter(search__contains=word)
    return found


def provinces_matching(text: str) -> QuerySet[Subdivision]:
    found = Subdivision.objects.all()
    for word in fold(text).split():
        found = found.filter(search__contains=word)
    return found


def with_boundary(areas: QuerySet[Area], on: date, *, only: bool | None = None) -> QuerySet[Any]:
    """The areas with `has_boundary`: is an outline on record on that day? `only` keeps those with, or those without."""
    found = areas.annotate(has_boundary=Exists(Boundary.objects.on(on).filter(area=OuterRef("pk"))))
    return found if only is None else found.filter(has_boundary=only)


def boundary_on(area: Area, on: date) -> Boundary | None:
    """The outline of an area on a day."""
    return Boundary.objects.on(on).filter(area=area).order_by("-since", "-pk").first()


def boundaries_of(area: Area) -> list[Boundary]:
    """Every outline that an area has had, newest first."""
    return list(Boundary.objects.filter(area=area).select_related("source").order_by("-since", "-pk"))


def proposal_of(area: Area) -> ProposedBoundary | None:
    """The newest outline that the team proposed, accepted or not."""
    return ProposedBoundary.objects.filter(area=area).select_related("accepted").order_by("-number").first()


@dataclass(frozen=True)
class Standing:
    """What counts as an area's boundary in an application: the newest proposal of its team, else what is on record."""

    present: Boundary | None
    proposed: ProposedBoundary | None

    @property
    def newest(self) -> Boundary | ProposedBoundary | None:
        return self.proposed or self.present


def standing(area: Area, on: date) -> Standing:
    """The boundary on record on a day, and the proposal that waits to be accepted. Two queries."""
    proposal = proposal_of(area)
    return Standing(boundary_on(area, on), proposal if proposal is not None and proposal.accepted_id is None else None)


def outline_of(area: Area, digest: str) -> Boundary | ProposedBoundary | None:
    """The outline of an area by its digest, proposed or set: rows of outlines are never changed."""
    proposal = ProposedBoundary.objects.filter(area=area, digest=digest).order_by("-number").first()
    return proposal or Boundary.objects.filter(area=area, digest=digest).order_by("-pk").first()


def waiting_proposals() -> QuerySet[ProposedBoundary]:
    """The newest proposal of each area, where it has not been accepted."""
    newer = ProposedBoundary.objects.filter(area=OuterRef("area"), number__gt=OuterRef("number"))
    return ProposedBoundary.objects.filter(~Exists(newer), accepted__isnull=True).select_related("area").order_by("made_at", "pk")


def province_outline(code: str, on: date) -> BaseGeometry | None:
    """The outline of a province on a day, as far as it is on record."""
    geometry = Boundary.objects.on(on).filter(subdivision=code).order_by("-since", "-pk").values_list("geometry", flat=True).first()
    return shape(geometry) if geometry else None


def population_on(area: Area, on: date) -> Population | None:
    """The newest count of an area's people that is not after a day."""
    return Population.objects.filter(area=area, on__lte=on).select_related("source").order_by("-on", "-pk").first()


@dataclass(frozen=True)
class Name:
    """A name that an area has had, and until when."""

    name: Texts
    until: date | None


def former_names(area: Area) -> list[Name]:
    rows = FormerName.objects.filter(area=area).order_by("-ended", "-pk")
    return [Name(row.name, row.ended) for row in rows]


def area_called(slug: str) -> tuple[Area, bool] | None:
    """The area at an address, and whether the address is a former one (then the page sends on to the present one)."""
    if found := Area.objects.filter(slug=slug).select_related("subdivision").first():
        return found, False
    if former := FormerName.objects.filter(slug=slug).select_related("area__subdivision").first():
        return former.area, True
    return None


@dataclass(frozen=True)
class Province:
    """What the page of a province shows: its outline and its areas in the order of the alphabet."""

    subdivision: Subdivision
    outline: dict[str, Any] | None
    areas: list[Area]


def province(code: str, *, on: date, lang: str) -> Province | None:
    """A province on a day; None where there is none of this code. Three queries."""
    subdivision = Subdivision.objects.filter(pk=code).select_related("state").first()
    if subdivision is None:
        return None
    outline = Boundary.objects.on(on).filter(subdivision=code).order_by("-since", "-pk").values_list("geometry", flat=True).first()
    return Province(subdivision, outline, list(by_name(Area.objects.filter(subdivision=code), lang)))
