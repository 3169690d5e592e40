"""Putting a question to the broker: days by day from its temporal aggregates."""

from datetime import date, datetime, time
from typing import Any

from django.conf import settings

from nagara.citydata.binding.question import Answer, Day, Method, Question, Series, Why, answered, share
from nagara.citydata.binding.then import share_then
from nagara.citydata.broker import Tenant, moment


def ask(tenant: Tenant, question: Question, *, since: date, until: date, today: date) -> Answer:
    """The answer over the days from `since` to before `until`, in the zone of the programme."""
    answer = _asked(tenant, question, since=since, until=until, today=today)
    if answer.value is None and not tenant.keeps_history:
        answer.why = Why.NO_HISTORY
    return answer


def _asked(tenant: Tenant, question: Question, *, since: date, until: date, today: date) -> Answer:
    if question.method == Method.SHARE:
        # A share is of things as they are at one instant: now while the period runs, its last one once it is over.
        if today < since:
            return Answer(None, days=(until - since).days, why=Why.NOT_BEGUN)
        answer = _share(tenant, question) if today < until else share_then(tenant, question, at=midnight(until))
        answer.days = (until - since).days
        return answer
    series = days_of(tenant, question.entity_type, question.attribute, since=since, until=until, only=question.only)
    other = None
    if question.method == Method.RATIO:
        other = days_of(tenant, question.entity_type, question.other, since=since, until=until, only=question.only)
    return answered(question, series, since=since, until=until, other=other)


def _share(tenant: Tenant, question: Question) -> Answer:
    both = f"({question.only});({question.condition})" if question.only else question.condition
    _rows, of_all = tenant.page(question.entity_type, q=question.only, limit=0)
    _rows, holds = tenant.page(question.entity_type, q=both, limit=0)
    return share(holds, of_all)


def days_of(tenant: Tenant, entity_type: str, attribute: str, *, since: date, until: date, only: str = "") -> Series:
    """By entity, by day: mean, sum and count of one attribute."""
    found: dict[str, dict[date, Day]] = {}
    rows = tenant.aggregate(
        entity_type,
        attribute,
        since=midnight(since),
        until=midnight(until),
        methods="avg,sum,totalCount",
        period="P1D",
        q=only,
    )
    for entity, by_method in rows.items():
        counts = {_start(row): int(row[0]) for row in by_method["totalCount"]}
        sums = {_start(row): row[0] for row in by_method["sum"]}
        days = {
            day: Day(float(row[0]), float(sums.get(day, row[0])), counts.get(day, 0))
            for row in by_method["avg"]
            if (day := _start(row)) and counts.get(day, 0) > 0 and isinstance(row[0], int | float)
        }
        if days:
            found[entity] = days
    return found


def _start(row: list[Any]) -> date:
    return moment(row[1]).astimezone(settings.ZONE).date()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=settings.ZONE)
