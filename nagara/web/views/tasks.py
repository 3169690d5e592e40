"""My tasks: everything that waits for the visitor, from every part; and what waits for others, so that nobody has to ask."""

from collections.abc import Callable, Iterable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from nagara.people.models import User
from nagara.toolkit.tasks import Task

Lister = Callable[[User, datetime], Iterable[Task]]


def listers() -> list[Lister]:
    """The `tasks` of each part that has a `tasks.py`."""
    parts = [config.name for config in apps.get_app_configs() if config.name.startswith("nagara.")]
    modules = [import_module(f"{part}.tasks") for part in parts if find_spec(f"{part}.tasks")]
    return [module.tasks for module in modules if hasattr(module, "tasks")]


def tasks(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found = [task for lister in listers() for task in lister(request.user, now)]  # type: ignore[arg-type]
    found.sort(key=lambda task: (task.due is None, task.due or now, task.title))
    return render(
        request,
        "web/tasks.html",
        {
            "now": now,
            "mine": [task for task in found if task.mine],
            "others": [task for task in found if not task.mine],
        },
    )
