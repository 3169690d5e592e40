"""Entering what the public record says of a meeting that was held outside Nagara. Nothing is adopted by it, and nothing is guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.documents.models import Source
from nagara.governance.actions.lock import locked
from nagara.governance.models import AgendaItem, Body, ItemMatter, Meeting, Resolution
from nagara.governance.states import ItemState, MeetingState
from nagara.people.models import Organisation, Person, User
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class ResolutionOnRecord:
    """What a source says was resolved. `adopted_on` only where it is another day than the meeting's."""

    verb: str
    text: Texts
    owner: Organisation | None = None
    due: date | None = None
    adopted_on: date | None = None
    source: Source | None = None


@dataclass(frozen=True)
class ItemOnRecord:
    """What a source says stood on the agenda. `number` is empty where the source has none; `matters` are rows that it was about."""

    kind: str
    title: Texts
    number: str = ""
    paper: Texts | None = None
    resolution: ResolutionOnRecord | None = None
    matters: Sequence[tuple[str, str]] = ()
    source: Source | None = None


@transaction.atomic
def record_from_source(
    body: Body,
    *,
    number: int,
    year: int,
    source: Source,
    items: Sequence[ItemOnRecord],
    by: Actor,
    at: datetime,
    held_on: date | None = None,
    held_place: Texts | None = None,
    planned_place: Texts | None = None,
    on_site: bool = True,
    online: bool = False,
    chaired_by: Person | None = None,
    attendees: Sequence[Texts] = (),
    note: Texts | None = None,
    invented: bool = False,
) -> Meeting:
    """Enter a held meeting with its items and resolutions; `year` is of the Common Era. Attendance and quorum are not on record.

    Entering the same meeting again answers with what is there. Matters of a programme are named, not adopted: what followed from
    them is entered by the programme.
    """
    if isinstance(by, User):
        access.require(by, "governance.record")
    body = locked(body)
    known = body.meetings.filter(number=number, year=year).first()
    if known is not None:
        if not known.on_record_only:
            raise Refusal(
                _("Meeting %(reference)s was held here and is not entered from a source.") % {"reference": known.reference},
                code="held-here",
            )
        return known
    meeting = Meeting.objects.create(
        body=body,
        number=number,
        year=year,
        state=MeetingState.HELD,
        held_on=held_on,
        held_place=held_place or {},
        planned_place=planned_place or {},
        on_site=on_site,
        online=online,
        chaired_by=chaired_by,
        attendees=list(attendees),
        on_record_only=True,
        invented=invented,
        source=source,
        note=note or {},
    )
    resolutions = [_enter(meeting, position, row, source, by, at) for position, row in enumerate(items, 1)]
    after = {
        "reference": meeting.reference,
        "held_on": held_on,
        "source": source.code,
        "items": len(items),
        "resolutions": sum(resolutions),
    }
    record(by=by, did="governance.record_from_source", about=meeting, at=at, on_behalf_of=body, after=after)
    return meeting


def _enter(meeting: Meeting, position: int, row: ItemOnRecord, source: Source, by: Actor, at: datetime) -> bool:
    item = AgendaItem.objects.create(
        meeting=meeting,
        kind=row.kind,
        position=position,
        number=row.number,
        title=row.title,
        paper=row.paper or {},
        state=ItemState.RESOLVED if row.resolution else ItemState.CLOSED,
        source=row.source or source,
    )
    ItemMatter.objects.bulk_create(
        [ItemMatter(item=item, kind=kind, ref=str(ref), position=place) for place, (kind, ref) in enumerate(row.matters, 1)]
    )
    if row.resolution is None:
        return False
    said = row.resolution
    Resolution.objects.create(
        item=item,
        verb=said.verb,
        text=said.text,
        owner=said.owner,
        due=said.due,
        draft=False,
        saved_at=at,
        saved_by=by.audit_key,
        adopted_on=said.adopted_on or meeting.held_on,
        source=said.source or row.source or source,
    )
    return True
