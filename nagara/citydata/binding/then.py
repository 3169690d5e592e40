"""How things were at an instant that is over, from their history: for questions about a state and not about a course of time.

Of each attribute counts what was observed last before the instant; where nothing bears a time of observation, what was written last.
Conditions are those of NGSI-LD (clause 4.9), tried here on the things as they were: a broker tries them on things as they are.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from nagara.broker.ld.resolver import CORE_CONTEXT
from nagara.broker.model import incoming
from nagara.broker.problems import Problem
from nagara.broker.query.matching import matches
from nagara.broker.query.q import MISSING, Node, linked_depth, parse, terms
from nagara.citydata.binding.question import Answer, Question, Why, share
from nagara.citydata.broker import BrokerRefused, Entity, Tenant, moment

_OF_HISTORY = ("instanceId", "createdAt", "modifiedAt", "deletedAt")

#: Of one thing, by attribute and dataset: what it was.
State = dict[tuple[str, str], dict[str, Any]]


def share_then(tenant: Tenant, question: Question, *, at: datetime) -> Answer:
    """For how many of the things that were known at an instant the condition held. Covered: how many of them said anything about it."""
    condition = _read(question.condition)
    only = _read(question.only) if question.only else None
    if linked_depth(condition) or (only is not None and linked_depth(only)):
        return Answer(None, why=Why.LEADS_ELSEWHERE, as_of=at)
    asked = {term.path.name for term in terms(condition)}
    absence = any(term.op == MISSING for term in terms(condition))
    of_all = holds = told = 0
    for thing in things_at(tenant, question.entity_type, at=at):
        known = incoming.entity(thing, CORE_CONTEXT)
        known["createdAt"] = known["modifiedAt"] = 0
        if only is not None and not matches(only, known):
            continue
        of_all += 1
        told += absence or any(name in known["attrs"] for name in asked)
        holds += matches(condition, known)
    if not told:
        return Answer(None, entities=of_all, why=Why.UNKNOWN_THEN, as_of=at)
    found = share(holds, of_all)
    found.covered, found.as_of = told / of_all, at
    return found


def _read(text: str) -> Node:
    try:
        return parse(text, CORE_CONTEXT)
    except Problem as problem:
        raise BrokerRefused(problem.status, problem.title, problem.detail) from None


def things_at(tenant: Tenant, entity_type: str, *, at: datetime) -> Iterator[Entity]:
    """The things of a type as far as they were known at an instant, in the order of their ids."""
    states: dict[str, State] = {}
    for id_, name, instance in tenant.last_before(entity_type, at, "createdAt"):
        if "observedAt" not in instance and "deletedAt" not in instance:
            states.setdefault(id_, {})[name, instance.get("datasetId", "")] = instance
    for id_, name, instance in tenant.last_before(entity_type, at, "observedAt"):
        states.setdefault(id_, {})[name, instance.get("datasetId", "")] = instance
    for id_, name, instance in tenant.last_before(entity_type, at, "deletedAt"):
        held = states.get(id_, {}).get((name, instance.get("datasetId", "")))
        if held is not None and moment(held["createdAt"]) <= moment(instance["deletedAt"]):
            del states[id_][name, instance.get("datasetId", "")]
    for id_, state in sorted(states.items()):
        if state:
            yield _thing(id_, entity_type, state)


def _thing(id_: str, entity_type: str, state: State) -> Entity:
    found: Entity = {"id": id_, "type": entity_type}
    for (name, _dataset), instance in state.items():
        found.setdefault(name, []).append({member: value for member, value in instance.items() if member not in _OF_HISTORY})
    return found
