"""The documents of an application: uploaded once, linked to what they prove."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.assessment import actions
from nagara.assessment.forms import AttachForm, EvidenceForm, LinkForm, ReplaceForm
from nagara.assessment.models import Application, Evidence, EvidenceLink
from nagara.assessment.queries import edition_of, open_keys, papers_of
from nagara.assessment.sheets import numbers_of
from nagara.assessment.slots import cells
from nagara.assessment.views.common import show_refusal, user_of
from nagara.assessment.views.writing import WITH, to_write
from nagara.documents import files
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """All documents: where each counts, what is still asked for, what was replaced or taken out. Posting adds one."""
    readable = access.visible(request.user, "assessment.read").select_related(*WITH)
    application = get_object_or_404(readable, pk=pk)
    form = EvidenceForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        application = to_write(request, pk)
        if form.is_valid():
            try:
                user, at = user_of(request), timezone.now()
                stored = files.keep(form.cleaned_data["file"], by=user, at=at)
                actions.add_evidence(application, stored, title=form.cleaned_data["title"], by=user, at=at)
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, _("The document is kept. Say below what it proves."))
                return redirect("assessment:evidence", pk)
    context = _context(request, application) | {"form": form}
    return render(request, "assessment/evidence.html", context, status=422 if form.errors else 200)


def _context(request: HttpRequest, application: Application) -> dict[str, object]:
    edition = edition_of(application)
    found = cells(edition, application.dimensions)
    numbers = numbers_of(found)
    papers = papers_of(application)
    writes = access.allowed(request.user, "assessment.write", application)
    opened = open_keys(application) if writes else frozenset()
    used = {(link.criterion, link.dimension, link.asked) for paper in papers for link in paper.links.all()}
    lacking = [
        (cell, numbers[cell.key], wanted)
        for cell in found
        for wanted in cell.wanted
        if (cell.criterion.code, cell.dimension_code, wanted.asked.code) not in used
    ]
    by_place = {(cell.criterion.code, cell.dimension_code): cell for cell in found}
    rows = []
    for paper in papers:
        uses = []
        for link in paper.links.all():
            cell = by_place.get((link.criterion, link.dimension))
            asked = next((wanted.asked for wanted in cell.wanted if wanted.asked.code == link.asked), None) if cell else None
            uses.append((link, cell, numbers.get(cell.key, "") if cell else "", asked, bool(cell and cell.evidence_key in opened)))
        free = all(entry[4] for entry in uses)
        rows.append((paper, uses, free))
    past = application.evidence.filter(removed_at__isnull=False).select_related("file", "removed_by__person", "replaced_by")
    return {
        "application": application,
        "readonly": not writes,
        "rows": rows,
        "lacking": lacking,
        "past": past.order_by("-removed_at", "-pk"),
        "open": any(key.endswith(".evidence") for key in opened),
        "link": LinkForm(targets=targets_of(application, opened)),
        "replace": ReplaceForm(),
    }


def targets_of(application: Application, opened: frozenset[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a document may be linked to now, grouped by cell: each document asked for, and "further"."""
    found = cells(edition_of(application), application.dimensions)
    numbers = numbers_of(found)
    return [
        (
            f"{numbers[cell.key]} {cell.title()}",
            [
                *((f"{cell.key}/{wanted.asked.code}", text(wanted.asked.title)) for wanted in cell.wanted),
                (f"{cell.key}/", _("a further document")),
            ],
        )
        for cell in found
        if cell.evidence_key in opened
    ]


@require_POST
def attach(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """A document for one criterion, from the page of that criterion: chosen or uploaded, and linked."""
    application = to_write(request, pk)
    form = AttachForm(request.POST, request.FILES, application=application)
    if form.is_valid():
        user, at, cleaned = user_of(request), timezone.now(), form.cleaned_data
        try:
            paper = cleaned["evidence"]
            if cleaned["file"]:
                stored = files.keep(cleaned["file"], by=user, at=at)
                paper = actions.add_evidence(application, stored, title=cleaned["title"], by=user, at=at)
            actions.link_evidence(paper, key, asked=cleaned["asked"], pages=cleaned["pages"], note=cleaned["note"], by=user, at=at)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:write", pk, key)
    return render(request, "assessment/attach.html", {"application": application, "key": key, "form": form}, status=422)


def _paper(request: HttpRequest, pk: int, evidence_pk: int) -> Evidence:
    return get_object_or_404(to_write(request, pk).evidence.select_related("file", "application__round__edition"), pk=evidence_pk)


@require_POST
def link(request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
    paper = _paper(request, pk, evidence_pk)
    form = LinkForm(request.POST, targets=targets_of(paper.application, open_keys(paper.application)))
    if form.is_valid():
        cell, _slash, asked = form.cleaned_data["target"].partition("/")
        pages, note = form.cleaned_data["pages"], form.cleaned_data["note"]
        try:
            actions.link_evidence(paper, cell, asked=asked, pages=pages, note=note, by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("assessment:evidence", pk)
    return render(request, "assessment/attach.html", {"application": paper.application, "paper": paper, "form": form}, status=422)


@require_POST
def unlink(request: HttpRequest, pk: int, link_pk: int) -> HttpResponse:
    application = to_write(request, pk)
    found = EvidenceLink.objects.filter(pk=link_pk, evidence__application=application).select_related("evidence__application").first()
    if found:
        actions.unlink_evidence(found, by=user_of(request), at=timezone.now())
    if key := request.POST.get("key"):
        return redirect("assessment:write", pk, key)
    return redirect("assessment:evidence", pk)


@require_POST
def replace(request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
    paper = _paper(request, pk, evidence_pk)
    form = ReplaceForm(request.POST, request.FILES)
    if form.is_valid():
        user, at = user_of(request), timezone.now()
        try:
            actions.replace_evidence(paper, files.keep(form.cleaned_data["file"], by=user, at=at), by=user, at=at)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The newer file stands in its place; the older one is in the history."))
            return redirect("assessment:evidence", pk)
    return render(request, "assessment/attach.html", {"application": paper.application, "paper": paper, "form": form}, status=422)


@require_POST
def remove(request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
    actions.remove_evidence(_paper(request, pk, evidence_pk), by=user_of(request), at=timezone.now())
    return redirect("assessment:evidence", pk)


@require_GET
def document(request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponseBase:
    """A document, shown in place where its kind allows; saved with ?save=1."""
    paper = get_object_or_404(
        access.visible(request.user, "assessment.open_document").select_related("file"), application=pk, pk=evidence_pk
    )
    return files.answer(paper.file, inline="save" not in request.GET, request=request)
