"""A city's pages: the return as a whole, its sections saved as they are typed, handing in, more time."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from nagara.monitoring.actions import extensions, handing_in, writing
from nagara.monitoring.actions.writing import Clash, Written
from nagara.monitoring.asked import asking
from nagara.monitoring.checks import ANSWERABLE, CARRIED
from nagara.monitoring.forms import ExtensionForm, end_of_day
from nagara.monitoring.models import Return
from nagara.monitoring.queries.form import Key, cell_key, cell_of, form_of, read_key
from nagara.monitoring.states import HANDED_IN, WITH_CITY, Quality
from nagara.monitoring.timing import timeliness
from nagara.monitoring.views.common import Context, answer_for, show_refusal, user_of
from nagara.toolkit import access
from nagara.toolkit.days import clock
from nagara.toolkit.refusal import Refusal


def head(request: HttpRequest, answer: Return) -> Context:
    """What stands at the head of every page of a return."""
    now = timezone.now()
    return {
        "answer": answer,
        "period": answer.period,
        "city": answer.city,
        "timing": timeliness(answer, now),
        "late": answer.state in WITH_CITY and answer.due_at < now,
        "locked": answer.state in WITH_CITY and answer.locks_at < now,
        "opened": answer.period.opens_at <= now,
        "with_city": answer.state in WITH_CITY,
        "handed_in": answer.state in HANDED_IN,
        "writes": access.allowed(request.user, "monitoring.write", answer),
        "verifies": access.allowed(request.user, "monitoring.verify", answer),
        "extension": answer.extensions.order_by("-asked_at", "-pk").first(),
    }


def whole(request: HttpRequest, pk: int) -> HttpResponse:
    """The return: how it stands, its sections, what still wants an answer."""
    answer = answer_for(request, "monitoring.view", pk)
    shown = form_of(answer)
    assert shown is not None  # noqa: S101 - without a section there is always a form
    groups: dict[str, list[Context]] = {}
    for finding in shown.findings:
        home = shown.asked.by_measure[finding.measure]
        row = {"finding": finding, "asked": home, "section": home.section, "part": home.measure.part(finding.part)}
        kind = CARRIED if finding.code == CARRIED else "wanting" if finding.blocks else "answered"
        groups.setdefault(kind, []).append(row)
    context = {
        **head(request, answer),
        "form": shown,
        "wanting": groups.get("wanting", []),
        "answered": groups.get("answered", []),
        "carried": len(groups.get(CARRIED, [])),
        "levels_shown": answer.state in HANDED_IN,
    }
    return render(request, "monitoring/return.html", context)


@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    answer = answer_for(request, "monitoring.write", pk)
    begun = writing.begin(answer, by=user_of(request), at=timezone.now())
    first = next((section for section in asking(begun.period).sections if not section.derived), None)
    if first is None:
        return redirect("monitoring:return", pk)
    return redirect("monitoring:section", pk, first.key)


def section(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One page of the form. Without the script, its button saves the whole page."""
    answer = answer_for(request, "monitoring.write", pk)
    clashes: dict[Key, Clash] = {}
    refused: Refusal | None = None
    if request.method == "POST":
        try:
            clashes = _save_page(request, answer, key)
        except Refusal as refusal:
            refused = refusal
        if not clashes and refused is None:
            messages.success(request, _("Saved at %(clock)s.") % {"clock": clock(timezone.now(), answer.period.zone_info, seconds=True)})
            return redirect("monitoring:section", pk, request.POST.get("go") or key)
    shown = form_of(answer, key, clashes=clashes)
    if shown is None:
        raise Http404
    context = {**head(request, answer), "form": shown, "clashes": clashes, "refused": refused, "qualities": Quality.choices}
    return render(request, "monitoring/section.html", context, status=409 if clashes else refused.status if refused else 200)


def _written(request: HttpRequest, key: str) -> Written:
    """What was typed in one cell of a page."""

    def typed(name: str) -> str:
        return request.POST.get(f"{key}:{name}", "")

    base = typed("base")
    names = ("typed", "missing", "quality", "source", "note", "reply")
    return Written(
        base=int(base) if base.isdecimal() else 0,
        **{name: typed(name) for name in names},
        reasons={code: typed(code) for code in ANSWERABLE},
    )


def _save_page(request: HttpRequest, answer: Return, key: str) -> dict[Key, Clash]:
    """Every open cell of the page that was changed, each over the revision that the page was made with."""
    shown = form_of(answer, key)
    if shown is None:
        raise Http404
    clashes: dict[Key, Clash] = {}
    for row in shown.measures:
        for cell in row.cells:
            if not cell.open or f"{cell.key}:base" not in request.POST or request.POST.get(f"{cell.key}:keep") == "theirs":
                continue
            written = _written(request, cell.key)
            if cell.value is None and not any(value for value in written.content().values()):
                continue
            if cell.value is not None and all(getattr(cell.value, name) == value for name, value in written.content().items()):
                continue
            if clash := _save(request, answer, cell.measure.code, cell.part, written):
                clashes[cell.measure.code, cell.part] = clash
    return clashes


def _save(request: HttpRequest, answer: Return, measure: str, part: str, written: Written) -> Clash | None:
    """Save one cell; where somebody else was quicker, keep what was typed and answer with both."""
    at = timezone.now()
    try:
        writing.save(answer, measure, part, written, by=user_of(request), at=at)
    except Clash as clash:
        writing.keep_aside(clash, by=user_of(request), at=at)
        return clash
    return None


@require_POST
def save_cell(request: HttpRequest, pk: int) -> JsonResponse:
    """One cell, as it is typed. What stands against another's answer is told with both (409), and nothing is lost."""
    answer = answer_for(request, "monitoring.write", pk)
    measure, part = read_key(request.POST.get("cell", ""))
    clash = _save(request, answer, measure, part, _written(request, cell_key(measure, part)))
    cell = cell_of(answer, measure, part)
    if cell is None or cell.value is None:
        raise Http404
    if clash is not None:
        html = render_to_string("monitoring/_clash.html", {"cell": cell, "clash": clash, "answer": answer}, request)
        names = ("typed", "missing", "quality", "source", "note", "reply")
        theirs = {name: getattr(clash.value, name) for name in names} | dict(clash.value.reasons)
        return JsonResponse({"clash": {"html": html, "revision": clash.value.revision, "theirs": theirs}}, status=409)
    saved = clock(cell.value.saved_at, answer.period.zone_info, seconds=True)
    context = {"cell": cell, "answer": answer, "qualities": Quality.choices}
    html = render_to_string("monitoring/_findings.html", context, request)
    fault = next((finding.message for finding in cell.findings if finding.code == "unreadable"), "")
    return JsonResponse(
        {"revision": cell.revision, "saved": saved, "findings": html, "reading": cell.reading, "change": cell.change, "fault": fault}
    )


@require_POST
def take_offer(request: HttpRequest, pk: int) -> HttpResponse:
    answer = answer_for(request, "monitoring.write", pk)
    measure, part = read_key(request.POST.get("cell", ""))
    writing.take_offer(answer, measure, part, request.POST.get("by", ""), by=user_of(request), at=timezone.now())
    return redirect(_place(answer, measure, part))


def _place(answer: Return, measure: str, part: str) -> str:
    home = asking(answer.period).by_measure[measure].section
    return reverse("monitoring:section", args=[answer.pk, home]) + f"#c-{cell_key(measure, part).replace('.', '-')}"


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm answers of the last period: one cell, or all of a page."""
    answer = answer_for(request, "monitoring.write", pk)
    cells = [read_key(key) for key in request.POST.getlist("cell")]
    count = writing.confirm(answer, cells, by=user_of(request), at=timezone.now())
    messages.success(request, ngettext("%(count)s answer confirmed.", "%(count)s answers confirmed.", count) % {"count": count})
    return redirect("monitoring:section", pk, request.POST.get("section", ""))


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand in. What still wants an answer is listed on the page of the return."""
    answer = answer_for(request, "monitoring.write", pk)
    if answer.state in HANDED_IN:
        return redirect("monitoring:return", pk)
    try:
        answer = handing_in.submit(answer, by=user_of(request), at=timezone.now())
    except Refusal as refusal:
        words = " ".join(part for part in (refusal.message, refusal.who, refusal.next_step) if part)
        messages.warning(request, words)
        return redirect(reverse("monitoring:return", args=[pk]) + "#wanting")
    messages.success(request, _("Handed in: %(how)s.") % {"how": answer.get_handed_in_display()})
    return redirect("monitoring:return", pk)


def ask_time(request: HttpRequest, pk: int) -> HttpResponse:
    """A city asks for more time for this return."""
    answer = answer_for(request, "monitoring.write", pk)
    form = ExtensionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            extensions.ask(
                answer, until=end_of_day(found["until"], answer.period.zone_info), why=found["why"], by=user_of(request), at=timezone.now()
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Asked. You are told when it is answered; what you write meanwhile is kept."))
            return redirect("monitoring:return", pk)
    faulty = request.method == "POST"
    return render(request, "monitoring/ask_time.html", {**head(request, answer), "form": form}, status=422 if faulty else 200)
