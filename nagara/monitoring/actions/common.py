"""What several actions of this part do alike."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from nagara.audit.record import Actor, System, key
from nagara.monitoring.models import Level, Return, Value
from nagara.people.actions import tell
from nagara.people.models import RoleGrant, User
from nagara.people.roles import EVERYWHERE, Role, scope
from nagara.people.second_factor import Proof, require_proof
from nagara.places.models import City
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import in_each


def require(by: Actor, rule: str, thing: Model | None = None) -> None:
    """Ask the rule, unless the programme itself acts (the loader of facts)."""
    if not isinstance(by, System):
        access.require(by, rule, thing)


def require_signature(by: Actor, proof: Proof | None, at: datetime) -> Proof | None:
    """A second factor from a person; none from the programme itself."""
    return None if isinstance(by, System) else require_proof(proof, at)


def account(by: Actor) -> User | None:
    return by if isinstance(by, User) else None


def locked(answer: Return) -> Return:
    """The return as it is now, locked until the end of the transaction."""
    return Return.objects.select_for_update(of=("self",)).select_related("period", "city__state").get(pk=answer.pk)


def content_of(row: Value | Level) -> dict[str, Any]:
    """What a level keeps of a value."""
    return {
        "number": None if row.number is None else Decimal(row.number),
        "missing": row.missing,
        "quality": row.quality,
        "source": row.source,
        "origin": row.origin,
        "lineage": row.lineage,
    }


def write_levels(answer: Return, rows: Iterable[tuple[Value, dict[str, Any]]], level: str, *, by: Actor, at: datetime) -> list[Level]:
    """Put values at a level. What stood there and differs ends; what says the same stays. Three queries, however many values."""
    standing = {row.value_id: row for row in Level.objects.filter(value__of=answer, level=level, until=None)}
    new, ended = [], []
    for value, content in rows:
        now = standing.get(value.pk)
        if now is not None and all(getattr(now, name) == wanted for name, wanted in content.items()):
            continue
        if now is not None:
            ended.append(now.pk)
        new.append(
            Level(
                value=value,
                city_id=answer.city_id,
                period_id=answer.period_id,
                last_day=answer.period.last_day,
                measure=value.measure,
                part=value.part,
                level=level,
                at=at,
                by=account(by),
                by_key=by.audit_key,
                **content,
            )
        )
    Level.objects.filter(pk__in=ended).update(until=at)
    return Level.objects.bulk_create(new, batch_size=500)


def listed(rows: Iterable[Level]) -> list[str]:
    """The cells of levels, for the record: "green-areas", "air-pollution.pm25"."""
    return sorted(f"{row.measure}.{row.part}" if row.part else row.measure for row in rows)


# Who is told


def today(at: datetime) -> date:
    return at.astimezone(settings.ZONE).date()


def _holding(wanted: Q, at: datetime) -> list[User]:
    grants = RoleGrant.objects.filter(holds_on(today(at)), wanted, user__is_active=True).select_related("user")
    return list({grant.user_id: grant.user for grant in grants.order_by("pk")}.values())


def officers_of(city: City, at: datetime) -> list[User]:
    """The officers of a city, by the city itself or by one of its areas."""
    scopes = [scope("city", city.slug), *(scope("area", pk) for pk in city.areas.order_by("pk").values_list("pk", flat=True))]
    return _holding(Q(role=Role.CITY_OFFICER, scope__in=scopes), at)


def office_of(city: City, at: datetime) -> list[User]:
    """The office of the city's state; where it has none of its own, that of the whole programme."""
    own = _holding(Q(role=Role.OFFICE, scope=scope("state", city.state_id)), at)
    return own or _holding(Q(role=Role.OFFICE, scope=EVERYWHERE), at)


def secretariat(at: datetime) -> list[User]:
    return _holding(Q(role=Role.NETWORK_SECRETARIAT), at)


def own_link(user: User, page: str, answer: Return) -> str:
    """The page of a return in the language of the one who is told."""
    with override(user.language):
        return reverse(page, args=[answer.pk])


def tell_all(
    users: Iterable[User], answer: Return, *, subject: Callable[[], str], body: Callable[[], str], page: str, at: datetime, about: str = ""
) -> int:
    """A notice to each, to their own link. Answers how many were told."""
    count = 0
    for user in users:
        link = own_link(user, page, answer)
        tell(user, subject=in_each(subject), body=in_each(body), at=at, link=link, about=about or key(answer))
        count += 1
    return count


def reminder(answer: Return) -> str:
    """What a reminder is about: taken back when the return is handed in."""
    return f"{key(answer)}:due"


def refuse(faults: dict[str, str], message: str = "") -> None:
    """Refuse with every fault at its field."""
    if faults:
        raise Refusal(message or _("This cannot be saved like this."), fields=faults, code="faulty", status=422)
