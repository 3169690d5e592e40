"""Designation, renewal, suspension, reinstatement, revocation: each row is a proposal with its reasons."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.governance.models import AgendaItem, Body, Resolution
from nagara.governance.states import Verb as Resolved
from nagara.people.models import User
from nagara.recognition.actions.steps import begin, refuse_double, require_possible, take, undo
from nagara.recognition.certificates import validity_end
from nagara.recognition.matters.common import (
    WITHOUT_EFFECT,
    correction_on,
    deciders,
    has_part,
    line,
    lying_on_agendas,
    names,
    refuse_body,
    settled_by,
    today,
)
from nagara.recognition.models import Proposal, Recognition, RecognitionStep
from nagara.recognition.queries import status_on
from nagara.recognition.states import PROPOSAL, VERB_OF, Business, ProposalState, Status, Tier
from nagara.rulebook.keep import kept
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, texts

LABELS: dict[str, Texts] = {
    Business.DESIGNATE: texts("ประกาศเขตส่งเสริมเมืองอัจฉริยะ", "Designation of a promotion zone"),
    Business.RENEW: texts("ต่ออายุการรับรอง", "Renewal of a recognition"),
    Business.SUSPEND: texts("พักการรับรอง", "Suspension of a recognition"),
    Business.REINSTATE: texts("คืนสถานะการรับรอง", "Reinstatement of a recognition"),
    Business.REVOKE: texts("เพิกถอนการรับรอง", "Revocation of a recognition"),
}


def new_end(proposal: Proposal, on: date) -> date:
    """The last day after a renewal: the years of the edition, counted from the day after the present end where that lies ahead."""
    recognition = proposal.recognition
    years = kept(proposal.edition).validity_years.value
    present = recognition.valid_until if recognition else None
    if recognition is not None and present is not None and present >= on and _runs(recognition, on):
        return validity_end(date.fromordinal(present.toordinal() + 1), years)
    return validity_end(on, years)


def _runs(recognition: Recognition, on: date) -> bool:
    span = status_on(recognition, on)
    return span is not None and span.status != Status.EXPIRED


class ProposalMatter:
    """One kind of proposal as a matter of governance."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.kind = str(business.value)
        self.label = LABELS[business]

    def verbs(self, body: Body) -> Sequence[str]:
        return (Resolved.APPROVE, Resolved.DISAPPROVE, *WITHOUT_EFFECT) if has_part(body) else (Resolved.ACKNOWLEDGE,)

    def waiting(self, body: Body) -> Sequence[str]:
        rows = (
            Proposal.objects.filter(business=self.business, state=ProposalState.READY).select_related("edition").order_by("made_at", "pk")
        )
        taken = lying_on_agendas(self.kind)
        given = settled_by(body, self.kind)
        found = []
        for row in rows:
            parts, ref = deciders(row.edition), str(row.pk)
            opinion = body.code == parts.recommends and ref not in given
            if ref not in taken and (body.code == parts.decides or opinion):
                found.append(ref)
        return found

    def title(self, ref: str) -> Texts:
        area = Proposal.objects.select_related("area").get(pk=ref).area
        th, en = names(area.name)
        return texts(f"{self.label['th']}: {th}", f"{self.label['en']}: {en}")

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        return [self._line(row) for row in self._rows(refs)]

    def _line(self, row: Proposal) -> dict[str, Any]:
        cells: list[tuple[Texts, Any]] = [(texts("จังหวัด", "Province"), row.area.subdivision.name)]
        if row.recognition is not None:
            cells.append((texts("เลขที่", "Number"), row.recognition.reference))
        if self.business == Business.RENEW:
            least = kept(row.edition).renewal_progress.value
            cells.append((texts("ความก้าวหน้า", "Progress"), f"{row.checked_progress or 0} % (≥ {least:g} %)"))
        cells.append((texts("เหตุผล", "Reasons"), row.reason))
        return {"title": row.area.name, "cells": cells, "url": reverse("recognition:proposal", args=[row.pk])}

    def _rows(self, refs: Sequence[str]) -> list[Proposal]:
        rows = Proposal.objects.filter(business=self.business, pk__in=[int(ref) for ref in refs])
        return list(rows.select_related("area__subdivision", "area__organisation", "recognition__area", "edition").order_by("pk"))

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        return [self._effect(row, verb, body, on) for row in self._rows(refs)]

    def _effect(self, row: Proposal, verb: str, body: Body, on: date) -> Texts:
        th, en = names(row.area.name)
        if verb in WITHOUT_EFFECT:
            return line(f"{th}: ทะเบียนไม่เปลี่ยน ข้อเสนอยังรอการพิจารณา", f"{en}: the register does not change; the proposal keeps waiting")
        if body.code != deciders(row.edition).decides:
            return line(
                f"{th}: เป็นความเห็นเสนอต่อคณะกรรมการ ทะเบียนไม่เปลี่ยน", f"{en}: an opinion for the committee; the register does not change"
            )
        if verb == Resolved.DISAPPROVE:
            return line(f"{th}: ไม่{self.label['th']} ทะเบียนไม่เปลี่ยน", f"{en}: not resolved; the register does not change")
        day = row.effective_on or on
        since_th, since_en = f"ตั้งแต่ {long_day(day, 'th')}", f"from {long_day(day, 'en')}"
        if self.business in (Business.RENEW, Business.DESIGNATE):
            end = new_end(row, day)
            return line(
                f"{th}: {self.label['th']} {since_th} ใช้ได้ถึง {long_day(end, 'th')}",
                f"{en}: {self.label['en'].lower()} {since_en}, valid until {long_day(end, 'en')}",
            )
        return line(f"{th}: {self.label['th']} {since_th}", f"{en}: {self.label['en'].lower()} {since_en}")

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        return {
            row.area.organisation_id: _("responsible for %(area)s") % {"area": row.area}
            for row in self._rows(refs)
            if row.area.organisation_id
        }

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        if verb in WITHOUT_EFFECT:
            return
        body, corrected = item.meeting.body, correction_on(item)
        for row in self._rows(refs):
            found = deciders(row.edition)
            if body.code not in (found.decides, found.recommends):
                raise refuse_body(body, found.decides, self.label)
            if corrected is None and row.state != ProposalState.READY:
                raise Refusal(
                    _("“%(row)s” does not wait for a decision: %(state)s.") % {"row": row, "state": row.get_state_display()},
                    next_step=_("Take it off the item."),
                    code="not-waiting",
                )
            if verb == Resolved.APPROVE and body.code == found.decides:
                self._check_progress(row)

    def _check_progress(self, row: Proposal) -> None:
        if self.business != Business.RENEW:
            return
        least = kept(row.edition).renewal_progress
        if row.checked_progress is None or row.checked_progress < least.value:
            raise Refusal(
                _("%(area)s has come to %(progress)s %% of its plan; a renewal needs at least %(least)s %%.")
                % {"area": row.area, "progress": row.checked_progress or 0, "least": f"{least.value:g}"},
                rule=f"{least.source.title} {least.source.section}".strip(),
                who=_("The programme office"),
                next_step=_("Check the progress again, or resolve not to renew."),
                code="too-little-progress",
            )

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        body, on = resolution.item.meeting.body, resolution.adopted_on or today(at)
        told = []
        for row in self._rows(refs):
            row = Proposal.objects.select_for_update().get(pk=row.pk)
            told.append(self._effect(row, resolution.verb, body, on))
            undone = self._undo(row, resolution, by=by, at=at)
            if body.code != deciders(row.edition).decides and not undone:
                continue
            self._decide(row, resolution, by=by, at=at)
        return told

    def _undo(self, row: Proposal, resolution: Resolution, *, by: User, at: datetime) -> bool:
        """Where the resolution corrects one that took this step and does not say the same again, the step is undone."""
        corrected = resolution.corrects
        if corrected is None or row.decided_by_id != corrected.pk:
            return False
        step = step_of(row, corrected)
        if step is not None and resolution.verb != Resolved.APPROVE:
            undo(step, resolution=resolution, reason=resolution.text, by=by, at=at)
        row.state = ProposalState(PROPOSAL.after("reopen", row.state))
        row.decided_by = None
        row.save(update_fields=["state", "decided_by"])
        return True

    def _decide(self, row: Proposal, resolution: Resolution, *, by: User, at: datetime) -> None:
        if resolution.verb in WITHOUT_EFFECT:
            return
        row.state = ProposalState(PROPOSAL.after("decide", row.state))
        row.decided_by = resolution
        row.save(update_fields=["state", "decided_by"])
        if resolution.verb != Resolved.APPROVE:
            return
        if resolution.corrects is not None and step_of(row, resolution.corrects) is not None:
            return  # the step stands: the correction says the same in other words
        on = row.effective_on or resolution.adopted_on or today(at)
        if self.business == Business.DESIGNATE:
            refuse_double(row.area, Tier.ZONE, on)
            begin(row.area, tier=Tier.ZONE, edition=row.edition, resolution=resolution, effective_on=on, reason=row.reason, by=by, at=at)
            return
        recognition = row.recognition
        assert recognition is not None  # noqa: S101 - the database holds this
        require_possible(recognition, VERB_OF[self.business], on)
        end = new_end(row, on) if self.business == Business.RENEW else None
        take(recognition, VERB_OF[self.business], resolution=resolution, on=on, reason=row.reason, valid_until=end, by=by, at=at)


def step_of(row: Proposal, resolution: Resolution) -> RecognitionStep | None:
    """The step that a resolution took on a proposal, unless it has been undone."""
    return (
        RecognitionStep.objects.filter(recognition__area=row.area_id, resolution=resolution, verb=VERB_OF[row.business], undone_by=None)
        .select_related("recognition__area")
        .first()
    )
