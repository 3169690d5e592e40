"""The register as everybody reads it: on a page, as CSV, as JSON. One reading serves all three, so that they agree."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from nagara.governance.models import Resolution
from nagara.places.models import Area
from nagara.recognition.models import Recognition, RecognitionStep, StatusSpan
from nagara.recognition.queries import Counts, spans_on
from nagara.recognition.states import Status, Tier, Verb
from nagara.toolkit.days import arabic_digits, from_buddhist, long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.thai import fold

ANY = "all"
NONE = "none"
"""Kinds that are not on record."""
STATUSES = (Status.RECOGNISED, Status.SUSPENDED, Status.REVOKED, Status.EXPIRED, Status.ZONE)
ORDERS = ("name", "province", "number", "since")


def _year(text: str) -> int | None:
    """A Common Era year, typed in either calendar."""
    digits = arabic_digits(text)
    if not re.fullmatch(r"\d{4}", digits):
        return None
    year = int(digits)
    return from_buddhist(year) if year >= 2400 else year


@dataclass(frozen=True)
class Asked:
    """Which rows of the register are wanted. Empty means: no restriction; the status of its own is what a figure counts."""

    province: str = ""
    status: str = Status.RECOGNISED
    year: int | None = None
    kind: str = ""
    text: str = ""
    order: str = "name"

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Asked":
        """What an address asks for: `province`, `status`, `year`, `kind`, `q`, `order`. Refused, by field, where it has no meaning."""
        given = {key: params.get(key, "").strip() for key in ("province", "status", "year", "kind", "q", "order")}
        wrong: dict[str, str] = {}
        if given["status"] and given["status"] not in (*STATUSES, ANY):
            wrong["status"] = _("There is no status “%(text)s”.") % {"text": given["status"]}
        if given["kind"] and given["kind"] not in (*Area.Kind.values, NONE):
            wrong["kind"] = _("There is no kind “%(text)s”.") % {"text": given["kind"]}
        if given["order"] and given["order"] not in ORDERS:
            wrong["order"] = _("There is no order “%(text)s”.") % {"text": given["order"]}
        year = _year(given["year"])
        if given["year"] and year is None:
            wrong["year"] = _("“%(text)s” is not a year of four digits.") % {"text": given["year"]}
        if given["province"] and not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", given["province"]):
            wrong["province"] = _("A province is named by its code in ISO 3166-2, such as TH-21.")
        if wrong:
            raise Refusal(" ".join(wrong.values()), code="unreadable-filter", status=400, fields=wrong)
        return cls(
            province=given["province"],
            status=given["status"] or Status.RECOGNISED,
            year=year,
            kind=given["kind"],
            text=given["q"],
            order=given["order"] or "name",
        )

    @property
    def tier(self) -> str:
        return Tier.ZONE if self.status == Status.ZONE else Tier.LABEL

    @property
    def narrowed(self) -> bool:
        return bool(self.province or self.year or self.kind or self.text or self.status != Status.RECOGNISED)


def rows(asked: Asked, day: date, *, lang: str = "th") -> QuerySet[StatusSpan]:
    """The rows of the register on a day: spans with area, province, recognition, decision and source, in a stable order."""
    found = spans_on(day, asked.tier).select_related(
        "area__subdivision", "recognition__decided_by__item__meeting__body", "recognition__source"
    )
    if asked.status != ANY:
        found = found.filter(status=asked.status)
    if asked.province:
        found = found.filter(subdivision_code=asked.province)
    if asked.year:
        found = found.filter(recognition__batch=asked.year)
    if asked.kind:
        found = found.filter(area__kind="" if asked.kind == NONE else asked.kind)
    for word in fold(asked.text).split():
        found = found.filter(area__search__contains=word)
    name = "area__sort_en" if lang == "en" else "area__sort_th"
    province = "area__subdivision__sort_en" if lang == "en" else "area__subdivision__sort_th"
    first = {"number": ["recognition__number"], "province": [province, name], "since": ["-since", name]}.get(asked.order, [name])
    return found.order_by(*first, "pk")


def provinces_of(asked: Asked, day: date) -> dict[str, int]:
    """How many of the rows lie in each province, by ISO 3166-2."""
    counted = rows(asked, day).order_by().values("subdivision_code").annotate(areas=Count("area_id", distinct=True))
    return {row["subdivision_code"]: row["areas"] for row in counted}


def years() -> list[int]:
    """The years in which areas were recognised, newest first."""
    found = Recognition.objects.filter(tier=Tier.LABEL).order_by().values_list("batch", flat=True).distinct()
    return sorted((year for year in found if year is not None), reverse=True)


def newest_change() -> Any:
    """The instant of the newest step: when it stays, no row of the register has changed."""
    return RecognitionStep.objects.aggregate(newest=Max("recorded_at"))["newest"]


@dataclass(frozen=True)
class Event:
    """What one resolution (or one source, where no resolution is on record) did on one day."""

    on: date
    verb: str
    areas: int
    one: Area | None
    resolution: Resolution | None
    step: RecognitionStep

    @property
    def label(self) -> str:
        return str(Verb(self.verb).label)

    @property
    def state(self) -> str:
        return {Verb.DESIGNATE: Status.ZONE, Verb.SUSPEND: Status.SUSPENDED, Verb.REVOKE: Status.REVOKED, Verb.LAPSE: Status.EXPIRED}.get(
            Verb(self.verb), Status.RECOGNISED
        )


_NEWS = (Verb.DESIGNATE, Verb.GRANT, Verb.RENEW, Verb.SUSPEND, Verb.REINSTATE, Verb.REVOKE, Verb.LAPSE)


def events(day: date, *, most: int = 6, verbs: Sequence[str] = _NEWS) -> list[Event]:
    """What happened lately, up to a day, newest first: steps of one verb, day and resolution together."""
    happened = RecognitionStep.objects.filter(on__lte=day, verb__in=verbs)
    # So many groups lie in so many days at the most: older ones need not be grouped.
    days = list(happened.order_by("-on").values_list("on", flat=True).distinct()[:most])
    groups = list(
        happened.filter(on__gte=days[-1] if days else day)
        .order_by()
        .values("on", "verb", "resolution")
        .annotate(areas=Count("recognition__area", distinct=True), step=Max("pk"))
        .order_by("-on", "-step")[:most]
    )
    steps = (
        RecognitionStep.objects.filter(pk__in=[group["step"] for group in groups])
        .select_related("recognition__area__subdivision", "resolution__item__meeting__body", "source")
        .in_bulk()
    )
    return [
        Event(
            on=group["on"] or day,
            verb=group["verb"],
            areas=group["areas"],
            one=steps[group["step"]].recognition.area if group["areas"] == 1 else None,
            resolution=steps[group["step"]].resolution,
            step=steps[group["step"]],
        )
        for group in groups
    ]


def steps_of(resolution: Resolution) -> QuerySet[RecognitionStep]:
    """What a resolution did to recognitions: one step an area."""
    return (
        RecognitionStep.objects.filter(resolution=resolution)
        .select_related("recognition__area__subdivision")
        .order_by("recognition__tier", "recognition__number", "pk")
    )


def batch_counts(year: int, tier: str = Tier.LABEL) -> dict[str, int]:
    """How many areas a year's batch has, in how many provinces."""
    found = StatusSpan.objects.filter(tier=tier, recognition__batch=year).aggregate(
        areas=Count("area_id", distinct=True), provinces=Count("subdivision_code", distinct=True)
    )
    return {"areas": found["areas"], "provinces": found["provinces"]}


def known_by(day: date) -> QuerySet[Area]:
    """Areas that the public record knows by a day: something was decided about them."""
    return Area.objects.filter(pk__in=Recognition.objects.filter(effective_on__lte=day).values("area"))


def sentence(counts: Counts, day: date) -> str:
    """The figure as a whole sentence with its day, in the language that is active, to be cited."""
    return _("Thailand has %(areas)s areas that are recognised as smart cities, in %(provinces)s provinces (as of %(day)s)") % {
        "areas": counts.areas,
        "provinces": counts.provinces,
        "day": long_day(day),
    }
