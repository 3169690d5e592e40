"""Connected services: what is asked, when it last answered, how much it brought, and why it stands still."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nagara.citydata.actions import sources
from nagara.citydata.forms_platform import SourceForm
from nagara.citydata.models import Source
from nagara.citydata.states import SOURCE
from nagara.citydata.views.common import room, say, show_refusal, space_of, user_of
from nagara.toolkit import access
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal


def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The sources of a space, and the form that connects one."""
    space = space_of(request, slug, "citydata.look_into" if request.method == "GET" else "citydata.keep_space")
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sources.connect(space, **form.cleaned_data, by=user_of(request), at=timezone.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            say(request, _("The source is connected. It is asked within a minute."))
            return redirect("citydata:sources", slug)
    page = page_of(Source.objects.filter(space=space).order_by("state", "title", "pk"), request.GET.get("page"), size=50)
    rows = [(source, SOURCE.verbs(source.state)) for source in page]
    return render(request, "citydata/sources.html", {**room(request, space), "form": form, "page": page, "rows": rows})


@require_POST
def step(request: HttpRequest, slug: str, pk: int, verb: str) -> HttpResponse:
    if verb not in ("pause", "resume", "end"):
        raise Http404
    found = get_object_or_404(access.visible(request.user, "citydata.keep_source"), space__slug=slug, pk=pk)
    sources.step(found, verb, by=user_of(request), at=timezone.now())
    return redirect("citydata:sources", slug)
