"""The form of an application: one page a criterion, saved as it is typed, with what others do beside it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from nagara.assessment import actions
from nagara.assessment.actions import Clash, Written, Wrote
from nagara.assessment.drafts import be_here, form_of, others_here
from nagara.assessment.forms import AttachForm
from nagara.assessment.models import AnswerRevision, Application
from nagara.assessment.queries import edition_of, label_of, open_keys
from nagara.assessment.slots import CITY_TYPE, DIMENSIONS, slot_of, understand
from nagara.assessment.views.common import user_of
from nagara.toolkit import access
from nagara.toolkit.days import clock
from nagara.toolkit.numbers import whole

WITH = ("round__edition", "area", "city", "organisation")


def to_write(request: HttpRequest, pk: int) -> Application:
    """An application of the visitor's own team."""
    return get_object_or_404(access.visible(request.user, "assessment.write").select_related(*WITH), pk=pk)


def write(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One page of the form. Without the script, its button saves the whole page."""
    application = to_write(request, pk)
    clashes: dict[str, Clash] = {}
    if request.method == "POST":
        wrote = _save_page(request, application, key)
        clashes = wrote.clashes
        if not clashes:
            messages.success(request, _("Saved at %(clock)s.") % {"clock": _clock(application)})
            return redirect(_onward(request, application, key))
        application = to_write(request, pk)
    shown = form_of(application, key, clashes)
    if shown is None:
        raise Http404
    context = {
        "application": application,
        "form": shown,
        "clashes": clashes,
        "attach": AttachForm(application=application),
        "others": others_here(application, user_of(request), timezone.now()),
        "writer": f"{request.session.session_key or ''}"[:8] + f"-{timezone.now().timestamp():.0f}",
    }
    return render(request, "assessment/write.html", context, status=409 if clashes else 200)


def _clock(application: Application) -> str:
    return clock(timezone.now(), application.round.zone, seconds=True)


def _onward(request: HttpRequest, application: Application, key: str) -> str:
    """Where the pressed button leads: the next page, or the same one again."""
    return reverse("assessment:write", args=[application.pk, request.POST.get("go") or key])


def _save_page(request: HttpRequest, application: Application, key: str) -> Wrote:
    """Every field of the page that is open, each over the revision that the page was made with."""
    shown = form_of(application, key)
    if shown is None:
        raise Http404
    names = [CITY_TYPE, DIMENSIONS] if shown.cell is None else [field.key for field in shown.fields]
    opened = open_keys(application)
    taken = set(request.POST.getlist("keep-theirs"))
    written = {name: _written(request, name) for name in names if name in opened and name not in taken and f"base:{name}" in request.POST}
    return actions.write(application, written, by=user_of(request), at=timezone.now())


def _written(request: HttpRequest, name: str) -> Written:
    base = request.POST.get(f"base:{name}", "0")
    value: Any = request.POST.getlist(name) if name == DIMENSIONS else request.POST.get(name, "")
    return Written(value, whole(base) or 0)


@require_POST
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """One field, as it is typed. What stands against another's text is answered with both (409), and nothing is lost."""
    application = to_write(request, pk)
    key = request.POST.get("key", "")
    base = request.POST.get("base", "0")
    value: Any = request.POST.getlist("value") if key == DIMENSIONS else request.POST.get("value", "")
    at = timezone.now()
    written = Written(value, whole(base) or 0, request.POST.get("writer", "")[:40])
    wrote = actions.write(application, {key: written}, by=user_of(request), at=at)
    be_here(application, user_of(request), key, at)
    if clash := wrote.clashes.get(key):
        told = {"by": clash.theirs_by, "at": clock(clash.theirs_at, application.round.zone, seconds=True)}
        return JsonResponse({"clash": {"theirs": clash.theirs, "revision": clash.revision, **told}}, status=409)
    read = _read(application, key, value)
    saved = clock(at, application.round.zone, seconds=True)
    return JsonResponse({"revision": wrote.revisions[key], "saved": saved, "reading": read[0], "fault": read[1]})


def _read(application: Application, key: str, value: Any) -> tuple[str, str]:
    slot = slot_of(edition_of(application), key)
    read = understand(slot.field, value) if slot else None
    return (read.reading, read.fault) if read else ("", "")


@require_POST
def here(request: HttpRequest, pk: int) -> JsonResponse:
    """A sign of life: at which field the visitor is; answered with who else is where, and what has changed since."""
    application = to_write(request, pk)
    user, at = user_of(request), timezone.now()
    be_here(application, user, request.POST.get("field", ""), at)
    edition = edition_of(application)
    known = {name: whole(number) for name, _dot, number in (entry.rpartition("=") for entry in request.POST.getlist("known"))}
    changed = []
    for answer in application.answers.filter(field__in=known).select_related("saved_by__person"):
        if answer.revision != known[answer.field] and answer.saved_by_id != user.pk:
            reading, fault = _read(application, answer.field, answer.value)
            changed.append(
                {
                    "key": answer.field,
                    "value": answer.value,
                    "revision": answer.revision,
                    "by": answer.saved_by.display_name(),
                    "at": clock(answer.saved_at, application.round.zone, seconds=True),
                    "reading": reading,
                    "fault": fault,
                }
            )
    known_fields = {*open_keys(application)}
    others = [
        {
            "name": other.user.display_name(),
            "field": other.field,
            "label": label_of(edition, other.field) if other.field in known_fields else "",
        }
        for other in others_here(application, user, at)
    ]
    return JsonResponse({"others": others, "changed": changed, "open": sorted(known_fields & set(known))})


@require_GET
def history(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Every text that a field has had, newest first; those set aside among them."""
    application = get_object_or_404(access.visible(request.user, "assessment.read").select_related(*WITH), pk=pk)
    edition = edition_of(application)
    slot = slot_of(edition, key)
    if slot is None:
        raise Http404
    rows = AnswerRevision.objects.filter(answer__application=application, answer__field=key).select_related("saved_by__person", "answer")
    context = {
        "application": application,
        "slot": slot,
        "label": label_of(edition, key),
        "rows": rows.order_by("-saved_at", "-pk")[:100],
        "open": key in open_keys(application) and access.allowed(request.user, "assessment.write", application),
    }
    return render(request, "assessment/history.html", context)


@require_POST
def take(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """Put an earlier text, or one that was set aside, back into its field. It becomes the newest; none is lost."""
    application = to_write(request, pk)
    row = get_object_or_404(AnswerRevision.objects.select_related("answer"), pk=revision, answer__application=application)
    written = {row.answer.field: Written(row.value, row.answer.revision)}
    actions.write(application, written, by=user_of(request), at=timezone.now())
    return redirect("assessment:write", pk, row.answer.field.rpartition(".")[0])
