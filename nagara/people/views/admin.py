"""Administration: accounts and their roles, invitations, leavers, requests about personal data."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from nagara.people import actions, invitations, personal_data, queries
from nagara.people.forms import EndRoleForm, GrantForm, InviteForm, ReasonForm, SearchForm
from nagara.people.models import Invitation, Person, RoleGrant, User
from nagara.people.roles import Role
from nagara.people.second_factor import kinds_of, proof_in, second_factor_required
from nagara.people.visitor import visitor
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.tasks import tasks_of


def _account(request: HttpRequest, pk: int) -> User:
    access.require(visitor(request), "people.administer")
    return get_object_or_404(access.visible(request.user, "people.account").select_related("person__organisation"), pk=pk)


def take_refusal(form: Any, refusal: Refusal) -> None:
    """A refusal that a field can answer stands at that field; any other goes its way to the page of refusals."""
    if not refusal.fields:
        raise refusal
    for field, words in refusal.fields.items():
        form.add_error(field if field in form.fields else None, words)


@require_GET
@second_factor_required
def accounts(request: HttpRequest) -> HttpResponse:
    access.require(visitor(request), "people.administer")
    form = SearchForm(request.GET or None, initial={"only": "open"})
    wanted = form.cleaned_data if form.is_valid() else {}
    only = wanted.get("only") or "open"
    today = timezone.localdate()
    found = queries.accounts(
        access.visible(request.user, "people.account"),
        text=wanted.get("q", "").strip(),
        role=wanted.get("role", ""),
        only="" if only == "all" else only,
        day=today,
    )
    context = {"form": form, "page": page_of(found, request.GET.get("page")), "only": only, "wanted": wanted}
    return render(request, "people/admin/accounts.html", context)


@require_GET
@second_factor_required
def account(request: HttpRequest, pk: int) -> HttpResponse:
    user = _account(request, pk)
    context = {"account": user, "roles": queries.roles_of(user, timezone.localdate()), "factors": sorted(kinds_of(user))}
    return render(request, "people/admin/account.html", context)


def _role_and_scopes(request: HttpRequest) -> dict[str, Any]:
    """What was chosen so far: the role, what was typed to find a thing, and the things found."""
    chosen = request.GET.get("role", "")
    role = Role(chosen) if chosen in Role.values else None
    text = request.GET.get("q", "").strip()
    return {"role": role, "q": text, "scopes": queries.scope_choices(role, text), "all_roles": Role.choices}


@second_factor_required
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """First the role and what it is for are chosen, then days and reason are given."""
    user = _account(request, pk)
    chosen = _role_and_scopes(request)
    form = GrantForm(request.POST or None, scopes=chosen["scopes"])
    if request.method == "POST" and chosen["role"] and form.is_valid():
        actions.grant_role(
            user,
            chosen["role"],
            form.cleaned_data["scope"],
            by=visitor(request),
            at=timezone.now(),
            proof=proof_in(request),
            why=form.cleaned_data["why"],
            since=form.cleaned_data["since"],
            ended=form.ended,
        )
        messages.success(request, _("The role is given."))
        return redirect("people:admin_account", pk)
    return render(request, "people/admin/grant.html", {"account": user, "form": form, **chosen})


@second_factor_required
def end_role(request: HttpRequest, pk: int, grant_pk: int) -> HttpResponse:
    user = _account(request, pk)
    held = get_object_or_404(RoleGrant, pk=grant_pk, user=user)
    form = EndRoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.end_role(
            held, by=visitor(request), at=timezone.now(), proof=proof_in(request), why=form.cleaned_data["why"], ended=form.ended
        )
        messages.success(request, _("The role has its end."))
        return redirect("people:admin_account", pk)
    scope = queries.scope_names([held.scope])[held.scope]
    return render(request, "people/admin/end_role.html", {"account": user, "held": held, "scope": scope, "form": form})


@second_factor_required
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """A leaver: what waits for them is listed before they go, so that somebody else takes it up."""
    user = _account(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.close_account(user, by=visitor(request), at=timezone.now(), proof=proof_in(request), why=form.cleaned_data["why"])
        messages.success(request, _("The account is closed and its roles have ended."))
        return redirect("people:admin_account", pk)
    context = {
        "account": user,
        "form": form,
        "tasks": [task for task in tasks_of(user, timezone.now()) if task.mine] if user.is_active else [],
        "roles": [held for held in queries.roles_of(user, timezone.localdate()) if held.holds],
    }
    return render(request, "people/admin/close.html", context)


@second_factor_required
def open_again(request: HttpRequest, pk: int) -> HttpResponse:
    user = _account(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.open_account(user, by=visitor(request), at=timezone.now(), proof=proof_in(request), why=form.cleaned_data["why"])
        messages.success(request, _("The account is open again. Give it the roles that it should have."))
        return redirect("people:admin_account", pk)
    return render(request, "people/admin/open.html", {"account": user, "form": form})


@second_factor_required
def take_factors_away(request: HttpRequest, pk: int) -> HttpResponse:
    user = _account(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.take_factors_away(user, by=visitor(request), at=timezone.now(), proof=proof_in(request), why=form.cleaned_data["why"])
        messages.success(request, _("The second factors are gone. The person is told by mail."))
        return redirect("people:admin_account", pk)
    return render(request, "people/admin/factors.html", {"account": user, "form": form})


@require_GET
@second_factor_required
def invitation_list(request: HttpRequest) -> HttpResponse:
    access.require(visitor(request), "people.administer")
    only_open = request.GET.get("all") != "1"
    now = timezone.now()
    found = queries.invitations(access.visible(request.user, "people.invitation"), now, only_open=only_open)
    page = page_of(found, request.GET.get("page"))
    names = queries.scope_names(row.scope for row in page)
    rows = [{"row": row, "scope": names[row.scope], "state": _state(row, now)} for row in page]
    return render(request, "people/admin/invitations.html", {"page": page, "rows": rows, "only_open": only_open})


def _state(invitation: Invitation, at: datetime) -> tuple[str, str]:
    """The state of an invitation: its value and its word."""
    if invitation.accepted_at:
        return "recognised", pgettext("invitation", "accepted")
    if invitation.withdrawn_at:
        return "revoked", pgettext("invitation", "withdrawn")
    if invitation.expires_at <= at:
        return "expired", pgettext("invitation", "expired")
    return "submitted", pgettext("invitation", "waits")


@second_factor_required
def invite(request: HttpRequest) -> HttpResponse:
    access.require(visitor(request), "people.administer")
    chosen = _role_and_scopes(request)
    form = InviteForm(request.POST or None, scopes=chosen["scopes"])
    if request.method == "POST" and chosen["role"] and form.is_valid():
        row, _token = invitations.invite(
            form.cleaned_data["email"],
            chosen["role"],
            form.cleaned_data["scope"],
            by=visitor(request),
            at=timezone.now(),
            proof=proof_in(request),
            why=form.cleaned_data["why"],
            language=form.cleaned_data["language"],
        )
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": row.email})
        return redirect("people:admin_invitations")
    return render(request, "people/admin/invite.html", {"form": form, **chosen})


@require_POST
@second_factor_required
def withdraw_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(access.visible(visitor(request), "people.invitation"), pk=pk)
    invitations.withdraw(row, by=visitor(request), at=timezone.now(), proof=proof_in(request))
    messages.success(request, _("The invitation is withdrawn: its link works no longer."))
    return redirect("people:admin_invitations")


def _subject(request: HttpRequest, kind: str, pk: int) -> Person | User:
    access.require(visitor(request), "people.administer")
    if kind == "person":
        return get_object_or_404(Person, pk=pk)
    return get_object_or_404(User, pk=pk)


@require_GET
@second_factor_required
def personal_data_of(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """What is held on a person, and what erasing would leave behind."""
    thing = _subject(request, kind, pk)
    subject = personal_data.subject_of(thing)
    context = {
        "thing": thing,
        "kind": kind,
        "subject": subject,
        "holdings": personal_data.holdings(subject),
        "prospect": personal_data.prospect(thing),
        "form": ReasonForm(),
        "is_own": visitor(request).pk in [account.pk for account in subject.accounts],
    }
    return render(request, "people/admin/personal_data.html", context)


@require_POST
@never_cache
@second_factor_required
def export_personal_data(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """A file with all that is held; handing it out is an act with its entry in the record."""
    thing = _subject(request, kind, pk)
    found = personal_data.export(thing, by=visitor(request), at=timezone.now(), proof=proof_in(request))
    return as_file(found, f"{kind}-{pk}.json")


@require_POST
@second_factor_required
def erase_personal_data(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    thing = _subject(request, kind, pk)
    form = ReasonForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    personal_data.erase(thing, by=visitor(request), at=timezone.now(), proof=proof_in(request), why=why)
    messages.success(request, _("Erased. What the law demands to be kept is listed below."))
    return redirect("people:personal_data", kind, pk)


def as_file(facts: dict[str, Any], name: str) -> HttpResponse:
    answer = JsonResponse(facts, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
