"""The values of a report: for each measure of the newest period that has ended, what the network has published of each member."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median
from typing import Any, TypedDict

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from nagara.monitoring.asked import asking
from nagara.monitoring.models import Period, Return
from nagara.monitoring.queries.known import values_of
from nagara.monitoring.states import WITH_CITY, LevelName, Quality, ReturnState
from nagara.places.models import City
from nagara.reports.figures import Titles
from nagara.rulebook.schema_indicators import Measure
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each, text

NAMED = 20
"""So many members are named in a refusal; the rest are counted."""

BEING_VERIFIED = (ReturnState.SUBMITTED, ReturnState.RETURNED)
"""The office has not looked at all of it, or waits for an answer: half of its values stand and half do not."""


class Measured(TypedDict):
    """One measure, or one part of it: how many members have a published value, and how these lie."""

    code: str
    measure: str
    part: str
    title: Texts
    part_title: Texts
    unit: Texts
    section: Texts
    kind: str
    checked: bool
    asked: int
    answered: int
    missing: int
    least: str
    median: str
    most: str


class Known(TypedDict):
    """A published value as a report keeps it; `missing` says why a member gave none."""

    city: str
    number: str
    missing: str
    quality: str
    source: str
    at: str
    office: str


@dataclass(frozen=True)
class Values:
    """What was published for one period: figures by measure, rows by measure, and who stands where."""

    period: Period | None = None
    measures: list[Measured] = field(default_factory=list)
    rows: dict[str, list[Known]] = field(default_factory=dict)
    returns: dict[str, int] = field(default_factory=dict)
    waiting: list[City] = field(default_factory=list)
    unsettled: list[Return] = field(default_factory=list)
    actors: set[str] = field(default_factory=set)


def period_of(cities: list[City], day: date) -> Period | None:
    """The newest period that had ended on a day and that asked one of the cities."""
    asked = Return.objects.filter(city__in=[city.pk for city in cities]).values("period")
    return Period.objects.filter(last_day__lte=day, pk__in=asked).order_by("-last_day", "code").first()


def values(cities: list[City], day: date, *, at: datetime) -> Values:
    """The values of the newest period that ended by `day`, as they stood published at the instant `at`."""
    period = period_of(cities, day)
    if period is None:
        return Values()
    slugs = {city.pk: city.slug for city in cities}
    returns = list(Return.objects.filter(period=period, city__in=slugs).select_related("city").order_by("city__sort_en", "pk"))
    found = values_of(period, at.astimezone(settings.ZONE).date(), level=LevelName.PUBLISHED, cities=cities)
    rows: dict[str, list[Known]] = {}
    numbers: dict[str, list[Decimal]] = {}
    actors: set[str] = set()
    fields = ("city", "measure", "part", "number", "missing", "quality", "source", "at", "by_key")
    for city, measure, part, number, missing, quality, source, since, by in (
        found.order_by("measure", "part", "city__sort_en", "city").values_list(*fields).iterator(chunk_size=5000)
    ):
        code = code_of(measure, part)
        actors.add(by)
        if number is not None:
            numbers.setdefault(code, []).append(number)
        rows.setdefault(code, []).append(
            {
                "city": slugs[city],
                "number": plain(number),
                "missing": missing,
                "quality": quality,
                "source": source,
                "at": since.astimezone(UTC).isoformat(timespec="seconds"),
                "office": by,
            }
        )
    states = Return.objects.filter(period=period, city__in=slugs).order_by("state").values_list("state").annotate(count=Count("pk"))
    return Values(
        period=period,
        measures=_measures(period, rows, numbers, len(returns)),
        rows=rows,
        returns=dict(states),
        waiting=[row.city for row in returns if row.state in WITH_CITY and row.state != ReturnState.RETURNED],
        unsettled=[row for row in returns if row.state in BEING_VERIFIED],
        actors=actors,
    )


def _measures(period: Period, rows: dict[str, list[Known]], numbers: dict[str, list[Decimal]], asked: int) -> list[Measured]:
    """Every measure that the period asks, in its order; then what was published beside."""
    asking_of = asking(period)
    headings = {section.key: section.title for section in asking_of.sections}
    found: list[Measured] = []
    for entry in asking_of.by_measure.values():
        for part in entry.measure.cells():
            found.append(_named(entry.measure, part, headings.get(entry.section, {})))
    known = {entry["code"] for entry in found}
    found += [_unnamed(code) for code in rows if code not in known]
    for measure in found:
        given = numbers.get(measure["code"], [])
        measure["asked"] = asked
        measure["answered"] = len(given)
        measure["missing"] = len(rows.get(measure["code"], [])) - len(given)
        if given:
            measure["least"], measure["median"], measure["most"] = plain(min(given)), plain(median(given)), plain(max(given))
    return found


def _named(measure: Measure, part: str, section: Texts) -> Measured:
    """A measure by its words in the indicator set that the period asks by."""
    of_part = measure.part(part)
    found = _unnamed(code_of(measure.code, part))
    found["title"], found["part_title"] = dict(measure.title), dict(of_part.title) if of_part else {}
    found["unit"], found["section"] = dict(measure.unit_of(part)), dict(section)
    found["kind"], found["checked"] = measure.kind, measure.checked
    return found


def _unnamed(code: str) -> Measured:
    """A measure that no set of the period names: its code is all that is known."""
    measure, _slash, part = code.partition("/")
    return {
        "code": code,
        "measure": measure,
        "part": part,
        "title": {"en": measure},
        "part_title": {"en": part} if part else {},
        "unit": {},
        "section": {},
        "kind": "number",
        "checked": False,
        "asked": 0,
        "answered": 0,
        "missing": 0,
        "least": "",
        "median": "",
        "most": "",
    }


def code_of(measure: str, part: str) -> str:
    return f"{measure}/{part}" if part else measure


def plain(number: Decimal | None) -> str:
    """A number as a document keeps it: 1250.5, without zeros behind the point; empty where there is none."""
    if number is None:
        return ""
    written = f"{number:.6f}"
    return written.rstrip("0").rstrip(".")


def refuse_unsettled(unsettled: Iterable[Return]) -> None:
    """Refuse while a value of the period is being verified, naming whose."""
    rows = list(unsettled)
    if not rows:
        return
    named = "; ".join(hindrance(row) for row in rows[:NAMED])
    more = _(" and %(count)s more") % {"count": len(rows) - NAMED} if len(rows) > NAMED else ""
    raise Refusal(
        _("Values are still being verified: %(named)s%(more)s.") % {"named": named, "more": more},
        rule=_("A report holds no value of which half is verified."),
        who=_("The national office of each of these cities."),
        next_step=_("Ask the offices to verify these returns or to settle their questions, then freeze the report."),
        code="being-verified",
    )


def hindrance(row: Return) -> str:
    """Whose return is not settled, and why."""
    state = _("a question is open") if row.state == ReturnState.RETURNED else _("handed in, not verified to the end")
    return f"{text(row.city.short) or text(row.city.name)}: {state}"


def quality_titles() -> Titles:
    return {quality.value: in_each(lambda quality=quality: str(quality.label)) for quality in Quality}  # type: ignore[misc]


def section_of(found: Values) -> dict[str, Any] | None:
    """What the content of a report says of its values; None where no period has asked a member."""
    period = found.period
    if period is None:
        return None
    return {
        "period": {
            "code": period.code,
            "title": period.title,
            "first_day": period.first_day.isoformat(),
            "last_day": period.last_day.isoformat(),
        },
        "returns": found.returns,
        "measures": found.measures,
    }
