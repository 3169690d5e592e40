"""Figures: each derived from the record, with its definition, the rows behind it and what explains its change."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from nagara.recognition.queries import changes_between, counts_by_status, counts_on, first_on_record
from nagara.recognition.register import sentence
from nagara.recognition.states import Tier
from nagara.toolkit.asof import as_of
from nagara.toolkit.days import long_day, read_day
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal
from nagara.web.headline import headline, permanent
from nagara.web.links import twins
from nagara.web.steps import step_line

MOST = 100
"""The page shows the first rows behind a figure; the register and the JSON have all."""


@open_page
def figures(request: HttpRequest) -> HttpResponse:
    asked = as_of(request)
    day = asked.day
    head = headline(day, today=asked.today, most=MOST)
    typed = request.GET.get("since", "").strip()
    eve = head.unchanged_since - timedelta(days=1) if head.unchanged_since else None
    since, refused = eve, ""
    if typed:
        try:
            since = read_day(typed).day
        except Refusal as refusal:
            refused = refusal.message
    if since is not None and since > day:
        since, refused = None, _("The day to compare with must not lie after the day of the data.")
    change = head.change if since == eve else changes_between(since, day, most=MOST) if since else None
    sentences = {}
    for lang in ("th", "en"):
        with override(lang):
            sentences[lang] = sentence(head.now, day)
    return render(
        request,
        "web/figures.html",
        {
            "day": day,
            "head": head,
            "asof_days": head.turns,
            "steps": step_line(
                head.steps,
                until=day,
                label=_("Number of recognised areas: %(steps)s")
                % {"steps": ", ".join(f"{value} ({long_day(on)})" for on, value in head.steps)},
            ),
            "zones": counts_on(day, Tier.ZONE),
            "by_status": counts_by_status(day),
            "since": since,
            "since_typed": typed,
            "refused": refused,
            "then": counts_on(since) if since else None,
            "change": change,
            "rows": first_on_record(day, MOST),
            "most": MOST,
            "sentences": sentences,
            "permanent": permanent("web:figures", day),
            **twins(request, "opendata:figures"),
        },
    )
