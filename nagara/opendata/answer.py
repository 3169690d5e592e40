"""Data as files: CSV that a spreadsheet opens in Thai, JSON that says what it is. Open to every site, and cheap to ask again."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time
from functools import wraps
from io import StringIO
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from nagara.audit.models import Entry, Head
from nagara.opendata.datasets import Dataset, Value
from nagara.toolkit.asof import require_as_of
from nagara.toolkit.pages import open_page

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
View = Callable[..., HttpResponseBase]


def data(view: View) -> View:
    """A view that answers with data: open, for every site, and with 304 where nothing has changed."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        etag, changed = _stamp(request)
        unchanged = get_conditional_response(request, etag=etag, last_modified=int(changed.timestamp()))
        response = unchanged if unchanged is not None else view(request, *args, **kwargs)
        response.headers["ETag"] = etag
        response.headers["Last-Modified"] = http_date(changed.timestamp())
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Content-Disposition"
        response.headers["Link"] = f'<{LICENCE}>; rel="license"'
        return response

    return open_page(require_safe(answer))


def _stamp(request: HttpRequest) -> tuple[str, datetime]:
    """What the answer depends on: the last act on record, the day asked for, the address. Today's answer is new each day."""
    asked = require_as_of(request)
    seq = Head.objects.values_list("seq", flat=True).get(pk=1)
    last = Entry.objects.filter(seq=seq).values_list("at", flat=True).first()
    changed = last or datetime.fromtimestamp(0, tz=settings.ZONE)
    if not asked.past:
        changed = max(changed, datetime.combine(asked.today, time.min, tzinfo=settings.ZONE))
    digest = hashlib.sha256(f"{request.get_full_path()} {asked.day.isoformat()}".encode()).hexdigest()[:16]
    return f'W/"{seq}-{digest}"', changed


def csv_answer(dataset: Dataset, lines: Iterable[dict[str, Value]], *, name: str) -> StreamingHttpResponse:
    """A CSV file in UTF-8 with the mark that Excel needs to read Thai."""
    response = StreamingHttpResponse(_csv(dataset, lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _csv(dataset: Dataset, lines: Iterable[dict[str, Value]]) -> Iterator[bytes]:
    out = StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([field.name for field in dataset.fields])
    for line in lines:
        writer.writerow([_cell(value) for value in line.values()])
        if out.tell() > 16_000:
            yield _taken(out)
    yield _taken(out)


def _taken(out: StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def _cell(value: Value) -> str:
    """A value as a cell. A text that a spreadsheet would run as a formula is marked as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_STARTS_A_FORMULA) else text


def json_answer(head: dict[str, Any], rows: str, lines: Iterable[dict[str, Any]], *, name: str) -> StreamingHttpResponse:
    """One JSON object: `head`, then the list `rows`."""
    response = StreamingHttpResponse(_json(head, rows, lines), content_type="application/json")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.json"'
    return response


def _json(head: dict[str, Any], rows: str, lines: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    yield orjson.dumps(head)[:-1] + b"," + orjson.dumps(rows) + b":["
    joint = b""
    batch = []
    for line in lines:
        batch.append(orjson.dumps(line))
        if len(batch) == 100:
            yield joint + b",".join(batch)
            joint, batch = b",", []
    yield (joint + b",".join(batch) if batch else b"") + b"]}"


def whole_json(body: dict[str, Any], *, name: str, media_type: str = "application/json") -> HttpResponse:
    response = HttpResponse(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), content_type=media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def about(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What stands at the head of every JSON answer."""
    return {
        "as_of": require_as_of(request).day.isoformat(),
        "licence": LICENCE,
        "attribution": f"Nagara, {settings.SITE_ADDRESS}",
        "description": f"{settings.SITE_ADDRESS}/en/data",
        **more,
    }
