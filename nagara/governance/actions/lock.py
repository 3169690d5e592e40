"""Locking: always the body, then the meeting, then the item, then what hangs on it, so that no two acts wait for each other."""

from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def locked(row: Row) -> Row:
    """`row` as it is now, held until the transaction ends."""
    return type(row)._default_manager.select_for_update().get(pk=row.pk)
