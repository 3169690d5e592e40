"""Exchange rates: everyone sees with which rates totals are made; the office enters them."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from nagara.plans.actions import money
from nagara.plans.forms import RateForm
from nagara.plans.models import ExchangeRate
from nagara.plans.views.common import say, show_refusal, user_of
from nagara.toolkit import access
from nagara.toolkit.pages import open_page
from nagara.toolkit.pagination import page_of
from nagara.toolkit.refusal import Refusal


@open_page
def rates(request: HttpRequest) -> HttpResponse:
    writes = access.allowed(request.user, "plans.set_rate")
    form = RateForm(request.POST or None, initial={"into": settings.CURRENCY, "on": timezone.localdate()})
    if request.method == "POST":
        access.require(request.user, "plans.set_rate")
        if form.is_valid():
            try:
                money.set_rate(**form.cleaned_data, by=user_of(request), at=timezone.now())
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                say(request, _("The rate is on record."))
                return redirect("plans:rates")
    page = page_of(ExchangeRate.objects.order_by("currency", "into", "-on"), request.GET.get("page"))
    return render(request, "plans/rates.html", {"page": page, "form": form, "writes": writes, "currency": settings.CURRENCY})
