"""Long lists in pages: a wrong page number gives the nearest page, never an error."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


def page_of(rows: QuerySet[Any], number: str | None, *, size: int = 50) -> Page:
    return Paginator(rows, size).get_page(number)
