"""The page that says whether this installation is well."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nagara.config.health import ILL, health
from nagara.toolkit import access
from nagara.toolkit.middleware import wants_json
from nagara.toolkit.pages import open_page


@open_page
@require_safe
@never_cache
def health_page(request: HttpRequest) -> HttpResponse:
    """For people. Numbers and names of folders are shown to those who run the installation or audit it."""
    found = health(timezone.now())
    status = 503 if found.state == ILL else 200
    with_facts = access.allowed(request.user, "audit.read")
    if wants_json(request):
        return JsonResponse(found.as_json(with_facts=with_facts), status=status, json_dumps_params={"ensure_ascii": False})
    return render(request, "config/health.html", {"health": found, "with_facts": with_facts}, status=status)


@open_page
@require_safe
@never_cache
def health_json(request: HttpRequest) -> HttpResponse:
    """For programs: 200 where all is well or needs attention, 503 where something is ill."""
    found = health(timezone.now())
    facts = found.as_json(with_facts=access.allowed(request.user, "audit.read"))
    return JsonResponse(facts, status=503 if found.state == ILL else 200, json_dumps_params={"ensure_ascii": False})
