"""Exchange rates: entered by the office, with their day and who published them."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, System, record
from nagara.plans.actions.projects import today
from nagara.plans.models import ExchangeRate
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal


@transaction.atomic
def set_rate(
    currency: str, *, into: str, on: date, rate: Decimal, published_by: str, address: str = "", by: Actor, at: datetime
) -> ExchangeRate:
    """Enter the rate of a day. A rate that was entered wrong is entered again for the same day; the record keeps both."""
    if not isinstance(by, System):
        access.require(by, "plans.set_rate")
    faults = {}
    if currency == into:
        faults["into"] = _("A rate has two currencies.")
    if rate <= 0:
        faults["rate"] = _("A rate is above nought.")
    if on > today(at):
        faults["on"] = _("A rate is of a day that has come.")
    if faults:
        raise Refusal(_("The rate cannot be saved like this."), fields=faults, status=422, code="faulty-rate")
    was = ExchangeRate.objects.filter(currency=currency, into=into, on=on).first()
    found, _new = ExchangeRate.objects.update_or_create(
        currency=currency, into=into, on=on, defaults={"rate": rate, "published_by": published_by, "address": address}
    )
    record(
        by=by,
        did="plans.set_rate",
        about=found,
        at=at,
        before={"rate": was.rate, "published_by": was.published_by} if was else None,
        after={"currency": currency, "into": into, "on": on, "rate": rate, "published_by": published_by},
    )
    return found
