"""The award of the label: a body recommends, a body decides, as the edition of the application's round says."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from nagara.assessment.actions import outcome
from nagara.assessment.models import Application
from nagara.assessment.queries import result_of
from nagara.assessment.states import ApplicationState
from nagara.governance.models import AgendaItem, Body, ItemMatter, Resolution
from nagara.governance.states import Verb as Resolved
from nagara.people.models import User
from nagara.places.models import Area
from nagara.recognition.actions.steps import begin, refuse_double, undo
from nagara.recognition.certificates import validity_end
from nagara.recognition.matters.common import (
    NOT_ON_RECORD,
    WITHOUT_EFFECT,
    correction_on,
    deciders,
    has_part,
    line,
    lying_on_agendas,
    names,
    refuse_body,
    today,
)
from nagara.recognition.models import RecognitionStep
from nagara.recognition.queries import counts_on, on_record
from nagara.recognition.states import Tier, Verb
from nagara.recognition.templatetags.recognition import local
from nagara.rulebook.keep import kept
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each, text, texts

KIND = "label.award"
NOTHING_CHANGES = texts("ทะเบียนไม่เปลี่ยน", "the register does not change")


def resolved_on(ref: str, code: str) -> Resolution | None:
    """The newest resolution of a body on an application that no later one has corrected."""
    corrected = Resolution.objects.filter(corrects=OuterRef("pk"), draft=False)
    on_row = ItemMatter.objects.filter(item=OuterRef("item"), kind=KIND, ref=ref)
    rows = Resolution.objects.filter(Exists(on_row), ~Exists(corrected), draft=False, item__meeting__body__code=code)
    return rows.exclude(verb__in=WITHOUT_EFFECT).order_by("-adopted_on", "-pk").first()


def recommendation(application: Application) -> Resolution | None:
    """The standing resolution by which the application was recommended, since its newest result."""
    found = resolved_on(str(application.pk), deciders(application.round.edition).recommends)
    return found if found is not None and found.verb == Resolved.APPROVE and _newer_than_result(found, application) else None


def passed_on_without(application: Application) -> bool:
    """Has the recommending body resolved not to recommend it? The deciding body may then say so too, and no more."""
    found = resolved_on(str(application.pk), deciders(application.round.edition).recommends)
    return found is not None and found.verb == Resolved.DISAPPROVE and _newer_than_result(found, application)


def _newer_than_result(resolution: Resolution, application: Application) -> bool:
    result = result_of(application)
    return result is None or resolution.adopted_at is None or resolution.adopted_at >= result.closed_at


def area_of(application: Application) -> Area:
    area = application.area
    assert area is not None  # noqa: S101 - applications of cities are no business of this matter
    return area


class AwardMatter:
    kind = KIND
    label = texts("มอบตราสัญลักษณ์เมืองอัจฉริยะประเทศไทย", "Award of the Smart City Thailand label")

    def verbs(self, body: Body) -> Sequence[str]:
        if not has_part(body):
            return (Resolved.ACKNOWLEDGE,)
        return (Resolved.APPROVE, Resolved.APPROVE_IN_PRINCIPLE, Resolved.DISAPPROVE, *WITHOUT_EFFECT)

    def waiting(self, body: Body) -> Sequence[str]:
        lying = lying_on_agendas(self.kind)
        rows = Application.objects.filter(area__isnull=False, state__in=[ApplicationState.ASSESSED, ApplicationState.RECOMMENDED])
        found = []
        for row in rows.select_related("round__edition").order_by("submitted_at", "pk"):
            if str(row.pk) not in lying and self._waits(row, body):
                found.append(str(row.pk))
        return found

    def _waits(self, row: Application, body: Body) -> bool:
        parts = deciders(row.round.edition)
        if row.state == ApplicationState.RECOMMENDED:
            return body.code == parts.decides
        if parts.recommends == parts.decides:
            return body.code == parts.decides
        return body.code == (parts.decides if passed_on_without(row) else parts.recommends)

    def _rows(self, refs: Sequence[str]) -> list[Application]:
        rows: QuerySet[Application] = Application.objects.filter(pk__in=[int(ref) for ref in refs], area__isnull=False)
        return list(rows.select_related("round__edition", "area__subdivision", "area__organisation", "organisation").order_by("pk"))

    def title(self, ref: str) -> Texts:
        return dict(area_of(self._rows([ref])[0]).name)

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        return [self._line(row) for row in self._rows(refs)]

    def _line(self, row: Application) -> dict[str, Any]:
        area, result = area_of(row), result_of(row)
        types = {choice.code: dict(choice.title) for choice in kept(row.round.edition).city_types}
        cells: list[tuple[Texts, Any]] = [
            (texts("จังหวัด", "Province"), area.subdivision.name),
            (texts("ประเภทเมือง", "City type"), types.get(row.city_type) or NOT_ON_RECORD),
            (texts("คะแนน", "Score"), str(result.total) if result else NOT_ON_RECORD),
            (
                texts("ข้อเสนอของคณะผู้ประเมิน", "Panel’s recommendation"),
                in_each(lambda: str(result.get_recommendation_display())) if result else NOT_ON_RECORD,
            ),
        ]
        return {"title": area.name, "cells": cells, "url": local(f"/areas/{area.slug}")}

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        rows = self._rows(refs)
        told = [self._effect(row, verb, body, on) for row in rows]
        deciding = [row for row in rows if body.code == deciders(row.round.edition).decides]
        if verb == Resolved.APPROVE and deciding:
            told.append(self._count(deciding, on))
        return told

    def _effect(self, row: Application, verb: str, body: Body, on: date) -> Texts:
        th, en = names(area_of(row).name)
        decides = body.code == deciders(row.round.edition).decides
        if verb in WITHOUT_EFFECT or not has_part(body):
            return line(f"{th}: {NOTHING_CHANGES['th']} คำขอยังรอการพิจารณา", f"{en}: {NOTHING_CHANGES['en']}; the application keeps waiting")
        if verb == Resolved.APPROVE_IN_PRINCIPLE:
            return line(f"{th}: กลับไปปรับปรุงตามเงื่อนไขในมติ แล้วส่งใหม่", f"{en}: goes back to be revised by the conditions of the resolution")
        if not decides:
            if verb == Resolved.APPROVE:
                return line(f"{th}: เสนอคณะกรรมการเพื่อพิจารณา", f"{en}: recommended to the committee, which considers it next")
            return line(f"{th}: ไม่เสนอให้ได้รับตราสัญลักษณ์ คณะกรรมการพิจารณาต่อ", f"{en}: not recommended; the committee considers it next")
        if verb == Resolved.DISAPPROVE:
            return line(f"{th}: ไม่ได้รับตราสัญลักษณ์ {NOTHING_CHANGES['th']}", f"{en}: not awarded; {NOTHING_CHANGES['en']}")
        end = validity_end(on, kept(row.round.edition).validity_years.value)
        return line(
            f"{th}: ได้รับการรับรองเป็นเมืองอัจฉริยะ ตั้งแต่ {long_day(on, 'th')} ถึง {long_day(end, 'th')}",
            f"{en}: recognised as a smart city from {long_day(on, 'en')} until {long_day(end, 'en')}",
        )

    def _count(self, rows: list[Application], on: date) -> Texts:
        """How many areas the register then counts, and in how many provinces: the figure that the portal will show."""
        counted = set(on_record(on).values_list("area_id", flat=True))
        provinces = set(on_record(on).values_list("subdivision_code", flat=True))
        fresh = [area_of(row) for row in rows if row.area_id not in counted]
        areas = counts_on(on).areas + len(fresh)
        provinces |= {area.subdivision_id for area in fresh}
        return line(
            f"ทะเบียนมีพื้นที่ที่ได้รับการรับรอง {areas} พื้นที่ ใน {len(provinces)} จังหวัด",
            f"The register then has {areas} recognised areas in {len(provinces)} provinces",
        )

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        found = {}
        for row in self._rows(refs):
            area = area_of(row)
            found[row.organisation_id] = _("applicant: %(area)s") % {"area": area}
            if area.organisation_id:
                found.setdefault(area.organisation_id, _("responsible for %(area)s") % {"area": area})
        return found

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        if verb in WITHOUT_EFFECT:
            return
        body, corrected = item.meeting.body, correction_on(item)
        for row in self._rows(refs):
            parts = deciders(row.round.edition)
            if body.code not in (parts.recommends, parts.decides):
                raise refuse_body(body, parts.decides, self.label)
            if corrected is None:
                self._check_state(row, body, verb, item.meeting.held_on)
        if verb == Resolved.APPROVE_IN_PRINCIPLE:
            self._check_due(item)

    def _check_state(self, row: Application, body: Body, verb: str, on: date | None) -> None:
        parts = deciders(row.round.edition)
        if row.state not in (ApplicationState.ASSESSED, ApplicationState.RECOMMENDED):
            raise Refusal(
                _("The application of %(area)s does not wait for a decision: %(state)s.")
                % {"area": row.area, "state": row.get_state_display()},
                next_step=_("Take it off the item."),
                code="not-waiting",
            )
        two_bodies = parts.recommends != parts.decides
        if two_bodies and body.code == parts.decides and verb == Resolved.APPROVE and row.state != ApplicationState.RECOMMENDED:
            raise Refusal(
                _("The application of %(area)s has not been recommended by the body that recommends.") % {"area": row.area},
                rule=_("Recommending body by the edition of the criteria: %(code)s") % {"code": parts.recommends},
                next_step=_("Put it on that body’s agenda first."),
                code="not-recommended",
            )
        if two_bodies and body.code == parts.recommends and row.state == ApplicationState.RECOMMENDED:
            raise Refusal(_("The application of %(area)s has been recommended already.") % {"area": row.area}, code="not-waiting")
        if body.code == parts.decides and verb == Resolved.APPROVE and on is not None:
            refuse_double(area_of(row), Tier.LABEL, on)

    def _check_due(self, item: AgendaItem) -> None:
        draft = item.resolutions.filter(draft=True).first()
        if draft is not None and draft.due is None:
            words = _("Say by which day the conditions are to be met.")
            raise Refusal(words, fields={"due": words}, code="due-needed")

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        body, on = resolution.item.meeting.body, resolution.adopted_on or today(at)
        told = []
        for row in self._rows(refs):
            told.append(self._effect(row, resolution.verb, body, on))
            if self._take_back(row, resolution, by=by, at=at):
                row.refresh_from_db()
                self._apply(row, resolution, by=by, at=at)
        if resolution.verb == Resolved.APPROVE and any(body.code == deciders(row.round.edition).decides for row in self._rows(refs)):
            told.append(self._count([], on))
        return told

    def _take_back(self, row: Application, resolution: Resolution, *, by: User, at: datetime) -> bool:
        """Where a resolution corrects one on this row, what that one did is undone. False: it says the same again, and nothing is to do."""
        corrected = resolution.corrects
        if corrected is None or not corrected.item.matters.filter(kind=KIND, ref=str(row.pk)).exists():
            return True
        if corrected.verb in WITHOUT_EFFECT:
            return True
        if corrected.verb == resolution.verb:
            return False
        body, parts = corrected.item.meeting.body, deciders(row.round.edition)
        words = text(resolution.text, "th")
        if body.code == parts.decides:
            for step in _grants_by(row, corrected):
                undo(step, resolution=resolution, reason=resolution.text, by=by, at=at)
            outcome.reconsider(row, recommended=recommendation(row) is not None, by=by, at=at, resolution_text=words)
        elif corrected.verb in (Resolved.APPROVE, Resolved.APPROVE_IN_PRINCIPLE):
            outcome.reconsider(row, recommended=False, by=by, at=at, resolution_text=words)
        return True

    def _apply(self, row: Application, resolution: Resolution, *, by: User, at: datetime) -> None:
        verb, body, parts = resolution.verb, resolution.item.meeting.body, deciders(row.round.edition)
        words = text(resolution.text, "th")
        if verb in WITHOUT_EFFECT or body.code not in (parts.recommends, parts.decides):
            return
        if verb == Resolved.APPROVE_IN_PRINCIPLE:
            outcome.approve_in_principle(row, by=by, at=at, resolution_text=words, conditions=resolution.text, due=resolution.due)
        elif body.code != parts.decides:
            if verb == Resolved.APPROVE:
                outcome.recommend(row, by=by, at=at, resolution_text=words)
        elif verb == Resolved.DISAPPROVE:
            outcome.decline(row, by=by, at=at, resolution_text=words)
        else:
            recommended_by = recommendation(row)
            outcome.award(row, by=by, at=at, resolution_text=words)
            begin(
                area_of(row),
                tier=Tier.LABEL,
                edition=row.round.edition,
                resolution=resolution,
                application=row,
                recommended_by=recommended_by,
                by=by,
                at=at,
            )


def _grants_by(row: Application, resolution: Resolution) -> list[RecognitionStep]:
    steps = RecognitionStep.objects.filter(recognition__application=row, resolution=resolution, verb=Verb.GRANT, undone_by=None)
    return list(steps.select_related("recognition__area").order_by("pk"))
