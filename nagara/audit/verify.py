"""Reading the chain from its first entry to its head: what was changed, removed or put in?

The chain shows a change inside it. That it was cut short, or replaced as a whole together with its head, only something kept
elsewhere shows: a digest that was written down, or the signed checkpoints (`checkpoints`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from nagara.audit.checkpoints import Checkpoint, kept
from nagara.audit.models import GENESIS, Entry, Head, digest_of

_COLUMNS = ("seq", "at", "by", "by_name", "on_behalf_of", "did", "about", "proof", "why", "before", "after", "previous", "digest")


@dataclass
class Verification:
    """What a reading of the chain found. `faults` is empty where it is whole."""

    entries: int = 0
    """How many were read."""
    first: int = 1
    """The number of the first one that was to be read."""
    last: int = 0
    """The number of the last one there is."""
    head: str = GENESIS
    checkpoints: int = 0
    """How many signed checkpoints agreed."""
    faults: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.faults


def verify(*, after: Checkpoint | None = None, most_faults: int = 20) -> Verification:
    """Read every entry once (those after the checkpoint `after`), in order: digest, link and number; then head and checkpoints."""
    start, previous = (after.seq, after.digest) if after else (0, GENESIS)
    found = Verification(first=start + 1, last=start, head=previous)
    expected = start + 1
    for row in _rows(after):
        seq, link, digest = row[0], row[11], row[12]
        if seq != expected:
            found.faults.append(
                _("Entries %(first)s to %(last)s are missing.") % {"first": expected, "last": seq - 1}
                if seq > expected
                else _("Entry %(seq)s was put in.") % {"seq": seq}
            )
        elif link != previous:
            found.faults.append(_("Entry %(seq)s does not follow from the one before it.") % {"seq": seq})
        if digest_of(*row[:12]) != digest:
            found.faults.append(_("Entry %(seq)s was changed: its digest does not fit its content.") % {"seq": seq})
        expected, previous = seq + 1, digest
        found.entries += 1
        if len(found.faults) >= most_faults:
            found.faults.append(_("Reading stopped after %(count)s faults.") % {"count": most_faults})
            return found
    found.last, found.head = expected - 1, previous
    _compare_head(found)
    _compare_checkpoints(found)
    return found


def _rows(after: Checkpoint | None) -> Iterator[tuple[Any, ...]]:
    entries = Entry.objects.order_by("seq")
    if after:
        entries = entries.filter(seq__gt=after.seq)
    return entries.values_list(*_COLUMNS).iterator(chunk_size=5000)


def _compare_head(found: Verification) -> None:
    head = Head.objects.filter(pk=1).first()
    if head is None:
        found.faults.append(_("The head of the chain is missing."))
    elif (head.seq, head.digest) != (found.last, found.head):
        found.faults.append(
            _("The chain ends at entry %(end)s, but its head says %(head)s: entries were removed from or added to its end.")
            % {"end": found.last, "head": head.seq}
        )


def _compare_checkpoints(found: Verification) -> None:
    """Each checkpoint is whole in itself, and the entry that it names still has the digest that it names."""
    checkpoints, faults = kept()
    found.faults += faults
    digests = dict(Entry.objects.filter(seq__in=[checkpoint.seq for checkpoint in checkpoints]).values_list("seq", "digest"))
    for checkpoint in checkpoints:
        digest = GENESIS if checkpoint.seq == 0 else digests.get(checkpoint.seq)
        if digest is None:
            found.faults.append(
                _("Entry %(seq)s is missing: a checkpoint of %(at)s vouches for it. The end of the chain was cut off.")
                % {"seq": checkpoint.seq, "at": checkpoint.at}
            )
        elif digest != checkpoint.digest:
            found.faults.append(
                _("Entry %(seq)s is not the one that a checkpoint of %(at)s vouches for: the chain was replaced.")
                % {"seq": checkpoint.seq, "at": checkpoint.at}
            )
        else:
            found.checkpoints += 1
