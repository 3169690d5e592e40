"""Uploading a sheet, asking for it to be loaded, giving it up. Reading and loading themselves are in `jobs`."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from nagara.audit.record import record
from nagara.documents.files import keep
from nagara.people.models import User
from nagara.plans.models import SheetImport
from nagara.plans.states import IMPORT, ImportState
from nagara.toolkit import access

KINDS = frozenset({"xlsx"})


def upload(file: UploadedFile, *, language: str, by: User, at: datetime) -> SheetImport:
    """Keep a workbook and put it in line to be read. The same file sent twice within its reading is one import."""
    access.require(by, "plans.import")
    stored = keep(file, by=by, at=at, kinds=KINDS)
    with transaction.atomic():
        waiting = SheetImport.objects.filter(file=stored, by=by, state__in=(ImportState.WAITING, ImportState.READING, ImportState.LOADING))
        if same := waiting.first():
            return same
        made = SheetImport.objects.create(file=stored, by=by, language=language, uploaded_at=at)
        record(by=by, did="plans.upload_sheet", about=made, at=at, after={"file": stored.digest})
    return made


@transaction.atomic
def ask_to_load(sheet: SheetImport, *, by: User, at: datetime) -> SheetImport:
    """Put a sheet without faults in line to be loaded."""
    sheet = SheetImport.objects.select_for_update().get(pk=sheet.pk)
    access.require(by, "plans.load_import", sheet)
    if sheet.state in (ImportState.QUEUED, ImportState.LOADING, ImportState.LOADED):
        return sheet
    sheet.state = IMPORT.after("ask_to_load", sheet.state, labels=ImportState.choices)
    sheet.asked_at = at
    sheet.save(update_fields=["state", "asked_at"])
    record(by=by, did="plans.ask_to_load_sheet", about=sheet, at=at)
    return sheet


@transaction.atomic
def give_up(sheet: SheetImport, *, by: User, at: datetime) -> SheetImport:
    """Lay a sheet aside; nothing of it was loaded."""
    sheet = SheetImport.objects.select_for_update().get(pk=sheet.pk)
    access.require(by, "plans.load_import", sheet)
    if sheet.state == ImportState.GIVEN_UP:
        return sheet
    sheet.state = IMPORT.after("give_up", sheet.state, labels=ImportState.choices)
    sheet.save(update_fields=["state"])
    record(by=by, did="plans.give_up_sheet", about=sheet, at=at)
    return sheet
