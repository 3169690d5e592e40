"""A table on its way in: uploaded, its columns named, checked row by row, loaded as a whole."""

from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.citydata.models import DataSpace, Load
from nagara.citydata.sheets.check import Checked, check
from nagara.citydata.sheets.mapping import Mapping, guess
from nagara.citydata.sheets.read import Table, read_table
from nagara.citydata.states import LOAD, LoadState
from nagara.documents.files import keep, open_file
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal

TABLE_KINDS = frozenset({"csv", "xlsx"})
MOST_FAULTS = 1000
"""Faults that are kept one by one; the rest is counted."""


def table_of(load: Load) -> Table:
    with open_file(load.file) as file:
        return read_table(file, load.file.media_type)


@transaction.atomic
def upload(space: DataSpace, file: UploadedFile, *, by: User, at: datetime) -> Load:
    """Keep an uploaded table with a first guess at its columns. Columns named before for the same headings come back."""
    access.require(by, "citydata.keep_space", space)
    stored = keep(file, by=by, at=at, kinds=TABLE_KINDS)
    same = Load.objects.filter(space=space, file=stored).exclude(state=LoadState.GIVEN_UP).first()
    if same is not None and same.state != LoadState.LOADED:
        return same
    loaded = Load.objects.filter(space=space, file__digest=stored.digest, state=LoadState.LOADED).first()
    if loaded is not None:
        raise Refusal(
            _("This very table was loaded already."),
            next_step=_("Its observations are there. Upload the table once it holds something new."),
            code="loaded-already",
            fields={"file": _("This very table was loaded already.")},
        )
    with open_file(stored) as content:
        table = read_table(content, stored.media_type)
    mapping = _named_before(space, table) or guess(table)
    return Load.objects.create(
        space=space,
        file=stored,
        by=by,
        uploaded_at=at,
        mapping={**mapping.plain(), "headings": list(table.headings)},
        outcome={"rows": len(table.rows), "encoding": table.encoding},
    )


def _named_before(space: DataSpace, table: Table) -> Mapping | None:
    earlier = Load.objects.filter(space=space, state=LoadState.LOADED).order_by("-loaded_at", "-pk")[:20]
    for load in earlier:
        if load.mapping.get("headings") == list(table.headings):
            return Mapping.read(load.mapping)
    return None


def checked(load: Load, *, at: datetime) -> Checked:
    """The table of a load under its mapping, read anew."""
    return check(table_of(load), Mapping.read(load.mapping), space=load.space.slug, zone=settings.ZONE, at=at, near=load.space.position)


def name_columns(load: Load, mapping: Mapping, *, by: User, at: datetime) -> Load:
    """Say which column means what, and check every row: a dry run that loads nothing."""
    access.require(by, "citydata.keep_load", load)
    LOAD.after("find_sound", load.state, labels=LoadState.choices)
    load.mapping = {**mapping.plain(), "headings": load.mapping.get("headings", [])}
    found = checked(load, at=load.uploaded_at)
    with transaction.atomic():
        here = Load.objects.select_for_update().get(pk=load.pk)
        here.state = LOAD.after("find_faults" if found.faults else "find_sound", here.state, labels=LoadState.choices)
        here.mapping = load.mapping
        here.faults = [fault.plain() for fault in found.faults[:MOST_FAULTS]]
        here.faults_in_all = len(found.faults)
        here.outcome = {**here.outcome, **found.outcome()}
        here.total = len(found.things)
        here.save(update_fields=["state", "mapping", "faults", "faults_in_all", "outcome", "total"])
    return here


@transaction.atomic
def ask_to_load(load: Load, *, by: User, at: datetime) -> Load:
    """Load what the dry run found sound. Pressed twice, it is loaded once."""
    load = Load.objects.select_for_update().get(pk=load.pk)
    access.require(by, "citydata.keep_load", load)
    if load.state in (LoadState.QUEUED, LoadState.LOADING, LoadState.LOADED):
        return load
    load.state = LOAD.after("ask_to_load", load.state, labels=LoadState.choices)
    load.beat_at = at
    load.done = 0
    load.save(update_fields=["state", "beat_at", "done"])
    record(
        by=by,
        did="citydata.load_table",
        about=load,
        at=at,
        after={"file": load.file.digest, "type": load.mapping.get("type"), "entities": load.total},
    )
    return load


@transaction.atomic
def give_up(load: Load, *, by: User, at: datetime) -> Load:
    """Lay a table aside; nothing of it was loaded."""
    load = Load.objects.select_for_update().get(pk=load.pk)
    access.require(by, "citydata.keep_load", load)
    if load.state == LoadState.GIVEN_UP:
        return load
    load.state = LOAD.after("give_up", load.state, labels=LoadState.choices)
    load.save(update_fields=["state"])
    record(by=by, did="citydata.give_up_table", about=load, at=at)
    return load
