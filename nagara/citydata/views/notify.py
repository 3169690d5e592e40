"""Where another broker tells of changes. A machine with a secret of its own; nobody signs in here."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nagara.citydata.models import Source
from nagara.citydata.sources import told
from nagara.citydata.states import SourceState
from nagara.toolkit.pages import open_page


@csrf_exempt
@open_page
@require_POST
def notify(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One notification (clause 5.3.1). The other broker sends again what is answered with a fault."""
    source = get_object_or_404(Source.objects.select_related("space"), space__slug=slug, pk=pk, push=True)
    if not told.hears(source, request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    if source.state != SourceState.ON:
        return HttpResponse(status=410)
    try:
        rows = json.loads(request.body)["data"]
        if not isinstance(rows, list) or any("id" not in row or "type" not in row for row in rows):
            raise TypeError
        told.take(source, rows, at=timezone.now())
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse("No notification of NGSI-LD.", content_type="text/plain", status=400)
    return HttpResponse(status=204)
