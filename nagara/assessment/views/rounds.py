"""Rounds: the call that anyone reads, and the pages from which the office runs one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.assessment import actions
from nagara.assessment.actions.assessors import is_assessor, plan_of
from nagara.assessment.exports import as_csv, as_xlsx, rows_of
from nagara.assessment.forms import AppointForm, AssessorInviteForm, RoundForm, SeedForm, WhyForm
from nagara.assessment.models import Appointment, Assignment, ProposedArea, Result, Round
from nagara.assessment.papers import HERE, sample_data
from nagara.assessment.rounds import applications_of, may_apply, programmes, rounds_for, standing_of
from nagara.assessment.sheets import standing
from nagara.assessment.slots import compulsory
from nagara.assessment.states import ROUND, ApplicationState, RoundState
from nagara.assessment.views.common import show_refusal, user_of
from nagara.documents.kinds import EVIDENCE_KINDS
from nagara.documents.pdf import typeset
from nagara.documents.uploads import limits
from nagara.people import invitations
from nagara.people.models import User
from nagara.people.roles import Role, scope
from nagara.people.second_factor import proof_in, second_factor_required
from nagara.rulebook.keep import keep_in_force, kept
from nagara.toolkit import access
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text

PAGE = 50


@open_page
@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """Rounds that are open, in assessment and over."""
    found = list(rounds_for(request.user).order_by("-closes_at", "pk")[:60])
    context = {
        "open": [row for row in found if row.state == RoundState.OPEN],
        "planned": [row for row in found if row.state == RoundState.PLANNED],
        "past": [row for row in found if row.state not in (RoundState.OPEN, RoundState.PLANNED)],
        "makes": access.allowed(request.user, "assessment.make_round"),
        "now": timezone.now(),
    }
    return render(request, "assessment/rounds.html", context)


@open_page
@require_GET
def call(request: HttpRequest, slug: str) -> HttpResponse:
    """The call: what is asked, how it is scored, until when; in full before anybody signs in."""
    round_ = get_object_or_404(rounds_for(request.user), slug=slug)
    edition = kept(round_.edition)
    own = None
    if request.user.is_authenticated:
        own = access.visible(request.user, "assessment.write").filter(round=round_).select_related("area", "city").first()
    context = {
        "round": round_,
        "edition": edition,
        "criteria": [(number, criterion) for number, criterion in enumerate(edition.criteria, 1)],
        "gates": edition.gates,
        "limits": limits(EVIDENCE_KINDS),
        "takes": round_.takes(timezone.now()),
        "may_apply": may_apply(request.user, round_, timezone.now()),
        "runs": access.allowed(request.user, "assessment.run", round_),
        "own": own,
        "now": timezone.now(),
    }
    return render(request, "assessment/call.html", context)


@open_page
@require_GET
def sample(request: HttpRequest, slug: str) -> HttpResponse:
    """The dossier with nothing in it, as PDF: to print and to plan with."""
    round_ = get_object_or_404(rounds_for(request.user), slug=slug)
    edition = kept(round_.edition)
    lang = (get_language() or "th").split("-")[0]
    others = [dimension.code for dimension in edition.dimensions if not dimension.compulsory][:1]
    data = sample_data(edition, title=text(round_.title), dimensions=[*compulsory(edition), *others])
    made = typeset(HERE / "dossier.typ", data, lang=lang)
    return HttpResponse(
        made, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{round_.slug}-sample-{lang}.pdf"'}
    )


@second_factor_required
def make(request: HttpRequest) -> HttpResponse:
    """Plan a round."""
    access.require(request.user, "assessment.make_round")
    form = RoundForm(request.POST or None, programmes=programmes())
    if request.method == "POST" and form.is_valid():
        cleaned, at = form.cleaned_data, timezone.now()
        try:
            edition = keep_in_force(cleaned["programme"], on=cleaned["opens"].date(), at=at)
            made = actions.make_round(
                edition,
                slug=cleaned["slug"],
                title=cleaned["title"],
                opens_at=cleaned["opens"],
                closes_at=cleaned["closes"],
                call=cleaned["call"],
                confidentiality=cleaned["confidentiality"],
                time_zone=cleaned["time_zone"],
                assessors_each=cleaned["assessors_each"],
                assess_until=cleaned["assess_until"],
                by=user_of(request),
                at=at,
                proof=proof_in(request),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:office", made.slug)
    return render(request, "assessment/round_form.html", {"form": form, "round": None})


def _run(request: HttpRequest, slug: str) -> Round:
    """A round of the visitor's office."""
    return get_object_or_404(access.visible(request.user, "assessment.run").select_related("edition"), slug=slug)


@second_factor_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    round_ = _run(request, slug)
    zone = round_.zone
    initial = {
        "title": round_.title,
        "slug": round_.slug,
        "programme": round_.edition.programme,
        "call": round_.call,
        "time_zone": round_.time_zone,
        "opens": round_.opens_at.astimezone(zone),
        "closes": round_.closes_at.astimezone(zone),
        "assess_until": round_.assess_until.astimezone(zone) if round_.assess_until else None,
        "assessors_each": round_.assessors_each,
        "confidentiality": round_.confidentiality,
    }
    form = RoundForm(request.POST or None, initial=initial, programmes=programmes(), planned=round_.state == RoundState.PLANNED)
    for name in ("slug", "programme", "time_zone"):
        form.fields[name].disabled = True
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            actions.change_round(
                round_,
                title=cleaned["title"],
                call=cleaned["call"],
                confidentiality=cleaned["confidentiality"],
                opens_at=cleaned["opens"],
                closes_at=cleaned["closes"],
                assessors_each=cleaned["assessors_each"],
                assess_until=cleaned["assess_until"],
                why=cleaned.get("why", ""),
                by=user_of(request),
                at=timezone.now(),
                proof=proof_in(request),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:office", slug)
    return render(request, "assessment/round_form.html", {"form": form, "round": round_})


@require_GET
def office(request: HttpRequest, slug: str) -> HttpResponse:
    """Where a round stands: its applications, what each waits for, and the steps of the round."""
    round_ = _run(request, slug)
    state, words = request.GET.get("state", ""), request.GET.get("q", "")
    rows = applications_of(round_, request.user, state=state if state in ApplicationState.values else "", words=words)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "round": round_,
        "page": page,
        "standing": standing_of(round_, request.user),
        "state": state,
        "words": words,
        "verbs": ROUND.verbs(round_.state),
        "why": WhyForm(),
        "proposed": ProposedArea.objects.filter(round=round_, answered_at__isnull=True).select_related("subdivision", "organisation"),
        "recommendations": dict(Result.Recommendation.choices),
        "now": timezone.now(),
    }
    return render(request, "assessment/office.html", context)


@require_POST
def step(request: HttpRequest, slug: str, verb: str) -> HttpResponse:
    """Open, begin the assessment, finish or cancel."""
    round_ = _run(request, slug)
    by, at, proof = user_of(request), timezone.now(), proof_in(request)
    if verb == "open":
        actions.open_round(round_, by=by, at=at, proof=proof)
    elif verb == "begin_assessment":
        actions.begin_assessment(round_, by=by, at=at, proof=proof)
    elif verb == "finish":
        actions.finish_round(round_, by=by, at=at, proof=proof)
    else:
        actions.cancel_round(round_, why=request.POST.get("why", ""), by=by, at=at, proof=proof)
    return redirect("assessment:office", slug)


def _assessors(round_: Round) -> list[User]:
    """Accounts that hold the role for this round and are not appointed yet."""
    there = Appointment.objects.filter(round=round_, ended_at__isnull=True, declined_at__isnull=True).values("assessor")
    grants = User.objects.filter(is_active=True, role_grants__role=Role.ASSESSOR, role_grants__ended__isnull=True)
    found = grants.exclude(pk__in=there).select_related("person__organisation").distinct().order_by("pk")
    return [user for user in found if is_assessor(user, round_)]


def assessors(request: HttpRequest, slug: str) -> HttpResponse:
    """Who assesses in a round, how much each has, and how each scores beside the panel."""
    round_ = _run(request, slug)
    free = _assessors(round_)
    form = AppointForm(None, assessors=User.objects.filter(pk__in=[user.pk for user in free]).select_related("person"))
    invite = AssessorInviteForm(None)
    if request.method == "POST":
        by, at, proof = user_of(request), timezone.now(), proof_in(request)
        try:
            if request.POST.get("act") == "invite":
                invite = AssessorInviteForm(request.POST)
                if invite.is_valid():
                    invitations.invite(invite.cleaned_data["email"], Role.ASSESSOR, scope("round", round_.pk), by=by, at=at, proof=proof)
                    messages.success(request, _("The invitation is on its way."))
                    return redirect("assessment:assessors", slug)
            else:
                form = AppointForm(request.POST, assessors=User.objects.filter(pk__in=[user.pk for user in free]).select_related("person"))
                if form.is_valid():
                    actions.appoint(round_, form.cleaned_data["assessor"], most=form.cleaned_data["most"], by=by, at=at, proof=proof)
                    return redirect("assessment:assessors", slug)
        except Refusal as refusal:
            show_refusal(invite if request.POST.get("act") == "invite" else form, refusal)
    beside = dict(standing(round_.pk))
    loads = loads_of(round_)
    appointed = round_.appointments.select_related("assessor__person__organisation").order_by("ended_at", "pk")
    page = Paginator(appointed, PAGE).get_page(request.GET.get("page"))
    rows = [(row, loads.get(row.assessor_id, {}), beside.get(row.assessor)) for row in page]
    context = {"round": round_, "rows": rows, "page": page, "form": form, "invite": invite, "free": free}
    return render(request, "assessment/assessors.html", context)


def loads_of(round_: Round) -> dict[int, dict[str, int]]:
    """How many sheets of each state each assessor has."""
    found: dict[int, dict[str, int]] = {}
    rows = Assignment.objects.filter(application__round=round_).values("assessor", "state").annotate(count=Count("pk")).order_by()
    for row in rows:
        found.setdefault(row["assessor"], {})[row["state"]] = row["count"]
    return found


@require_POST
def end_appointment(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    round_ = _run(request, slug)
    appointment = get_object_or_404(round_.appointments, pk=pk)
    actions.end_appointment(appointment, why=request.POST.get("why", ""), by=user_of(request), at=timezone.now(), proof=proof_in(request))
    return redirect("assessment:assessors", slug)


def share(request: HttpRequest, slug: str) -> HttpResponse:
    """The system's proposal for who assesses what; giving it out is a press of its own."""
    round_ = _run(request, slug)
    form = SeedForm(request.POST or request.GET or None)
    seed = form.cleaned_data["seed"] if form.is_bound and form.is_valid() else round_.pk
    if request.method == "POST" and form.is_valid():
        plan = actions.assign_balanced(round_, seed=seed, by=user_of(request), at=timezone.now(), proof=proof_in(request))
        messages.success(request, _("%(count)s sheets were given out.") % {"count": len(plan.shares.pairs)})
        return redirect("assessment:office", slug)
    plan = plan_of(round_, seed=seed)
    given: dict[int, list[User]] = {}
    for application, assessor in plan.shares.pairs:
        given.setdefault(application, []).append(plan.assessors[assessor])
    context = {
        "round": round_,
        "form": SeedForm(initial={"seed": seed}),
        "seed": seed,
        "given": [(plan.applications[pk], users) for pk, users in sorted(given.items())],
        "unfilled": [(plan.applications[entry.application], entry) for entry in plan.shares.unfilled],
        "pairs": len(plan.shares.pairs),
    }
    return render(request, "assessment/share.html", context)


@require_POST
def proposed(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Enter a proposed area, or refuse it with reasons."""
    round_ = _run(request, slug)
    found = get_object_or_404(ProposedArea, round=round_, pk=pk)
    by, at, proof = user_of(request), timezone.now(), proof_in(request)
    if request.POST.get("act") == "enter":
        actions.enter_proposed_area(found, by=by, at=at, proof=proof)
    else:
        actions.refuse_proposed_area(found, reasons=request.POST.get("why", ""), by=by, at=at, proof=proof)
    return redirect("assessment:office", slug)


@require_GET
def export(request: HttpRequest, slug: str, suffix: str) -> HttpResponse:
    """The round as a sheet, for the office. What a reader is recused from is not in it."""
    round_ = _run(request, slug)
    head, rows = rows_of(round_, user_of(request))
    name = f"{round_.slug}.{suffix}"
    if suffix == "csv":
        response = HttpResponse(as_csv(head, rows), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(
            as_xlsx(head, rows, title=round_.slug), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
