"""A frozen report as a file to print, to write on, to count with."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from nagara.documents.files import answer
from nagara.reports.papers.made import FORMS, paper_of
from nagara.reports.views.public import report_or_404
from nagara.toolkit.pages import open_page


@open_page
@require_safe
def paper(request: HttpRequest, number: str, form: str) -> HttpResponseBase:
    if form not in FORMS:
        raise Http404
    lang = (get_language() or "th").split("-")[0]
    stored = paper_of(report_or_404(number), form, lang, at=timezone.now())
    return answer(stored, inline=form == "pdf", request=request)
