"""Bodies, their seats and rules, what they have asked to be done."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.governance import actions
from nagara.governance.forms import BodyForm, DoneForm, EndForm, PersonForm, RuleForm, SeatForm, SitterForm
from nagara.governance.models import Resolution, Seat, SeatHolder
from nagara.governance.queries import open_assignments
from nagara.governance.queries.bodies import bodies_with_figures, done_assignments, history_of, meetings_of, people_like
from nagara.governance.room import rule_on, rule_words, seats_on
from nagara.governance.views.common import body_or_404, done, who_and_when
from nagara.people.models import Person
from nagara.people.second_factor import proof_in, second_factor_required
from nagara.toolkit import access
from nagara.toolkit.asof import as_of
from nagara.toolkit.numbers import whole
from nagara.toolkit.pagination import page_of


def bodies(request: HttpRequest) -> HttpResponse:
    rows = bodies_with_figures(access.visible(request.user, "governance.view_body"), timezone.localdate())
    page = page_of(rows, request.GET.get("page"))
    may_establish = access.allowed(request.user, "governance.establish")
    return render(request, "governance/bodies.html", {"page": page, "may_establish": may_establish})


@second_factor_required
def new_body(request: HttpRequest) -> HttpResponse:
    access.require(request.user, "governance.establish")
    form = BodyForm(request.POST or None)
    if request.method == "POST":
        body = done(form, lambda typed: actions.establish_body(**typed, proof=proof_in(request), **who_and_when(request)))
        if body is not None:
            return redirect("governance:body", body.code)
    return render(request, "governance/form.html", {"form": form, "title": _("A new body"), "button": _("Enter this body")})


def body(request: HttpRequest, code: str) -> HttpResponse:
    found = body_or_404(request, code)
    asked = as_of(request)
    day = asked.day
    rule = rule_on(found, day)
    context = {
        "body": found,
        "day": day,
        "asked": asked,
        "rule": rule,
        "rule_words": rule_words(rule) if rule else [],
        "seats": seats_on(found, day),
        "meetings": meetings_of(request.user, found)[:12],
        "may_keep": access.allowed(request.user, "governance.seats", found),
        "may_plan": access.allowed(request.user, "governance.plan", found),
    }
    return render(request, "governance/body.html", context)


def seats(request: HttpRequest, code: str) -> HttpResponse:
    found = body_or_404(request, code, "governance.seats")
    context = {"body": found, "seats": seats_on(found, timezone.localdate()), "ended": found.seats.filter(ended__lte=timezone.localdate())}
    return render(request, "governance/seats.html", context)


def new_seat(request: HttpRequest, code: str) -> HttpResponse:
    found = body_or_404(request, code, "governance.seats")
    last = found.seats.order_by("-position").first()
    form = SeatForm(request.POST or None, initial={"position": last.position + 1 if last else 1, "since": timezone.localdate()})
    if request.method == "POST":
        seat = done(form, lambda typed: actions.add_seat(found, **typed, **who_and_when(request)))
        if seat is not None:
            return redirect("governance:seat", code, seat.pk)
    context = {"form": form, "title": _("A new seat"), "body": found, "button": _("Add this seat")}
    return render(request, "governance/form.html", context)


def _seat_or_404(request: HttpRequest, code: str, pk: int) -> Seat:
    found = body_or_404(request, code, "governance.seats")
    seat: Seat = get_object_or_404(found.seats.select_related("organisation", "body"), pk=pk)
    return seat


def seat(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Who sits here and who sat here; and the way to seat somebody."""
    found = _seat_or_404(request, code, pk)
    context = {"body": found.body, "seat": found, "history": history_of(found), "today": timezone.localdate()}
    return render(request, "governance/seat.html", context)


def new_sitter(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Seat somebody: found among the persons on record, or written down anew."""
    found = _seat_or_404(request, code, pk)
    searched = request.GET.get("q", "").strip()
    people = people_like(searched) if searched else []
    chosen = Person.objects.filter(pk=_number(request.POST.get("person"))).first()
    form = SitterForm(request.POST or None, initial={"since": timezone.localdate()})
    named = PersonForm(request.POST or None if not chosen else None, prefix="new")
    del named.fields["position_title"]
    if request.method == "POST" and form.is_valid() and (chosen or named.is_valid()):

        def seat_them(typed: dict[str, Any]) -> SeatHolder:
            return actions.seat_person(found, **typed, **_who(chosen, named), **who_and_when(request))

        if done(form, seat_them) is not None:
            return redirect("governance:seat", code, pk)
    context = {"body": found.body, "seat": found, "form": form, "named": named, "people": people, "searched": searched, "chosen": chosen}
    return render(request, "governance/new_sitter.html", context)


def _number(typed: str | None) -> int:
    return whole(typed) or 0


def _who(chosen: Person | None, named: PersonForm) -> dict[str, Any]:
    if chosen is not None:
        return {"person": chosen}
    return {"person": None, "named": {part: named.cleaned_data.get(part) or {} for part in ("rank", "given", "family")}}


def end_sitter(request: HttpRequest, code: str, pk: int, holder: int) -> HttpResponse:
    found = _seat_or_404(request, code, pk)
    row = get_object_or_404(found.holders.select_related("person", "seat__body"), pk=holder)
    form = EndForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and done(form, lambda typed: actions.end_holder(row, **typed, **who_and_when(request))) is not None:
        return redirect("governance:seat", code, pk)
    title = _("%(name)s leaves the seat") % {"name": row.person}
    context = {"form": form, "title": title, "lead": str(found), "body": found.body, "button": _("Enter the end")}
    return render(request, "governance/form.html", context)


def end_seat(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    found = _seat_or_404(request, code, pk)
    form = EndForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and done(form, lambda typed: actions.end_seat(found, **typed, **who_and_when(request))) is not None:
        return redirect("governance:seats", code)
    context = {"form": form, "title": _("The seat ends"), "lead": str(found), "body": found.body, "button": _("Enter the end")}
    return render(request, "governance/form.html", context)


@second_factor_required
def new_rule(request: HttpRequest, code: str) -> HttpResponse:
    found = body_or_404(request, code, "governance.seats")
    form = RuleForm(request.POST or None, initial={"since": timezone.localdate()})
    if request.method == "POST":
        rule = done(form, lambda _typed: actions.set_rule(found, **form.rule(), proof=proof_in(request), **who_and_when(request)))
        if rule is not None:
            return redirect("governance:body", code)
    context = {"form": form, "title": _("A new rule"), "body": found, "button": _("Put this rule in force")}
    return render(request, "governance/form.html", context)


def follow_ups(request: HttpRequest, code: str) -> HttpResponse:
    """What the body asked to be done: what is open by its due day, then what was done."""
    found = body_or_404(request, code)
    page = page_of(open_assignments(found), request.GET.get("page"))
    context = {
        "body": found,
        "page": page,
        "done": done_assignments(found)[:20],
        "today": timezone.localdate(),
        "may_keep": access.allowed(request.user, "governance.plan", found),
    }
    return render(request, "governance/follow_ups.html", context)


def mark_done(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    found = body_or_404(request, code, "governance.plan")
    row: Resolution = get_object_or_404(
        Resolution.objects.filter(draft=False, item__meeting__body=found).select_related("item__meeting__body"), pk=pk
    )
    form = DoneForm(request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and done(form, lambda typed: actions.mark_done(row, **typed, **who_and_when(request))) is not None:
        messages.success(request, _("Noted as done."))
        return redirect("governance:follow_ups", code)
    context = {"form": form, "title": _("Done"), "lead": str(row), "body": found, "button": _("Note as done")}
    return render(request, "governance/form.html", context)
