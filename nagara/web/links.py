"""Where a page's data lies: the same reading as CSV and as JSON."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from nagara.toolkit.asof import as_of


def twins(request: HttpRequest, name: str, *args: Any) -> dict[str, str]:
    """The addresses of the CSV and JSON twins of a page, with what the page was asked for."""
    query = request.GET.copy()
    for key in ("page", "as_of", "since"):
        query.pop(key, None)
    for key in [key for key, value in query.items() if not value]:
        query.pop(key)
    found = as_of(request)
    if found.moved:
        query["as_of"] = found.day.isoformat()
    tail = f"?{query.urlencode()}" if query else ""
    return {kind: reverse(f"{name}_{kind}", args=args) + tail for kind in ("csv", "json")}
