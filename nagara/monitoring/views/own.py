"""For a city alone: itself beside cities of like size, and its baselines and targets."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.monitoring.actions import goals
from nagara.monitoring.asked import asking
from nagara.monitoring.forms import GoalForm
from nagara.monitoring.queries.compare import of_like_size, populations_on
from nagara.monitoring.queries.desk import levels_of
from nagara.monitoring.queries.known import goals_on, levels_on, values_on
from nagara.monitoring.reading import value_text
from nagara.monitoring.states import LevelName
from nagara.monitoring.views.common import Context, answer_for, show_refusal, user_of
from nagara.monitoring.views.public import meanings
from nagara.monitoring.views.writing import head
from nagara.places.models import City
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal


def beside(request: HttpRequest, pk: int) -> HttpResponse:
    """The city's own claims beside what is published of the cities nearest in size. Nobody else reads this page."""
    answer = answer_for(request, "monitoring.view", pk)
    today = timezone.localdate()
    populations = populations_on(today)
    answered = levels_on(today).order_by().values_list("city", flat=True).distinct()
    peers = of_like_size(answer.city, populations, list(answered))
    cities = {city.pk: city for city in City.objects.filter(pk__in=peers).select_related("state")}
    asked = asking(answer.period)
    own = levels_of(answer)
    published: dict[tuple[str, str], dict[int, object]] = {}
    for row in values_on(list(asked.by_measure), list(cities.values()), today, level=LevelName.PUBLISHED):
        published.setdefault((row.measure, row.part), {})[row.city_id] = row.number
    rows: list[Context] = []
    for code, part in asked.cells:
        measure = asked.by_measure[code].measure
        standing = own.get((code, part))
        level = (standing.published or standing.verified or standing.claimed) if standing else None
        number = level.number if level else (standing.value.number if standing else None)
        others = published.get((code, part), {})
        if number is None and not others:
            continue
        rows.append(
            {
                "measure": measure,
                "part": measure.part(part),
                "unit": measure.unit_of(part),
                "own": value_text(measure, number),
                "level": level,
                "others": [value_text(measure, others.get(peer)) for peer in peers],  # type: ignore[arg-type]
            }
        )
    context = {
        **head(request, answer),
        "rows": rows,
        "peers": [(cities[pk], populations[pk]) for pk in peers],
        "population": populations.get(answer.city_id),
    }
    return render(request, "monitoring/beside.html", context)


def set_goals(request: HttpRequest, slug: str) -> HttpResponse:
    """The baselines and targets of a city."""
    city = get_object_or_404(access.visible(request.user, "monitoring.set_goals").select_related("state"), slug=slug)
    today = timezone.localdate()
    measures = {code: measure for code, measure in meanings(today).items() if not measure.derived}
    form = GoalForm(request.POST or None, measures=measures)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            goals.set_goal(
                city,
                found["measure"],
                found["part"],
                kind=found["kind"],
                day=found["day"],
                number=found["value"],
                source=found["source"],
                by=user_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("monitoring:goals", slug)
    rows = [
        {
            "goal": goal,
            "measure": measures[goal.measure],
            "part": measures[goal.measure].part(goal.part),
            "unit": measures[goal.measure].unit_of(goal.part),
            "text": value_text(measures[goal.measure], goal.number),
        }
        for goal in goals_on([city], today).order_by("measure", "part", "kind", "day", "pk")
        if goal.measure in measures
    ]
    return render(
        request, "monitoring/goals.html", {"city": city, "form": form, "rows": rows}, status=422 if request.method == "POST" else 200
    )
