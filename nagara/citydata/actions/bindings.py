"""Binding a measure to the data of a space, changing the question, asking it."""

from datetime import date, datetime
from decimal import Decimal
from math import floor, log10
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.citydata.binding.asking import ask
from nagara.citydata.binding.question import Answer, Question
from nagara.citydata.broker import Tenant
from nagara.citydata.models import Binding, BindingVersion, ComputedValue, DataSpace
from nagara.people.models import User
from nagara.toolkit import access
from nagara.toolkit.digests import digest
from nagara.toolkit.refusal import Refusal

MOST_GAPS = 50
MOST_ENTITIES = 200


@transaction.atomic
def bind(space: DataSpace, measure: str, part: str, question: Question, *, why: str = "", by: User, at: datetime) -> BindingVersion:
    """Join a measure to a question. Where it is joined already, the question becomes the next version; the same one changes nothing."""
    space = DataSpace.objects.select_for_update(of=("self",)).get(pk=space.pk)
    access.require(by, "citydata.keep_space", space)
    binding = Binding.objects.filter(space=space, measure=measure, part=part, ended_at__isnull=True).first()
    if binding is None:
        binding = Binding.objects.create(space=space, measure=measure, part=part, made_at=at, made_by=by.audit_key)
    last = binding.versions.order_by("-number").first()
    if last is not None and last.question == question.plain():
        return last
    number = last.number + 1 if last else 1
    made = BindingVersion.objects.create(
        binding=binding, number=number, question=question.plain(), why=why, made_at=at, made_by=by.audit_key
    )
    after = {"measure": measure, "part": part, "version": number, "question": question.plain()}
    record(by=by, did="citydata.bind", about=binding, at=at, before={"version": last.number} if last else None, after=after, why=why)
    return made


@transaction.atomic
def unbind(binding: Binding, *, by: User, at: datetime, why: str = "") -> Binding:
    """End a binding. What was computed stays."""
    binding = Binding.objects.select_for_update().get(pk=binding.pk)
    access.require(by, "citydata.keep_binding", binding)
    if binding.ended_at is None:
        binding.ended_at = at
        binding.save(update_fields=["ended_at"])
        record(by=by, did="citydata.unbind", about=binding, at=at, why=why)
    return binding


def compute(version: BindingVersion, *, since: date, until: date, at: datetime) -> ComputedValue:
    """Ask the question over a window and keep the answer with its lineage. The same answer again is not kept twice."""
    if until <= since:
        raise Refusal(_("The window must end after it begins."), code="window-backwards", fields={"until": str(_("Give a later day."))})
    question = Question(**version.question)
    today = at.astimezone(settings.ZONE).date()
    answer = ask(Tenant(version.binding.space.slug), question, since=since, until=until, today=today)
    lineage = _lineage(version, question, answer, since, until)
    value = Decimal(repr(in_four_digits(answer.value))) if answer.value is not None else None
    found = digest({"value": str(value), **lineage})
    last = ComputedValue.objects.filter(version=version, since=since, until=until).order_by("-computed_at", "-pk").first()
    if last is not None and last.digest == found:
        ComputedValue.objects.filter(pk=last.pk).update(computed_at=at)
        last.computed_at = at
        return last
    return ComputedValue.objects.create(
        version=version, since=since, until=until, value=value, lineage=lineage, digest=found, computed_at=at
    )


def in_four_digits(value: float) -> float:
    """A value as people report it: two decimals, and more only where it is so small that four digits need them."""
    return round(value, 2 if value == 0 or abs(value) >= 1 else min(3 - floor(log10(abs(value))), 6))


def _lineage(version: BindingVersion, question: Question, answer: Answer, since: date, until: date) -> dict[str, Any]:
    """Where a value came from, as plain JSON: enough to ask the same again of any NGSI-LD broker."""
    return {
        "tenant": version.binding.space.slug,
        "binding": version.binding_id,
        "version": version.number,
        "question": question.plain(),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "days": answer.days,
        "entities": answer.entities,
        "observations": answer.observations,
        "coverage": round(answer.covered, 4),
        "gaps": [[first.isoformat(), after.isoformat()] for first, after in answer.gaps[:MOST_GAPS]],
        "gaps_in_all": len(answer.gaps),
        "by_entity": answer.by_entity[:MOST_ENTITIES],
        **({"why": str(answer.why)} if answer.why else {}),
        **({"as_of": answer.as_of.isoformat()} if answer.as_of else {}),
    }
