"""The register as the office keeps it and as an area sees its own: filtered by day, one by one, what ends soon, what waits to be signed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from nagara.people.roles import Role
from nagara.people.second_factor import proof_in, second_factor_required
from nagara.places.models import Subdivision
from nagara.recognition import office
from nagara.recognition.actions.appeals import appealable
from nagara.recognition.actions.steps import hand_over
from nagara.recognition.answers import answer
from nagara.recognition.certificates import reissue, sign_all, unsigned
from nagara.recognition.forms import HandOverForm, RegisterForm, WhyForm
from nagara.recognition.models import Certificate
from nagara.recognition.numbers import Called
from nagara.recognition.states import Business
from nagara.recognition.views.common import acting, done, recognition_or_404
from nagara.toolkit import access
from nagara.toolkit.numbers import whole
from nagara.toolkit.pagination import page_of
from nagara.toolkit.thai import alphabet

PAGE = 50


def require_insider(request: HttpRequest) -> None:
    """The office's side of the register is for the office, bodies' secretaries, auditors, and officers of an area."""
    user = request.user
    if not (access.allowed(user, "recognition.oversee") or (user.is_authenticated and user.holds(Role.CITY_OFFICER))):
        raise PermissionDenied(_("Your roles do not include this. Ask the programme office if they should."))


@require_safe
def register(request: HttpRequest) -> HttpResponse:
    require_insider(request)
    provinces = [(row.code, str(row)) for row in Subdivision.objects.order_by(alphabet(), "code").only("code", "name", "short", alphabet())]
    form = RegisterForm(request.GET or None, provinces=provinces)
    today = timezone.localdate()
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    wanted = office.Wanted(
        day=asked.get("on") or today,
        status=asked.get("status", ""),
        tier=asked.get("tier", ""),
        province=asked.get("province", ""),
        text=asked.get("q", ""),
    )
    page = Paginator(office.rows_on(request.user, wanted), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "recognition/register.html", {"form": form, "page": page, "day": wanted.day, "today": today, "query": query_of(request)}
    )


def query_of(request: HttpRequest) -> str:
    """What was asked for, without the page: for the links to the next ones."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


@require_safe
def recognition(request: HttpRequest, pk: int) -> HttpResponse:
    """One recognition: where it stands, its steps, what may happen next, its certificates, proposals and appeals."""
    row = recognition_or_404(request, pk)
    today, now = timezone.localdate(), timezone.now()
    found = answer(Called(row, None), day=today, today=today, at=now)
    keeps = access.allowed(request.user, "recognition.keep")
    own = access.allowed(request.user, "recognition.ask", row)
    possible = office.possible(row, found.status)
    context = {
        "answer": found,
        "recognition": row,
        "keeps": keeps,
        "own": own,
        "possible": possible if keeps else [],
        "may_ask": own and Business.RENEW in possible,
        "may_appeal": own and appealable(row) is not None,
        "proposals": list(row.proposals.order_by("-made_at", "-pk")),
        "appeals": list(row.appeals.select_related("against__item__meeting__body").order_by("-lodged_at", "-pk")),
        "hand_over": HandOverForm() if keeps and found.in_force else None,
        "unsigned": unsigned(today).filter(recognition=row).first(),
    }
    return render(request, "recognition/recognition.html", context)


@require_POST
def present(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the handing over."""
    row = recognition_or_404(request, pk)
    form = HandOverForm(request.POST)
    if done(form, lambda typed: hand_over(row, on=typed["on"], **acting(request))) is not None:
        messages.success(request, _("Noted: handed over."))
        return redirect("recognition:recognition", pk)
    title = _("Handing over")
    back = reverse("recognition:recognition", args=[pk])
    return render(request, "recognition/form.html", {"form": form, "title": title, "about": row, "button": _("Note it"), "back": back})


@require_safe
def expiring(request: HttpRequest) -> HttpResponse:
    """What runs out within half a year, the next first."""
    require_insider(request)
    today = timezone.localdate()
    page = Paginator(office.ending(request.user, on=today), PAGE).get_page(request.GET.get("page"))
    return render(request, "recognition/expiring.html", {"page": page, "today": today, "query": query_of(request)})


@second_factor_required
def sign(request: HttpRequest) -> HttpResponse:
    """What waits for a signature, chosen and signed with one second factor."""
    today = timezone.localdate()
    waiting = access.visible(request.user, "recognition.sign", among=unsigned(today))
    if request.method == "POST":
        chosen = {key for key in map(whole, request.POST.getlist("step")) if key is not None}
        steps = list(waiting.filter(pk__in=chosen))
        if steps:
            made = sign_all(steps, proof=proof_in(request), **acting(request))
            messages.success(
                request,
                ngettext("%(n)s certificate has been signed.", "%(n)s certificates have been signed.", len(made)) % {"n": len(made)},
            )
        return redirect("recognition:sign")
    signer = access.visible(request.user, "recognition.sign")
    if not access.allowed(request.user, "recognition.oversee") and not signer.exists():
        raise PermissionDenied(
            _("Certificates are signed by the chair or the secretary of the body that decided, or by the programme office.")
        )
    mine = Certificate.objects.filter(issued_by=request.user.pk).select_related("recognition__area").order_by("-issued_at", "-pk")[:10]
    page = page_of(waiting, request.GET.get("page"), size=PAGE)
    return render(request, "recognition/sign.html", {"page": page, "signed": list(mine)})


@second_factor_required
def reissue_certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Issue a certificate anew because the first one was wrong."""
    rows = Certificate.objects.select_related("recognition__area", "step")
    certificate = get_object_or_404(rows, number=number, step__in=access.visible(request.user, "recognition.sign"))
    form = WhyForm(request.POST or None)
    if request.method == "POST":
        made = done(form, lambda typed: reissue(certificate, why=typed["why"], proof=proof_in(request), **acting(request)))
        if made is not None:
            messages.success(request, _("Certificate %(number)s has been issued.") % {"number": made.number})
            return redirect("recognition:recognition", certificate.recognition_id)
    context = {
        "form": form,
        "title": _("Issue the certificate anew"),
        "about": certificate.recognition,
        "lead": _("Certificate %(number)s is withdrawn and replaced. Its page says so for good.") % {"number": number},
        "button": _("Sign and issue"),
        "back": reverse("recognition:recognition", args=[certificate.recognition_id]),
        "factor": True,
    }
    return render(request, "recognition/form.html", context)
