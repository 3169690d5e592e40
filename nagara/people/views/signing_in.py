"""Doors: the second factor, invitations, the sign-ins of the demonstration."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from nagara.people import invitations
from nagara.people.forms import AcceptForm
from nagara.people.middleware import kept_act
from nagara.people.models import DemoSignIn, User
from nagara.people.record_keeping import note_sign_in
from nagara.people.roles import NEEDS_SECOND_FACTOR
from nagara.people.scopes import scope_names
from nagara.people.second_factor import is_fresh, kinds_of, proof_in
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal


def _safe(request: HttpRequest, address: str, otherwise: str) -> str:
    """An address to go to next, if it is one of ours."""
    if address and url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return address
    return otherwise


def _sign_in(request: HttpRequest, user: User, method: str) -> None:
    get_adapter().login(request, user)
    record_authentication(request, user, method)
    note_sign_in(request, user)


@require_GET
def confirm(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the second factor that this account has, and back."""
    back = _safe(request, request.GET.get("next", ""), reverse("people:account"))
    if is_fresh(proof_in(request), timezone.now()):
        return redirect(back)
    kinds = kinds_of(request.user)
    if not kinds:
        request.session["confirm_back"] = back
        return render(request, "people/second_factor_missing.html", {"back": back})
    page = "mfa_reauthenticate" if "totp" in kinds else "mfa_reauthenticate_webauthn"
    return redirect(f"{reverse(page)}?{urlencode({'next': back})}")


@require_GET
@never_cache
def again(request: HttpRequest) -> HttpResponse:
    """What was kept when the second factor was missing: one more press sends it."""
    act = kept_act(request)
    if act is None:
        return redirect("people:account")
    return render(request, "people/again.html", {"act": act})


@open_page
@require_POST
def demo_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the account of a row of the demonstration. Where there is no row, there is no such page."""
    row = get_object_or_404(DemoSignIn.objects.select_related("user__person"), pk=pk, user__is_active=True)
    _sign_in(request, row.user, "demonstration")
    return redirect(_safe(request, request.POST.get("next", ""), reverse("web:tasks")))


@open_page
@never_cache
@sensitive_post_parameters("password", "password_again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the visitor is invited to; the form that accepts it."""
    found = invitations.find(token, at=timezone.now())
    account = invitations.account_of(found)
    form = AcceptForm(request.POST or None, invitation=found, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept(
                token,
                at=timezone.now(),
                by=request.user if request.user.is_authenticated else None,
                names=form.names(),
                password=form.cleaned_data.get("password", ""),
                language=form.cleaned_data.get("language", ""),
            )
        except Refusal as refusal:
            if not refusal.fields:
                raise
            for field, words in refusal.fields.items():
                form.add_error(field, words)
        else:
            if account is None:
                _sign_in(request, user, "password")
            messages.success(request, _("You have accepted the invitation."))
            if found.role in NEEDS_SECOND_FACTOR and not kinds_of(user):
                return redirect("people:confirm")
            return redirect("web:tasks")
    context = {
        "invitation": found,
        "scope": scope_names([found.scope])[found.scope],
        "form": form,
        "account": account,
        "is_own": account is not None and account.pk == getattr(request.user, "pk", None),
        "sign_in": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
    }
    return render(request, "people/invitation.html", context)
