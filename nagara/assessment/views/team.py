"""The team's pages of an application."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from nagara.assessment.queries import open_request, result_of
from nagara.toolkit import access

_WITH = ("round__edition", "area", "city", "organisation")


@require_GET
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an application stands."""
    found = get_object_or_404(access.visible(request.user, "assessment.read").select_related(*_WITH), pk=pk)
    context = {
        "application": found,
        "submissions": found.submissions.order_by("-number"),
        "request_open": open_request(found),
        "result": result_of(found),
    }
    return render(request, "assessment/application.html", context)


@require_GET
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """What the applicant is told, criterion by criterion, once it was released."""
    found = get_object_or_404(access.visible(request.user, "assessment.read").select_related(*_WITH), pk=pk)
    result = result_of(found)
    rows = result.feedback.filter(released_at__isnull=False) if result else []
    return render(request, "assessment/feedback.html", {"application": found, "result": result, "rows": rows})
