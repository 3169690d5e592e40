"""The criteria as pages that anyone can read: which edition was in force on which day, and every rule with its source."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from nagara.rulebook import queries, reader
from nagara.rulebook.queries import Published
from nagara.toolkit.days import read_day
from nagara.toolkit.digests import digest_of_bytes
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal

LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@open_page
@require_GET
def criteria(request: HttpRequest) -> HttpResponse:
    """Every programme with the edition that is in force on a day."""
    typed, refused = request.GET.get("as_of", "").strip(), ""
    day = today = timezone.localdate()
    if typed:
        try:
            day = read_day(typed).day
        except Refusal as refusal:
            refused = refusal.message
    return render(
        request,
        "rulebook/criteria.html",
        {"programmes": queries.programmes_on(day), "day": day, "today": today, "typed": typed, "refused": refused},
        status=422 if refused else 200,
    )


def _found(programme: str, day: str) -> Published:
    try:
        row = queries.published(programme, date.fromisoformat(day))
    except ValueError:
        row = None
    if row is None:
        raise Http404(_("No edition of these criteria came into force on that day."))
    return row


@open_page
@require_GET
def edition(request: HttpRequest, programme: str, day: str) -> HttpResponse:
    """One edition: types, dimensions, criteria with anchors and evidence, gates, decisions, worked examples."""
    row = _found(programme, day)
    return render(
        request,
        "rulebook/edition.html",
        {
            "row": row,
            "edition": row.edition,
            "kept_digest": digest_of_bytes([reader.to_plain(row.edition)]),
            "certainty": queries.certainty_of(row.edition),
            "others": [other for other in queries.editions_of(programme) if other.digest != row.digest],
            "today": timezone.localdate(),
        },
    )


def _etag(request: HttpRequest, response: HttpResponse, digest: str) -> HttpResponse:
    response["ETag"] = f'"{digest}"'
    response["Access-Control-Allow-Origin"] = "*"
    response["Link"] = f'<{LICENCE}>; rel="license"'
    response["Cache-Control"] = "public, max-age=300"
    return response


@open_page
@require_GET
def as_json(request: HttpRequest, programme: str, day: str) -> HttpResponse:
    """The edition as JSON: the same bytes under "edition" that are kept with each decision."""
    row = _found(programme, day)
    content = reader.to_plain(row.edition)
    said = {
        "programme": programme,
        "in_force": row.edition.in_force,
        "until": row.until,
        "licence": LICENCE,
        "file_sha256": row.digest,
        "edition_sha256": digest_of_bytes([content]),
    }
    response = JsonResponse(said, json_dumps_params={"ensure_ascii": False})
    response.content = response.content.rstrip(b"}") + b', "edition": ' + content + b"}"
    return _etag(request, response, row.digest)


@open_page
@require_GET
def as_yaml(request: HttpRequest, programme: str, day: str) -> HttpResponse:
    """The file itself, as it lies in the rulebook and as its digest was locked."""
    row = _found(programme, day)
    response = HttpResponse(row.path.read_bytes(), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{programme}-{day}.yaml"'
    return _etag(request, response, row.digest)
