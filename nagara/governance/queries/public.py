"""What anyone may see: the meetings that were held, the titles of their items, and the resolutions that were adopted.

Persons are not named here: a resolution has a body, a day, a quorum in figures, words and effects.
"""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from nagara.governance import agenda
from nagara.governance.models import AgendaItem, Body, ItemMatter, Meeting, Resolution
from nagara.governance.states import ItemState, MeetingState

NEWEST = ("-item__meeting__year", F("adopted_on").desc(nulls_last=True), "-item__meeting__number", "-pk")
OLDEST = ("item__meeting__year", F("adopted_on").asc(nulls_first=True), "item__meeting__number", "pk")
"""A day that is not on record stands before the days of its year: what is known of it is the number of its meeting."""

HELD = (MeetingState.HELD, MeetingState.MINUTED)


def resolutions_public() -> QuerySet[Resolution]:
    """Every adopted resolution, newest first. `corrected` says whether a later one corrects it; it stays readable."""
    newer = Resolution.objects.filter(corrects=OuterRef("pk"), draft=False)
    return (
        Resolution.objects.filter(draft=False)
        .annotate(corrected=Exists(newer))
        .select_related("item__meeting__body", "item__source", "owner", "corrects__item__meeting__body", "source")
        .order_by(*NEWEST)
    )


def resolution_public(pk: int) -> Resolution:
    """One adopted resolution with the rows that it acted upon (`rows`) and the one that corrects it (`correction`, or None).

    Raises `Resolution.DoesNotExist` for a draft.
    """
    corrections = Prefetch(
        "corrections", Resolution.objects.filter(draft=False).select_related("item__meeting__body"), "adopted_corrections"
    )
    rows = Prefetch("item__matters", ItemMatter.objects.order_by("position", "pk"), "rows")
    found = resolutions_public().prefetch_related(corrections, rows).get(pk=pk)
    found.rows = found.item.rows  # type: ignore[attr-defined]
    found.correction = next(iter(found.adopted_corrections), None)  # type: ignore[attr-defined]
    return found


def resolutions_on(kind: str, refs: Iterable[str]) -> QuerySet[Resolution]:
    """The adopted resolutions about rows of a programme, oldest first: of the subcommittee, then of the committee."""
    items = ItemMatter.objects.filter(kind=kind, ref__in=[str(ref) for ref in refs]).values("item")
    return resolutions_public().filter(item__in=items).order_by(*OLDEST)


def linked_resolutions(resolution: Resolution) -> QuerySet[Resolution]:
    """Resolutions of other items about the same rows: the subcommittee's beside the committee's, oldest first."""
    return linked_resolutions_of_item(resolution.item)


def linked_resolutions_of_item(item: AgendaItem) -> QuerySet[Resolution]:
    """As `linked_resolutions`, before the item itself is resolved."""
    mine = ItemMatter.objects.filter(item=item)
    same = ItemMatter.objects.filter(Exists(mine.filter(kind=OuterRef("kind"), ref=OuterRef("ref")))).values("item")
    return resolutions_public().filter(item__in=same).exclude(item=item).order_by(*OLDEST)


def meetings_public(body: Body | None = None) -> QuerySet[Meeting]:
    """Meetings that were held, and those that sit now and have adopted something; newest first."""
    adopted = Resolution.objects.filter(item__meeting=OuterRef("pk"), draft=False)
    found = Meeting.objects.filter(Q(state__in=HELD) | Q(Exists(adopted), state=MeetingState.SITTING))
    if body is not None:
        found = found.filter(body=body)
    return found.select_related("body", "source").order_by("-year", F("held_on").desc(nulls_last=True), "-number", "body__code")


def meeting_public(pk: int) -> Meeting:
    """One meeting with its items in order (`agenda`), each with its adopted `decisions`; while it sits, only what is resolved.

    Raises `Meeting.DoesNotExist` where it is not public.
    """
    found = meetings_public().get(pk=pk)
    decisions = Prefetch("resolutions", resolutions_public(), "decisions")
    items = AgendaItem.objects.filter(meeting=found).exclude(state=ItemState.TAKEN_OFF).select_related("source").prefetch_related(decisions)
    if found.state == MeetingState.SITTING:
        items = items.filter(state=ItemState.RESOLVED)
    found.agenda = sorted(items, key=lambda item: agenda.order(found.headings, item.kind, item.position, item.pk))  # type: ignore[attr-defined]
    return found
