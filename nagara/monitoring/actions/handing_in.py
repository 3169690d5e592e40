"""A city hands its return in. What it claims is kept from that instant."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.audit.record import Actor, record
from nagara.monitoring.actions.common import account, content_of, listed, locked, office_of, reminder, require, tell_all, write_levels
from nagara.monitoring.actions.writing import count_derived, require_open
from nagara.monitoring.asked import Asking, asking
from nagara.monitoring.checks import Finding, findings_of
from nagara.monitoring.models import Return, Value
from nagara.monitoring.queries.last import Cells, last_answers
from nagara.monitoring.states import RETURN, LevelName, ReturnState, Verdict
from nagara.monitoring.timing import at_hand_in
from nagara.notices.outbox import withdraw
from nagara.toolkit.refusal import Refusal


def check(asked: Asking, values: dict[tuple[str, str], Value], last: Cells) -> list[Finding]:
    """Everything that is odd about a return, in the order of its pages."""
    found = []
    for code, part in asked.cells:
        measure = asked.by_measure[code]
        if not measure.measure.derived:
            before = last.get((code, part))
            found += findings_of(measure, part, values.get((code, part)), before.number if before else None)
    return found


@transaction.atomic
def submit(answer: Return, *, by: Actor, at: datetime) -> Return:
    """Hand a return in. Refused while a cell wants an answer or a reason; late is noted, not refused, until the return is locked."""
    answer = locked(answer)
    require(by, "monitoring.write", answer)
    after = RETURN.after("submit", answer.state, labels=ReturnState.choices)
    require_open(answer, at)
    asked = asking(answer.period)
    if answer.state == ReturnState.DRAFT:
        count_derived(answer, asked, at)
    values = {(row.measure, row.part): row for row in answer.values.all()}
    wanting = [finding for finding in check(asked, values, last_answers(answer)) if finding.blocks]
    if wanting:
        raise Refusal(
            ngettext("%(count)s value still wants an answer.", "%(count)s values still want an answer.", len(wanting))
            % {"count": len(wanting)},
            next_step=_("Each is listed with a link. Correct it, or give the reason."),
            code="unanswered",
            status=422,
        )
    cells = set(asked.cells)
    stated = [row for row in values.values() if (row.measure, row.part) in cells and (row.number is not None or row.missing)]
    levels = write_levels(
        answer,
        [(row, {**content_of(row), "why": _reasons(row)}) for row in stated],
        LevelName.CLAIMED,
        by=by,
        at=at,
    )
    again = [row for row in values.values() if row.verdict == Verdict.QUESTIONED]
    for row in again:
        row.verdict = Verdict.NONE
    Value.objects.bulk_update(again, ["verdict"], batch_size=500)
    answer.state = after
    answer.handed_in = answer.handed_in or at_hand_in(answer, at)
    answer.first_submitted_at = answer.first_submitted_at or at
    answer.submitted_at, answer.submitted_by = at, account(by)
    answer.save(update_fields=["state", "handed_in", "first_submitted_at", "submitted_at", "submitted_by"])
    record(
        by=by,
        did="monitoring.submit",
        about=answer,
        at=at,
        on_behalf_of=answer.city,
        after={"state": answer.state, "handed_in": answer.handed_in, "claimed": listed(levels)},
    )
    withdraw(about=reminder(answer), at=at)
    tell_all(
        office_of(answer.city, at),
        answer,
        subject=lambda: _("%(city)s has handed in: %(period)s") % {"city": answer.city, "period": answer.period},
        body=lambda: _("The return of %(city)s waits to be verified.") % {"city": answer.city},
        page="monitoring:verify",
        at=at,
    )
    return answer


def _reasons(row: Value) -> str:
    """The city's answers to the checks and its reply, as they go with the claim."""
    words = [*row.reasons.values(), row.reply]
    return " · ".join(word.strip() for word in words if word.strip())[:1000]
