"""Pages for what went wrong, in words."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from nagara.toolkit.middleware import wants_json


def _answer(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(
            {"type": "about:blank", "title": title, "detail": words, "status": status},
            status=status,
            content_type="application/problem+json",
        )
    return render(request, "web/error.html", {"status": status, "title": title, "words": words}, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, _("This is not open to you"), str(exception or "") or _("Your roles do not include this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, _("There is no such page"), _("The address may be old or mistyped, or the thing is not open to you."))


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "web/broken.html", status=500)
