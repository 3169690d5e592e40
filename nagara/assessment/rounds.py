"""Readings about rounds: what the public sees of a call, and where a round stands for the office."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from nagara.assessment.models import Application, Assignment, Result, Round, Submission
from nagara.assessment.states import ApplicationState, AssignmentState, RoundState
from nagara.rulebook import reader
from nagara.toolkit import access
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold

PUBLIC = (RoundState.OPEN, RoundState.ASSESSING, RoundState.FINISHED)
"""Rounds that anyone may read about. A planned one is the office's; a cancelled one stays with those who knew it."""


def rounds_for(user: Any) -> QuerySet[Round]:
    """The rounds that a visitor sees: the published ones, and to the office its own at every state."""
    own = access.visible(user, "assessment.run")
    return Round.objects.filter(Q(state__in=PUBLIC) | Q(pk__in=own.values("pk"))).select_related("edition")


def programmes() -> list[tuple[str, str]]:
    """The programmes whose criteria are published: (code, title)."""
    found: dict[str, str] = {}
    for path in reader.paths():
        code = path.parent.name
        if code not in found and (editions := reader.editions(code)):
            found[code] = text(editions[-1].title)
    return sorted(found.items())


@dataclass(frozen=True)
class Standing:
    """How many applications of a round are where."""

    state: str
    label: str
    count: int


def standing_of(round_: Round, user: Any) -> list[Standing]:
    """The states of a round's applications, in the order of the line; only those that `user` sees."""
    rows = access.visible(user, "assessment.see").filter(round=round_).values("state").annotate(count=Count("pk")).order_by()
    counts = {row["state"]: row["count"] for row in rows}
    return [Standing(str(value), str(label), counts[value]) for value, label in ApplicationState.choices if value in counts]


def applications_of(round_: Round, user: Any, *, state: str = "", words: str = "") -> QuerySet[Any]:
    """The list of a round, for whoever may see it: with sheets, newest result and receipt. Drafts have none of these."""
    sheets = Assignment.objects.filter(application=OuterRef("pk")).order_by()
    counted = sheets.filter(state__in=[AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.SUBMITTED, AssignmentState.REOPENED])
    newest = Result.objects.filter(application=OuterRef("pk")).order_by("-number")
    receipts = Submission.objects.filter(application=OuterRef("pk")).order_by("-number")
    rows = (
        access.visible(user, "assessment.see")
        .filter(round=round_)
        .select_related("area__subdivision", "city", "organisation", "round")
        .annotate(
            given=_count(counted),
            handed_in=_count(sheets.filter(state=AssignmentState.SUBMITTED)),
            recused=_count(sheets.filter(state=AssignmentState.RECUSED)),
            total=Subquery(newest.values("total")[:1]),
            recommendation=Subquery(newest.values("recommendation")[:1]),
            receipt=Subquery(receipts.values("receipt")[:1]),
            readable=Exists(access.visible(user, "assessment.read").filter(pk=OuterRef("pk"))),
        )
    )
    if state:
        rows = rows.filter(state=state)
    if words.strip():
        rows = rows.filter(
            Q(area__search__contains=fold(words)) | Q(city__search__contains=fold(words)) | Q(receipt__icontains=words.strip())
        )
    return rows.order_by(F("submitted_at").asc(nulls_last=True), "pk")


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many rows a subquery has."""
    counted = rows.values("application").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def search(user: Any, words: str, *, most: int = 20) -> list[Application]:
    """Applications that `user` may see whose place is found by `words`. What is in conflict is not found."""
    wanted = fold(words)
    if not wanted:
        return []
    rows = access.visible(user, "assessment.see").filter(Q(area__search__contains=wanted) | Q(city__search__contains=wanted))
    return list(rows.select_related("area", "city", "round").order_by("-started_at", "-pk")[:most])


def may_apply(user: Any, round_: Round, at: datetime) -> bool:
    """Does a visitor see the button to begin?"""
    return round_.takes(at) and access.allowed(user, "assessment.start")
