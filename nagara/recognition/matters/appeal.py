"""Appeals: the body that decided, or the one above it, allows or dismisses."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.assessment.actions import outcome
from nagara.audit.record import record
from nagara.governance.models import AgendaItem, Body, Resolution
from nagara.governance.states import Verb as Resolved
from nagara.people.models import User
from nagara.places.models import Area
from nagara.recognition.actions.appeals import against_step
from nagara.recognition.actions.steps import note, undo
from nagara.recognition.keep import seal
from nagara.recognition.letters import tell_officers
from nagara.recognition.matters.award import recommendation
from nagara.recognition.matters.common import WITHOUT_EFFECT, correction_on, line, lying_on_agendas, names, refuse_body, today
from nagara.recognition.models import Appeal
from nagara.recognition.states import Verb
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each, text, texts


class AppealMatter:
    kind = "label.appeal"
    label = texts("อุทธรณ์", "Appeal")

    def verbs(self, body: Body) -> Sequence[str]:
        return (Resolved.APPROVE, Resolved.DISAPPROVE, *WITHOUT_EFFECT)

    def waiting(self, body: Body) -> Sequence[str]:
        lying = lying_on_agendas(self.kind)
        rows = Appeal.objects.filter(
            Q(against__item__meeting__body=body) | Q(against__item__meeting__body__parent=body), outcome=Appeal.Outcome.PENDING
        )
        return [str(key) for key in rows.order_by("lodged_at", "pk").values_list("pk", flat=True) if str(key) not in lying]

    def title(self, ref: str) -> Texts:
        th, en = names(area_of(self._rows([ref])[0]).name)
        return texts(f"อุทธรณ์ของ{th}", f"Appeal of {en}")

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "title": area_of(row).name,
                "cells": [
                    (texts("มติที่อุทธรณ์", "Against"), f"{row.against.item.meeting.body} {row.against.item.meeting.reference}"),
                    (texts("ยื่นเมื่อ", "Lodged"), in_each(partial(long_day, today(row.lodged_at)))),
                    (texts("เหตุผล", "Grounds"), row.grounds),
                ],
                "url": reverse("recognition:appeal", args=[row.pk]),
            }
            for row in self._rows(refs)
        ]

    def _rows(self, refs: Sequence[str]) -> list[Appeal]:
        rows = Appeal.objects.filter(pk__in=[int(ref) for ref in refs])
        return list(
            rows.select_related(
                "recognition__area__organisation",
                "application__area__organisation",
                "application__organisation",
                "against__item__meeting__body",
            ).order_by("pk")
        )

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        return [self._effect(row, verb) for row in self._rows(refs)]

    def _effect(self, row: Appeal, verb: str) -> Texts:
        th, en = names(area_of(row).name)
        if verb == Resolved.APPROVE:
            step = against_step(row)
            if step is not None and step.on is not None:
                return line(
                    f"{th}: รับอุทธรณ์ มติเดิมสิ้นผลตั้งแต่ต้น ({long_day(step.on, 'th')}) สถานะคืนตามเดิม",
                    f"{en}: appeal allowed; the earlier step is undone from its own day ({long_day(step.on, 'en')}) and the status restored",
                )
            return line(f"{th}: รับอุทธรณ์ คำขอกลับเข้าสู่การพิจารณา", f"{en}: appeal allowed; the application is considered again")
        if verb == Resolved.DISAPPROVE:
            return line(f"{th}: ยกอุทธรณ์ มติเดิมคงอยู่", f"{en}: appeal dismissed; the earlier resolution stands")
        return line(f"{th}: อุทธรณ์ยังรอการพิจารณา", f"{en}: the appeal keeps waiting")

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        found = {}
        for row in self._rows(refs):
            for key in (area_of(row).organisation_id, row.application.organisation_id if row.application else None):
                if key:
                    found[key] = _("appeals for %(area)s") % {"area": area_of(row)}
        return found

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        if verb in WITHOUT_EFFECT:
            return
        body, corrected = item.meeting.body, correction_on(item)
        for row in self._rows(refs):
            decided_by = row.against.item.meeting.body
            if body.pk not in (decided_by.pk, decided_by.parent_id):
                raise refuse_body(body, decided_by.code, self.label)
            if corrected is None and row.outcome != Appeal.Outcome.PENDING:
                raise Refusal(_("This appeal is settled: %(outcome)s.") % {"outcome": row.get_outcome_display()}, code="not-waiting")

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        told = []
        for row in self._rows(refs):
            told.append(self._effect(row, resolution.verb))
            self._settle(Appeal.objects.select_for_update().get(pk=row.pk), resolution, by=by, at=at)
        return told

    def _settle(self, row: Appeal, resolution: Resolution, *, by: User, at: datetime) -> None:
        before = row.outcome
        if resolution.corrects_id is not None and row.decided_by_id == resolution.corrects_id:
            self._take_back(row, resolution, by=by, at=at)
        if resolution.verb in WITHOUT_EFFECT:
            return
        allowed = resolution.verb == Resolved.APPROVE
        row.outcome = Appeal.Outcome.ALLOWED if allowed else Appeal.Outcome.DISMISSED
        row.decided_by = resolution
        row.save(update_fields=["outcome", "decided_by"])
        step, noted = against_step(row), {}
        if row.application is not None and allowed:
            words = text(resolution.text, "th")
            outcome.reconsider(
                row.application, recommended=recommendation(row.application) is not None, by=by, at=at, resolution_text=words
            )
        if step is not None and row.recognition is not None:
            if allowed:
                undo(step, resolution=resolution, reason=resolution.text, by=by, at=at)
            else:
                on = resolution.adopted_on or today(at)
                noted = seal(note(row.recognition, Verb.UPHOLD, on=on, resolution=resolution, reason=resolution.text, by=by, at=at))
        record(
            by=by,
            did="recognition.settle_appeal",
            about=row,
            at=at,
            before={"outcome": before},
            after={"outcome": row.outcome, "resolution": resolution.pk, "steps": noted},
            on_behalf_of=resolution.item.meeting.body,
        )
        self._tell(row, resolution, at=at)

    def _take_back(self, row: Appeal, resolution: Resolution, *, by: User, at: datetime) -> None:
        """A correction of the resolution that settled the appeal: what it undid holds again, the appeal is open again."""
        corrected = resolution.corrects
        if corrected is not None and row.recognition is not None:
            for step in row.recognition.steps.filter(verb=Verb.CORRECT, resolution=corrected, undone_by=None).order_by("pk"):
                undo(step, resolution=resolution, reason=resolution.text, by=by, at=at)
        if corrected is not None and row.application is not None and row.outcome == Appeal.Outcome.ALLOWED:
            outcome.decline(row.application, by=by, at=at, resolution_text=text(resolution.text, "th"))
        row.outcome, row.decided_by = Appeal.Outcome.PENDING, None
        row.save(update_fields=["outcome", "decided_by"])

    def _tell(self, row: Appeal, resolution: Resolution, *, at: datetime) -> None:
        area = area_of(row)
        th, en = names(area.name)
        outcome = texts("รับอุทธรณ์", "appeal allowed") if row.outcome == Appeal.Outcome.ALLOWED else texts("ยกอุทธรณ์", "appeal dismissed")
        tell_officers(
            area,
            subject=texts(f"{th}: {outcome['th']}", f"{en}: {outcome['en']}"),
            body=resolution.text,
            link=f"/recognitions/appeals/{row.pk}",
            about=row,
            at=at,
        )


def area_of(row: Appeal) -> Area:
    area = row.recognition.area if row.recognition else row.application.area if row.application else None
    assert area is not None  # noqa: S101 - the database holds this
    return area
