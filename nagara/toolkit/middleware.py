"""What stands around every page: typed text comes in clean, and a `Refusal` goes out as a page or as problem details."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render

from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import plain

LARGEST_KEY = 2**63 - 1


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


class PlainTextMiddleware:
    """Addresses and forms reach the views without characters that no database can keep (`texts.plain`).

    In a path such a character names nothing that could be there, nor does a number that no column holds; in a query or a form
    it is left out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if plain(request.path_info) != request.path_info:
            raise Http404
        request.GET = _plain(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """A form is read here, after `UploadMiddleware` has looked after its files."""
        if any(isinstance(number, int) and number > LARGEST_KEY for number in kwargs.values()):
            raise Http404
        if request.method == "POST":
            request.POST = _plain(request.POST)  # type: ignore[assignment]


def _plain(typed: QueryDict) -> QueryDict:
    if all(plain(text) == text for key, values in typed.lists() for text in (key, *values)):
        return typed
    clean = QueryDict(mutable=True, encoding=typed.encoding)
    for key, values in typed.lists():
        for text in values:
            clean.appendlist(plain(key), plain(text))
    clean._mutable = False
    return clean
