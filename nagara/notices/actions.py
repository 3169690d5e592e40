"""What a recipient does with notices. Reading one's own mail is no act of the programme and leaves no entry in the record."""

from datetime import datetime

from nagara.audit.record import Actor
from nagara.notices.models import Notice
from nagara.notices.queries import inbox


def mark_read(notice: Notice, *, by: Actor, at: datetime) -> None:
    """Note when a notice was first read, by its recipient alone."""
    inbox(by.audit_key).filter(pk=notice.pk, read_at__isnull=True).update(read_at=at)


def mark_all_read(*, by: Actor, at: datetime) -> int:
    return inbox(by.audit_key).filter(read_at__isnull=True).update(read_at=at)
