"""Readings about bodies and who sits in them."""

from datetime import date
from typing import Any

from django.db.models import Count, DateTimeField, OuterRef, Q, QuerySet, Subquery

from nagara.governance.models import Body, Meeting, Resolution, Seat, SeatHolder
from nagara.governance.states import MeetingState
from nagara.people.models import Organisation, Person
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.thai import fold

MOST_PEOPLE = 20


def bodies_with_figures(bodies: QuerySet[Body], day: date) -> QuerySet[Body]:
    """Bodies with their seats that count, their next meeting and the last one held."""
    coming = Meeting.objects.filter(
        body=OuterRef("pk"), state__in=[MeetingState.PLANNED, MeetingState.CALLED, MeetingState.SITTING], planned_from__isnull=False
    )
    return bodies.annotate(
        seats_that_count=Count("seats", filter=Q(holds_on(day, "seats__"), seats__counts=True), distinct=True),
        next_at=Subquery(coming.order_by("planned_from").values("planned_from")[:1], output_field=DateTimeField()),
    ).order_by("kind", "code")


def meetings_of(user: Any, body: Body) -> QuerySet[Meeting]:
    """The body's meetings that `user` may see, newest first."""
    return access.visible(user, "governance.view").filter(body=body).order_by("-year", "-number", "pk")


def history_of(seat: Seat) -> list[SeatHolder]:
    """Everybody who sits or sat in the seat, newest first."""
    return list(seat.holders.select_related("person", "source").order_by("-since", "-pk"))


def people_like(typed: str) -> list[Person]:
    """Persons on record whose name has what was typed, a few at most."""
    return list(
        Person.objects.filter(folded__contains=fold(typed), erased_at__isnull=True)
        .select_related("organisation")
        .order_by("sort_th", "pk")[:MOST_PEOPLE]
    )


def done_assignments(body: Body) -> QuerySet[Resolution]:
    """What somebody was asked to do and has done, the last first."""
    return (
        Resolution.objects.filter(draft=False, done_on__isnull=False, item__meeting__body=body)
        .select_related("owner", "item__meeting__body")
        .order_by("-done_on", "-pk")
    )


def organisations_like(typed: str) -> list[Organisation]:
    """Organisations whose name or code has what was typed, a few at most."""
    return list(Organisation.objects.filter(folded__contains=fold(typed)).order_by("sort_th", "pk")[:MOST_PEOPLE])
