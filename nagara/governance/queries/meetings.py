"""Readings for those who work in a meeting."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects

from nagara.governance import agenda, matters
from nagara.governance.models import AgendaItem, Body, Heading, ItemMatter, ItemPaper, Meeting, Minutes, Recusal, Resolution, SeatHolder
from nagara.governance.queries.public import linked_resolutions_of_item
from nagara.governance.room import Room, meeting_day, room
from nagara.governance.states import ItemState, MeetingState, MinutesState, Verb
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.texts import Texts

NOT_BEGUN = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.CANCELLED)
STILL_OPEN = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.SITTING)


def minutes_to_adopt(body: Body) -> list[Meeting]:
    """Meetings that were held here and whose minutes no later meeting has adopted, oldest first."""
    held = body.meetings.filter(state=MeetingState.HELD, on_record_only=False)
    return list(held.order_by("held_on", "number", "pk"))


def open_assignments(body: Body) -> QuerySet[Resolution]:
    """What this body has resolved somebody shall do, and nobody has reported as done; by the day it is due."""
    newer = Resolution.objects.filter(corrects=OuterRef("pk"), draft=False)
    return (
        Resolution.objects.filter(~Exists(newer), draft=False, owner__isnull=False, done_on__isnull=True, item__meeting__body=body)
        .select_related("owner", "item__meeting__body")
        .order_by("due", "adopted_on", "pk")
    )


def matters_of(item: AgendaItem) -> dict[str, list[str]]:
    """The rows of each programme on the item, in their order."""
    found: dict[str, list[str]] = {}
    for row in item.matters.all():
        found.setdefault(row.kind, []).append(row.ref)
    return found


def verbs_of(item: AgendaItem) -> list[str]:
    """The verbs that make sense on the item: those that every matter on it knows; all where there is no matter."""
    allowed = [set(matters.matter(kind).verbs(item.meeting.body)) for kind in matters_of(item)]
    return [verb for verb in Verb.values if all(verb in verbs for verbs in allowed)]


def effects_of(item: AgendaItem, verb: str, on: date) -> list[Texts]:
    """What adopting `verb` would do, in sentences."""
    found: list[Texts] = []
    for kind, refs in matters_of(item).items():
        found += matters.matter(kind).effects(refs, verb=verb, body=item.meeting.body, on=on)
    return found


def annex_of(item: AgendaItem) -> list[dict[str, Any]]:
    """The lines of the annex table: one for each row of a programme."""
    found: list[dict[str, Any]] = []
    for kind, refs in matters_of(item).items():
        found += matters.matter(kind).annex(refs)
    return found


def draft_of(item: AgendaItem) -> Resolution | None:
    return item.resolutions.filter(draft=True).select_related("owner", "corrects").first()


def current_resolution(item: AgendaItem) -> Resolution | None:
    """The adopted resolution that holds: the newest that none corrects."""
    newer = Resolution.objects.filter(corrects=OuterRef("pk"), draft=False)
    return item.resolutions.filter(~Exists(newer), draft=False).select_related("owner", "adopted_by__person").order_by("-pk").first()


@dataclass
class HeadingRow:
    """A heading of the agenda with its items."""

    number: int
    kind: str
    label: str
    items: list[AgendaItem] = field(default_factory=list)

    @property
    def whole(self) -> AgendaItem | None:
        """The only item of a heading whose number it carries."""
        return self.items[0] if len(self.items) == 1 and self.items[0].number == str(self.number) else None


def headings_of(meeting: Meeting, items: Sequence[AgendaItem]) -> list[HeadingRow]:
    """The agenda: each heading in order, empty ones too."""
    labels = dict(Heading.choices)
    rows = {kind: HeadingRow(place, kind, str(labels[kind])) for place, kind in enumerate(meeting.headings, 1)}
    for item in sorted(items, key=lambda item: agenda.order(meeting.headings, item.kind, item.position, item.pk)):
        rows[item.kind].items.append(item)
    return list(rows.values())


@dataclass
class MeetingPage:
    """A meeting as somebody sees it: the agenda, and what they may do."""

    meeting: Meeting
    headings: list[HeadingRow]
    may_prepare: bool
    may_keep: bool
    may_adopt: bool

    @property
    def items(self) -> list[AgendaItem]:
        return [item for row in self.headings for item in row.items]


def _rights(user: Any, meeting: str) -> dict[str, Exists]:
    """What `user` may do on a meeting, as columns of a query; `meeting` is the path to its key."""
    return {
        f"may_{rule}": Exists(access.visible(user, f"governance.{rule}").filter(pk=OuterRef(meeting)))
        for rule in ("prepare", "keep", "adopt")
    }


def meeting_page(user: Any, pk: int) -> MeetingPage:
    """One query for the meeting with its rights, two for its items. Raises `Meeting.DoesNotExist` where it is not visible."""
    found = access.visible(user, "governance.view").select_related("body", "source", "chaired_by").annotate(**_rights(user, "pk"))
    meeting = found.get(pk=pk)
    adopted = Prefetch("resolutions", Resolution.objects.filter(draft=False).select_related("owner").order_by("pk"), "decisions")
    items = list(AgendaItem.objects.filter(meeting=meeting).prefetch_related(adopted))
    for item in items:
        item.meeting = meeting
    return MeetingPage(meeting, headings_of(meeting, items), meeting.may_prepare, meeting.may_keep, meeting.may_adopt)


@dataclass
class ItemPage:
    """One item before the reader: its papers, who takes part, what is proposed, what was resolved."""

    item: AgendaItem
    open_to_reader: bool
    papers: list[ItemPaper] = field(default_factory=list)
    annex: list[dict[str, Any]] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    draft: Resolution | None = None
    resolutions: list[Resolution] = field(default_factory=list)
    recusals: list[Recusal] = field(default_factory=list)
    effects: list[Texts] = field(default_factory=list)
    before: list[Resolution] = field(default_factory=list)
    room: Room | None = None

    @property
    def current(self) -> Resolution | None:
        corrected = {row.corrects_id for row in self.resolutions}
        return next((row for row in self.resolutions if row.pk not in corrected), None)


def item_page(user: Any, meeting: int, pk: int, at: datetime) -> tuple[MeetingPage, ItemPage]:
    """An item with the agenda that it stands on, read together. Whoever is recused from it gets its title alone.

    Raises `AgendaItem.DoesNotExist` where the meeting is not visible or has no such item.
    """
    readable = access.visible(user, "governance.view_item").filter(pk=OuterRef("pk"))
    papers = ItemPaper.objects.filter(item=OuterRef("pk"), removed_at__isnull=True)
    recusals = Recusal.objects.filter(item=OuterRef("pk"), withdrawn_at__isnull=True)
    rows = (
        AgendaItem.objects.filter(meeting=meeting, meeting__in=access.visible(user, "governance.view").values("pk"))
        .select_related("meeting__body", "meeting__source", "source")
        .annotate(readable=Exists(readable), has_papers=Exists(papers), has_recusals=Exists(recusals), **_rights(user, "meeting"))
    )
    items = list(rows)
    item: Any = next((row for row in items if row.pk == pk), None)
    if item is None:
        raise AgendaItem.DoesNotExist
    for row in items:
        row.meeting = item.meeting
    page = MeetingPage(item.meeting, headings_of(item.meeting, items), item.may_prepare, item.may_keep, item.may_adopt)
    return page, _open(item, at) if item.readable else ItemPage(item, open_to_reader=False)


def _open(item: Any, at: datetime) -> ItemPage:
    """Everything about an item, for somebody who may read it."""
    meeting = item.meeting
    found = ItemPage(item, open_to_reader=True)
    prefetch_related_objects([item], "matters")
    if item.has_papers:
        found.papers = list(item.papers.filter(removed_at__isnull=True).select_related("file").order_by("added_at", "pk"))
    if item.has_recusals:
        found.recusals = list(item.recusals.filter(withdrawn_at__isnull=True).select_related("seat").order_by("seat__position", "pk"))
    resolutions = list(item.resolutions.select_related("owner", "adopted_by__person", "corrects__item__meeting", "source").order_by("-pk"))
    found.draft = next((row for row in resolutions if row.draft), None)
    found.resolutions = [row for row in resolutions if not row.draft]
    found.annex = annex_of(item)
    found.verbs = verbs_of(item)
    if any(not kind.startswith("governance.") for kind in matters_of(item)):
        found.before = list(linked_resolutions_of_item(item))
    if not meeting.on_record_only:
        before = meeting.state in NOT_BEGUN
        found.room = room(meeting, instant_of(meeting, item, found.current, at), found.recusals, sitting=before)
    if found.current is None and not meeting.on_record_only:
        verb = found.draft.verb if found.draft else next(iter(found.verbs), Verb.ACKNOWLEDGE)
        found.effects = effects_of(item, verb, meeting_day(meeting))
    return found


def instant_of(meeting: Meeting, item: AgendaItem, current: Resolution | None, at: datetime) -> datetime:
    """The instant that an item's quorum is shown for: when it was resolved or closed, else now, else the close of the meeting."""
    if current is not None and current.adopted_at is not None:
        return current.adopted_at
    return item.closed_at or (min(at, meeting.closed_at) if meeting.closed_at else at)


def living_minutes(meeting: Meeting) -> Minutes | None:
    """The version of the minutes that counts now."""
    return meeting.minutes.exclude(state=MinutesState.SUPERSEDED).select_related("made_by__person", "file_th", "file_en").first()


def list_of_meetings(user: Any) -> QuerySet[Meeting]:
    """The meetings that `user` may see, those to come first."""
    drafts = Prefetch("minutes", Minutes.objects.exclude(state=MinutesState.SUPERSEDED), "living")
    return (
        access.visible(user, "governance.view").select_related("body").prefetch_related(drafts).order_by("-year", "-number", "body__code")
    )


@dataclass
class Waiting:
    """Rows of one programme that are ready for an agenda of the body."""

    kind: str
    label: Texts
    rows: list[tuple[str, Texts]]


def waiting_for(meeting: Meeting, kind: str) -> Waiting:
    """What one programme has ready for this body and no agenda that is still open holds already."""
    matter = matters.matter(kind)
    taken = set(
        ItemMatter.objects.filter(kind=kind, item__meeting__body=meeting.body_id, item__meeting__state__in=STILL_OPEN)
        .exclude(item__state__in=[ItemState.TAKEN_OFF, ItemState.CARRIED_OVER])
        .values_list("ref", flat=True)
    )
    return Waiting(kind, matter.label, [(ref, matter.title(ref)) for ref in matter.waiting(meeting.body) if ref not in taken])


def without_account(meeting: Meeting) -> list[SeatHolder]:
    """Holders and alternates of the day whom no notice reaches, because they have no account: they are told on paper."""
    day = meeting_day(meeting)
    accounts = User.objects.filter(person=OuterRef("person"), is_active=True)
    rows = SeatHolder.objects.filter(~Exists(accounts), holds_on(day), holds_on(day, "seat__"), seat__body=meeting.body_id)
    return list(rows.select_related("person", "seat").order_by("seat__position", "pk"))
