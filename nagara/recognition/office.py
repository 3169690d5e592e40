"""What the office's and the areas' pages list: readings of the register by day, of what ends soon, of what waits."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from nagara.governance.models import ItemMatter, Meeting
from nagara.governance.states import MeetingState
from nagara.people.models import User
from nagara.recognition.matters.common import ON_AN_AGENDA, OVER, deciders
from nagara.recognition.models import Appeal, Certificate, Proposal, Recognition, StatusSpan
from nagara.recognition.states import COUNTS, LIFECYCLES, VERB_OF, Business, ProposalState
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.thai import fold

SOON = timedelta(days=180)
"""How long before its end a recognition stands in the list of those that run out."""


@dataclass(frozen=True)
class Wanted:
    """Which rows of the register: empty means no restriction."""

    day: date
    status: str = ""
    tier: str = ""
    province: str = ""
    text: str = ""


def rows_on(user: Any, wanted: Wanted) -> QuerySet[StatusSpan]:
    """The recognitions that `user` may see, each with its status on a day, in the order of their numbers."""
    rows = StatusSpan.objects.filter(holds_on(wanted.day), recognition__in=access.visible(user, "recognition.view"))
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.tier:
        rows = rows.filter(tier=wanted.tier)
    if wanted.province:
        rows = rows.filter(subdivision_code=wanted.province)
    for word in fold(wanted.text).split():
        rows = rows.filter(area__search__contains=word)
    return rows.select_related("recognition", "area__subdivision").order_by("tier", "recognition__number", "pk")


def ending(user: Any, *, on: date, within: timedelta = SOON, unasked: bool = False) -> QuerySet[Recognition]:
    """Recognitions that count today and run out soon, with whether a renewal is on its way; `unasked`: only those without one."""
    counting = StatusSpan.objects.filter(holds_on(on), recognition=OuterRef("pk"), status__in=list(COUNTS.values()))
    asked = Proposal.objects.filter(
        recognition=OuterRef("pk"),
        business=Business.RENEW,
        state__in=[ProposalState.ASKED, ProposalState.RETURNED, ProposalState.READY],
    )
    rows = access.visible(user, "recognition.view").filter(Exists(counting), valid_until__gte=on, valid_until__lte=on + within)
    return (
        (rows.filter(~Exists(asked)) if unasked else rows)
        .annotate(renewal_asked=Exists(asked))
        .select_related("area__subdivision")
        .order_by("valid_until", "pk")
    )


def possible(recognition: Recognition, status: str | None) -> list[Business]:
    """What could be proposed next, by the lifecycle of its tier."""
    if status is None:
        return []
    verbs = LIFECYCLES[recognition.tier].verbs(status)
    return [business for business in Business if VERB_OF[business] in verbs and business != Business.DESIGNATE]


def agenda_of(kind: str, ref: str) -> ItemMatter | None:
    """The item on which a row lies and is still to be resolved."""
    rows = ItemMatter.objects.filter(kind=kind, ref=ref, item__state__in=ON_AN_AGENDA).exclude(item__meeting__state__in=OVER)
    return rows.select_related("item__meeting__body").order_by("-pk").first()


def meetings_for(user: User, codes: set[str]) -> QuerySet[Meeting]:
    """The meetings to come of these bodies on whose agenda `user` may put something."""
    return (
        access.visible(user, "governance.prepare")
        .filter(body__code__in=codes, state__in=[MeetingState.PLANNED, MeetingState.CALLED])
        .select_related("body")
        .order_by("planned_from", "year", "number", "pk")
    )


def bodies_for(proposal: Proposal) -> set[str]:
    """Who decides on a proposal, and who may say its opinion first."""
    found = deciders(proposal.edition)
    return {found.decides, found.recommends}


def bodies_for_appeal(appeal: Appeal) -> set[str]:
    body = appeal.against.item.meeting.body
    return {body.code} | ({body.parent.code} if body.parent else set())


def proposals_for(user: Any) -> QuerySet[Proposal]:
    return access.visible(user, "recognition.view_proposal").select_related("area__subdivision", "recognition").order_by("-made_at", "-pk")


def appeals_for(user: Any) -> QuerySet[Appeal]:
    return (
        access.visible(user, "recognition.view_appeal")
        .select_related("recognition__area", "application__area", "against__item__meeting__body")
        .order_by("-lodged_at", "-pk")
    )


def certificates_of(recognition: Recognition) -> list[Certificate]:
    return list(recognition.certificates.select_related("file_th", "file_en").order_by("-version"))
