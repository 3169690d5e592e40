"""A city writes its return: begun with the last answers filled in, saved cell by cell, nothing lost when two write at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.monitoring import derived
from nagara.monitoring.actions.common import account, locked, require
from nagara.monitoring.asked import Asked, Asking, asking
from nagara.monitoring.checks import ANSWERABLE
from nagara.monitoring.models import Aside, Return, Value
from nagara.monitoring.offers import offers_for
from nagara.monitoring.queries.last import last_answers
from nagara.monitoring.reading import read_value, value_text
from nagara.monitoring.states import RETURN, Origin, Quality, ReturnState, Verdict
from nagara.people.models import User
from nagara.toolkit.days import instant
from nagara.toolkit.refusal import Refusal

LONGEST = {"typed": 60, "missing": 500, "source": 500, "note": 1000, "reply": 1000}
"""How long each text of a cell may be."""


@dataclass(frozen=True)
class Written:
    """What somebody typed in one cell, over which revision of it (0: nothing was there)."""

    base: int
    typed: str = ""
    missing: str = ""
    quality: str = ""
    source: str = ""
    note: str = ""
    reply: str = ""
    reasons: Mapping[str, str] | None = None

    def content(self) -> dict[str, Any]:
        """The texts, cut of outer spaces and of what no database keeps."""
        texts = {name: _clean(getattr(self, name)) for name in (*LONGEST, "quality")}
        reasons = {code: _clean(words)[:1000] for code, words in (self.reasons or {}).items() if code in ANSWERABLE and words.strip()}
        return {**texts, "reasons": reasons}


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


class Clash(Refusal):
    """Somebody else saved this cell meanwhile. What stands stays; what was typed is kept aside, and its writer chooses."""

    def __init__(self, value: Value, mine: Written) -> None:
        super().__init__(
            _("%(name)s saved this value while you were writing. Both are shown: choose which one is to stay.")
            % {"name": value.saved_by.display_name() if value.saved_by else _("Somebody else")},
            code="changed-meanwhile",
        )
        self.value = value
        self.mine = mine


def require_open(answer: Return, at: datetime) -> None:
    """Refuse outside the days of the return."""
    zone = answer.period.zone_info
    if at < answer.period.opens_at:
        raise Refusal(_("This period opens on %(when)s.") % {"when": instant(answer.period.opens_at, zone)}, code="not-open")
    if at > answer.locks_at:
        raise Refusal(
            _("This return was locked on %(when)s.") % {"when": instant(answer.locks_at, zone)},
            who=_("The national office of your state can grant more time for this return."),
            next_step=_("Ask for an extension. What was saved before is kept."),
            code="locked",
        )


def is_open(answer: Return, value: Value | None) -> bool:
    """May this cell be written in this state? A return that came back is open where the office asks, and nowhere else."""
    if answer.state == ReturnState.DRAFT:
        return True
    return answer.state == ReturnState.RETURNED and value is not None and value.verdict == Verdict.QUESTIONED


@transaction.atomic
def begin(answer: Return, *, by: Actor, at: datetime) -> Return:
    """Begin a return: the answers of the last period are filled in, to be confirmed; what can be counted is counted."""
    answer = locked(answer)
    require(by, "monitoring.write", answer)
    if answer.state != ReturnState.WAITING:
        return answer
    require_open(answer, at)
    asked = asking(answer.period)
    last = last_answers(answer)
    rows = []
    for code, part in asked.cells:
        before = last.get((code, part))
        measure = asked.by_measure[code].measure
        if before is None or measure.derived:
            continue
        rows.append(
            Value(
                of=answer,
                measure=code,
                part=part,
                typed=value_text(measure, before.number),
                number=before.number,
                missing=before.missing,
                quality=before.quality,
                source=before.source,
                origin=Origin.CARRIED,
                lineage={"period": before.period, "level": before.level},
                revision=1,
                saved_at=at,
                saved_by=account(by),
            )
        )
    Value.objects.bulk_create(rows, batch_size=500)
    count_derived(answer, asked, at)
    answer.state = RETURN.after("begin", answer.state)
    answer.begun_at = at
    answer.save(update_fields=["state", "begun_at"])
    record(by=by, did="monitoring.begin", about=answer, at=at, on_behalf_of=answer.city, after={"carried": len(rows)})
    return answer


def count_derived(answer: Return, asked: Asking, at: datetime) -> None:
    """Write what is counted from the record, anew at each call: the record may have grown. A day to come counts as of now."""
    wanted = [(code, part) for code, part in asked.cells if asked.by_measure[code].measure.derived]
    if not wanted:
        return
    day = answer.period.last_day
    rows = derived.rows_of(answer.city, day)
    standing = {(row.measure, row.part): row for row in answer.values.filter(measure__in={code for code, _part in wanted})}
    new: list[Value] = []
    changed: list[Value] = []
    for code, part in wanted:
        measure = asked.by_measure[code].measure
        found = derived.counted(measure, part, rows, day)
        value = standing.get((code, part)) or Value(of=answer, measure=code, part=part, origin=Origin.DERIVED)
        value.number, value.lineage, value.saved_at = found.number, found.lineage, at
        value.typed = value_text(measure, found.number)
        value.quality, value.source = Quality.MEASURED, _("record of projects")
        value.revision += 1
        (changed if value.pk else new).append(value)
    Value.objects.bulk_create(new, batch_size=500)
    Value.objects.bulk_update(changed, ["number", "lineage", "saved_at", "typed", "quality", "source", "revision"], batch_size=500)


def _cell(answer: Return, measure: str, part: str) -> Asked:
    asked = asking(answer.period).by_measure.get(measure)
    if asked is None or part not in asked.measure.cells():
        raise Refusal(_("This period does not ask for “%(cell)s”.") % {"cell": f"{measure} {part}".strip()}, code="not-asked", status=404)
    if asked.measure.derived:
        raise Refusal(
            _("This value is counted from the record of projects."),
            next_step=_("Correct the projects; the count follows."),
            code="derived",
        )
    return asked


def _locked_cell(answer: Return, measure: str, part: str, by: Actor, at: datetime) -> tuple[Return, Asked, Value | None]:
    answer = locked(answer)
    require(by, "monitoring.write", answer)
    asked = _cell(answer, measure, part)
    require_open(answer, at)
    value = answer.values.select_for_update(of=("self",)).select_related("saved_by__person").filter(measure=measure, part=part).first()
    if not is_open(answer, value):
        raise Refusal(_("This value is not open for writing now."), code="not-open", next_step=_("Open the page again to see why."))
    return answer, asked, value


@transaction.atomic
def save(answer: Return, measure: str, part: str, written: Written, *, by: Actor, at: datetime) -> Value:
    """Save one cell of a draft. What cannot be read as a number is kept as it was typed, and a check names it.

    Raises `Clash` where somebody else saved the cell since `written.base`. A draft is no act: nothing of it enters the record.
    """
    answer, asked, value = _locked_cell(answer, measure, part, by, at)
    content = written.content()
    for name, most in LONGEST.items():
        if len(content[name]) > most:
            raise Refusal(_("Too long: at most %(most)s characters.") % {"most": most}, code="too-long", status=422, fields={name: ""})
    if content["quality"] not in ("", *Quality.values):
        raise Refusal(_("Choose how good the datum is."), code="unknown-quality", status=422)
    value = value or Value(of=answer, measure=measure, part=part)
    if value.revision != written.base:
        if _same(value, content):
            return value
        raise Clash(value, written)
    _put(value, asked, content)
    value.revision += 1
    value.saved_at, value.saved_by = at, account(by)
    value.save()
    return value


def keep_aside(clash: Clash, *, by: User, at: datetime) -> None:
    """Keep what the second writer typed. After the transaction of `save`, which left nothing."""
    Aside.objects.create(value=clash.value, content=clash.mine.content(), at=at, by=by)


def _same(value: Value, content: Mapping[str, Any]) -> bool:
    return all(getattr(value, name) == wanted for name, wanted in content.items())


def _put(value: Value, asked: Asked, content: Mapping[str, Any]) -> None:
    typed_before = value.typed
    for name, wanted in content.items():
        setattr(value, name, wanted)
    if value.typed != typed_before or value.number is None:
        value.number = _read(asked, value.part, value.typed)
        value.lineage = {}
    if value.origin != Origin.OFFERED or value.typed != typed_before:
        value.origin = Origin.TYPED


def _read(asked: Asked, part: str, typed: str) -> Any:
    try:
        return read_value(asked.measure, part, typed) if typed else None
    except Refusal:
        return None


@transaction.atomic
def take_offer(answer: Return, measure: str, part: str, offerer: str, *, by: Actor, at: datetime) -> Value:
    """Take a computed value as the city's own, with its lineage. The city answers for it from here on."""
    answer, asked, value = _locked_cell(answer, measure, part, by, at)
    offered = offers_for(answer.city, answer.period.first_day, answer.period.last_day, [measure]).get((measure, part), [])
    found = next((row.offer for row in offered if row.by == offerer), None)
    if found is None:
        raise Refusal(_("This value is not offered any more."), code="no-offer")
    value = value or Value(of=answer, measure=measure, part=part)
    value.number, value.typed = found.number, value_text(asked.measure, found.number)
    value.quality, value.source, value.missing = found.quality, found.source or found.how, ""
    value.origin = Origin.OFFERED
    value.lineage = {
        "by": offerer,
        "how": found.how,
        "computed_at": found.computed_at.isoformat(),
        "link": found.link,
        "rows": found.lineage,
    }
    value.revision += 1
    value.saved_at, value.saved_by = at, account(by)
    value.save()
    return value


@transaction.atomic
def confirm(answer: Return, cells: list[tuple[str, str]], *, by: Actor, at: datetime) -> int:
    """Confirm that answers of the last period still hold. Answers how many were confirmed."""
    answer = locked(answer)
    require(by, "monitoring.write", answer)
    require_open(answer, at)
    if answer.state != ReturnState.DRAFT:
        return 0
    wanted = set(cells)
    rows = [row for row in answer.values.filter(origin=Origin.CARRIED) if (row.measure, row.part) in wanted]
    for row in rows:
        row.origin, row.revision, row.saved_at, row.saved_by = Origin.TYPED, row.revision + 1, at, account(by)
    return Value.objects.bulk_update(rows, ["origin", "revision", "saved_at", "saved_by"], batch_size=500) or 0
