"""Reading and loading sheets beside the page that waits for them.

The page's own process begins at once, in a thread. `nagara work` takes up what a process left behind when it was stopped:
an import without a sign of life is put back to its last waiting state, and nothing of it had been written.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from nagara.documents.files import open_file
from nagara.plans.actions.projects import today
from nagara.plans.models import SheetImport
from nagara.plans.sheets.check import check
from nagara.plans.sheets.faults import Fault
from nagara.plans.sheets.found import Found
from nagara.plans.sheets.known import Known, digest_of, known
from nagara.plans.sheets.load import Moved, load
from nagara.plans.sheets.read import read_book
from nagara.plans.states import IMPORT, ImportState
from nagara.toolkit.refusal import Refusal

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

SILENT = timedelta(seconds=90)
"""An import that gave no sign of life for so long has lost its worker."""

MOST_FAULTS = 2000
"""Faults that are kept one by one; the rest is counted."""


def start(number: int) -> None:
    """Begin at once, beside the request. If this process ends first, or is not to do it, `nagara work` does it."""
    if settings.IMPORTS_BESIDE:
        threading.Thread(target=_in_thread, args=(number,), name=f"import {number}").start()


def _in_thread(number: int) -> None:
    close_old_connections()
    try:
        run(number, clock=timezone.now)
    finally:
        connection.close()


def take_up(*, clock: Clock) -> int:
    """Do what waits, and what was left behind; answer how many imports were looked at."""
    silent = Q(beat_at__lt=clock() - SILENT)
    for verb, state in (("read_again", ImportState.READING), ("load_again", ImportState.LOADING)):
        SheetImport.objects.filter(silent, state=state).update(state=IMPORT.after(verb, state))
    waiting = SheetImport.objects.filter(state__in=(ImportState.WAITING, ImportState.QUEUED)).order_by("uploaded_at", "pk")
    numbers = list(waiting.values_list("pk", flat=True))
    for number in numbers:
        run(number, clock=clock)
    return len(numbers)


def run(number: int, *, clock: Clock) -> None:
    """Read or load one import, whichever it waits for. Of several workers one gets it."""
    for verb, state in (("read", ImportState.WAITING), ("load", ImportState.QUEUED)):
        claimed = SheetImport.objects.filter(pk=number, state=state).update(state=IMPORT.after(verb, state), beat_at=clock(), done=0)
        if claimed:
            upload = SheetImport.objects.select_related("file", "by").get(pk=number)
            with override(upload.language):
                _read(upload, clock) if verb == "read" else _load(upload, clock)
            return


def _read(upload: SheetImport, clock: Clock) -> None:
    try:
        found, record = _check(upload, clock)
    except Refusal as refusal:
        found = Found(faults=[Fault("", 0, "", "", refusal.message, upload.file.name, refusal.next_step)])
        record = None
    _note(upload, found, record, clock)


def _check(upload: SheetImport, clock: Clock) -> tuple[Found, Known]:
    with open_file(upload.file) as file:
        book = read_book(file)
    SheetImport.objects.filter(pk=upload.pk).update(total=book.row_count, beat_at=clock())

    def beat(done: int) -> None:
        SheetImport.objects.filter(pk=upload.pk).update(done=done, beat_at=clock())

    record = known(upload.by, today(clock()))
    return check(book, record, beat=beat), record


def _note(upload: SheetImport, found: Found, record: Known | None, clock: Clock) -> None:
    """Keep what a check found, for the page and for the loading."""
    verb = "find_faults" if found.faults else "find_sound"
    upload.refresh_from_db(fields=["state"])
    SheetImport.objects.filter(pk=upload.pk, state=upload.state).update(
        state=IMPORT.after(verb, upload.state),
        faults=[fault.plain() for fault in found.faults[:MOST_FAULTS]],
        faults_in_all=len(found.faults),
        outcome=found.outcome(),
        seen=_seen(found, record),
        beat_at=clock(),
    )


def _seen(found: Found, record: Known | None) -> str:
    return digest_of(record.projects[this].project for this in found.touched) if record else ""


def _load(upload: SheetImport, clock: Clock) -> None:
    """Check once more, against the record of now; load where it says the same as what the person saw."""
    found, record = _check(upload, clock)
    if found.faults or _seen(found, record) != upload.seen:
        _note(upload, found, record, clock)
        SheetImport.objects.filter(pk=upload.pk).update(outcome={**found.outcome(), "moved": True})
        return
    try:
        load(found, record, upload=upload, by=upload.by, at=clock())
    except Moved:
        _note(upload, found, record, clock)
        SheetImport.objects.filter(pk=upload.pk).update(outcome={**found.outcome(), "moved": True})
