"""The admission of a city as a matter of governance: the annual meeting of the network resolves, and adopting it does what it says."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from nagara.governance.models import AgendaItem, Body, ItemMatter, Resolution
from nagara.governance.states import ItemState, Verb
from nagara.network.actions import decision
from nagara.network.actions.common import locked
from nagara.network.models import Network, Nomination
from nagara.network.states import NominationState
from nagara.people.models import User
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, text, texts

KIND = "network.membership"
WITHOUT_EFFECT = (Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.WITHDRAW)
DOES = {Verb.APPROVE: "admit", Verb.DEFER: "defer", Verb.DISAPPROVE: "decline"}
ON_AN_AGENDA = (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED)


class MembershipMatter:
    kind = KIND
    label = texts("รับเมืองเข้าเครือข่าย", "Admission of a city to a network")

    def verbs(self, body: Body) -> Sequence[str]:
        return (*DOES, *WITHOUT_EFFECT) if Network.objects.filter(body=body).exists() else (Verb.ACKNOWLEDGE,)

    def waiting(self, body: Body) -> Sequence[str]:
        lying = set(ItemMatter.objects.filter(kind=self.kind, item__state__in=ON_AN_AGENDA).values_list("ref", flat=True))
        rows = Nomination.objects.filter(network__body=body, state=NominationState.CONSULTED).order_by("nominated_on", "pk")
        return [str(key) for key in rows.values_list("pk", flat=True) if str(key) not in lying]

    def title(self, ref: str) -> Texts:
        row = self._rows([ref])[0]
        th, en = _names(row.city.name)
        net_th, net_en = _names(row.network.name)
        return texts(f"การรับ{th}เข้าเป็นสมาชิก{net_th}", f"Admission of {en} to the {net_en}")

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        return [self._line(row) for row in self._rows(refs)]

    def _line(self, row: Nomination) -> dict[str, Any]:
        cells: list[tuple[Texts, Any]] = [(texts("เสนอชื่อโดย", "Nominated by"), row.state_of.name)]
        if row.nominated_on:
            cells.append((texts("วันที่เสนอชื่อ", "Nominated on"), row.nominated_on))
        last = row.consultations.exclude(outcome="").order_by("-pk").first()
        if last is not None:
            cells.append((texts("ผลการหารือ", "Consultation"), str(last.get_outcome_display())))
        return {"title": row.city.name, "cells": cells, "url": f"/nominations/{row.pk}"}

    def _rows(self, refs: Sequence[str]) -> list[Nomination]:
        rows = Nomination.objects.filter(pk__in=[int(ref) for ref in refs])
        return list(rows.select_related("city", "state_of", "network__body").order_by("pk"))

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        return [self._effect(row, verb, on) for row in self._rows(refs)]

    def _effect(self, row: Nomination, verb: str, on: date) -> Texts:
        th, en = _names(row.city.name)
        if verb == Verb.APPROVE:
            return texts(f"{th}: เป็นสมาชิกตั้งแต่ {long_day(on, 'th')}", f"{en}: a member from {long_day(on, 'en')}")
        if verb == Verb.DEFER:
            return texts(f"{th}: เลื่อนการพิจารณา ยังไม่เป็นสมาชิก", f"{en}: deferred; not a member")
        if verb == Verb.DISAPPROVE:
            return texts(f"{th}: ไม่รับเข้าเป็นสมาชิก", f"{en}: not admitted")
        return texts(f"{th}: ทะเบียนสมาชิกไม่เปลี่ยน ยังรอการพิจารณา", f"{en}: the list of members does not change; it keeps waiting")

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        """None: the network decides by consensus, and the nominating state takes part in it (Terms of Reference §19)."""
        return {}

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        if verb in WITHOUT_EFFECT:
            return
        draft = item.resolutions.filter(draft=True).select_related("corrects").first()
        corrects = draft.corrects if draft else None
        for row in self._rows(refs):
            if row.network.body_id != item.meeting.body_id:
                raise Refusal(
                    _("%(body)s does not decide on the members of %(network)s.") % {"body": item.meeting.body, "network": row.network},
                    rule=_("Terms of Reference §§3(e), 19: decided by the annual meeting"),
                    code="not-the-deciding-body",
                )
            if corrects is None and row.state != NominationState.CONSULTED:
                raise Refusal(
                    _("The nomination of %(city)s does not wait for a decision: %(state)s.")
                    % {"city": row.city, "state": row.get_state_display()},
                    next_step=_("Take it off the item."),
                    code="not-waiting",
                )
            if corrects is not None and row.decided_by_id != corrects.pk:
                raise Refusal(
                    _("The nomination of %(city)s was not decided by the resolution that this one corrects.") % {"city": row.city},
                    next_step=_("Take it off the item."),
                    code="not-of-the-corrected",
                )

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        on = resolution.adopted_on or at.astimezone(settings.ZONE).date()
        told = []
        for row in self._rows(refs):
            nomination = locked(row)
            told.append(self._effect(nomination, resolution.verb, on))
            if resolution.corrects is not None and nomination.decided_by_id == resolution.corrects.pk:
                if resolution.verb == resolution.corrects.verb:
                    continue  # the same in other words: the decision stands
                decision.reopen(nomination, resolution, on=on, by=by, at=at)
            verb = DOES.get(Verb(resolution.verb))
            if verb == "admit":
                decision.admit(nomination, resolution, on=on, by=by, at=at)
            elif verb is not None:
                decision.set_aside(nomination, verb, resolution, on=on, by=by, at=at)
        return told


def _names(name: Texts) -> tuple[str, str]:
    return text(name, "th"), text(name, "en")
