"""Answers a `Refusal` as a page, or as problem details where a machine asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from nagara.toolkit.refusal import Refusal


def wants_json(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    is_data = request.path.endswith((".json", ".geojson", ".csv"))
    return is_data or "application/json" in accept or "application/problem+json" in accept


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A refusal as the page, or as the problem details, that its words make."""
    if wants_json(request):
        return JsonResponse(
            refusal.problem(),
            status=refusal.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    back = refusal.back or request.headers.get("Referer") or "/"
    return render(request, "toolkit/refusal.html", {"refusal": refusal, "back": back}, status=refusal.status)


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        return answer_refusal(request, exception)
