"""What a person sent without a fresh second factor is kept, so that they confirm and press once more."""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from nagara.people.second_factor import NEEDED, confirm_address
from nagara.toolkit.middleware import wants_json
from nagara.toolkit.refusal import Refusal

KEPT = "kept_act"
KEPT_SECONDS = 30 * 60
MOST_KEPT = 200_000
"""Characters; a longer text would not fit a session."""


def keep_act(request: HttpRequest) -> bool:
    """Keep in the session what was sent, without files, passwords and tokens. False where it is too long to keep."""
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
    ]
    if sum(len(str(value)) for _name, value in fields) > MOST_KEPT:
        return False
    request.session[KEPT] = {
        "path": request.get_full_path(),
        "fields": fields,
        "files": bool(request.FILES),
        "from": request.headers.get("Referer", ""),
        "at": time.time(),
        "user": request.user.pk,
    }
    return True


def kept_act(request: HttpRequest) -> dict[str, Any] | None:
    """What was kept for this account not long ago."""
    act = request.session.get(KEPT)
    if not act or act["user"] != request.user.pk or time.time() - act["at"] > KEPT_SECONDS:
        return None
    return dict(act)


class SecondFactorMiddleware:
    """Answers the refusal of an act that needs a second factor by a page with the way to confirm and go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal) or exception.code != NEEDED or request.method != "POST" or wants_json(request):
            return None
        kept = keep_act(request)
        back = reverse("people:again") if kept else request.get_full_path()
        context = {"refusal": exception, "kept": kept, "confirm": confirm_address(back)}
        return render(request, "people/second_factor_needed.html", context, status=exception.status)
