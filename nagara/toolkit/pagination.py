"""Long lists in pages: a wrong page number gives the nearest page, never an error."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


def page_of_joined(rows: QuerySet[Any], number: str | None, *, size: int = 50) -> Page:
    """As `page_of`, for rows that bring many others with them: all are sorted by their keys alone, and only one page is read whole."""
    page = Paginator(rows.values_list("pk", flat=True), size).get_page(number)
    page.object_list = list(rows.filter(pk__in=list(page.object_list)))
    return page


def page_of(rows: QuerySet[Any] | Sequence[Any], number: str | None, *, size: int = 50) -> Page:
    return Paginator(rows, size).get_page(number)
