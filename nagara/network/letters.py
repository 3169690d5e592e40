"""Who is told: the secretariat, the representatives of a state, the officers of a city. In the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from nagara.network.models import Network, Nomination
from nagara.people.actions import tell
from nagara.people.models import RoleGrant, User
from nagara.people.roles import EVERYWHERE, Role, scope
from nagara.places.models import Area, City, State
from nagara.toolkit.periods import holds_on
from nagara.toolkit.texts import Texts


def holders(role: Role, scopes: Iterable[str], at: datetime) -> list[User]:
    """The accounts that hold `role` in one of these scopes on the day, each once."""
    day = at.astimezone(settings.ZONE).date()
    held = RoleGrant.objects.filter(holds_on(day), role=role, scope__in=list(scopes)).values("user")
    return list(User.objects.filter(pk__in=held, is_active=True).order_by("pk"))


def secretariat(network: Network, at: datetime) -> list[User]:
    return holders(Role.NETWORK_SECRETARIAT, [EVERYWHERE, scope("network", network.code)], at)


def representatives(states: Iterable[State | str], at: datetime) -> list[User]:
    codes = [state if isinstance(state, str) else state.pk for state in states]
    return holders(Role.NATIONAL_REPRESENTATIVE, [scope("state", code) for code in codes], at)


def officers(city: City, at: datetime) -> list[User]:
    areas = Area.objects.filter(city=city).values_list("pk", flat=True)
    return holders(Role.CITY_OFFICER, [scope("city", city.slug), *(scope("area", pk) for pk in areas)], at)


def tell_all(
    accounts: Iterable[User],
    name: str,
    nomination: Nomination,
    *,
    subject: Texts,
    body: Texts,
    at: datetime,
    but: object = None,
    about: str = "",
) -> None:
    """A notice to each but the one who acted, with a link to the page `name` of the nomination in their language."""
    for account in accounts:
        if account == but:
            continue
        with override(account.language):
            link = reverse(f"network:{name}", args=[nomination.pk])
        tell(account, subject=subject, body=body, link=link, about=about or f"network.nomination:{nomination.pk}", at=at)
