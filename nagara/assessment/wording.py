"""What the calculation found, in words: reasons of a recommendation, and feedback drafted from the anchors. Plain functions."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment.slots import Cell
from nagara.rulebook.schema import EditionFile, Gate
from nagara.rulebook.score import Computed, GateFound
from nagara.toolkit.texts import text


def reasons(edition: EditionFile, found: Computed) -> str:
    """Why the recommendation is what it is: the total, each gate that was failed and what it lacks. In the language that is active."""
    lines = [
        ngettext(
            "The total is %(total)s of 100, from %(count)s sheet.", "The total is %(total)s of 100, from %(count)s sheets.", found.sheets
        )
        % {"total": found.total, "count": found.sheets}
    ]
    failed = [gate for gate in found.gates if not gate.passed]
    gates = {gate.code: gate for gate in edition.gates}
    if not failed:
        lines.append(_("Every condition is met."))
    lines += [f"{text(gates[gate.code].title)}: {_lacking(edition, gates[gate.code], gate, found)}" for gate in failed]
    if found.missing:
        lines.append(_("Not scored by anybody: %(cells)s.") % {"cells": ", ".join(found.missing)})
    lines.append(_VERDICTS[found.recommendation](edition))
    return "\n".join(lines)


def _recommend(edition: EditionFile) -> str:
    return _("It is recommended.")


def _in_principle(edition: EditionFile) -> str:
    return _("It is recommended in principle, to be revised: the total is not below %(mark)s.") % {
        "mark": f"{edition.in_principle_from.value:g}"
    }


def _decline(edition: EditionFile) -> str:
    return _("It is not recommended: the total is below %(mark)s.") % {"mark": f"{edition.in_principle_from.value:g}"}


_VERDICTS = {"recommend": _recommend, "in_principle": _in_principle, "decline": _decline}


def _lacking(edition: EditionFile, gate: Gate, found: GateFound, computed: Computed) -> str:
    """What stopped a gate: the dimensions or criteria with their marks, the number, or the total."""
    if gate.kind == "compulsory_dimensions":
        return _("not chosen: %(names)s") % {"names": ", ".join(text(edition.dimension(code).title) for code in found.lacking)}
    if gate.kind == "least_dimensions":
        count = int(found.lacking[0])
        return ngettext("%(count)s was chosen", "%(count)s were chosen", count) % {"count": count}
    if gate.kind == "dimension_mark":
        return ", ".join(f"{text(edition.dimension(code).title)} {_dimension_mark(computed, code)}" for code in found.lacking)
    if gate.kind == "criterion_mark":
        return ", ".join(f"{text(edition.criterion(code).title)} {computed.criteria[code]}" for code in found.lacking)
    return _("the total is %(total)s") % {"total": computed.total}


def _dimension_mark(computed: Computed, code: str) -> Decimal:
    marks = [mark for key, mark in computed.cells.items() if key.endswith(f":{code}")]
    return (sum(marks, Decimal(0)) / len(marks)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def feedback(edition: EditionFile, cell: Cell, values: Sequence[int]) -> str:
    """A draft for the applicant: the level that the scores come to, its anchor, and what the next level asks."""
    if not values:
        return _("This was not scored.")
    mean = Decimal(sum(values)) / len(values)
    level = int(mean.quantize(Decimal(1), ROUND_HALF_UP))
    level = min(max(level, edition.scale.least), edition.scale.most)
    lines = [
        _("Seen as level %(level)s of %(most)s: %(anchor)s.")
        % {"level": level, "most": edition.scale.most, "anchor": text(cell.criterion.anchors[level])}
    ]
    if level < edition.scale.most:
        lines.append(_("Level %(level)s asks: %(anchor)s.") % {"level": level + 1, "anchor": text(cell.criterion.anchors[level + 1])})
    return " ".join(lines)
