"""Proposals and appeals: made, completed, put on an agenda, taken back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nagara.assessment.models import Application
from nagara.governance.actions import put_on_agenda
from nagara.governance.matters import matter
from nagara.governance.models import AgendaItem, Heading
from nagara.places.models import Area
from nagara.recognition import office
from nagara.recognition.actions import appeals as appealing
from nagara.recognition.actions import proposals as proposing
from nagara.recognition.forms import (
    AgendaForm,
    AnswerForm,
    CheckedForm,
    DesignateForm,
    GroundsForm,
    ProposeForm,
    ProposeRenewalForm,
    RenewalForm,
    WhyForm,
)
from nagara.recognition.matters.proposal import LABELS, new_end
from nagara.recognition.models import Appeal, Proposal
from nagara.recognition.queries import spans_on
from nagara.recognition.states import RUNNING, Business, ProposalState, Tier
from nagara.recognition.views.common import acting, done, recognition_or_404
from nagara.recognition.views.register import PAGE, query_of, require_insider
from nagara.rulebook.keep import kept
from nagara.toolkit import access
from nagara.toolkit.texts import text
from nagara.toolkit.thai import alphabet


def _require_keeper(request: HttpRequest) -> None:
    if not access.allowed(request.user, "recognition.keep"):
        raise PermissionDenied(_("Steps are proposed by the programme office."))


# Proposals


def propose(request: HttpRequest, pk: int, business: str) -> HttpResponse:
    """The office proposes a step of one recognition."""
    _require_keeper(request)
    row = recognition_or_404(request, pk)
    if business not in Business.values or business == Business.DESIGNATE:
        raise Http404
    renewal = business == Business.RENEW
    form = (ProposeRenewalForm if renewal else ProposeForm)(request.POST or None)

    def act(typed: dict[str, Any]) -> Proposal:
        return proposing.propose(business, recognition=row, **typed, **acting(request))

    if request.method == "POST" and (made := done(form, act)) is not None:
        messages.success(request, _("Proposed. Put it on an agenda next."))
        return redirect("recognition:proposal", made.pk)
    context = {
        "form": form,
        "title": text(LABELS[business]),
        "about": row,
        "lead": _least(row.edition) if renewal and row.edition else "",
        "button": _("Propose"),
        "back": reverse("recognition:recognition", args=[pk]),
    }
    return render(request, "recognition/form.html", context)


def _least(edition: Any) -> str:
    least = kept(edition).renewal_progress
    return _("A renewal needs at least %(least)s %% of the plan (%(source)s).") % {
        "least": f"{least.value:g}",
        "source": least.source.title,
    }


def designate(request: HttpRequest) -> HttpResponse:
    """The office proposes a promotion zone."""
    _require_keeper(request)
    today = timezone.localdate()
    standing = [span.area_id for tier in Tier for span in spans_on(today, tier).filter(status__in=list(RUNNING)).only("area_id")]
    form = DesignateForm(request.POST or None, areas=Area.objects.exclude(pk__in=standing).order_by(alphabet(), "pk"))

    def act(typed: dict[str, Any]) -> Proposal:
        return proposing.propose(Business.DESIGNATE, **typed, **acting(request))

    if request.method == "POST" and (made := done(form, act)) is not None:
        messages.success(request, _("Proposed. Put it on an agenda next."))
        return redirect("recognition:proposal", made.pk)
    context = {"form": form, "title": text(LABELS[Business.DESIGNATE]), "button": _("Propose"), "back": reverse("recognition:proposals")}
    return render(request, "recognition/form.html", context)


def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """An area asks for its renewal."""
    row = recognition_or_404(request, pk, "recognition.ask")
    form = RenewalForm(request.POST or None)

    def act(typed: dict[str, Any]) -> Proposal:
        return proposing.ask_renewal(row, **typed, **acting(request))

    if request.method == "POST" and (made := done(form, act)) is not None:
        messages.success(request, _("Your request has reached the programme office."))
        return redirect("recognition:proposal", made.pk)
    context = {
        "form": form,
        "title": _("Ask for renewal"),
        "about": row,
        "lead": _least(row.edition) if row.edition else "",
        "button": _("Send to the office"),
        "back": reverse("recognition:recognition", args=[pk]),
    }
    return render(request, "recognition/form.html", context)


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    require_insider(request)
    rows = office.proposals_for(request.user)
    state = request.GET.get("state", "")
    if state in ProposalState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": ProposalState.choices, "query": query_of(request)}
    return render(request, "recognition/proposals.html", {**context, "keeps": access.allowed(request.user, "recognition.keep")})


def _proposal(request: HttpRequest, pk: int, rule: str = "recognition.view_proposal") -> Proposal:
    rows = access.visible(request.user, rule).select_related(
        "area__subdivision", "area__organisation", "recognition__area", "edition", "decided_by__item__meeting__body", "made_by__person"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: its reasons, where it stands, and what may be done with it."""
    row = _proposal(request, pk)
    keeps = access.allowed(request.user, "recognition.keep")
    on_agenda = office.agenda_of(row.business, str(row.pk))
    today = timezone.localdate()
    context = {
        "proposal": row,
        "label": LABELS[row.business],
        "keeps": keeps,
        "own": not keeps and access.allowed(request.user, "recognition.answer", row),
        "on_agenda": on_agenda,
        "agenda": _agenda_form(request, office.bodies_for(row)) if row.state == ProposalState.READY and on_agenda is None else None,
        "checked": CheckedForm(initial={"checked_progress": row.progress}) if keeps and row.state == ProposalState.ASKED else None,
        "answer_form": AnswerForm() if keeps and row.state == ProposalState.ASKED else None,
        "open": row.state in (ProposalState.ASKED, ProposalState.RETURNED, ProposalState.READY),
        "least": _least(row.edition) if row.business == Business.RENEW else "",
        "until": new_end(row, row.effective_on or today) if row.business in (Business.RENEW, Business.DESIGNATE) else None,
    }
    return render(request, "recognition/proposal.html", context)


def _agenda_form(request: HttpRequest, codes: set[str]) -> AgendaForm | None:
    user = acting(request)["by"]
    meetings = office.meetings_for(user, codes)
    return AgendaForm(request.POST if request.method == "POST" else None, meetings=meetings) if meetings.exists() else None


def _put(request: HttpRequest, kind: str, ref: str, codes: set[str]) -> AgendaItem | None:
    """Put a row on the agenda of the meeting that was chosen, as an item of its own. Pressed twice, it lies there once."""
    lying = office.agenda_of(kind, ref)
    if lying is not None:
        return lying.item
    form = AgendaForm(request.POST, meetings=office.meetings_for(acting(request)["by"], codes))
    return done(
        form,
        lambda typed: put_on_agenda(
            typed["meeting"], Heading.FOR_CONSIDERATION, matter(kind).title(ref), matters=[(kind, ref)], **acting(request)
        ),
    )


@require_POST
def proposal_to_agenda(request: HttpRequest, pk: int) -> HttpResponse:
    row = _proposal(request, pk)
    item = _put(request, row.business, str(row.pk), office.bodies_for(row))
    if item is None:
        messages.error(request, _("Choose a meeting."))
    else:
        messages.success(request, _("On the agenda of %(meeting)s.") % {"meeting": item.meeting})
    return redirect("recognition:proposal", pk)


def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """The office has checked an area's request."""
    _require_keeper(request)
    row = _proposal(request, pk)
    form = CheckedForm(request.POST or None, initial={"checked_progress": row.progress})
    if request.method == "POST" and done(form, lambda typed: proposing.take_up(row, **typed, **acting(request))) is not None:
        messages.success(request, _("Checked. Put it on an agenda next."))
        return redirect("recognition:proposal", pk)
    return _form(request, form, _("Check the progress"), row, _("Take it up"), _least(row.edition))


def return_to_area(request: HttpRequest, pk: int) -> HttpResponse:
    _require_keeper(request)
    row = _proposal(request, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and done(form, lambda typed: proposing.return_to_area(row, **typed, **acting(request))) is not None:
        messages.success(request, _("Returned. The area has been told what is missing."))
        return redirect("recognition:proposal", pk)
    return _form(request, form, _("Return to the area"), row, _("Return it"))


def ask_again(request: HttpRequest, pk: int) -> HttpResponse:
    """The area completes its request."""
    row = _proposal(request, pk, "recognition.answer")
    form = RenewalForm(request.POST or None, initial={"progress": row.progress, "reason": row.reason})
    if request.method == "POST" and done(form, lambda typed: proposing.ask_again(row, **typed, **acting(request))) is not None:
        messages.success(request, _("Your request has reached the programme office."))
        return redirect("recognition:proposal", pk)
    return _form(request, form, _("Complete the request"), row, _("Send to the office"), row.answer)


def withdraw_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    row = _proposal(request, pk, "recognition.answer")
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, lambda typed: proposing.withdraw(row, **typed, **acting(request))) is not None:
        messages.success(request, _("Taken back."))
        return redirect("recognition:proposal", pk)
    return _form(request, form, _("Take the proposal back"), row, _("Take it back"))


def _form(request: HttpRequest, form: Any, title: str, row: Proposal, button: str, lead: str = "") -> HttpResponse:
    back = reverse("recognition:proposal", args=[row.pk])
    return render(
        request, "recognition/form.html", {"form": form, "title": title, "about": row, "lead": lead, "button": button, "back": back}
    )


# Appeals


def lodge_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """An area appeals against a suspension or revocation."""
    row = recognition_or_404(request, pk, "recognition.appeal")
    form = GroundsForm(request.POST or None)
    if request.method == "POST":
        made = done(form, lambda typed: appealing.lodge(row, **typed, **acting(request)))
        if made is not None:
            messages.success(request, _("Your appeal has been lodged."))
            return redirect("recognition:appeal", made.pk)
    step = appealing.appealable(row)
    context = {
        "form": form,
        "title": _("Appeal"),
        "about": row,
        "lead": _("Against the resolution of meeting %(meeting)s.") % {"meeting": step.resolution.item.meeting}
        if step and step.resolution
        else "",
        "button": _("Lodge the appeal"),
        "back": reverse("recognition:recognition", args=[pk]),
    }
    return render(request, "recognition/form.html", context)


def lodge_appeal_of_application(request: HttpRequest, pk: int) -> HttpResponse:
    """An area appeals against the resolution not to award its application."""
    rows = access.visible(request.user, "recognition.appeal_application").select_related("area", "round")
    application: Application = get_object_or_404(rows, pk=pk)
    form = GroundsForm(request.POST or None)
    if request.method == "POST":
        made = done(form, lambda typed: appealing.lodge_for_application(application, **typed, **acting(request)))
        if made is not None:
            messages.success(request, _("Your appeal has been lodged."))
            return redirect("recognition:appeal", made.pk)
    back = reverse("recognition:appeals")
    context = {"form": form, "title": _("Appeal"), "about": application, "button": _("Lodge the appeal"), "back": back}
    return render(request, "recognition/form.html", context)


@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    require_insider(request)
    page = Paginator(office.appeals_for(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "recognition/appeals.html", {"page": page, "query": query_of(request)})


def _appeal(request: HttpRequest, pk: int, rule: str = "recognition.view_appeal") -> Appeal:
    rows = access.visible(request.user, rule).select_related(
        "recognition__area__subdivision",
        "application__area__subdivision",
        "against__item__meeting__body__parent",
        "decided_by__item__meeting__body",
        "lodged_by__person",
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    row = _appeal(request, pk)
    pending = row.outcome == Appeal.Outcome.PENDING
    on_agenda = office.agenda_of("label.appeal", str(row.pk))
    context = {
        "appeal": row,
        "area": row.recognition.area if row.recognition else row.application.area if row.application else None,
        "step": appealing.against_step(row),
        "own": pending and access.allowed(request.user, "recognition.withdraw_appeal", row),
        "on_agenda": on_agenda,
        "agenda": _agenda_form(request, office.bodies_for_appeal(row)) if pending and on_agenda is None else None,
    }
    return render(request, "recognition/appeal.html", context)


@require_POST
def appeal_to_agenda(request: HttpRequest, pk: int) -> HttpResponse:
    row = _appeal(request, pk)
    item = _put(request, "label.appeal", str(row.pk), office.bodies_for_appeal(row))
    if item is None:
        messages.error(request, _("Choose a meeting."))
    else:
        messages.success(request, _("On the agenda of %(meeting)s.") % {"meeting": item.meeting})
    return redirect("recognition:appeal", pk)


@require_POST
def withdraw_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    row = _appeal(request, pk, "recognition.withdraw_appeal")
    appealing.withdraw(row, **acting(request))
    messages.success(request, _("The appeal has been taken back."))
    return redirect("recognition:appeal", pk)
