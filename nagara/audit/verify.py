"""Reading the chain from its first entry to its head: what was changed, removed or put in?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from nagara.audit.models import GENESIS, Entry, Head, digest_of

_COLUMNS = ("seq", "at", "by", "by_name", "on_behalf_of", "did", "about", "proof", "why", "before", "after", "previous", "digest")


@dataclass
class Verification:
    """What a reading of the chain found. `faults` is empty where it is whole."""

    entries: int = 0
    head: str = GENESIS
    faults: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.faults


def verify(*, most_faults: int = 20) -> Verification:
    """Read every entry once, in order, and compare its digest, its link and its number; then the head."""
    found = Verification()
    expected_seq, previous = 1, GENESIS
    for row in _rows():
        seq, link, digest = row[0], row[11], row[12]
        if seq != expected_seq:
            found.faults.append(
                _("Entries %(first)s to %(last)s are missing.") % {"first": expected_seq, "last": seq - 1}
                if seq > expected_seq
                else _("Entry %(seq)s was put in.") % {"seq": seq}
            )
        elif link != previous:
            found.faults.append(_("Entry %(seq)s does not follow from the one before it.") % {"seq": seq})
        if digest_of(*row[:12]) != digest:
            found.faults.append(_("Entry %(seq)s was changed: its digest does not fit its content.") % {"seq": seq})
        expected_seq, previous = seq + 1, digest
        found.entries += 1
        if len(found.faults) >= most_faults:
            found.faults.append(_("Reading stopped after %(count)s faults.") % {"count": most_faults})
            return found
    head = Head.objects.filter(pk=1).first()
    found.head = previous
    if head is None:
        found.faults.append(_("The head of the chain is missing."))
    elif (head.seq, head.digest) != (expected_seq - 1, previous):
        found.faults.append(
            _("The chain ends at entry %(end)s, but its head says %(head)s: entries were removed from or added to its end.")
            % {"end": expected_seq - 1, "head": head.seq}
        )
    return found


def _rows() -> Iterator[tuple[Any, ...]]:
    return Entry.objects.order_by("seq").values_list(*_COLUMNS).iterator(chunk_size=5000)
