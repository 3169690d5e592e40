"""Instances of history that several context sources call by the same instanceId.

A broker chooses its instanceIds by itself (4.5.7), and many count them, so what is put together from several may hold two of one
name. Such an instance is shown under an id that names its source as well, and is corrected or deleted at that source alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from nagara.broker.history.moments import Moment
from nagara.broker.sources.registration import Registration

_APART = re.compile(r"urn:ngsi-ld:Instance:at:([0-9a-f]{12}):(.+)\Z", re.DOTALL)
#: What brokers of this kind called their instances before each had a mark (store/naming.py).
_COUNTED = re.compile(r"urn:ngsi-ld:Instance:\d+-\d+\Z", re.ASCII)

#: The id of an entity, an instance of it that was told, and by whom.
Taken = tuple[str, Moment, Registration]


def place_of(one: Registration) -> str:
    """Where a source is, whichever of its registrations speaks of it."""
    return hashlib.blake2b(f"{one.base} {one.tenant}".encode(), digest_size=6).hexdigest()


def set_apart(taken: Iterable[Taken]) -> None:
    """Let no two instances of one entity that different sources told of bear the same instanceId."""
    taken = [one for one in taken if one[1].told]
    holders: dict[tuple[str, str], set[str]] = {}
    for id_, moment, source in taken:
        holders.setdefault((id_, moment.told), set()).add(place_of(source))
    for id_, moment, source in taken:
        # Of the counted ones, another answer may show one alone: the id has to be the same in both.
        if len(holders.get((id_, moment.told), ())) > 1 or _COUNTED.match(moment.told):
            moment.told = f"urn:ngsi-ld:Instance:at:{place_of(source)}:{moment.told}"


def named_source(instance_id: str) -> tuple[str, str] | None:
    """(where, the instanceId there) of an instance that was set apart; None for any other."""
    found = _APART.match(instance_id)
    return None if found is None else (found[1], found[2])
