"""The desks: returns of many cities, verifying one, granting time, publishing, opening a period."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from nagara.monitoring import jobs
from nagara.monitoring.actions import calendar, extensions, publishing, verifying
from nagara.monitoring.actions.calendar import Calendar, SetAsked
from nagara.monitoring.forms import AskCityForm, DeskFilter, ExtensionAnswerForm, PeriodForm, SendBackForm, end_of_day, start_of_day
from nagara.monitoring.models import Extension, Period
from nagara.monitoring.queries.desk import counts_of, filtered, levels_of, not_asked, open_extensions, returns_for
from nagara.monitoring.queries.form import cell_key, form_of, read_key
from nagara.monitoring.reading import read_value
from nagara.monitoring.rules import is_secretariat
from nagara.monitoring.states import ReturnState
from nagara.monitoring.timing import timeliness
from nagara.monitoring.views.common import Context, answer_for, period_for, show_refusal, user_of
from nagara.monitoring.views.writing import head
from nagara.people.second_factor import proof_in
from nagara.places.models import State
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal


def desk(request: HttpRequest) -> HttpResponse:
    """Every return that the visitor may read: a city's own, an office's, the network's."""
    now = timezone.now()
    rows = returns_for(request.user)
    periods = counts_of(rows, now)
    states = list(State.objects.filter(pk__in=rows.order_by().values("city__state").distinct()).order_by("pk"))
    asked = {name: request.GET.get(name, "") for name in ("period", "state", "how")}
    page = page_of(filtered(rows, asked, now), request.GET.get("page"))
    for row in page:
        row.timing = timeliness(row, now)
    context = {
        "periods": periods,
        "page": page,
        "asked": any(asked.values()),
        "now": now,
        "filter": DeskFilter(request.GET or None, periods=[row.period for row in periods], states=states),
        "many": access.allowed(request.user, "monitoring.desk"),
        "keeps_calendar": access.allowed(request.user, "monitoring.keep_calendar"),
        "extensions": list(open_extensions(request.user)[:50]),
    }
    return render(request, "monitoring/desk.html", context)


def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """The office's page of one return: every value with the claim, the last period, the checks and the city's reasons."""
    answer = answer_for(request, "monitoring.verify", pk)
    faults: dict[str, str] = {}
    typed: Context = {}
    if request.method == "POST":
        key = request.POST.get("cell", "")
        try:
            _act(request, pk, key)
        except Refusal as refusal:
            if refusal.code == "second-factor-needed":
                raise
            faults[key] = " ".join([refusal.message, *refusal.fields.values()])
            typed = {"cell": key, **{name: request.POST.get(name, "") for name in ("number", "why", "question")}}
        else:
            return redirect(reverse("monitoring:verify", args=[pk]) + f"#c-{key.replace('.', '-')}")
    shown = form_of(answer)
    assert shown is not None  # noqa: S101 - without a section there is always a form
    levels = levels_of(answer)
    sections: list[Context] = []
    for section in shown.asked.sections:
        rows = [
            {
                "asked": one,
                "part": one.measure.part(part),
                "part_code": part,
                "key": cell_key(one.measure.code, part),
                "levels": levels.get((one.measure.code, part)),
                "last": shown.last.get((one.measure.code, part)),
                "findings": [f for f in shown.findings if (f.measure, f.part) == (one.measure.code, part) and f.answerable],
                "fault": faults.get(cell_key(one.measure.code, part), ""),
            }
            for one in section.measures
            for part in one.measure.cells()
            if (found := levels.get((one.measure.code, part))) and (found.claimed or found.published)
        ]
        if rows:
            sections.append({"section": section, "rows": rows})
    every = [row["levels"].value for section in sections for row in section["rows"]]
    context = {
        **head(request, answer),
        "sections": sections,
        "open": answer.state == ReturnState.SUBMITTED,
        "may_ask": answer.state in (ReturnState.SUBMITTED, ReturnState.VERIFIED, ReturnState.PUBLISHED),
        "questions": sum(1 for value in every if value.verdict == "questioned"),
        "accepted": sum(1 for value in every if value.verdict == "accepted"),
        "untouched": sum(1 for value in every if not value.verdict),
        "count": len(every),
        "send_back": SendBackForm(),
        "typed": typed,
        "own": answer.submitted_by_id == user_of(request).pk,
    }
    return render(request, "monitoring/verify.html", context, status=422 if faults else 200)


def _act(request: HttpRequest, pk: int, key: str) -> None:
    """One value: verified, verified with another number, asked about, or the question taken back."""
    answer = answer_for(request, "monitoring.verify", pk)
    measure, part = read_key(key)
    user, at = user_of(request), timezone.now()
    act = request.POST.get("act", "")
    if act == "question":
        verifying.question(answer, measure, part, text=request.POST.get("question", ""), by=user, at=at)
    elif act == "take_back":
        verifying.take_back_question(answer, measure, part, by=user, at=at)
    elif act == "verify":
        number = request.POST.get("number", "").strip()
        shown = form_of(answer)
        asked = shown.asked.by_measure.get(measure) if shown else None
        value = read_value(asked.measure, part, number) if asked and number else None
        verifying.verify(answer, measure, part, number=value, why=request.POST.get("why", ""), proof=proof_in(request), by=user, at=at)
    else:
        raise Refusal(_("Choose what to do with this value."), code="no-act", status=422)


@require_POST
def verify_rest(request: HttpRequest, pk: int) -> HttpResponse:
    answer = answer_for(request, "monitoring.verify", pk)
    answer = verifying.verify_rest(answer, by=user_of(request), at=timezone.now(), proof=proof_in(request))
    messages.success(request, _("Verified.") if answer.state == ReturnState.VERIFIED else _("Verified what was not asked about."))
    return redirect("monitoring:verify", pk)


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    answer = answer_for(request, "monitoring.verify", pk)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(str(words) for errors in form.errors.values() for words in errors))
        return redirect("monitoring:verify", pk)
    day = form.cleaned_data["until"]
    until = end_of_day(day, answer.period.zone_info) if day else None
    verifying.send_back(answer, until=until, by=user_of(request), at=timezone.now())
    messages.success(request, _("Sent back. Only the values asked about are open for the city."))
    return redirect("monitoring:verify", pk)


def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """The office answers a request for more time."""
    answer = answer_for(request, "monitoring.extend", pk)
    waiting = Extension.objects.filter(of=answer, answer="").select_related("asked_by__person").first()
    initial = {"until": waiting.until.astimezone(answer.period.zone_info).date()} if waiting else {}
    form = ExtensionAnswerForm(request.POST or None, initial=initial)
    if request.method == "POST" and waiting is not None and form.is_valid():
        day = form.cleaned_data["until"]
        try:
            extensions.reply(
                waiting,
                granted=request.POST.get("act") == "grant",
                words=form.cleaned_data["words"],
                until=end_of_day(day, answer.period.zone_info) if day else None,
                by=user_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Answered. The city has been told."))
            return redirect("monitoring:desk")
    context = {
        **head(request, answer),
        "form": form,
        "waiting": waiting,
        "past": answer.extensions.exclude(answer="").select_related("answered_by__person"),
    }
    return render(request, "monitoring/extension.html", context, status=422 if request.method == "POST" else 200)


def period(request: HttpRequest, code: str) -> HttpResponse:
    """One period: its calendar, what is asked, how the returns stand; for the network, publishing and reminding."""
    found = period_for(code)
    now = timezone.now()
    rows = returns_for(request.user).filter(period=found)
    counts = next(iter(counts_of(rows, now)), None)
    keeps = access.allowed(request.user, "monitoring.keep_calendar")
    if counts is None and not keeps:
        return redirect("monitoring:desk")
    context = {
        "period": found,
        "ask": AskCityForm(cities=not_asked(found, now)) if keeps else None,
        "counts": counts,
        "sets": found.sets.select_related("edition").order_by("position"),
        "now": now,
        "secretariat": is_secretariat(request.user),
        "may_remind": access.allowed(request.user, "monitoring.desk"),
    }
    return render(request, "monitoring/period.html", context)


@require_POST
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish every verified return of a period, or the one that is named."""
    if not is_secretariat(request.user):
        raise PermissionDenied(_("The secretariat of the network publishes."))
    found = period_for(code)
    rows = access.visible(request.user, "monitoring.publish").filter(period=found, state=ReturnState.VERIFIED)
    if number := request.POST.get("return", ""):
        rows = rows.filter(pk=int(number)) if number.isdecimal() else rows.none()
    count = 0
    for answer in rows.order_by("pk"):
        publishing.publish(answer, by=user_of(request), at=timezone.now(), proof=proof_in(request))
        count += 1
    if count:
        messages.success(request, ngettext("%(count)s return published.", "%(count)s returns published.", count) % {"count": count})
    else:
        messages.warning(request, _("No return of this period is verified and yours to publish."))
    return redirect("monitoring:period", code)


@require_POST
def ask_city(request: HttpRequest, code: str) -> HttpResponse:
    """One more city gets its return of a period that is open."""
    access.require(request.user, "monitoring.keep_calendar")
    found, now = period_for(code), timezone.now()
    city = next((one for one in not_asked(found, now) if one.slug == request.POST.get("city", "")), None)
    if city is None:
        messages.warning(request, _("Choose a city that is not asked yet."))
    else:
        calendar.ask_city(found, city, by=user_of(request), at=now)
        messages.success(request, _("%(city)s is asked and has its return.") % {"city": city})
    return redirect("monitoring:period", code)


@require_POST
def remind(request: HttpRequest, code: str) -> HttpResponse:
    """One reminder to each city that is late, with each officer's own link. Asked again within an hour, nobody is told twice."""
    access.require(request.user, "monitoring.desk")
    found = period_for(code)
    late = access.visible(request.user, "monitoring.extend").filter(period=found)
    days = request.POST.get("days", "0")
    count = jobs.remind_late(late, since=timedelta(days=int(days) if days.isdecimal() else 0), by=user_of(request), at=timezone.now())
    words = ngettext("%(count)s city reminded.", "%(count)s cities reminded.", count) % {"count": count}
    messages.success(request, words)
    return redirect("monitoring:period", code)


def new_period(request: HttpRequest) -> HttpResponse:
    access.require(request.user, "monitoring.keep_calendar")
    form = PeriodForm(request.POST or None, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            made = _open(request, form)
        except Refusal as refusal:
            if refusal.code == "second-factor-needed":
                raise
            show_refusal(form, refusal, due_at="due", locks_at="locks", opens_at="opens")
        else:
            messages.success(request, _("The period is open; each city has its return."))
            return redirect("monitoring:period", made.code)
    return render(request, "monitoring/new_period.html", {"form": form}, status=422 if request.method == "POST" else 200)


def _open(request: HttpRequest, form: PeriodForm) -> Period:
    found = form.cleaned_data
    days = Calendar(found["first_day"], found["last_day"], *_instants(found), found["zone"])
    return calendar.open_period(
        found["code"],
        title=found["title"],
        calendar=days,
        sets=[SetAsked(code, required=code not in found["voluntary"]) for code in found["sets"]],
        roster=found["roster"],
        by=user_of(request),
        at=timezone.now(),
        proof=proof_in(request),
    )


def _instants(found: Context) -> tuple[datetime, datetime, datetime]:
    zone = ZoneInfo(found["zone"])
    return start_of_day(found["opens"], zone), end_of_day(found["due"], zone), end_of_day(found["locks"], zone)
