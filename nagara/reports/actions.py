"""Freezing a report, and correcting one by another. Nothing here changes a report that was frozen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, System, record
from nagara.documents.numbers import next_number
from nagara.network.models import Network
from nagara.people.second_factor import Proof, require_proof
from nagara.plans.models import Project
from nagara.reports import document
from nagara.reports.change import Gone, Left, compare, summary
from nagara.reports.charts import draw
from nagara.reports.figures import Row
from nagara.reports.gather import ROUNDING, Gathered, gather
from nagara.reports.models import Drawing, FrozenReport, FrozenRow, insert_rows
from nagara.reports.states import SHORT, Change, Kind, RowKind
from nagara.reports.values import refuse_unsettled, section_of
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.digests import canonical
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import in_each

FORMAT = 1
"""Which shape the content has; a reader of old reports asks it."""


@dataclass(frozen=True)
class Draft:
    """A report before it is frozen: what the secretariat looks through first."""

    gathered: Gathered
    kind: str
    previous: FrozenReport | None
    left: list[Left]
    content: dict[str, Any]

    @property
    def measures(self) -> list[dict[str, Any]]:
        """Each measure with its values, as one row of the report."""
        known = self.gathered.values
        return [{**measure, "values": known.rows.get(measure["code"], [])} for measure in known.measures]


def draft(network: Network, kind: str, day: date, *, at: datetime, corrects: FrozenReport | None = None) -> Draft:
    """The report as it would be frozen now."""
    if day > at.astimezone(settings.ZONE).date():
        raise Refusal(
            _("%(day)s has not come yet: a report is as of a day that the record knows.") % {"day": long_day(day)},
            fields={"as_of": _("Choose today or a day before.")},
            code="day-to-come",
            status=422,
        )
    found = gather(network, day, at=at)
    previous = report_before(network, kind, day)
    left: list[Left] = []
    change = None
    if previous is not None:
        before = _rows_of(previous)
        left = compare(before, found.rows, _gone(before, day), set(found.cities))
        change = summary(previous.number, previous.as_of.isoformat(), len(before), found.rows, left)
    content = {
        "format": FORMAT,
        "head": {
            "network": network.code,
            "network_name": network.name,
            "kind": kind,
            "as_of": day.isoformat(),
            "corrects": corrects.number if corrects else None,
        },
        "figures": found.figures,
        "change": change,
        "values": section_of(found.values),
        "titles": found.titles,
        "cities": found.cities | _cities_of(left, previous),
        "members": found.members,
        "silent": found.silent,
        "sources": found.sources,
        "offices": found.offices,
        "rounding": in_each(lambda: _(ROUNDING)),
    }
    return Draft(found, kind, previous, left, content)


def report_before(network: Network, kind: str, day: date) -> FrozenReport | None:
    """The last report of this kind as of an earlier day, in its newest correction."""
    earlier = FrozenReport.objects.filter(network=network, kind=kind, as_of__lt=day, corrected_by__isnull=True)
    return earlier.order_by("-as_of", "-pk").first()


def _rows_of(report: FrozenReport) -> dict[int, Row]:
    rows = FrozenRow.objects.filter(report=report, kind=RowKind.PROJECT).order_by("position").values_list("content", flat=True)
    found: dict[int, Row] = {}
    for content in rows.iterator(chunk_size=2000):
        row: Row = orjson.loads(content)
        found[row["id"]] = row
    return found


def _gone(before: Iterable[int], day: date) -> Gone:
    """Why projects left the record, of those that did by the day."""
    wanted = set(before)
    left = Project.objects.filter(left_on__lte=day).values_list("pk", "left", "left_words", "left_on")
    return {
        number: (why, words, on.isoformat() if on else "") for number, why, words, on in left.iterator(chunk_size=2000) if number in wanted
    }


def _cities_of(left: list[Left], previous: FrozenReport | None) -> dict[str, Any]:
    """Cities of rows that left, by the names under which the last report knew them."""
    if previous is None or not left:
        return {}
    known = document.content_of(previous)["cities"]
    return {row["city"]: known[row["city"]] for row in left if row["city"] in known}


@transaction.atomic
def freeze(
    network: Network,
    kind: str,
    day: date,
    *,
    by: Actor,
    at: datetime,
    proof: Proof | None = None,
    corrects: FrozenReport | None = None,
    why: str = "",
) -> FrozenReport:
    """Freeze the report of `network` as of `day` as it is now, under the next number. A correction names the report it corrects."""
    if not isinstance(by, System):
        access.require(by, "reports.freeze", network)
        require_proof(proof, at)
    network = Network.objects.select_for_update().get(pk=network.pk)
    if corrects is None:
        _refuse_second(network, kind, day)
    else:
        _refuse_odd_correction(corrects, why)
    made = draft(network, kind, day, at=at, corrects=corrects)
    refuse_unsettled(made.gathered.values.unsettled)
    number = f"{network.code.upper()}-{SHORT[kind]}-{day.year}-{next_number(f'report:{network.code}:{kind}', day.year)}"
    made.content["head"] |= {"number": number, "frozen_at": at.astimezone(UTC).isoformat(timespec="seconds"), "why": why.strip()}
    content = canonical(made.content).decode()
    lists = {
        RowKind.PROJECT.value: [canonical(row).decode() for row in made.gathered.rows],
        RowKind.LEFT.value: [canonical(row).decode() for row in made.left],
        RowKind.MEASURE.value: [canonical(row).decode() for row in made.measures],
    }
    digest, size = document.weigh(content, lists)
    report = FrozenReport.objects.create(
        number=number,
        network=network,
        kind=kind,
        as_of=day,
        content=content,
        digest=digest,
        size=size,
        frozen_at=at,
        frozen_by=by.audit_key,
        previous=made.previous,
        corrects=corrects,
        why=why.strip(),
    )
    _keep_rows(report, made, lists)
    Drawing.objects.bulk_create(
        Drawing(report=report, name=name, language=lang, svg=svg) for lang in ("th", "en") for name, svg in draw(made.content, lang).items()
    )
    after = {"number": number, "as_of": day, "digest": digest, "projects": made.gathered.figures["projects"]}
    if corrects is not None:
        after["corrects"] = corrects.number
    record(by=by, did="reports.freeze", about=report, at=at, after=after, why=why.strip(), proof=proof)
    return report


def _refuse_second(network: Network, kind: str, day: date) -> None:
    there = FrozenReport.objects.filter(network=network, kind=kind, as_of=day, corrects=None).first()
    if there is not None:
        raise Refusal(
            _("%(kind)s as of %(day)s is frozen already, as %(number)s.")
            % {"kind": Kind(kind).label, "day": long_day(day), "number": there.number},
            rule=_("A frozen report is not frozen again."),
            next_step=_("Open it. If it is wrong, correct it there: the correction gets its own number and names it."),
            code="frozen-already",
            back=there.get_absolute_url(),
        )


def _refuse_odd_correction(corrects: FrozenReport, why: str) -> None:
    if not why.strip():
        raise Refusal(
            _("A correction says why."), fields={"why": _("Write what was wrong, in one sentence.")}, code="no-reason", status=422
        )
    later = FrozenReport.objects.filter(corrects=corrects).first()
    if later is not None:
        raise Refusal(
            _("%(number)s was corrected already, by %(later)s.") % {"number": corrects.number, "later": later.number},
            next_step=_("Correct %(later)s instead.") % {"later": later.number},
            code="corrected-already",
            back=later.get_absolute_url(),
        )


def correct(report: FrozenReport, *, why: str, by: Actor, at: datetime, proof: Proof | None = None) -> FrozenReport:
    """A new report as of the same day from the record as it is now. The old one stays and says which one corrects it."""
    return freeze(report.network, report.kind, report.as_of, by=by, at=at, proof=proof, corrects=report, why=why)


def _keep_rows(report: FrozenReport, made: Draft, lists: dict[str, list[str]]) -> None:
    """Keep every row with what it is looked up by. Written to the database as they come: 50,000 of them cost the ORM half a minute."""

    def rows() -> Iterator[tuple[Any, ...]]:
        for position, (row, content) in enumerate(zip(made.gathered.rows, lists[RowKind.PROJECT], strict=True), 1):
            found = (row["key"], row["city"], row["state"], row["area"], row["stage"], row.get("change", ""))
            yield (report.pk, RowKind.PROJECT.value, position, *found, content)
        for position, (gone, content) in enumerate(zip(made.left, lists[RowKind.LEFT], strict=True), 1):
            found = (gone["key"], gone["city"], gone["state"], gone["area"], gone["stage"], Change.LEFT.value)
            yield (report.pk, RowKind.LEFT.value, position, *found, content)
        for position, (measure, content) in enumerate(zip(made.gathered.values.measures, lists[RowKind.MEASURE], strict=True), 1):
            yield (report.pk, RowKind.MEASURE.value, position, measure["code"], "", "", "", "", "", content)

    insert_rows(rows())
