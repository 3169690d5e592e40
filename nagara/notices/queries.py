"""Readings of the list of notices that a person sees on the screen."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from nagara.notices.models import Notice
from nagara.notices.outbox import MOST_TRIES


def inbox(recipient: str) -> QuerySet[Notice]:
    """What was written to this recipient and not taken back, newest first. What is to be sent later is not there yet."""
    return Notice.objects.filter(recipient=recipient, withdrawn_at__isnull=True).order_by("-made_at", "-pk")


def unread_count(recipient: str) -> int:
    return inbox(recipient).filter(read_at__isnull=True).count()


class OutboxState(NamedTuple):
    """How the outbox stands: messages that wait, those whose time has come, and those that failed five times."""

    waiting: int
    due: int
    given_up: int


def outbox_state(at: datetime) -> OutboxState:
    open_ones = Notice.objects.filter(sent_at__isnull=True, withdrawn_at__isnull=True).exclude(address="")
    found = open_ones.aggregate(
        waiting=Count("pk", filter=Q(tries__lt=MOST_TRIES)),
        due=Count("pk", filter=Q(tries__lt=MOST_TRIES, due_at__lte=at)),
        given_up=Count("pk", filter=Q(tries__gte=MOST_TRIES)),
    )
    return OutboxState(**found)
