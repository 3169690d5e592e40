"""The city's part: answers saved as they are written, documents under each, then over to the representative."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nagara.documents import files
from nagara.network.actions import nominations
from nagara.network.actions.nominations import Wrote
from nagara.network.criteria import edition_of
from nagara.network.forms import AttachForm
from nagara.network.models import Evidence, Nomination
from nagara.network.states import NominationState
from nagara.network.views.common import act, nomination_for
from nagara.people.visitor import visitor
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


def write(request: HttpRequest, pk: int) -> HttpResponse:
    """All fields on one page. Saving never asks for what is not written yet."""
    found = nomination_for(request, pk, "network.write")
    wrote, refused = Wrote(), None
    if request.method == "POST":
        try:
            wrote = nominations.write(found, _typed(request, found), by=visitor(request), at=timezone.now())
        except Refusal as refusal:
            refused = refusal
        if not wrote.clashes and refused is None:
            if "hand_over" in request.POST:
                return _hand_over(request, found)
            messages.success(request, _("The draft is saved."))
            return redirect("network:write", pk)
    return _page(request, found, wrote, refused)


def _typed(request: HttpRequest, found: Nomination) -> dict[str, tuple[str, int]]:
    codes = [asked.code for asked in edition_of(found).asked()]
    return {code: (request.POST[code], _number(request.POST.get(f"base:{code}", ""))) for code in codes if code in request.POST}


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def _hand_over(request: HttpRequest, found: Nomination) -> HttpResponse:
    try:
        nominations.hand_over(found, by=visitor(request), at=timezone.now())
    except Refusal as refusal:
        return _page(request, found, Wrote(), refusal)
    messages.success(request, _("Handed over to the National Representative."))
    return redirect("network:nomination", found.pk)


def _page(request: HttpRequest, found: Nomination, wrote: Wrote, refused: Refusal | None) -> HttpResponse:
    answers = {answer.code: answer for answer in found.answers.select_related("saved_by__person")}
    papers: dict[str, list[Evidence]] = {}
    for row in found.evidence.filter(removed_at__isnull=True).select_related("file"):
        papers.setdefault(row.code, []).append(row)
    edition = edition_of(found)
    typed = _typed(request, found) if request.method == "POST" else {}
    fields: list[dict[str, Any]] = []
    for asked in edition.asked():
        answer, clash = answers.get(asked.code), wrote.clashes.get(asked.code)
        kept = typed.get(asked.code)
        fields.append(
            {
                "asked": asked,
                "element": asked in edition.elements,
                "answer": answer,
                "value": kept[0] if kept and (clash or refused) else (answer.text if answer else ""),
                "base": answer.revision if answer else 0,
                "clash": clash,
                "error": refused.fields.get(asked.code, "") if refused else "",
                "files": papers.get(asked.code, []),
                "question": found.question if found.question_about == asked.code else "",
            }
        )
    done = sum(1 for line in fields if line["answer"] and line["answer"].text)
    context = {
        "nomination": found,
        "network": found.network,
        "fields": fields,
        "open": found.state == NominationState.WITH_CITY,
        "refused": refused,
        "clashes": [line for line in fields if line["clash"]],
        "done": done,
        "of": len(fields),
    }
    return render(request, "network/write.html", context, status=409 if wrote.clashes else 422 if refused else 200)


@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """One field, as it is typed. Answers with the revision now known, or with what another wrote meanwhile."""
    found = nomination_for(request, pk, "network.write")
    code, now = request.POST.get("code", ""), timezone.now()
    texts = {code: (request.POST.get("value", ""), _number(request.POST.get("base", "")))}
    try:
        wrote = nominations.write(found, texts, by=visitor(request), at=now)
    except Refusal as refusal:
        return JsonResponse(refusal.problem(), status=refusal.status)
    if clash := wrote.clashes.get(code):
        return JsonResponse({"clash": {"theirs": clash.theirs, "by": clash.by, "revision": clash.revision}}, status=409)
    revision = found.answers.filter(code=code).values_list("revision", flat=True).first() or 0
    return JsonResponse({"revision": revision, "saved": timezone.localtime(now).strftime("%H:%M:%S")})


def attach(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A document under one field. The limits stand before the button."""
    found = nomination_for(request, pk, "network.write")
    asked = edition_of(found).one(code)
    if asked is None or found.state != NominationState.WITH_CITY:
        raise Http404

    def keep(data: dict[str, Any]) -> None:
        user, now = visitor(request), timezone.now()
        stored = files.keep(data["file"], by=user, at=now)
        nominations.add_evidence(found, code, stored, pages=data["pages"].replace("\x00", ""), by=user, at=now)

    return act(
        request,
        AttachForm(request.POST or None, request.FILES or None),
        keep,
        _("The document is added."),
        reverse("network:write", args=[pk]) + f"#{code}",
        title=_("Add a document"),
        about=found.city.name,
        lead=text(asked.title),
        button=_("Add"),
        upload=True,
    )


@require_POST
def detach(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Evidence.objects.select_related("nomination", "file"), pk=pk)
    nomination_for(request, row.nomination_id, "network.write")
    nominations.remove_evidence(row, by=visitor(request), at=timezone.now())
    return redirect(reverse("network:write", args=[row.nomination_id]) + f"#{row.code}")


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A document of a dossier, for those who may read the dossier."""
    read = access.visible(request.user, "network.read").values("pk")
    row = get_object_or_404(Evidence.objects.select_related("file"), pk=pk, nomination__in=read)
    return files.answer(row.file, inline=True)
