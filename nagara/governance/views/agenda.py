"""Items of an agenda: put on, written, ordered, opened and closed; their papers and their matters."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.documents import files
from nagara.governance import actions, matters
from nagara.governance.forms import EditItemForm, ItemForm, PaperForm, ReasonForm
from nagara.governance.models import AgendaItem, Heading, ItemMatter, ItemPaper
from nagara.governance.views.common import done, item_or_404, meeting_or_404, waiting, who_and_when, with_revision
from nagara.toolkit.numbers import whole

PREPARE, KEEP = "governance.prepare", "governance.keep"


def new_item(request: HttpRequest, pk: int) -> HttpResponse:
    meeting = meeting_or_404(request, pk, PREPARE)
    kind = request.GET.get("kind", Heading.FOR_CONSIDERATION)
    form = ItemForm(request.POST or None, headings=meeting.headings, initial={"kind": kind})

    def act(typed: dict[str, Any]) -> AgendaItem:
        return actions.put_on_agenda(meeting, typed["kind"], typed["title"], paper=typed["paper"], **who_and_when(request))

    if request.method == "POST":
        item = done(form, act)
        if item is not None:
            return redirect("governance:edit_item", pk, item.pk)
    return render(
        request, "governance/form.html", {"form": form, "title": _("A new item"), "meeting": meeting, "button": _("Put it on the agenda")}
    )


@require_POST
def pull(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the chosen rows of a programme on the agenda, as one item of their own."""
    meeting = meeting_or_404(request, pk, PREPARE)
    kind = request.POST.get("matter", "")
    refs = request.POST.getlist("ref")
    if not matters.is_registered(kind) or not refs:
        return redirect("governance:agenda", pk)
    matter = matters.matter(kind)
    title = matter.title(refs[0]) if len(refs) == 1 else matter.label
    heading = {"governance.minutes": Heading.ADOPT_MINUTES, "governance.follow_up": Heading.MATTERS_ARISING}.get(
        kind, Heading.FOR_CONSIDERATION
    )
    item = actions.put_on_agenda(meeting, heading, title, matters=[(kind, ref) for ref in refs], **who_and_when(request))
    return redirect("governance:edit_item", pk, item.pk)


def edit_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    initial = {"title": found.title, "paper": found.paper, "revision": found.revision}
    form = EditItemForm(request.POST or None, initial=initial)
    if request.method == "POST" and done(form, lambda typed: actions.edit_item(found, **typed, **who_and_when(request))) is not None:
        return redirect("governance:item", pk, item)
    if form.is_bound and form.non_field_errors():
        found.refresh_from_db()
        with_revision(form, found.revision)
    context = {
        "form": form,
        "item": found,
        "meeting": found.meeting,
        "newer": found if form.is_bound and form.non_field_errors() else None,
        "papers": found.papers.filter(removed_at__isnull=True).select_related("file"),
        "paper_form": PaperForm(),
        "rows": _rows(found),
        **waiting(request, found.meeting),
    }
    return render(request, "governance/edit_item.html", context)


def _rows(item: AgendaItem) -> list[dict[str, Any]]:
    return [
        {"row": row, "title": matters.matter(row.kind).title(row.ref), "label": matters.matter(row.kind).label}
        for row in item.matters.all()
        if matters.is_registered(row.kind)
    ]


@require_POST
def add_matters(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    kind = request.POST.get("matter", "")
    if matters.is_registered(kind):
        actions.add_matters(found, [(kind, ref) for ref in request.POST.getlist("ref")], **who_and_when(request))
    return redirect("governance:edit_item", pk, item)


@require_POST
def remove_matter(request: HttpRequest, pk: int, item: int, row: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    matter = ItemMatter.objects.filter(item=found, pk=row).first()
    if matter is not None:  # pressed twice: it is gone
        actions.remove_matter(matter, **who_and_when(request))
    return redirect("governance:edit_item", pk, item)


@require_POST
def add_paper(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    form = PaperForm(request.POST, request.FILES)

    def act(typed: dict[str, Any]) -> ItemPaper:
        now = who_and_when(request)
        stored = files.keep(typed["file"], kinds=form.fields["file"].kinds, **now)  # type: ignore[attr-defined]
        return actions.add_paper(found, stored, title=typed["title"], **now)

    if done(form, act) is not None:
        return redirect("governance:edit_item", pk, item)
    context = {"form": form, "title": _("A file for this item"), "lead": str(found), "meeting": found.meeting, "button": _("Add this file")}
    return render(request, "governance/form.html", context, status=409)


@require_POST
def remove_paper(request: HttpRequest, pk: int, item: int, paper: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    actions.remove_paper(get_object_or_404(found.papers, pk=paper), **who_and_when(request))
    return redirect("governance:edit_item", pk, item)


def paper(request: HttpRequest, pk: int, item: int, paper: int) -> HttpResponseBase:
    """A file of an item, for those who may see the item."""
    found = item_or_404(request, pk, item)
    row = get_object_or_404(found.papers.filter(removed_at__isnull=True).select_related("file"), pk=paper)
    return files.answer(row.file, inline=True, request=request)


@require_POST
def place(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    wanted = whole(request.POST.get("place"))
    if wanted is None:
        raise Http404
    actions.place_item(found, place=wanted, **who_and_when(request))
    return redirect("governance:agenda", pk)


def take_off(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    found = item_or_404(request, pk, item, PREPARE)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and done(form, lambda typed: actions.take_off(found, **typed, **who_and_when(request))) is not None:
        return redirect("governance:agenda", pk)
    context = {
        "form": form,
        "title": _("Take the item off the agenda"),
        "lead": str(found),
        "meeting": found.meeting,
        "button": _("Take it off"),
    }
    return render(request, "governance/form.html", context)


@require_POST
def put_back(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    actions.put_back(item_or_404(request, pk, item, PREPARE), **who_and_when(request))
    return redirect("governance:agenda", pk)


@require_POST
def open_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    actions.open_item(item_or_404(request, pk, item, KEEP), **who_and_when(request))
    return redirect("governance:item", pk, item)


@require_POST
def close_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    actions.close_item(item_or_404(request, pk, item, KEEP), **who_and_when(request))
    return redirect("governance:item", pk, item)


def reopen_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Come back to a resolved item: its correction is drafted at once."""
    found = item_or_404(request, pk, item, KEEP)
    form = ReasonForm(request.POST or None)
    now: datetime = timezone.now()

    def act(typed: dict[str, Any]) -> AgendaItem:
        old = found.resolutions.filter(draft=False).order_by("-pk").first()
        reopened = actions.reopen_item(found, why=typed["why"], by=request.user, at=now)  # type: ignore[arg-type]
        if old is not None:
            actions.correct(old, reopened, by=request.user, at=now)  # type: ignore[arg-type]
        return reopened

    if request.method == "POST" and done(form, act) is not None:
        return redirect("governance:item", pk, item)
    context = {
        "form": form,
        "title": _("Correct the resolution"),
        "lead": str(found),
        "meeting": found.meeting,
        "button": _("Draft a correction"),
    }
    return render(request, "governance/form.html", context)
