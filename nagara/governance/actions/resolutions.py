"""Resolutions: drafted together, adopted once. Adopting one does what it says; a correction is a new resolution."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.governance import matters
from nagara.governance.actions.attendance import note_conflicts
from nagara.governance.actions.demands import require_reason, require_state, time_words
from nagara.governance.actions.lock import locked
from nagara.governance.models import AgendaItem, DraftRevision, Meeting, Resolution
from nagara.governance.queries import current_resolution, matters_of, verbs_of
from nagara.governance.room import Room, day_of, quorum_words, room, snapshot
from nagara.governance.states import ITEM, ItemState, MeetingState, Verb
from nagara.people.models import Organisation, User
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts

DRAFTED = (MeetingState.PLANNED, MeetingState.CALLED, MeetingState.SITTING, MeetingState.HELD)
FIELDS = ("verb", "text", "owner_id", "due")


class Saved(NamedTuple):
    """What saving a draft came to. Not kept: somebody else had saved meanwhile, and what was sent is set aside, not lost."""

    draft: Resolution
    kept: bool
    aside: DraftRevision | None = None


@transaction.atomic
def save_draft(
    item: AgendaItem,
    *,
    verb: str,
    words: Texts,
    revision: int,
    by: User,
    at: datetime,
    owner: Organisation | None = None,
    due: date | None = None,
) -> Saved:
    """Keep the draft of an item's resolution, as it is typed. `revision` is the one that the writer had before them, 0 for none."""
    meeting = locked(item.meeting)
    item = locked(item)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, *DRAFTED)
    _require_known_verb(item, verb)
    draft = item.resolutions.select_for_update().filter(draft=True).first()
    new = {"verb": verb, "text": words, "owner_id": owner.pk if owner else None, "due": due}
    if draft is None:
        _require_unresolved(item)
        draft = Resolution.objects.create(item=item, saved_at=at, saved_by=by.audit_key, **new)
        _keep_revision(draft, new, at, by)
        record(by=by, did="governance.save_draft", about=draft, at=at, on_behalf_of=meeting, after={"revision": 1})
        return Saved(draft, True)
    if {name: getattr(draft, name) for name in FIELDS} == new:
        return Saved(draft, True)
    if revision != draft.revision:
        return Saved(draft, False, _keep_revision(draft, new, at, by, set_aside=True))
    for name, value in new.items():
        setattr(draft, name, value)
    draft.revision += 1
    draft.saved_at, draft.saved_by = at, by.audit_key
    draft.save(update_fields=[*FIELDS, "revision", "saved_at", "saved_by"])
    _keep_revision(draft, new, at, by)
    return Saved(draft, True)


def _keep_revision(draft: Resolution, new: Mapping[str, Any], at: datetime, by: User, *, set_aside: bool = False) -> DraftRevision:
    return DraftRevision.objects.create(
        resolution=draft, revision=draft.revision, saved_at=at, saved_by=by.audit_key, set_aside=set_aside, **new
    )


def _require_known_verb(item: AgendaItem, verb: str) -> None:
    if verb not in verbs_of(item):
        words = _("“%(verb)s” is not a verb for this item.") % {"verb": dict(Verb.choices).get(verb, verb)}
        raise Refusal(words, code="verb-not-for-this", fields={"verb": words})


def _require_unresolved(item: AgendaItem) -> None:
    if item.state not in (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED):
        raise Refusal(
            _("Item %(number)s is “%(state)s” and stays as it is.") % {"number": item.number, "state": item.get_state_display()},
            next_step=_("What was resolved is changed by a new resolution that corrects it."),
            code="item-settled",
        )


@transaction.atomic
def correct(old: Resolution, item: AgendaItem, *, by: User, at: datetime) -> Resolution:
    """Begin the draft of a resolution that corrects `old`: on the same item while the meeting sits, or on an item of a later one."""
    meeting = locked(item.meeting)
    item = locked(item)
    old = locked(old)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, *DRAFTED)
    if old.draft or old.item.meeting.body_id != meeting.body_id:
        raise Refusal(_("Only an adopted resolution of the same body can be corrected."), code="not-to-be-corrected")
    _require_uncorrected(old)
    _require_unresolved(item)
    draft = item.resolutions.select_for_update().filter(draft=True).first()
    if draft is not None:
        if draft.corrects_id != old.pk:
            raise Refusal(
                _("The item has a draft already."),
                next_step=_("Adopt it first, or put the correction on an item of its own."),
                code="draft-there",
            )
        return draft  # pressed twice
    draft = Resolution.objects.create(
        item=item, corrects=old, verb=old.verb, text=old.text, owner_id=old.owner_id, due=old.due, saved_at=at, saved_by=by.audit_key
    )
    _keep_revision(draft, {name: getattr(draft, name) for name in FIELDS}, at, by)
    record(by=by, did="governance.correct", about=draft, at=at, on_behalf_of=meeting, after={"corrects": old.pk})
    return draft


def _require_uncorrected(old: Resolution) -> None:
    newer = old.corrections.filter(draft=False).first()
    if newer is not None:
        raise Refusal(
            _("This resolution has been corrected already, in meeting %(reference)s.") % {"reference": newer.item.meeting.reference},
            next_step=_("Correct the newer one."),
            code="corrected-already",
        )


@transaction.atomic
def adopt(
    resolution: Resolution,
    *,
    by: User,
    at: datetime,
    proof: Proof | None,
    resolved_at: datetime | None = None,
    revision: int | None = None,
) -> Resolution:
    """The body has resolved. In this one transaction: every check, everything that it does, the quorum as it was, and the record.

    `resolved_at` is the instant of the decision, where it is entered afterwards; `revision` is the draft that the person had before
    them. Pressed twice, it answers with the resolution that is there.
    """
    meeting = locked(resolution.item.meeting)
    item = locked(resolution.item)
    resolution = locked(resolution)
    access.require(by, "governance.adopt", meeting)
    if not resolution.draft:
        return resolution
    proof = require_proof(proof, at)
    require_state(meeting, MeetingState.SITTING, MeetingState.HELD)
    if revision is not None and revision != resolution.revision:
        raise Refusal(
            _("The draft has been changed since you opened it. Nothing was adopted."),
            next_step=_("Read the draft as it is now, then adopt it."),
            code="edited-meanwhile",
        )
    _require_words(resolution)
    _require_known_verb(item, resolution.verb)
    if resolution.corrects is not None:
        _require_uncorrected(locked(resolution.corrects))
    elif current_resolution(item) is not None:
        raise Refusal(_("This item has its resolution already."), code="resolved-already")
    state = ITEM.after("resolve", item.state, labels=ItemState.choices)
    instant = _instant(meeting, item, resolved_at, at)
    note_conflicts(item, by=by, at=at)
    now = room(meeting, instant, list(item.recusals.filter(withdrawn_at__isnull=True).order_by("pk")))
    _require_quorum(now)
    rows = matters_of(item)
    for kind, refs in rows.items():
        matters.matter(kind).check(item, refs, verb=resolution.verb)

    resolution.draft, resolution.adopted_on, resolution.adopted_at, resolution.adopted_by = False, day_of(instant), instant, by
    resolution.quorum = snapshot(now)
    resolution.save(update_fields=["draft", "adopted_on", "adopted_at", "adopted_by", "quorum"])
    item.state, item.opened_at, item.closed_at = state, item.opened_at or instant, instant
    item.save(update_fields=["state", "opened_at", "closed_at"])
    effects: list[Texts] = []
    for kind, refs in rows.items():
        effects += matters.matter(kind).adopt(resolution, refs, by=by, at=at)
    resolution.effects = effects
    resolution.save(update_fields=["effects"])
    record(
        by=by,
        did="governance.adopt",
        about=resolution,
        at=at,
        proof=proof,
        on_behalf_of=meeting.body,
        after={
            "meeting": meeting.reference,
            "item": item.number,
            "verb": resolution.verb,
            "text": resolution.text,
            "owner": resolution.owner_id,
            "due": resolution.due,
            "corrects": resolution.corrects_id,
            "adopted_at": instant,
            "quorum": resolution.quorum,
            "matters": rows,
            "effects": effects,
        },
    )
    return resolution


def _require_words(resolution: Resolution) -> None:
    if not resolution.text.get("th", "").strip():
        words = _("Write the text of the resolution in Thai: it goes into the minutes.")
        raise Refusal(words, code="text-needed", fields={"words": words})
    if resolution.verb == Verb.ASSIGN and resolution.owner_id is None:
        words = _("Say who is to do it.")
        raise Refusal(words, code="owner-needed", fields={"owner": words})


def _instant(meeting: Meeting, item: AgendaItem, resolved_at: datetime | None, at: datetime) -> datetime:
    """When it was resolved: now while the meeting sits; afterwards when the item was closed, unless another time is given."""
    if resolved_at is None:
        resolved_at = at if meeting.state == MeetingState.SITTING else item.closed_at or meeting.closed_at or at
    opened, closed = meeting.opened_at, meeting.closed_at
    if resolved_at > at or (opened and resolved_at < opened) or (closed and resolved_at > closed):
        words = _("The time lies outside the meeting.")
        raise Refusal(words, code="outside-the-meeting", fields={"resolved_at": words})
    return resolved_at


def _require_quorum(now: Room) -> None:
    """Refuse with the rule, how many are in and how many are needed."""
    if now.rule is None or now.quorum is None:
        raise Refusal(
            _("No rule of this body for its quorum is on record for this day."),
            who=_("The secretary of the body or the programme office"),
            next_step=_("Enter the rule with its source on the page of the body."),
            code="no-rule",
        )
    found = now.quorum
    if found.quorate:
        return
    raise Refusal(
        _("Without a quorum nothing can be resolved: %(present)s of %(base)s seats take part, %(needed)s are needed.")
        % {"present": found.present, "base": found.base, "needed": found.needed},
        rule=_("%(rule)s (the body's rule since %(since)s)")
        % {"rule": quorum_words(now.rule), "since": now.rule.since.isoformat() if now.rule.since else _("the day it was set up")},
        who=_("The chair"),
        next_step=_("Wait until more are in, or close the item and take it in a later meeting. Room as of %(time)s.")
        % {"time": time_words(now.at)},
        code="no-quorum",
    )


@transaction.atomic
def mark_done(resolution: Resolution, *, on: date, note: str, by: User, at: datetime) -> Resolution:
    """What the resolution asked for has been done, on which day and how."""
    meeting = locked(resolution.item.meeting)
    resolution = locked(resolution)
    access.require(by, "governance.keep", meeting)
    if resolution.done_on is not None:  # pressed twice
        return resolution
    if resolution.draft or resolution.owner_id is None:
        raise Refusal(_("Only an adopted resolution that somebody is to carry out can be done."), code="nothing-to-do")
    note = require_reason(note, "note")
    if on > day_of(at) or (resolution.adopted_on and on < resolution.adopted_on):
        words = _("The day lies before the resolution, or in the future.")
        raise Refusal(words, code="day-out-of-range", fields={"on": words})
    resolution.done_on, resolution.done_note = on, note
    resolution.save(update_fields=["done_on", "done_note"])
    record(by=by, did="governance.mark_done", about=resolution, at=at, why=note, on_behalf_of=meeting, after={"done_on": on})
    return resolution
