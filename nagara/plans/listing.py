"""What a list of projects may be asked for, the same for the page and for its data."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from nagara.places.models import City
from nagara.plans import framework, queries
from nagara.plans.models import Project, ProjectFocus, StageSpan
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.days import BUDDHIST_ERA, arabic_digits
from nagara.toolkit.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """The filters of a list of projects; an empty one asks for everything."""

    q: str = ""
    area: str = ""
    stage: str = ""
    state: str = ""
    city: str = ""
    year: int | None = None

    @property
    def narrowed(self) -> bool:
        return self != Asked()

    @classmethod
    def read(cls, query: QueryDict, edition: FrameworkFile) -> "Asked":
        """Read a query; a `Refusal` says which filter names nothing, so that no one takes a full list for a filtered one."""
        found = {name: query.get(name, "").strip() for name in ("q", "area", "stage", "state", "city")}
        faults = {}
        if found["area"] and edition.focus_area(found["area"]) is None:
            faults["area"] = _("There is no focus area “%(code)s”.") % {"code": found["area"]}
        if found["stage"] and found["stage"] not in framework.stage_titles(edition):
            faults["stage"] = _("There is no stage “%(code)s”.") % {"code": found["stage"]}
        if found["city"] and not City.objects.filter(slug=found["city"]).exists():
            faults["city"] = _("There is no city “%(code)s”.") % {"code": found["city"]}
        if found["state"] and not City.objects.filter(state=found["state"]).exists():
            faults["state"] = _("No city of the state “%(code)s” is on record.") % {"code": found["state"]}
        year = _year(query.get("year", ""), faults)
        if faults:
            raise Refusal(" ".join(faults.values()), fields=faults, code="unknown-filter", status=400)
        return cls(**found, year=year)


def _year(written: str, faults: dict[str, str]) -> int | None:
    digits = arabic_digits(written).strip()
    if not digits:
        return None
    if not digits.isdecimal() or len(digits) != 4:
        faults["year"] = _("“%(text)s” is no year of four digits.") % {"text": written}
        return None
    year = int(digits)
    return year - BUDDHIST_ERA if year >= 2400 else year


def rows(asked: Asked, day: date) -> QuerySet[Project]:
    """The projects in the record on a day that match, with their stage on that day, in the order of the reader's alphabet."""
    found = queries.projects_on(day).select_related("city__state")
    if asked.area:
        found = found.filter(pk__in=ProjectFocus.objects.filter(area=asked.area).values("project"))
    if asked.stage:
        found = found.filter(pk__in=StageSpan.objects.filter(queries.span_on(day), stage=asked.stage).values("project"))
    if asked.state:
        found = found.filter(city__state=asked.state)
    if asked.city:
        found = found.filter(city__slug=asked.city)
    if asked.year:
        began = Q(starts_on__isnull=False, starts_on__lte=date(asked.year, 12, 31)) & (
            Q(ends_on__isnull=True) | Q(ends_on__gte=date(asked.year, 1, 1))
        )
        found = found.filter(began | Q(starts_on__isnull=True, ends_on__year=asked.year))
    return queries.sorted_for_reader(queries.search(found, asked.q))


def numbers(found: QuerySet[Project]) -> QuerySet[Project, int]:
    """The numbers of these projects alone, in their order: a page far into a long list walks an index and joins nothing."""
    return found.select_related(None).values_list("pk", flat=True)
