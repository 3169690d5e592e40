"""Writing to the outbox and emptying it."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from nagara.notices.models import Notice
from nagara.toolkit.texts import Texts, text

log = logging.getLogger(__name__)

MOST_TRIES = 5


def notify(
    *,
    recipient: str,
    subject: Texts,
    body: Texts,
    at: datetime,
    address: str = "",
    language: str = "th",
    link: str = "",
    about: str = "",
    due_at: datetime | None = None,
) -> Notice:
    """Put a message into the outbox, in the caller's transaction. `recipient` is an audit key, such as "user:12"."""
    return Notice.objects.create(
        recipient=recipient,
        address=address,
        language=language,
        subject=subject,
        body=body,
        link=link,
        about=about,
        made_at=at,
        due_at=due_at or at,
    )


def withdraw(*, about: str, at: datetime) -> int:
    """Take back what has not been sent: the thing it reminds of is done."""
    return Notice.objects.filter(about=about, sent_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=at)


def send_due(*, at: datetime, most: int = 100) -> int:
    """Send what is due. Each message in a transaction of its own; one that fails is tried again, five times in all."""
    sent = 0
    waiting = Notice.objects.filter(due_at__lte=at, sent_at__isnull=True, withdrawn_at__isnull=True, tries__lt=MOST_TRIES).exclude(
        address=""
    )
    for pk in list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            notice = Notice.objects.select_for_update().get(pk=pk)
            if notice.sent_at or notice.withdrawn_at:
                continue
            notice.tries += 1
            try:
                _mail(notice).send()
            except OSError as error:  # a mail server that is away; anything else is a bug
                notice.last_error = str(error)[:300]
                log.warning("notice %s was not sent: %s", pk, error)
            else:
                notice.sent_at = at
                sent += 1
            notice.save(update_fields=["tries", "last_error", "sent_at"])
    return sent


def _mail(notice: Notice) -> EmailMessage:
    link = f"\n\n{settings.SITE_ADDRESS}{notice.link}" if notice.link else ""
    return EmailMessage(
        subject=text(notice.subject, notice.language),
        body=text(notice.body, notice.language) + link,
        to=[notice.address],
    )
