"""Is everything that was handed in and computed still what it was? Results are recomputed; scores are compared with the record of acts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from nagara.assessment.actions.results import computed_from
from nagara.assessment.models import Assignment, Result, Submission
from nagara.assessment.states import AssignmentState
from nagara.audit.models import Entry
from nagara.audit.record import key
from nagara.rulebook.keep import kept
from nagara.rulebook.score import cell_key
from nagara.toolkit.digests import digest, digest_of_bytes


@dataclass
class Verification:
    """What a reading found. `faults` is empty where everything is whole."""

    results: int = 0
    sheets: int = 0
    scores: int = 0
    submissions: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.faults


@dataclass
class Recorded:
    """What the record says of one sheet: each score as it was last set, and the digest over the reasons at the last handing in."""

    scores: dict[str, int | None] = field(default_factory=dict)
    handed_in: list[tuple[Any, dict[str, int | None]]] = field(default_factory=list)
    reasons: str = ""


def verify() -> Verification:
    """Read every submission, sheet and result once."""
    found = Verification()
    recorded = _recorded()
    _submissions(found)
    _sheets(found, recorded)
    _results(found, recorded)
    return found


def _entries(*did: str) -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """(what was done, about what, when, what it was after) in the order of the record."""
    rows = Entry.objects.filter(did__in=did).order_by("seq").values_list("did", "about", "at", "after")
    for verb, about, at, after in rows.iterator(chunk_size=2000):
        yield verb, about, at, json.loads(after) if after else {}


def _recorded() -> dict[str, Recorded]:
    sheets: dict[str, Recorded] = {}
    for verb, about, at, after in _entries("assessment.score", "assessment.hand_in"):
        sheet = sheets.setdefault(about, Recorded())
        if verb == "assessment.score":
            sheet.scores[after["cell"]] = after["value"]
        else:
            sheet.scores |= after["scores"]
            sheet.reasons = after["reasons"]
            sheet.handed_in.append((at, after["scores"]))
    return sheets


def _submissions(found: Verification) -> None:
    recorded = {
        (about, after["submission"]): after["digest"] for _verb, about, _at, after in _entries("assessment.submit") if "submission" in after
    }
    for row in Submission.objects.select_related("application").order_by("pk").iterator(chunk_size=200):
        found.submissions += 1
        if digest_of_bytes([row.content.encode()]) != row.digest:
            found.faults.append(_("Submission %(receipt)s was changed: its digest does not fit its content.") % {"receipt": row.receipt})
        if recorded.get((key(row.application), row.number)) != row.digest:
            found.faults.append(_("Submission %(receipt)s: the record of acts holds another digest.") % {"receipt": row.receipt})


def _sheets(found: Verification, recorded: dict[str, Recorded]) -> None:
    rows = Assignment.objects.prefetch_related("scores__revisions").order_by("pk")
    for sheet in rows.iterator(chunk_size=200):
        found.sheets += 1
        record = recorded.get(key(sheet), Recorded())
        live = {cell_key(score.criterion, score.dimension): score for score in sheet.scores.all()}
        found.scores += len(live)
        for name in sorted({*live, *record.scores}):
            here = live[name].value if name in live else None
            there = record.scores.get(name)
            if here != there:
                found.faults.append(
                    _("Sheet %(sheet)s, %(cell)s: the score is %(here)s, the record of acts says %(there)s.")
                    % {"sheet": sheet.pk, "cell": name, "here": here, "there": there}
                )
        for name, score in live.items():
            revisions = sorted(score.revisions.all(), key=lambda revision: (revision.saved_at, revision.pk))
            if revisions and revisions[-1].value != score.value:
                found.faults.append(
                    _("Sheet %(sheet)s, %(cell)s: the score is %(here)s, its last revision %(there)s.")
                    % {"sheet": sheet.pk, "cell": name, "here": score.value, "there": revisions[-1].value}
                )
        if sheet.state == AssignmentState.SUBMITTED and record.handed_in:
            reasons = {name: live[name].reason for name in record.handed_in[-1][1] if name in live}
            if digest(reasons) != record.reasons:
                found.faults.append(_("Sheet %(sheet)s: a reason was changed after it was handed in.") % {"sheet": sheet.pk})
        elif sheet.state == AssignmentState.SUBMITTED:
            found.faults.append(_("Sheet %(sheet)s: the record of acts does not know that it was handed in.") % {"sheet": sheet.pk})


def _results(found: Verification, recorded: dict[str, Recorded]) -> None:
    closed = {
        (about, after["result"]): after["digest"] for _verb, about, _at, after in _entries("assessment.close_panel") if "result" in after
    }
    rows = Result.objects.select_related("application__round__edition", "submission").order_by("pk")
    for row in rows.iterator(chunk_size=200):
        found.results += 1
        name = _("Result %(number)s of application %(application)s") % {"number": row.number, "application": row.application_id}
        found.faults += [f"{name}: {fault}" for fault in _faults_of(row, recorded, closed.get((key(row.application), row.number)))]


def _faults_of(row: Result, recorded: dict[str, Recorded], digest_in_record: str | None) -> list[str]:
    faults = []
    content = row.plain()
    edition = row.application.round.edition
    if digest_of_bytes([row.content.encode()]) != row.digest:
        faults.append(_("its digest does not fit its content."))
    if digest_in_record != row.digest:
        faults.append(_("the record of acts holds another digest."))
    if digest_of_bytes([edition.content.encode()]) != edition.digest or content["edition"] != edition.digest:
        faults.append(_("the kept edition of the criteria was changed."))
    if content["submission"]["digest"] != row.submission.digest:
        faults.append(_("it is about another submission."))
    again = computed_from(kept(edition), content["dimensions"], [sheet["scores"] for sheet in content["sheets"]])
    if again.plain() != content["computed"]:
        faults.append(
            _("recomputed, the total is %(again)s; it says %(here)s.") % {"again": again.total, "here": content["computed"]["total"]}
        )
    if (str(row.total), row.recommendation) != (str(again.total), again.recommendation):
        faults.append(
            _("its row says %(here)s and “%(row)s”; recomputed it is %(again)s and “%(verdict)s”.")
            % {"here": row.total, "row": row.recommendation, "again": again.total, "verdict": again.recommendation}
        )
    for sheet in content["sheets"]:
        acts = recorded.get(f"assessment.assignment:{sheet['sheet']}", Recorded()).handed_in
        then = [scores for at, scores in acts if at <= row.closed_at]
        if not then or then[-1] != sheet["scores"]:
            faults.append(_("the scores of sheet %(sheet)s are not those that were handed in.") % {"sheet": sheet["sheet"]})
    return faults
