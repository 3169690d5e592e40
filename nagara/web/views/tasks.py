"""My tasks: everything that waits for the visitor, from every part; and what waits for others, so that nobody has to ask."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from nagara.toolkit.tasks import tasks_of


def tasks(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = tasks_of(request.user, now)
    return render(
        request,
        "web/tasks.html",
        {
            "now": now,
            "mine": [task for task in found if task.mine],
            "others": [task for task in found if not task.mine],
        },
    )
