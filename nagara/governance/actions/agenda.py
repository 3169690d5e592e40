"""The agenda: what stands on it, with which papers and which pieces of the programmes' business."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.documents.models import StoredFile
from nagara.governance import agenda, matters
from nagara.governance.actions.attendance import note_conflicts
from nagara.governance.actions.demands import require_reason, require_state
from nagara.governance.actions.lock import locked
from nagara.governance.models import AgendaItem, Heading, ItemMatter, ItemPaper, Meeting, Resolution
from nagara.governance.states import ITEM, ItemState, MeetingState
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts

BEFORE = (MeetingState.PLANNED, MeetingState.CALLED)
OPEN = (*BEFORE, MeetingState.SITTING)


@transaction.atomic
def put_on_agenda(
    meeting: Meeting,
    kind: str,
    title: Texts,
    *,
    by: User,
    at: datetime,
    matters: Sequence[tuple[str, str]] = (),
    paper: Texts | None = None,
    minutes_of: Meeting | None = None,
    arising_from: Resolution | None = None,
    carried_from: AgendaItem | None = None,
) -> AgendaItem:
    """Put an item under the heading `kind`, last there. `matters` are the rows of a programme that it is about: (kind, ref)."""
    meeting = locked(meeting)
    access.require(by, "governance.prepare", meeting)
    require_state(meeting, *OPEN)
    if kind not in meeting.headings:
        words = _("The agenda of this meeting has no heading “%(heading)s”.") % {"heading": dict(Heading.choices).get(kind, kind)}
        raise Refusal(words, code="no-such-heading", fields={"kind": words})
    position = (meeting.items.filter(kind=kind).aggregate(last=Max("position"))["last"] or 0) + 1
    item = AgendaItem.objects.create(
        meeting=meeting,
        kind=kind,
        position=position,
        title=title,
        paper=paper or {},
        minutes_of=minutes_of,
        arising_from=arising_from,
        carried_from=carried_from,
    )
    _attach(item, matters)
    _number(meeting, item)
    after = {"number": item.number, "heading": kind, "title": title, "matters": [list(pair) for pair in matters]}
    record(by=by, did="governance.put_on_agenda", about=item, at=at, on_behalf_of=meeting, after=after)
    return item


def _number(meeting: Meeting, item: AgendaItem) -> None:
    """While the meeting is planned every item is numbered anew; afterwards numbers stand and a new item takes the next."""
    if meeting.state == MeetingState.PLANNED:
        renumber_items(meeting)
        item.refresh_from_db(fields=["number"])
        return
    taken = meeting.items.exclude(number="").values_list("number", flat=True)
    item.number = agenda.next_number(meeting.headings, item.kind, list(taken))
    item.save(update_fields=["number"])


def renumber_items(meeting: Meeting) -> None:
    """Give every item that stands on the agenda its number, in the order of the headings."""
    items = list(meeting.items.order_by("position", "pk"))
    standing = [item for item in items if item.state != ItemState.TAKEN_OFF]
    found = agenda.numbers(meeting.headings, [(item.pk, item.kind) for item in standing])
    for item in items:
        number = found.get(item.pk, "")
        if item.number != number:
            item.number = number
            item.save(update_fields=["number"])


def _attach(item: AgendaItem, pairs: Sequence[tuple[str, str]]) -> list[ItemMatter]:
    last = item.matters.aggregate(last=Max("position"))["last"] or 0
    known = set(item.matters.values_list("kind", "ref"))
    rows = []
    for kind, ref in dict.fromkeys((kind, str(ref)) for kind, ref in pairs):
        if not matters.is_registered(kind):
            raise ValueError(f"no programme registered the matter {kind}")
        if (kind, ref) not in known:
            last += 1
            rows.append(ItemMatter(item=item, kind=kind, ref=ref, position=last))
    return ItemMatter.objects.bulk_create(rows)


def _locked_item(item: AgendaItem, by: User, rule: str = "governance.prepare") -> tuple[Meeting, AgendaItem]:
    meeting = locked(item.meeting)
    access.require(by, rule, meeting)
    return meeting, locked(item)


def _require_changeable(meeting: Meeting, item: AgendaItem) -> None:
    """What a resolution was adopted upon stays as it was."""
    require_state(meeting, *OPEN)
    if item.state not in (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED):
        raise Refusal(
            _("Item %(number)s is “%(state)s” and stays as it is.") % {"number": item.number, "state": item.get_state_display()},
            code="item-settled",
        )


@transaction.atomic
def add_matters(item: AgendaItem, pairs: Sequence[tuple[str, str]], *, by: User, at: datetime) -> AgendaItem:
    """Pull rows of a programme onto the item: they form its annex, and a resolution acts upon each."""
    meeting, item = _locked_item(item, by)
    _require_changeable(meeting, item)
    added = _attach(item, pairs)
    if not added:
        return item
    after = {"matters": [[row.kind, row.ref] for row in added]}
    record(by=by, did="governance.add_matters", about=item, at=at, on_behalf_of=meeting, after=after)
    if item.state != ItemState.LISTED:
        note_conflicts(item, by=by, at=at)
    return item


@transaction.atomic
def remove_matter(row: ItemMatter, *, by: User, at: datetime) -> AgendaItem:
    """Take one row off the item."""
    meeting, item = _locked_item(row.item, by)
    _require_changeable(meeting, item)
    if ItemMatter.objects.filter(pk=row.pk).delete()[0]:
        before = {"matters": [[row.kind, row.ref]]}
        record(by=by, did="governance.remove_matter", about=item, at=at, on_behalf_of=meeting, before=before)
    return item


@transaction.atomic
def edit_item(item: AgendaItem, *, title: Texts, paper: Texts, revision: int, by: User, at: datetime) -> AgendaItem:
    """Change title and paper. `revision` is the one that the writer had before them: two writers never overwrite each other unseen."""
    meeting, item = _locked_item(item, by)
    _require_changeable(meeting, item)
    return _write(meeting, item, {"title": title, "paper": paper}, revision, "governance.edit_item", by, at)


@transaction.atomic
def write_discussion(item: AgendaItem, *, discussion: Texts, revision: int, by: User, at: datetime) -> AgendaItem:
    """Write down what was said, while the meeting sits or until its minutes are adopted."""
    meeting, item = _locked_item(item, by, "governance.keep")
    require_state(meeting, MeetingState.SITTING, MeetingState.HELD)
    return _write(meeting, item, {"discussion": discussion}, revision, "governance.write_discussion", by, at)


def _write(meeting: Meeting, item: AgendaItem, fields: dict[str, Any], revision: int, did: str, by: User, at: datetime) -> AgendaItem:
    before = {name: getattr(item, name) for name in fields}
    if before == fields:
        return item
    if revision != item.revision:
        raise Refusal(
            _("Somebody else has changed item %(number)s since you opened it. Nothing was overwritten.") % {"number": item.number},
            next_step=_("Compare the two texts below and save again."),
            code="edited-meanwhile",
        )
    for name, value in fields.items():
        setattr(item, name, value)
    item.revision += 1
    item.save(update_fields=[*fields, "revision"])
    record(by=by, did=did, about=item, at=at, on_behalf_of=meeting, before=before, after=fields)
    return item


@transaction.atomic
def place_item(item: AgendaItem, *, place: int, by: User, at: datetime) -> AgendaItem:
    """Move an item to the place `place` (from 1) under its heading. Not once the agenda has gone out: its numbers stand."""
    meeting, item = _locked_item(item, by)
    require_state(meeting, MeetingState.PLANNED)
    others = list(meeting.items.filter(kind=item.kind).exclude(pk=item.pk).order_by("position", "pk"))
    before = item.number
    others.insert(min(max(place, 1), len(others) + 1) - 1, item)
    for position, row in enumerate(others, 1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])
    renumber_items(meeting)
    item.refresh_from_db(fields=["number", "position"])
    if item.number != before:
        after = {"number": item.number}
        record(by=by, did="governance.place_item", about=item, at=at, on_behalf_of=meeting, before={"number": before}, after=after)
    return item


@transaction.atomic
def take_off(item: AgendaItem, *, why: str, by: User, at: datetime) -> AgendaItem:
    """Take an item off the agenda before the meeting comes to it."""
    meeting, item = _locked_item(item, by)
    require_state(meeting, *OPEN)
    if item.state == ItemState.TAKEN_OFF:  # pressed twice
        return item
    why = require_reason(why)
    item.state = ITEM.after("take_off", item.state, labels=ItemState.choices)
    item.taken_off_why = why
    item.save(update_fields=["state", "taken_off_why"])
    if meeting.state == MeetingState.PLANNED:
        renumber_items(meeting)
    record(by=by, did="governance.take_off", about=item, at=at, why=why, on_behalf_of=meeting, after={"state": item.state})
    return item


@transaction.atomic
def put_back(item: AgendaItem, *, by: User, at: datetime) -> AgendaItem:
    """Put an item back that was taken off."""
    meeting, item = _locked_item(item, by)
    require_state(meeting, *OPEN)
    if item.state == ItemState.LISTED:  # pressed twice
        return item
    item.state = ITEM.after("put_back", item.state, labels=ItemState.choices)
    item.save(update_fields=["state"])
    if not item.number or meeting.state == MeetingState.PLANNED:
        _number(meeting, item)
    record(by=by, did="governance.put_back", about=item, at=at, on_behalf_of=meeting, after={"state": item.state})
    return item


@transaction.atomic
def add_paper(item: AgendaItem, file: StoredFile, *, title: Texts, by: User, at: datetime) -> ItemPaper:
    """A file that goes with the item."""
    meeting, item = _locked_item(item, by)
    _require_changeable(meeting, item)
    same = item.papers.filter(file=file, removed_at__isnull=True).first()
    if same is not None:  # pressed twice
        return same
    paper = ItemPaper.objects.create(item=item, file=file, title=title, added_at=at, added_by=by.audit_key)
    record(by=by, did="governance.add_paper", about=item, at=at, on_behalf_of=meeting, after={"paper": file.digest, "title": title})
    return paper


@transaction.atomic
def remove_paper(paper: ItemPaper, *, by: User, at: datetime) -> ItemPaper:
    """Take a file off the item. The file itself is kept."""
    meeting, item = _locked_item(paper.item, by)
    _require_changeable(meeting, item)
    paper = locked(paper)
    if paper.removed_at is None:
        paper.removed_at = at
        paper.save(update_fields=["removed_at"])
        record(by=by, did="governance.remove_paper", about=item, at=at, on_behalf_of=meeting, before={"paper": paper.file.digest})
    return paper


@transaction.atomic
def open_item(item: AgendaItem, *, by: User, at: datetime, opened_at: datetime | None = None) -> AgendaItem:
    """The meeting comes to an item; the one before it is closed. Seats that are tied to its business are counted out from here on."""
    meeting, item = _locked_item(item, by, "governance.keep")
    require_state(meeting, MeetingState.SITTING)
    if item.state == ItemState.OPEN:  # pressed twice
        return item
    state = ITEM.after("open", item.state, labels=ItemState.choices)
    when = _within(meeting, opened_at, at)
    for other in meeting.items.filter(state=ItemState.OPEN).order_by("pk"):
        _close(meeting, other, max(when, other.opened_at) if other.opened_at else when, by, at)
    item.state, item.opened_at, item.closed_at = state, item.opened_at or when, None
    item.save(update_fields=["state", "opened_at", "closed_at"])
    record(by=by, did="governance.open_item", about=item, at=at, on_behalf_of=meeting, after={"opened_at": when})
    note_conflicts(item, by=by, at=at)
    return item


@transaction.atomic
def close_item(item: AgendaItem, *, by: User, at: datetime, closed_at: datetime | None = None) -> AgendaItem:
    """The item is done without a resolution, or left for now."""
    meeting, item = _locked_item(item, by, "governance.keep")
    require_state(meeting, MeetingState.SITTING)
    if item.state == ItemState.CLOSED:  # pressed twice
        return item
    return _close(meeting, item, _within(meeting, closed_at, at), by, at)


def _close(meeting: Meeting, item: AgendaItem, when: datetime, by: User, at: datetime) -> AgendaItem:
    # An item that was reopened for a correction that did not come goes back to what it was.
    verb = "resolve" if item.resolutions.filter(draft=False).exists() else "close"
    item.state = ITEM.after(verb, item.state, labels=ItemState.choices)
    item.closed_at = when
    item.save(update_fields=["state", "closed_at"])
    record(by=by, did="governance.close_item", about=item, at=at, on_behalf_of=meeting, after={"closed_at": when})
    return item


@transaction.atomic
def reopen_item(item: AgendaItem, *, why: str, by: User, at: datetime) -> AgendaItem:
    """Come back to an item that is resolved, while the meeting sits: for a resolution that corrects the one before."""
    meeting, item = _locked_item(item, by, "governance.keep")
    require_state(meeting, MeetingState.SITTING)
    why = require_reason(why)
    state = ITEM.after("reopen", item.state, labels=ItemState.choices)
    for other in meeting.items.filter(state=ItemState.OPEN).order_by("pk"):
        _close(meeting, other, at, by, at)
    item.state, item.closed_at = state, None
    item.save(update_fields=["state", "closed_at"])
    record(by=by, did="governance.reopen_item", about=item, at=at, why=why, on_behalf_of=meeting, after={"state": state})
    return item


def _within(meeting: Meeting, when: datetime | None, at: datetime) -> datetime:
    """The instant meant, refused where the meeting had not begun or the time has not come."""
    when = when or at
    if when > at or (meeting.opened_at is not None and when < meeting.opened_at):
        words = _("The time lies outside the meeting.")
        raise Refusal(words, code="outside-the-meeting", fields={"when": words})
    return when
