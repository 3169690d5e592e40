"""The members of a network as those whom a reporting period asks: the right to report follows the standing of the day."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nagara.monitoring.rosters import Roster, register
from nagara.network.models import CityMembership
from nagara.places.models import City
from nagara.toolkit.periods import holds_on


def members_of(code: str, day: date) -> QuerySet[City]:
    """The member cities of a network on a day; none where there is no such network."""
    return City.objects.filter(pk__in=CityMembership.objects.filter(holds_on(day), network__code=code).values("city"))


register(Roster("ascn", _("members of the ASEAN Smart Cities Network on the last day of the period"), lambda day: members_of("ascn", day)))
