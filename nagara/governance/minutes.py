"""Minutes, composed from what happened: in Thai in the form of the Regulation on Correspondence (ระเบียบสำนักนายกรัฐมนตรีว่าด้วย
งานสารบรรณ พ.ศ. 2526, ข้อ 25), and in English in the same order. What is composed is kept whole, so that it stays as it was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from nagara.governance import attendance
from nagara.governance.attendance import End, Stay
from nagara.governance.models import Absence, AgendaItem, AttendanceEvent, BodyRule, Heading, Meeting, Recusal, Resolution, Seat, SeatHolder
from nagara.governance.queries.meetings import annex_of, headings_of
from nagara.governance.room import alternates_of, event_of, holder_of, meeting_day, rule_on, seats_on
from nagara.governance.states import ItemState, Verb
from nagara.people.models import Person
from nagara.toolkit.days import clock, long_day, thai_digits
from nagara.toolkit.texts import text

FORM = 1
"""The number of the form of the content, should it ever change."""


@dataclass
class Facts:
    """Everything of a meeting that its minutes say."""

    meeting: Meeting
    rule: BodyRule | None
    seats: list[Seat]
    rows: list[AttendanceEvent]
    absences: dict[int, Absence]
    items: list[AgendaItem]
    taken_by: Person | None
    taken_by_title: str

    @property
    def stays(self) -> list[Stay]:
        return attendance.stays(attendance.spans([event_of(row) for row in self.rows], self.meeting.closed_at))


def facts(meeting: Meeting, taken_by: Person | None) -> Facts:
    """Read once what the minutes are composed from."""
    day = meeting_day(meeting)
    rows = list(meeting.attendance.filter(struck_out_at__isnull=True).select_related("person").order_by("at", "pk"))
    items = list(
        AgendaItem.objects.filter(meeting=meeting)
        .prefetch_related("matters", "resolutions__owner", "recusals__seat", "papers")
        .order_by("position", "pk")
    )
    for item in items:
        item.meeting = meeting
    return Facts(
        meeting=meeting,
        rule=rule_on(meeting.body, day),
        seats=seats_on(meeting.body, day),
        rows=rows,
        absences={row.seat_id: row for row in meeting.absences.filter(withdrawn_at__isnull=True).order_by("pk")},
        items=items,
        taken_by=taken_by,
        taken_by_title="",
    )


def compose(found: Facts) -> dict[str, Any]:
    """The content of the minutes, in both languages, as plain values."""
    in_thai_digits = found.rule is not None and found.rule.thai_digits
    content: dict[str, Any] = {
        "form": FORM,
        "meeting": found.meeting.pk,
        "reference": found.meeting.reference,
        "th_digits": in_thai_digits,
    }
    for lang in ("th", "en"):
        with override(lang):
            content[lang] = _in_one_language(found, lang)
    if in_thai_digits:
        content["th"] = _with_thai_digits(content["th"])
    return content


def _with_thai_digits(value: Any) -> Any:
    if isinstance(value, str):
        return thai_digits(value)
    if isinstance(value, list):
        return [_with_thai_digits(one) for one in value]
    if isinstance(value, dict):
        return {key: one if key in ("state", "kind") else _with_thai_digits(one) for key, one in value.items()}
    return value


def _time(at: datetime | None) -> str:
    return clock(at, settings.ZONE) if at else ""


def _in_one_language(found: Facts, lang: str) -> dict[str, Any]:
    meeting = found.meeting
    stays = found.stays
    guests = [stay for stay in stays if stay.seat is None]
    return {
        "title": _("Minutes of the meeting of the %(body)s") % {"body": text(meeting.body.name, lang)},
        "number": _("Meeting %(reference)s") % {"reference": meeting.reference},
        "when": _("on %(day)s at %(time)s") % {"day": long_day(meeting.held_on, lang), "time": _time(meeting.opened_at)}
        if meeting.held_on
        else "",
        "where": _("at %(place)s") % {"place": _place(meeting, lang)},
        "attended": _attended(found, stays, lang),
        "absent": _absent(found, stays, lang),
        "guests": [
            {"name": _person(found, stay).full_name(lang), "position": _title(found, stay, lang), "notes": _notes(found, stay)}
            for stay in guests
        ],
        "opened": _("The meeting opened at %(time)s") % {"time": _time(meeting.opened_at)},
        "chair": _("%(name)s was in the chair.") % {"name": meeting.chaired_by.full_name(lang)} if meeting.chaired_by else "",
        "headings": [_heading(found, row, lang) for row in headings_of(meeting, found.items)],
        "closed": _("The meeting closed at %(time)s") % {"time": _time(meeting.closed_at)},
        "taken_by": {"name": found.taken_by.full_name(lang) if found.taken_by else "", "label": _("Minutes taken by")},
        "checked_by": {"name": _checker(found, stays, lang), "label": _("Minutes checked by")},
    }


def _place(meeting: Meeting, lang: str) -> str:
    place = text(meeting.held_place, lang)
    if not meeting.online:
        return place
    if not place:
        return _("an online meeting")
    return place if "ออนไลน์" in place or "online" in place.lower() else _("%(place)s, and online") % {"place": place}


def _person(found: Facts, stay: Stay) -> Person:
    return next(row.person for row in found.rows if row.person_id == stay.person and row.seat_id == stay.seat)


def _title(found: Facts, stay: Stay, lang: str) -> str:
    rows = [row for row in found.rows if row.person_id == stay.person and row.seat_id == stay.seat and row.capacity == stay.capacity]
    return next((text(row.position_title, lang) for row in rows if row.position_title), "")


def _attended(found: Facts, stays: Sequence[Stay], lang: str) -> list[dict[str, Any]]:
    """One entry for each seat that anybody sat in, in the order of precedence; its lines are the persons, one after another."""
    entries = []
    for seat in found.seats:
        mine = [stay for stay in stays if stay.seat == seat.pk]
        if mine:
            entries.append({"part": _part(found.meeting, seat), "lines": [_line(found, seat, stay, lang) for stay in mine]})
    return entries


def _part(meeting: Meeting, seat: Seat) -> str:
    """What the sitter of a seat is called in the papers of this kind of body: กรรมการ, อนุกรรมการ, คณะทำงาน."""
    labels = {
        "committee": {
            Seat.Part.CHAIR: pgettext("committee", "chair"),
            Seat.Part.VICE_CHAIR: pgettext("committee", "vice-chair"),
            Seat.Part.MEMBER: pgettext("committee", "member"),
            Seat.Part.SECRETARY: pgettext("committee", "member and secretary"),
            Seat.Part.ASSISTANT: pgettext("committee", "assistant secretary"),
            Seat.Part.ADVISER: pgettext("committee", "adviser"),
        },
        "subcommittee": {
            Seat.Part.CHAIR: pgettext("subcommittee", "chair"),
            Seat.Part.VICE_CHAIR: pgettext("subcommittee", "vice-chair"),
            Seat.Part.MEMBER: pgettext("subcommittee", "member"),
            Seat.Part.SECRETARY: pgettext("subcommittee", "member and secretary"),
            Seat.Part.ASSISTANT: pgettext("subcommittee", "assistant secretary"),
            Seat.Part.ADVISER: pgettext("subcommittee", "adviser"),
        },
        "working_group": {
            Seat.Part.CHAIR: pgettext("working group", "chair"),
            Seat.Part.VICE_CHAIR: pgettext("working group", "vice-chair"),
            Seat.Part.MEMBER: pgettext("working group", "member"),
            Seat.Part.SECRETARY: pgettext("working group", "member and secretary"),
            Seat.Part.ASSISTANT: pgettext("working group", "assistant secretary"),
            Seat.Part.ADVISER: pgettext("working group", "adviser"),
        },
    }
    return labels[meeting.body.kind][Seat.Part(seat.part)]


def _line(found: Facts, seat: Seat, stay: Stay, lang: str) -> dict[str, Any]:
    of_seat = text(seat.title, lang)
    if stay.capacity == SeatHolder.Capacity.ALTERNATE:
        instead = _("for %(whom)s") % {"whom": of_seat}
        return {
            "name": _person(found, stay).full_name(lang),
            "position": _title(found, stay, lang),
            "instead": instead,
            "notes": _notes(found, stay),
        }
    position = _joined(_title(found, stay, lang), of_seat)
    return {"name": _person(found, stay).full_name(lang), "position": position, "instead": "", "notes": _notes(found, stay)}


def _joined(position: str, seat: str) -> str:
    """Position and seat in one line; once where they say the same."""
    return seat if not position or position in seat else position if seat in position else f"{position} {seat}"


def _notes(found: Facts, stay: Stay) -> list[str]:
    """How somebody took part, where it was not in the room from beginning to end."""
    notes = [pgettext("took part", "online")] if stay.online else []
    opened = found.meeting.opened_at
    if opened is not None and stay.came > opened:
        notes.append(_("came at %(time)s") % {"time": _time(stay.came)})
    notes += [_("away from %(since)s to %(until)s") % {"since": _time(since), "until": _time(until)} for since, until in stay.gaps]
    if stay.end == End.LEFT:
        notes.append(_("left the meeting at %(time)s") % {"time": _time(stay.went)})
    elif stay.end == End.HOLDER_CAME:
        notes.append(_("until %(time)s, when the holder came") % {"time": _time(stay.went)})
    return notes


def _absent(found: Facts, stays: Sequence[Stay], lang: str) -> list[dict[str, Any]]:
    """Holders for whose seat nobody sat. A vacant seat has nobody who could be absent."""
    taken = {stay.seat for stay in stays}
    entries = []
    for seat in found.seats:
        holder = holder_of(seat) or next(iter(alternates_of(seat)), None)
        if seat.pk in taken or holder is None:
            continue
        absence = found.absences.get(seat.pk)
        entries.append(
            {
                "name": holder.person.full_name(lang),
                "position": _joined(text(holder.position_title, lang), text(seat.title, lang)),
                "part": _part(found.meeting, seat),
                "reason": absence.reason if absence else "",
            }
        )
    return entries


def _checker(found: Facts, stays: Sequence[Stay], lang: str) -> str:
    """The member and secretary of the body, where they were there."""
    for seat in found.seats:
        if seat.part == Seat.Part.SECRETARY:
            for stay in stays:
                if stay.seat == seat.pk:
                    return _person(found, stay).full_name(lang)
    return ""


def _heading(found: Facts, row: Any, lang: str) -> dict[str, Any]:
    return {
        "number": str(row.number),
        "kind": row.kind,
        "label": heading_words(row.kind),
        "items": [_item(found, item, lang) for item in row.items],
    }


def heading_words(kind: str) -> str:
    """What a heading is called on an agenda and in minutes."""
    return {
        Heading.CHAIR_INFORMS: pgettext("heading", "The chair informs the meeting"),
        Heading.ADOPT_MINUTES: pgettext("heading", "Adoption of minutes"),
        Heading.MATTERS_ARISING: pgettext("heading", "Matters arising"),
        Heading.FOR_INFORMATION: pgettext("heading", "For information"),
        Heading.FOR_CONSIDERATION: pgettext("heading", "For consideration"),
        Heading.OTHER: pgettext("heading", "Other matters"),
    }[Heading(kind)]


def _item(found: Facts, item: AgendaItem, lang: str) -> dict[str, Any]:
    recusals = [row for row in item.recusals.all() if row.withdrawn_at is None]
    resolutions = sorted((row for row in item.resolutions.all() if not row.draft), key=lambda row: row.pk)
    return {
        "number": item.number,
        "title": text(item.title, lang),
        "state": item.state,
        "paper": _paragraphs(text(item.paper, lang)),
        "discussion": _paragraphs(text(item.discussion, lang)),
        "annex": _annex(item, lang),
        "recused": [_recusal(row, lang) for row in recusals],
        "fate": _fate(item),
        "resolutions": [_resolution(row, resolutions, lang) for row in resolutions],
    }


def _paragraphs(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.strip()]


def _fate(item: AgendaItem) -> str:
    """What became of an item that the meeting did not take."""
    if item.state == ItemState.TAKEN_OFF:
        return _("Taken off the agenda: %(why)s") % {"why": item.taken_off_why}
    if item.state == ItemState.CARRIED_OVER:
        return _("The meeting did not reach this item; it is carried over to the next meeting.")
    return ""


def _annex(item: AgendaItem, lang: str) -> dict[str, Any]:
    """The rows of the programmes as a table, where there are several."""
    lines = annex_of(item)
    if len(lines) < 2:
        return {"head": [], "rows": []}
    head = [text(label, lang) for label, _value in lines[0]["cells"]]
    rows = [
        [text(line["title"], lang), *(text(value, lang) if isinstance(value, dict) else str(value) for _label, value in line["cells"])]
        for line in lines
    ]
    return {"head": head, "rows": rows}


def _recusal(row: Recusal, lang: str) -> str:
    return _("%(seat)s (%(reason)s)") % {"seat": text(row.seat.title, lang), "reason": row.reason}


def _resolution(row: Resolution, all_of_item: Sequence[Resolution], lang: str) -> dict[str, Any]:
    newer = any(other.corrects_id == row.pk for other in all_of_item)
    parts = []
    if row.owner:
        parts.append(_("To be done by %(who)s") % {"who": text(row.owner.name, lang)})
    if row.due:
        parts.append(_("by %(day)s") % {"day": long_day(row.due, lang)})
    return {
        "verb": str(Verb(row.verb).label),
        "text": _paragraphs(text(row.text, lang)),
        "task": " ".join(parts),
        "quorum": quorum_sentence(row.quorum),
        "corrected": newer,
        "corrects": row.corrects_id is not None,
    }


def quorum_sentence(quorum: dict[str, Any] | None) -> str:
    """The quorum of a resolution as it is kept, in one sentence; empty where it is not on record."""
    if not quorum:
        return ""
    words = _("%(present)s of %(base)s seats took part; %(needed)s were needed") % {
        key: quorum[key] for key in ("present", "base", "needed")
    }
    if quorum["recused"]:
        words += _("; %(count)s took no part in the item") % {"count": len(quorum["recused"])}
    return words
