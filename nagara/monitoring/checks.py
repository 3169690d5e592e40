"""What is odd about a value when it is entered. Plain values in, findings out; each can be answered with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from nagara.monitoring.asked import Asked
from nagara.monitoring.reading import read_value, value_text
from nagara.monitoring.states import Origin, Verdict
from nagara.rulebook.schema_indicators import Measure
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

UNREADABLE, UNANSWERED, CARRIED, QUESTION = "unreadable", "unanswered", "carried", "question"
BELOW, ABOVE, JUMP, NO_SOURCE = "below", "above", "jump", "no_source"

ANSWERABLE = (BELOW, ABOVE, JUMP, NO_SOURCE)
"""Checks that a reason answers. The others want the cell itself to be mended."""


class Cell(Protocol):
    """What a check reads of a value."""

    typed: str
    number: Decimal | None
    missing: str
    source: str
    origin: str
    reasons: Mapping[str, str]
    verdict: str
    reply: str


@dataclass(frozen=True)
class Finding:
    """One thing that a check found in one cell. `reason` is what the city answered to it."""

    measure: str
    part: str
    code: str
    message: str
    reason: str = ""

    @property
    def answerable(self) -> bool:
        return self.code in ANSWERABLE

    @property
    def blocks(self) -> bool:
        """Does it keep the return from being handed in?"""
        return not self.reason


def findings_of(asked: Asked, part: str, cell: Cell | None, last: Decimal | None) -> list[Finding]:
    """What is odd about one cell. `last` is the value of the period before, None where there was none."""
    measure = asked.measure

    def found(code: str, message: str) -> Finding:
        reason = cell.reasons.get(code, "") if cell is not None and code in ANSWERABLE else ""
        return Finding(measure.code, part, code, message, reason.strip())

    if cell is None or (not cell.typed and cell.number is None and not cell.missing):
        return [found(UNANSWERED, _("Answer, or say why there is no value."))] if asked.required else []
    if cell.typed and cell.number is None:
        return [found(UNREADABLE, unreadable(measure, part, cell.typed))]
    findings = []
    if cell.origin == Origin.CARRIED:
        findings.append(found(CARRIED, _("This is the answer of the last period. Confirm it or change it.")))
    if cell.verdict == Verdict.QUESTIONED and not cell.reply.strip():
        findings.append(found(QUESTION, _("The national office asks about this value. Reply in words.")))
    if cell.number is None or measure.derived:
        return findings
    findings += [found(code, message) for code, message in _bounds(measure, cell.number)]
    if message := _jump(measure, cell.number, last):
        findings.append(found(JUMP, message))
    if not cell.source.strip():
        findings.append(found(NO_SOURCE, _("Name the source, or say why none can be named.")))
    return findings


def unreadable(measure: Measure, part: str, typed: str) -> str:
    """Why what was typed could not be read; "" where it can."""
    try:
        read_value(measure, part, typed)
    except Refusal as refusal:
        return refusal.message
    return ""


def _bounds(measure: Measure, number: Decimal) -> list[tuple[str, str]]:
    unit = text(measure.unit)
    if measure.kind == "yes_no":
        return []
    if measure.least is not None and number < Decimal(str(measure.least)):
        least = f"{value_text(measure, Decimal(str(measure.least)))} {unit}".strip()
        return [(BELOW, _("Below %(least)s, the least that is expected. Correct it or say why it is right.") % {"least": least})]
    if measure.most is not None and number > Decimal(str(measure.most)):
        most = f"{value_text(measure, Decimal(str(measure.most)))} {unit}".strip()
        return [(ABOVE, _("Above %(most)s, the most that is expected. Correct it or say why it is right.") % {"most": most})]
    return []


def change_in_per_cent(number: Decimal, last: Decimal | None) -> Decimal | None:
    """By how many per cent a value moved against the one before; None where that cannot be said."""
    if not last:
        return None
    return (number - last) / abs(last) * 100


def _jump(measure: Measure, number: Decimal, last: Decimal | None) -> str:
    change = change_in_per_cent(number, last)
    if change is None or measure.kind == "yes_no" or abs(change) < Decimal(str(measure.jump)):
        return ""
    return _("%(change)s %% against the last period (%(last)s). Correct it or say what happened.") % {
        "change": f"{change:+,.0f}",
        "last": value_text(measure, last),
    }
