"""The visitor's own account: name, language, ways in, roles, notices, what is held on them."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from nagara.notices import actions as notice_actions
from nagara.notices import queries as notice_queries
from nagara.people import actions, personal_data, registering
from nagara.people.forms import NameForm, PreferencesForm
from nagara.people.queries import factors_of, roles_of
from nagara.people.views.admin import as_file
from nagara.people.visitor import visitor
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of

THEME_SECONDS = 60 * 60 * 24 * 365


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    user = visitor(request)
    context = {
        "preferences": PreferencesForm(initial={"language": user.language, "theme": request.COOKIES.get("theme", "light")}),
        "roles": roles_of(user, timezone.localdate()),
        "authenticators": factors_of(user),
        "linked": SocialAccount.objects.filter(user=user).exists(),
        "agencies": bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]),
        "notices": notice_queries.inbox(user.audit_key)[:5],
        "unread": notice_queries.unread_count(user.audit_key),
    }
    return render(request, "people/account.html", context)


def name(request: HttpRequest) -> HttpResponse:
    """The parts of one's own name."""
    person = visitor(request).person
    if person is None:
        return redirect("people:account")
    form = NameForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        registering.rename(person, form.names(), by=visitor(request), at=timezone.now())
        messages.success(request, _("Your name is saved."))
        return redirect("people:account")
    return render(request, "people/name.html", {"form": form})


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return redirect("people:account")
    actions.set_preferences(visitor(request), language=form.cleaned_data["language"], at=timezone.now())
    answer = redirect(translate_url(reverse("people:account"), form.cleaned_data["language"]))
    answer.set_cookie("theme", form.cleaned_data["theme"], max_age=THEME_SECONDS, samesite="Lax", secure=request.is_secure())
    messages.success(request, _("Saved."))
    return answer


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every other session of this account; this one stays."""
    user = actions.sign_out_everywhere(visitor(request), by=visitor(request), at=timezone.now())
    update_session_auth_hash(request, user)
    messages.success(request, _("Every other device is signed out."))
    return redirect("people:account")


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What was written to the visitor, newest first."""
    page = page_of(notice_queries.inbox(visitor(request).audit_key), request.GET.get("page"), size=25)
    return render(request, "people/notices.html", {"page": page, "unread": notice_queries.unread_count(visitor(request).audit_key)})


@require_POST
def read_notice(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(access.visible(visitor(request), "notices.read"), pk=pk)
    notice_actions.mark_read(notice, by=visitor(request), at=timezone.now())
    return redirect(notice.link or "people:notices")


@require_POST
def read_all_notices(request: HttpRequest) -> HttpResponse:
    notice_actions.mark_all_read(by=visitor(request), at=timezone.now())
    return redirect("people:notices")


@require_POST
@never_cache
def data(request: HttpRequest) -> HttpResponse:
    """All that is held on the visitor, as a file."""
    user = visitor(request)
    return as_file(personal_data.export(user, by=user, at=timezone.now()), "account.json")
