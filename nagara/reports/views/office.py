"""What the secretariat of a network does: look a report through, freeze it, correct it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.people.models import User
from nagara.people.second_factor import proof_in
from nagara.reports import actions
from nagara.reports.charts import draw, for_page
from nagara.reports.forms import AskForm, CorrectForm
from nagara.reports.states import Kind
from nagara.reports.values import hindrance
from nagara.reports.views.public import LISTED, annex_of, report_or_404
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal


def user_of(request: HttpRequest) -> User:
    """The signed-in account: the pages that ask are closed to others."""
    assert isinstance(request.user, User)  # noqa: S101 - the middleware has asked
    return request.user


def preview(request: HttpRequest) -> HttpResponse:
    """The report as it would be frozen now, with what still stands in the way."""
    access.require(request.user, "reports.prepare")
    form = AskForm(request.GET or None, networks=access.visible(request.user, "reports.freeze").order_by("code"))
    if not form.is_valid():
        return render(request, "reports/ask.html", {"form": form}, status=400 if request.GET else 200)
    asked = form.cleaned_data
    try:
        made = actions.draft(asked["network"], asked["kind"], asked["as_of"], at=timezone.now())
    except Refusal as refusal:
        for name, message in refusal.fields.items():
            form.add_error(name, message)
        if not refusal.fields:
            form.add_error(None, refusal.message)
        return render(request, "reports/ask.html", {"form": form}, status=refusal.status)
    language = request.LANGUAGE_CODE.split("-")[0]
    return render(
        request,
        "reports/preview.html",
        {
            "draft": made,
            "asked": asked,
            "c": made.content,
            "figures": made.content["figures"],
            "drawings": {name: for_page(svg) for name, svg in draw(made.content, language).items()},
            "listed": made.gathered.rows[:LISTED],
            **annex_of(made.content),
            "hindrances": [hindrance(row) for row in made.gathered.values.unsettled],
            "verified": made.gathered.values.returns.get("verified", 0),
            "kind": Kind(made.kind).label,
            "left": made.left[:LISTED],
            "added": [row for row in made.gathered.rows if row.get("change") == "added"][:LISTED],
        },
    )


@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    access.require(request.user, "reports.prepare")
    form = AskForm(request.POST, networks=access.visible(request.user, "reports.freeze").order_by("code"))
    if not form.is_valid():
        return render(request, "reports/ask.html", {"form": form}, status=400)
    asked = form.cleaned_data
    report = actions.freeze(
        asked["network"], asked["kind"], asked["as_of"], by=user_of(request), at=timezone.now(), proof=proof_in(request)
    )
    messages.success(request, _("%(number)s is frozen. Nothing that changes later changes it.") % {"number": report.number})
    return redirect(report)


def correct(request: HttpRequest, number: str) -> HttpResponse:
    report = report_or_404(number)
    get_object_or_404(access.visible(request.user, "reports.freeze"), pk=report.network_id)
    form = CorrectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = actions.correct(report, why=form.cleaned_data["why"], by=user_of(request), at=timezone.now(), proof=proof_in(request))
        messages.success(request, _("%(number)s corrects %(old)s.") % {"number": new.number, "old": report.number})
        return redirect(new)
    return render(request, "reports/correct.html", {"report": report, "form": form})
