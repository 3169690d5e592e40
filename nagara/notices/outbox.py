"""Writing to the outbox and emptying it."""

import logging
from datetime import datetime, timedelta

import orjson
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F

from nagara.notices.models import Notice
from nagara.toolkit.keys import seal, unseal
from nagara.toolkit.texts import Texts, text

log = logging.getLogger(__name__)

MOST_TRIES = 5

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""How long to wait after the first, second, third and fourth try. A mail server is away for a while, not for a second."""


def notify(
    *,
    recipient: str,
    subject: Texts,
    body: Texts,
    at: datetime,
    address: str = "",
    language: str = "th",
    link: str = "",
    secret_link: str = "",
    secret_body: str = "",
    about: str = "",
    due_at: datetime | None = None,
) -> Notice:
    """Put a message into the outbox, in the caller's transaction. `recipient` is an audit key, such as "user:12".

    `secret_link` and `secret_body` stand in the mail alone: they are sealed until it has left and are gone afterwards.
    """
    secret = {name: value for name, value in (("link", secret_link), ("body", secret_body)) if value}
    return Notice.objects.create(
        recipient=recipient,
        address=address,
        language=language,
        subject=subject,
        body=body,
        link=link,
        sealed=seal(orjson.dumps(secret).decode(), settings.KEYS) if secret else "",
        about=about,
        made_at=at,
        due_at=due_at or at,
    )


def withdraw(*, about: str = "", recipient: str = "", at: datetime) -> int:
    """Take back what has not been sent: the thing it reminds of is done (`about`), or the recipient has left (`recipient`)."""
    if not about and not recipient:
        raise ValueError("name the thing or the recipient")
    waiting = Notice.objects.filter(sent_at__isnull=True, withdrawn_at__isnull=True)
    if about:
        waiting = waiting.filter(about=about)
    if recipient:
        waiting = waiting.filter(recipient=recipient)
    return waiting.update(withdrawn_at=at, sealed="")


def send_due(*, at: datetime, most: int = 100) -> int:
    """Send what is due; answer how many left. One that fails is tried again later, five times in all.

    No transaction is open while the mail server is asked: it may be slow, and on SQLite all writers would wait for it. A try is
    noted before it is made, so that two workers never take the same message; after a crash in between, it is tried again.
    """
    waiting = Notice.objects.filter(due_at__lte=at, sent_at__isnull=True, withdrawn_at__isnull=True, tries__lt=MOST_TRIES).exclude(
        address=""
    )
    sent = 0
    for notice in list(waiting.order_by("due_at", "pk")[:most]):
        if not _take(notice, at):
            continue
        try:
            _mail(notice).send()
        except OSError as error:  # a mail server that is away or refuses; anything else is a bug
            Notice.objects.filter(pk=notice.pk).update(last_error=str(error)[:300])
            log.warning("notice %s was not sent (try %s of %s): %s", notice.pk, notice.tries + 1, MOST_TRIES, error)
        else:
            Notice.objects.filter(pk=notice.pk).update(sent_at=at, sealed="", last_error="")
            sent += 1
    return sent


def _take(notice: Notice, at: datetime) -> bool:
    """Note a try and when the next one is due; False where another worker was quicker or the message was taken back."""
    pause = PAUSES[min(notice.tries, len(PAUSES) - 1)]
    untouched = Notice.objects.filter(pk=notice.pk, tries=notice.tries, sent_at__isnull=True, withdrawn_at__isnull=True)
    return untouched.update(tries=F("tries") + 1, due_at=at + pause) == 1


def _mail(notice: Notice) -> EmailMessage:
    secret = orjson.loads(unseal(notice.sealed, settings.KEYS)) if notice.sealed else {}
    body = secret.get("body") or text(notice.body, notice.language)
    link = secret.get("link") or notice.link
    return EmailMessage(
        subject=" ".join(text(notice.subject, notice.language).split()),
        body=f"{body}\n\n{settings.SITE_ADDRESS}{link}" if link else body,
        to=[notice.address],
        headers={"Content-Language": notice.language, "Auto-Submitted": "auto-generated"},
    )
