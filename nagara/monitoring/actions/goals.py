"""A city sets its baselines and targets. What is set anew ends what stood before; both stay on record."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.monitoring.actions.common import account, refuse, require
from nagara.monitoring.models import Goal
from nagara.places.models import City
from nagara.rulebook.schema_indicators import Measure


@transaction.atomic
def set_goal(
    city: City, measure: Measure, part: str = "", *, kind: str, day: date, number: Decimal, source: str = "", by: Actor, at: datetime
) -> Goal:
    """Set the baseline of a measure, or its target for a day. The same once more changes nothing."""
    require(by, "monitoring.set_goals", city)
    City.objects.select_for_update().get(pk=city.pk)
    if part not in measure.cells():
        refuse({"part": _("This measure has no such part.")})
    if kind not in Goal.Kind.values:
        refuse({"kind": _("A goal is a baseline or a target.")})
    standing = Goal.objects.filter(city=city, measure=measure.code, part=part, kind=kind, until=None)
    if kind == Goal.Kind.TARGET:
        standing = standing.filter(day=day)
    now = standing.first()
    if now is not None and (now.day, now.number, now.source) == (day, number, source):
        return now
    standing.update(until=at)
    goal = Goal.objects.create(
        city=city, measure=measure.code, part=part, kind=kind, day=day, number=number, source=source, at=at, by=account(by)
    )
    record(
        by=by,
        did=f"monitoring.set_{kind}",
        about=goal,
        at=at,
        on_behalf_of=city,
        before={"day": now.day, "number": str(now.number)} if now else None,
        after={"measure": measure.code, "part": part, "day": day, "number": str(number)},
    )
    return goal
