"""Who is recognised on a day, how many, and what changed between two days. Every answer comes from the stored spans."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from nagara.places.models import Area
from nagara.recognition.models import Recognition, RecognitionStep, StatusSpan
from nagara.recognition.states import COUNTS, Status, Tier, Verb
from nagara.toolkit.periods import holds_on
from nagara.toolkit.thai import alphabet


@dataclass(frozen=True)
class Counts:
    """How many areas of a tier count on a day, and in how many provinces they lie."""

    areas: int
    provinces: int


@dataclass(frozen=True)
class ChangeRow:
    """One area whose status differs between two days: what it was, what it is, and the steps in between that explain it."""

    area: Area
    recognition: Recognition
    before: str | None
    after: str | None
    on: date
    steps: tuple[RecognitionStep, ...] = ()


@dataclass(frozen=True)
class Change:
    """What explains the difference between two counts. `changed` lists areas that count on neither day or on both, yet changed.

    The numbers are those of all rows, also where only the first ones of each list were read.
    """

    since: date
    until: date
    added: list[ChangeRow] = field(default_factory=list)
    removed: list[ChangeRow] = field(default_factory=list)
    changed: list[ChangeRow] = field(default_factory=list)
    added_areas: int = 0
    added_provinces: int = 0
    removed_areas: int = 0
    removed_provinces: int = 0
    changed_areas: int = 0


def spans_on(day: date, tier: str = Tier.LABEL) -> QuerySet[StatusSpan]:
    """The span that each recognition of a tier is in on a day, whatever its status."""
    return StatusSpan.objects.filter(holds_on(day), tier=tier)


def on_record(day: date, tier: str = Tier.LABEL) -> QuerySet[StatusSpan]:
    """The spans that count on a day, with area, province and recognition, in the order of the reader's alphabet."""
    return (
        spans_on(day, tier)
        .filter(status=COUNTS[tier])
        .select_related("area__subdivision", "recognition")
        .order_by(alphabet("area"), "area_id", "pk")
    )


def first_on_record(day: date, most: int, tier: str = Tier.LABEL) -> list[StatusSpan]:
    """The first so many of `on_record`: the others are sorted by their keys and not read."""
    rows = on_record(day, tier)
    return list(rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:most])))


def counts_on(day: date, tier: str = Tier.LABEL) -> Counts:
    found = (
        spans_on(day, tier)
        .filter(status=COUNTS[tier])
        .aggregate(areas=Count("area_id", distinct=True), provinces=Count("subdivision_code", distinct=True))
    )
    return Counts(found["areas"], found["provinces"])


def counts_by_status(day: date, tier: str = Tier.LABEL) -> dict[str, int]:
    """How many areas have each status on a day."""
    rows = spans_on(day, tier).values("status").annotate(areas=Count("area_id", distinct=True)).order_by("status")
    return {row["status"]: row["areas"] for row in rows}


def counts_by_province(day: date, tier: str = Tier.LABEL) -> dict[str, int]:
    """How many areas count in each province on a day, by ISO 3166-2."""
    rows = (
        spans_on(day, tier)
        .filter(status=COUNTS[tier])
        .values("subdivision_code")
        .annotate(areas=Count("area_id", distinct=True))
        .order_by("subdivision_code")
    )
    return {row["subdivision_code"]: row["areas"] for row in rows}


def change_days(tier: str = Tier.LABEL, *, until: date | None = None) -> list[date]:
    """The days on which the areas that count changed, newest first. `until` leaves out what lies ahead, such as an expiry."""
    counting = StatusSpan.objects.filter(tier=tier, status=COUNTS[tier])
    days = set(counting.order_by().values_list("since", flat=True).distinct())
    days |= set(counting.order_by().values_list("ended", flat=True).distinct())
    return sorted((day for day in days if day is not None and (until is None or day <= until)), reverse=True)


def timeline(tier: str = Tier.LABEL, *, until: date) -> list[tuple[date, Counts]]:
    """The count after each change, oldest first: two queries, however many changes there were."""
    counting = StatusSpan.objects.filter(tier=tier, status=COUNTS[tier], since__lte=until).order_by()
    turns: dict[date, Counter[str]] = {}
    for column, sign in (("since", 1), ("ended", -1)):
        rows = counting.filter(**{f"{column}__lte": until}).values_list(column, "subdivision_code").annotate(Count("pk"))
        for day, province, spans in rows:
            turns.setdefault(day, Counter())[province] += sign * spans
    provinces: Counter[str] = Counter()
    found = []
    for day in sorted(turns):
        for province, change in turns[day].items():
            provinces[province] += change
            if not provinces[province]:
                del provinces[province]
        found.append((day, Counts(provinces.total(), len(provinces))))
    return found


@dataclass(frozen=True)
class _Turn:
    """A recognition whose status turned: what it was, what it is, the last day on which it turned, and where it lies."""

    recognition: int
    province: str
    before: str | None
    after: str | None
    on: date


def changes_between(since: date, until: date, tier: str = Tier.LABEL, *, most: int | None = None) -> Change:
    """What happened after `since` and up to `until`, each area with its status on both days and the steps that led there.

    With `most`, only the first so many rows of each kind are read; everything is counted all the same.
    """
    added: list[_Turn] = []
    removed: list[_Turn] = []
    changed: list[_Turn] = []
    for turn in _turns(since, until, tier):
        counted, counts = turn.before == COUNTS[tier], turn.after == COUNTS[tier]
        kind = added if counts and not counted else removed if counted and not counts else changed
        kind.append(turn)
    shown = [turn.recognition for kind in (added, removed, changed) for turn in kind[:most]]
    found = {one.pk: one for one in Recognition.objects.filter(pk__in=shown).select_related("area__subdivision")}
    steps = _steps_between(shown, since, until)

    def rows(kind: list[_Turn]) -> list[ChangeRow]:
        read = [(turn, found[turn.recognition]) for turn in kind[:most]]
        return [ChangeRow(one.area, one, turn.before, turn.after, turn.on, tuple(steps.get(one.pk, ()))) for turn, one in read]

    return Change(
        since,
        until,
        rows(added),
        rows(removed),
        rows(changed),
        added_areas=len(added),
        added_provinces=len({turn.province for turn in added}),
        removed_areas=len(removed),
        removed_provinces=len({turn.province for turn in removed}),
        changed_areas=len(changed),
    )


def _turns(since: date, until: date, tier: str) -> list[_Turn]:
    """Each recognition that has a span beginning or ending between the days, in the order of the reader's alphabet."""
    turned = StatusSpan.objects.filter(tier=tier).filter(Q(since__gt=since, since__lte=until) | Q(ended__gt=since, ended__lte=until))
    touched = (
        StatusSpan.objects.filter(recognition__in=turned.order_by().values("recognition"))
        .order_by(alphabet("area"), "area_id", "since", "pk")
        .values_list("recognition_id", "subdivision_code", "since", "ended", "status")
    )
    by_recognition: dict[int, list[tuple[Any, ...]]] = {}
    for span in touched:
        by_recognition.setdefault(span[0], []).append(span)
    found = []
    for key, run in by_recognition.items():
        days = [day for span in run for day in span[2:4] if day is not None and since < day <= until]
        found.append(_Turn(key, run[0][1], _status(run, since), _status(run, until), max(days)))
    return found


def _status(run: Iterable[tuple[Any, ...]], day: date) -> str | None:
    return next((s for _r, _p, begun, ended, s in run if (begun is None or begun <= day) and (ended is None or ended > day)), None)


def _steps_between(recognitions: Iterable[int], since: date, until: date) -> dict[int, list[RecognitionStep]]:
    found: dict[int, list[RecognitionStep]] = {}
    steps = (
        RecognitionStep.objects.filter(recognition__in=list(recognitions), on__gt=since, on__lte=until)
        .exclude(verb__in=[Verb.PRESENT, Verb.APPEAL])
        .select_related("resolution__item__meeting__body", "source")
        .order_by("on", "pk")
    )
    for step in steps:
        found.setdefault(step.recognition_id, []).append(step)
    return found


def status_on(thing: Area | Recognition, day: date, tier: str = Tier.LABEL) -> StatusSpan | None:
    """The span that an area (in a tier) or one recognition is in on a day; None where nothing was on record.

    Where an area was recognised a second time, the newer recognition answers.
    """
    rows = StatusSpan.objects.filter(holds_on(day)).select_related("recognition")
    rows = rows.filter(recognition=thing) if isinstance(thing, Recognition) else rows.filter(area=thing, tier=tier)
    return rows.order_by("-recognition__effective_on", "-recognition_id").first()


def zones_that_end(area: Area, day: date) -> list[Recognition]:
    """The promotion zones of an area that hold on a day: they end when the area is recognised on it."""
    running = StatusSpan.objects.filter(holds_on(day), area=area, tier=Tier.ZONE, status=Status.ZONE)
    return list(Recognition.objects.filter(pk__in=running.values("recognition")).select_related("area").order_by("pk"))


def history(area: Area) -> QuerySet[Recognition]:
    """Every recognition of an area, newest first, each with its `steps` (oldest first) and `spans`."""
    steps = RecognitionStep.objects.select_related("resolution__item__meeting__body", "source").order_by("on", "pk")
    return (
        Recognition.objects.filter(area=area)
        .select_related("edition", "source", "decided_by__item__meeting__body", "recommended_by__item__meeting__body")
        .prefetch_related(Prefetch("steps", queryset=steps), Prefetch("spans", queryset=StatusSpan.objects.order_by("since", "pk")))
        .order_by("-effective_on", "-pk")
    )


def figures(day: date, *, since: date | None = None) -> dict[str, Any]:
    """The figures of a day as plain data, with what explains the change since an earlier day (else since before the last change)."""
    label, zone = counts_on(day), counts_on(day, Tier.ZONE)
    answer: dict[str, Any] = {
        "as_of": day.isoformat(),
        "recognised_areas": label.areas,
        "provinces": label.provinces,
        "promotion_zones": zone.areas,
        "promotion_zone_provinces": zone.provinces,
        "by_status": counts_by_status(day),
        "change": None,
    }
    earlier = since or _eve(day)
    if earlier is not None:
        change = changes_between(earlier, day)
        before = counts_on(earlier)
        answer["change"] = {
            "since": earlier.isoformat(),
            "recognised_areas_then": before.areas,
            "provinces_then": before.provinces,
            "added_areas": change.added_areas,
            "added_provinces": change.added_provinces,
            "removed_areas": change.removed_areas,
            "added": [change_line(row) for row in change.added],
            "removed": [change_line(row) for row in change.removed],
            "changed": [change_line(row) for row in change.changed],
        }
    return answer


def _eve(day: date) -> date | None:
    """The day before the last change that had happened by `day`."""
    days = change_days(until=day)
    return date.fromordinal(days[0].toordinal() - 1) if days else None


def change_line(row: ChangeRow) -> dict[str, Any]:
    """A row of a change as plain data: which area, where, from what to what, since when and by what."""
    province = row.area.subdivision
    return {
        "area": row.area.name,
        "slug": row.area.slug,
        "number": row.recognition.number,
        "province": province.name,
        "province_code": province.code,
        "before": row.before,
        "after": row.after,
        "on": row.on.isoformat(),
        "by": [_by(step) for step in row.steps] or ["validity ended"],
    }


def _by(step: RecognitionStep) -> str:
    if step.resolution is not None:
        meeting = step.resolution.item.meeting
        return f"{step.verb}: {meeting.body.code} {meeting.reference}"
    return f"{step.verb}: {step.source.code}" if step.source else step.verb
