"""Is it recognised? Typed, scanned or uploaded: the answer for today and for any day, open to everyone."""

from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nagara.documents.files import answer as answer_file
from nagara.documents.pdf import typeset
from nagara.recognition import checks
from nagara.recognition.answers import Answer, answer, answer_for, as_data
from nagara.recognition.forms import CheckForm
from nagara.recognition.numbers import recognition_called
from nagara.recognition.slip import slip
from nagara.toolkit.days import read_day
from nagara.toolkit.pages import open_page
from nagara.toolkit.refusal import Refusal

SLIP = Path(__file__).parents[1] / "typst" / "slip.typ"


class Asked(NamedTuple):
    """The day that was asked for: as read, as typed, and why it could not be read."""

    day: date
    today: date
    typed: str
    refused: str


def asked_day(request: HttpRequest) -> Asked:
    """`?on=` in either calendar; today where nothing, or nothing readable, was typed."""
    today = timezone.localdate()
    typed = (request.GET.get("on") or request.GET.get("as_of") or "").strip()
    if not typed:
        return Asked(today, today, "", "")
    try:
        return Asked(read_day(typed).day, today, typed, "")
    except Refusal as refusal:
        return Asked(today, today, typed, refusal.message)


def _required_day(request: HttpRequest) -> Asked:
    asked = asked_day(request)
    if asked.refused:
        raise Refusal(asked.refused, code="unreadable-day", status=400)
    return asked


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Type a number, or bring a paper or a credential."""
    typed = request.GET.get("number", "").strip()
    if typed:
        called = recognition_called(typed)
        if called is not None:
            number = called.certificate.number if called.certificate else called.recognition.reference
            day = f"?{urlencode({'on': request.GET['on']})}" if request.GET.get("on") else ""
            return redirect(reverse("recognition:verify", args=[number]) + day)
    brought = request.method == "POST"
    form = CheckForm(request.POST, request.FILES) if brought else CheckForm()
    found, about = None, None
    if brought and form.is_valid():
        found = checks.held(form.content)
        if found.certificate is not None:
            now = timezone.now()
            today = timezone.localdate()
            about = answer_for(found.certificate.number, day=today, today=today, at=now)
    context = {"form": form, "typed": typed, "unknown": bool(typed), "found": found, "answer": about, "prefix": settings.REGISTER_PREFIX}
    return render(request, "recognition/verify.html", context, status=404 if typed else 200)


def _answer(number: str, asked: Asked) -> Answer:
    called = recognition_called(number)
    if called is None:
        raise Http404(_("No recognition and no certificate is called %(number)s.") % {"number": number})
    return answer(called, day=asked.day, today=asked.today, at=timezone.now())


@open_page
@require_safe
def verify_number(request: HttpRequest, number: str) -> HttpResponse:
    called = recognition_called(number)
    if called is None:
        return render(
            request,
            "recognition/verify.html",
            {"form": CheckForm(), "typed": number, "unknown": True, "prefix": settings.REGISTER_PREFIX},
            status=404,
        )
    asked = asked_day(request)
    found = answer(called, day=asked.day, today=asked.today, at=timezone.now())
    return render(request, "recognition/answer.html", {"answer": found, "asked": asked})


@open_page
@require_safe
def verify_data(request: HttpRequest, number: str) -> HttpResponse:
    """The same answer for a program."""
    response = JsonResponse(as_data(_answer(number, _required_day(request))), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@open_page
@require_safe
def verify_slip(request: HttpRequest, number: str) -> HttpResponse:
    """The answer as a paper to put into a file: day, status, decision, and when it was asked."""
    found = _answer(number, _required_day(request))
    lang = get_language() or "th"
    made = typeset(SLIP, slip(found), lang=lang)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.reference}-{found.day.isoformat()}-{lang}.pdf"'
    return response


@open_page
@require_safe
def certificate_paper(request: HttpRequest, number: str, lang: str) -> HttpResponseBase:
    """The certificate as it was issued, byte by byte."""
    called = recognition_called(number)
    certificate = called.certificate if called else None
    if certificate is None:
        raise Http404
    stored = certificate.file_th if lang == "th" else certificate.file_en
    return answer_file(stored, inline=True, name=f"{certificate.number}-{lang}.pdf", request=request)
