"""Minutes: drafted from what happened, circulated, corrected, and adopted by a resolution of a later meeting."""

from datetime import date, datetime
from pathlib import Path

import orjson
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from nagara.audit.record import key, record
from nagara.documents import files, pdf
from nagara.documents.models import StoredFile
from nagara.governance.actions.demands import require_reason, require_state
from nagara.governance.actions.lock import locked
from nagara.governance.actions.meetings import accounts_of, address_for
from nagara.governance.minutes import compose, facts
from nagara.governance.models import AgendaItem, Meeting, Minutes, MinutesCorrection
from nagara.governance.room import day_of
from nagara.governance.states import CORRECTION, MINUTES, CorrectionState, MeetingState, MinutesState
from nagara.people.actions import tell
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.digests import canonical, digest
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import in_each

PAPER = Path(__file__).resolve().parents[1] / "typst" / "minutes.typ"


@transaction.atomic
def draft_minutes(meeting: Meeting, *, by: User, at: datetime) -> Minutes:
    """Compose the minutes from what is on record now. Where nothing has changed since the last version, that one is answered."""
    meeting = locked(meeting)
    access.require(by, "governance.keep", meeting)
    require_state(meeting, MeetingState.HELD)
    content = compose(facts(meeting, by.person))
    before = meeting.minutes.select_for_update().exclude(state=MinutesState.SUPERSEDED).first()
    if before is not None and before.digest == digest(content):
        return before
    version = 1
    if before is not None:
        version = before.version + 1
        before.state = MINUTES.after("supersede", before.state, labels=MinutesState.choices)
        before.save(update_fields=["state"])
    minutes = Minutes.objects.create(
        meeting=meeting, version=version, content=canonical(content).decode(), digest=digest(content), made_at=at, made_by=by
    )
    after = {"version": version, "digest": minutes.digest}
    record(by=by, did="governance.draft_minutes", about=minutes, at=at, on_behalf_of=meeting, after=after)
    return minutes


def typeset_minutes(minutes: Minutes, lang: str) -> bytes:
    """The minutes as PDF, from the content as it is kept."""
    data = orjson.loads(minutes.content)
    data["draft"] = minutes.state == MinutesState.DRAFT
    data["th-digits"] = data["th_digits"]
    with override(lang):
        path = reverse("governance:minutes", args=[minutes.meeting_id])
        version = _("version %(version)s") % {"version": minutes.version}
    data["foot"] = {"address": f"{settings.SITE_ADDRESS}{path}", "day": version, "digest": minutes.digest}
    return pdf.typeset(PAPER, data, lang=lang)


@transaction.atomic
def circulate(minutes: Minutes, *, corrections_until: date | None, by: User, at: datetime) -> Minutes:
    """Send the minutes to those who sat, who may ask for corrections until the day given. Both papers are kept as files."""
    meeting = locked(minutes.meeting)
    minutes = locked(minutes)
    access.require(by, "governance.keep", meeting)
    if minutes.state == MinutesState.CIRCULATED:  # pressed twice
        return minutes
    state = MINUTES.after("circulate", minutes.state, labels=MinutesState.choices)
    if corrections_until is not None and corrections_until < day_of(at):
        words = _("This day has passed.")
        raise Refusal(words, code="day-has-passed", fields={"corrections_until": words})
    minutes.state, minutes.circulated_at, minutes.corrections_until = state, at, corrections_until
    minutes.file_th, minutes.file_en = (_paper(minutes, lang, by, at) for lang in ("th", "en"))
    minutes.save(update_fields=["state", "circulated_at", "corrections_until", "file_th", "file_en"])
    subject = in_each(
        lambda: _("Minutes of meeting %(reference)s of the %(body)s") % {"reference": meeting.reference, "body": meeting.body}
    )
    body = in_each(lambda: _until_words(corrections_until))
    accounts = accounts_of(meeting)
    for account in accounts:
        link = address_for(account, "governance:minutes", meeting.pk)
        tell(account, subject=subject, body=body, at=at, link=link, about=key(minutes))
    after = {"version": minutes.version, "digest": minutes.digest, "corrections_until": corrections_until, "told": len(accounts)}
    record(by=by, did="governance.circulate", about=minutes, at=at, on_behalf_of=meeting, after=after)
    return minutes


def _paper(minutes: Minutes, lang: str, by: User, at: datetime) -> StoredFile:
    name = f"minutes-{minutes.meeting.body.code}-{minutes.meeting.number}-{minutes.meeting.year}-v{minutes.version}-{lang}.pdf"
    return files.keep_bytes(typeset_minutes(minutes, lang), name=name, media_type="application/pdf", by=by, at=at)


def _until_words(corrections_until: date | None) -> str:
    if corrections_until is None:
        return _("Read the minutes here:")
    return _("Read the minutes and ask for corrections until %(day)s here:") % {"day": long_day(corrections_until)}


@transaction.atomic
def propose_correction(minutes: Minutes, *, wanted: str, by: User, at: datetime, item: AgendaItem | None = None) -> MinutesCorrection:
    """Ask for a change in circulated minutes."""
    meeting = locked(minutes.meeting)
    minutes = locked(minutes)
    access.require(by, "governance.propose_correction", meeting)
    wanted = require_reason(wanted, "wanted")
    same = minutes.corrections.filter(proposed_by=by, item=item, wanted=wanted, state=CorrectionState.PROPOSED).first()
    if same is not None:  # pressed twice
        return same
    if minutes.state != MinutesState.CIRCULATED:
        raise Refusal(
            _("These minutes are “%(state)s”: no corrections are collected now.") % {"state": minutes.get_state_display()},
            code="not-circulated",
        )
    if minutes.corrections_until is not None and day_of(at) > minutes.corrections_until:
        raise Refusal(
            _("Corrections were collected until %(day)s.") % {"day": long_day(minutes.corrections_until)},
            next_step=_("Say it in the meeting that adopts the minutes."),
            code="too-late",
        )
    if item is not None and item.meeting_id != meeting.pk:
        raise ValueError("an item of another meeting")
    correction = MinutesCorrection.objects.create(minutes=minutes, item=item, wanted=wanted, proposed_at=at, proposed_by=by)
    after = {"version": minutes.version, "item": item.number if item else ""}
    record(by=by, did="governance.propose_correction", about=correction, at=at, on_behalf_of=meeting, after=after)
    return correction


@transaction.atomic
def settle_correction(correction: MinutesCorrection, *, take: bool, answer: str, by: User, at: datetime) -> MinutesCorrection:
    """Take a correction (and write it where it belongs), or decline it with an answer to who asked."""
    meeting = locked(correction.minutes.meeting)
    correction = locked(correction)
    access.require(by, "governance.keep", meeting)
    verb = "take" if take else "decline"
    state = CorrectionState.TAKEN if take else CorrectionState.DECLINED
    if correction.state == state:  # pressed twice
        return correction
    correction.state = CORRECTION.after(verb, correction.state, labels=CorrectionState.choices)
    correction.answer = answer.strip() if take else require_reason(answer, "answer")
    correction.settled_at = at
    correction.save(update_fields=["state", "answer", "settled_at"])
    record(by=by, did="governance.settle_correction", about=correction, at=at, on_behalf_of=meeting, after={"state": correction.state})
    return correction
