"""Running numbers without gaps or doubles: given out inside the transaction that uses them."""

from django.db import connection

from nagara.documents.models import Register


def next_number(series: str, year: int) -> int:
    """The next number of `series` in `year` (CE). It is given back if the caller's transaction fails."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is given out inside the transaction that uses it")
    Register.objects.get_or_create(series=series, year=year)
    row = Register.objects.select_for_update().get(series=series, year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
