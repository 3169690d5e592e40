"""The first page: the figure, the map, what happened lately."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.assessment.models import Round
from nagara.assessment.states import RoundState
from nagara.recognition.queries import counts_by_province
from nagara.recognition.register import events, sentence
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day
from nagara.toolkit.pages import open_page
from nagara.web.chain import address
from nagara.web.headline import headline, permanent
from nagara.web.index import index_of, province_names
from nagara.web.links import twins
from nagara.web.maps.thailand import classes, thailand
from nagara.web.members import members_map, members_on
from nagara.web.steps import step_line


@open_page
def home(request: HttpRequest) -> HttpResponse:
    asked = as_of(request)
    day = asked.day
    head = headline(day, today=asked.today)
    counts = counts_by_province(day)
    names = province_names()
    members = members_on(day)
    words = _(
        "Map of Thailand on %(day)s: %(areas)s recognised areas in %(provinces)s provinces. The index of provinces holds the same facts."
    )
    return render(
        request,
        "web/home.html",
        {
            "head": head,
            "asof_days": head.turns,
            "steps": step_line(head.steps, until=day, label=_steps_in_words(head.steps)),
            "map": thailand(
                counts,
                names,
                day=day,
                label=words % {"day": long_day(day), "areas": head.now.areas, "provinces": head.now.provinces},
            ),
            "classes": classes(counts),
            "sentence": sentence(head.now, day),
            "permanent": permanent("web:home", day),
            **twins(request, "opendata:register"),
            "index": index_of(counts, names),
            "events": events(day, most=5),
            "members": members,
            "asean": members_map(members, day=day),
            "rounds_url": address("assessment:rounds"),
            "rounds": [] if asked.moved else _open_rounds(),
        },
    )


def _open_rounds() -> list[Round]:
    return list(Round.objects.filter(state=RoundState.OPEN, closes_at__gt=timezone.now()).order_by("closes_at", "pk")[:2])


def _steps_in_words(steps: list[tuple[date, int]]) -> str:
    return _("Number of recognised areas: %(steps)s") % {"steps": ", ".join(f"{value} ({long_day(day)})" for day, value in steps)}
