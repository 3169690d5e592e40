"""What the broker answers when it refuses: ProblemDetails with the error types of the specification (5.5.2, 5.5.3, 6.3.2)."""

from __future__ import annotations

from typing import Any

import orjson

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"

#: Error type -> (HTTP status, title). Table 6.3.2-1, and the HTTP errors of 6.3.4 that carry a body.
TYPES: dict[str, tuple[int, str]] = {
    "AlreadyExists": (409, "Already exists"),
    "BadRequestData": (400, "Bad request data"),
    "Conflict": (409, "Conflict"),
    "InternalError": (500, "Internal error"),
    "InvalidRequest": (400, "Invalid request"),
    "LdContextNotAvailable": (504, "JSON-LD context not available"),
    "NoMultiTenantSupport": (501, "No multi-tenant support"),
    "NonexistentTenant": (404, "Nonexistent tenant"),
    "OperationNotSupported": (422, "Operation not supported"),
    "ResourceNotFound": (404, "Resource not found"),
    "TooComplexQuery": (403, "Too complex query"),
    "TooManyResults": (403, "Too many results"),
}


class Problem(Exception):
    """A request that cannot be served, and why, in words that a person can act on."""

    def __init__(self, kind: str, detail: str, *, status: int | None = None, title: str | None = None, **more: Any) -> None:
        super().__init__(detail)
        known = TYPES.get(kind, (500, kind))
        self.kind = kind
        self.detail = detail
        self.status = status or known[0]
        self.title = title or known[1]
        self.more = more
        self.headers: list[tuple[str, str]] = []

    def details(self) -> dict[str, Any]:
        """The problem as a ProblemDetails object."""
        uri = self.kind if ":" in self.kind else ERRORS + self.kind
        return {"type": uri, "title": self.title, "status": self.status, "detail": self.detail, **self.more}

    def body(self) -> bytes:
        return orjson.dumps(self.details())


def bad_data(detail: str, **more: Any) -> Problem:
    """The data does not meet what the operation asks of it."""
    return Problem("BadRequestData", detail, **more)


def invalid(detail: str, **more: Any) -> Problem:
    """The request itself is malformed."""
    return Problem("InvalidRequest", detail, **more)


def not_found(detail: str, **more: Any) -> Problem:
    """The resource is not known here."""
    return Problem("ResourceNotFound", detail, **more)


def http_problem(status: int, title: str, detail: str) -> Problem:
    """An error of HTTP itself, for which the specification names no type (RFC 7807, 4.2: `about:blank`)."""
    return Problem("about:blank", detail, status=status, title=title)
