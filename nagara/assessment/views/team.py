"""The team's pages of an application: where it stands, who is in, the check, what was handed in."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.assessment import actions
from nagara.assessment.actions.team import scope_of
from nagara.assessment.differences import differences
from nagara.assessment.drafts import grouped, sections_of
from nagara.assessment.forms import InviteForm, ProposedAreaForm, StartForm, WhyForm
from nagara.assessment.models import Application, ProposedArea, Round, Submission, SubmissionPaper, TeamMember
from nagara.assessment.papers import paper_of
from nagara.assessment.queries import answers_of, check_of, edition_of, label_of, open_keys, open_request, papers_of, result_of
from nagara.assessment.sheets import numbers_of, uses_of
from nagara.assessment.slots import cells, understand
from nagara.assessment.states import APPLICATION
from nagara.assessment.views.common import show_refusal, user_of
from nagara.assessment.views.writing import WITH, to_write
from nagara.documents.files import answer
from nagara.people import invitations
from nagara.people.models import Invitation, Organisation, User
from nagara.people.roles import EVERYWHERE, Role
from nagara.places.drawing import Drawing, picture
from nagara.places.models import Area
from nagara.places.queries import outline_of, standing
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.thai import alphabet


def readable(request: HttpRequest, pk: int) -> Application:
    return get_object_or_404(access.visible(request.user, "assessment.read").select_related(*WITH), pk=pk)


@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """The applications of the visitor's teams, and invitations that were accepted and not used yet."""
    user = user_of(request)
    mine = access.visible(user, "assessment.write").select_related(*WITH).order_by("-started_at", "-pk")
    joinable = access.visible(user, "assessment.join").select_related(*WITH)
    proposed = ProposedArea.objects.filter(proposed_by=user).select_related("round").order_by("-proposed_at", "-pk")
    return render(request, "assessment/applications.html", {"applications": mine[:100], "joinable": joinable, "proposed": proposed[:20]})


def _areas(user: User) -> QuerySet[Area]:
    """The areas for which an officer may begin."""
    if user.holds(Role.CITY_OFFICER, EVERYWHERE):
        return Area.objects.order_by(alphabet(), "pk")
    own = Area.objects.filter(pk__in=user.scopes(Role.CITY_OFFICER, "area"))
    theirs = Area.objects.filter(organisation__in=[int(pk) for pk in user.scopes(Role.CITY_OFFICER, "organisation")])
    return (own | theirs).order_by(alphabet(), "pk")


def _organisations(user: User, areas: QuerySet[Area]) -> QuerySet[Organisation]:
    """The officer's own organisation and those that answer for the areas."""
    own = [user.person.organisation_id] if user.person and user.person.organisation_id else []
    return Organisation.objects.filter(pk__in=[*own, *areas.exclude(organisation=None).values_list("organisation", flat=True)[:200]])


def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin an application: choose the area and the organisation that answers for it."""
    user = user_of(request)
    access.require(user, "assessment.start")
    round_ = get_object_or_404(Round.objects.select_related("edition"), slug=slug)
    areas = _areas(user)
    organisations = _organisations(user, areas)
    first = areas.first()
    initial = {"area": first, "organisation": (first.organisation if first else None) or organisations.first()}
    form = StartForm(request.POST or None, areas=areas, organisations=organisations, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            begun = actions.start(round_, **form.cleaned_data, by=user, at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:application", begun.pk)
    return render(request, "assessment/start.html", {"round": round_, "form": form, "areas": first is not None})


def propose(request: HttpRequest, slug: str) -> HttpResponse:
    """The area is not in the register: ask the office to enter it."""
    user = user_of(request)
    access.require(user, "assessment.start")
    round_ = get_object_or_404(Round.objects.select_related("edition"), slug=slug)
    organisations = _organisations(user, _areas(user))
    form = ProposedAreaForm(request.POST or None, organisations=organisations, initial={"organisation": organisations.first()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.propose_area(round_, **form.cleaned_data, by=user, at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The programme office has your proposal. You are told when the area is in the register."))
            return redirect("assessment:applications")
    return render(request, "assessment/propose.html", {"round": round_, "form": form})


@require_GET
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an application stands, what waits for whom, and the way to each part of it."""
    user = user_of(request)
    found = access.visible(user, "assessment.read").select_related(*WITH).filter(pk=pk).first()
    if found is None and access.visible(user, "assessment.join").filter(pk=pk).exists():
        return redirect("assessment:join", pk)
    if found is None:
        raise Http404
    in_team = access.allowed(user, "assessment.write", found)
    team = list(found.team.filter(left_at__isnull=True).select_related("user__person"))
    papers = papers_of(found)
    opened = open_keys(found)
    context = {
        "application": found,
        "in_team": in_team,
        "leads": any(member.user_id == user.pk and member.part == TeamMember.Part.LEAD for member in team),
        "team": team,
        "papers": papers,
        "sections": sections_of(found, answers_of(found), papers, opened),
        "opened": opened,
        "open_labels": [label_of(edition_of(found), key) for key in sorted(opened)] if found.state == "returned" else [],
        "submissions": list(found.submissions.defer("content").order_by("-number")),
        "request_open": open_request(found),
        "result": result_of(found),
        "may_withdraw": APPLICATION.can("withdraw", found.state),
        "screens": access.allowed(user, "assessment.screen", found),
        "boundary": standing(found.area, timezone.localdate()).newest if found.area else None,
        "may_draw": user.holds(Role.OFFICE) or str(found.area_id) in user.scopes(Role.CITY_OFFICER, "area"),
    }
    return render(request, "assessment/application.html", context)


def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever accepted an invitation joins with one press."""
    user = user_of(request)
    found = get_object_or_404(access.visible(user, "assessment.join").select_related(*WITH), pk=pk)
    if request.method == "POST":
        actions.join(found, by=user, at=timezone.now())
        return redirect("assessment:application", pk)
    return render(request, "assessment/join.html", {"application": found})


def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead and co-applicants, and invitations that wait."""
    user = user_of(request)
    found = readable(request, pk)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.invite_co_applicant(found, form.cleaned_data["email"], by=user, at=timezone.now(), language=user.language)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("assessment:team", pk)
    members = found.team.select_related("user__person__organisation").order_by("left_at", "-part", "joined_at", "pk")
    waiting = Invitation.objects.filter(scope=scope_of(found), accepted_at__isnull=True, withdrawn_at__isnull=True)
    context = {
        "application": found,
        "readonly": not access.allowed(user, "assessment.write", found),
        "members": [member for member in members if member.left_at is None],
        "left": [member for member in members if member.left_at],
        "waiting": waiting.order_by("-invited_at", "-pk"),
        "now": timezone.now(),
        "form": form,
        "leads": access.allowed(user, "assessment.lead", found),
        "user": user,
    }
    return render(request, "assessment/team.html", context)


@require_POST
def uninvite(request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
    found = to_write(request, pk)
    access.require(request.user, "assessment.lead", found)
    invitation = get_object_or_404(Invitation, pk=invitation_pk, scope=scope_of(found))
    invitations.withdraw(invitation, by=user_of(request), at=timezone.now())
    return redirect("assessment:team", pk)


@require_POST
def leave(request: HttpRequest, pk: int, member_pk: int) -> HttpResponse:
    found = to_write(request, pk)
    member = get_object_or_404(found.team, pk=member_pk)
    actions.leave(member, by=user_of(request), at=timezone.now())
    return redirect("assessment:applications") if member.user_id == user_of(request).pk else redirect("assessment:team", pk)


@require_POST
def hand_over(request: HttpRequest, pk: int, member_pk: int) -> HttpResponse:
    found = get_object_or_404(access.visible(request.user, "assessment.write") | access.visible(request.user, "assessment.see_team"), pk=pk)
    actions.hand_over(found, to=get_object_or_404(found.team, pk=member_pk), by=user_of(request), at=timezone.now())
    return redirect("assessment:team", pk)


@require_GET
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Before handing in: every error and every warning, each a link to its field."""
    found = to_write(request, pk)
    findings = check_of(found)
    errors, warnings = [finding for finding in findings if finding.error], [finding for finding in findings if not finding.error]
    in_time = found.state != "draft" or found.round.takes(timezone.now())
    context = {
        "application": found,
        "errors": len(errors),
        "warnings": len(warnings),
        "error_groups": grouped(found, errors),
        "warning_groups": grouped(found, warnings),
        "leads": access.allowed(request.user, "assessment.lead", found),
        "open": bool(open_keys(found)),
        "in_time": in_time,
        "request_open": open_request(found),
        "last": found.submissions.order_by("-number").first(),
    }
    return render(request, "assessment/check.html", context)


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand in. `at` is taken as the request arrives, before anything is read."""
    at = timezone.now()
    found = to_write(request, pk)
    submission = actions.submit(found, by=user_of(request), at=at)
    return redirect("assessment:submission", pk, submission.number)


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the application back, after a page that says what that means."""
    found = to_write(request, pk)
    access.require(request.user, "assessment.lead", found)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw(found, why=form.cleaned_data["why"], by=user_of(request), at=timezone.now())
        messages.success(request, _("The application was withdrawn. What was written stays here for its team."))
        return redirect("assessment:application", pk)
    return render(request, "assessment/withdraw.html", {"application": found, "form": form})


def _submission(request: HttpRequest, pk: int, number: int) -> Submission:
    found = readable(request, pk)
    submission = get_object_or_404(found.submissions.select_related("submitted_by__person"), number=number)
    submission.application = found
    return submission


def _outline(found: Submission, content: dict[str, Any]) -> Drawing | None:
    """The boundary that was handed in, drawn in its province."""
    said, area = content.get("boundary"), found.application.area
    outline = outline_of(area, said["digest"]) if said and area else None
    return picture(area, outline, found.submitted_at.date()) if area and outline else None


@require_GET
def submission(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What was handed in, frozen, with its receipt: the page that the PDF is the twin of."""
    found = _submission(request, pk, number)
    content = found.plain()
    edition = edition_of(found.application)
    all_cells = cells(edition, content["dimensions"])
    numbers = numbers_of(all_cells)
    rows = []
    for cell in all_cells:
        typed = [(slot, content["answers"].get(slot.key, {}).get("typed", "")) for slot in cell.slots]
        answers = [(slot, words, understand(slot.field, words).reading if words else "") for slot, words in typed]
        rows.append((cell, numbers[cell.key], answers, uses_of(cell, content, numbers)))
    types = {choice.code: choice.title for choice in edition.city_types}
    context = {
        "application": found.application,
        "submission": found,
        "content": content,
        "rows": rows,
        "city_type": types.get(content["city_type"], {}),
        "dimensions": [edition.dimension(code).title for code in content["dimensions"]],
        "in_team": access.allowed(request.user, "assessment.write", found.application),
        "outline": _outline(found, content),
    }
    return render(request, "assessment/submission.html", context)


@require_GET
def paper(request: HttpRequest, pk: int, number: int, kind: str) -> HttpResponseBase:
    """The receipt or the dossier as PDF, in the language of the address."""
    found = _submission(request, pk, number)
    if kind not in SubmissionPaper.Kind.values:
        raise Http404
    stored = paper_of(found, kind, (get_language() or "th").split("-")[0], at=timezone.now())
    return answer(stored, inline="save" not in request.GET, request=request)


@require_GET
def difference(request: HttpRequest, pk: int, before: int, after: int) -> HttpResponse:
    """What changed between two submissions, side by side."""
    old, new = _submission(request, pk, before), _submission(request, pk, after)
    edition = edition_of(new.application)
    rows = [(label_of(edition, change.key), change) for change in differences(old.plain(), new.plain())]
    return render(request, "assessment/difference.html", {"application": new.application, "old": old, "new": new, "rows": rows})


@require_GET
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """What the applicant is told, criterion by criterion, once it was released."""
    found = readable(request, pk)
    result = result_of(found)
    released = list(result.feedback.filter(released_at__isnull=False)) if result else []
    edition = edition_of(found)
    texts = {(row.criterion, row.dimension): row for row in released}
    all_cells = cells(edition, result.plain()["dimensions"]) if result else []
    numbers = numbers_of(all_cells)
    rows = [
        (cell, numbers[cell.key], texts[cell.criterion.code, cell.dimension_code])
        for cell in all_cells
        if (cell.criterion.code, cell.dimension_code) in texts
    ]
    return render(request, "assessment/feedback.html", {"application": found, "result": result, "rows": rows})
