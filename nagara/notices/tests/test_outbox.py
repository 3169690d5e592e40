"""Messages lie in the outbox with the act that made them, and leave afterwards: once, in the recipient's language, or not at all."""

from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from nagara.notices.models import Notice
from nagara.notices.outbox import MOST_TRIES, PAUSES, notify, send_due, withdraw
from nagara.notices.queries import inbox, outbox_state, unread_count

pytestmark = pytest.mark.django_db

SUBJECT = {"th": "ใบคำขอส่งกลับ", "en": "The application was sent back"}
BODY = {"th": "โปรดแก้ไข", "en": "Please complete it."}


def make_notice(at: datetime, **fields: Any) -> Notice:
    fields = {"recipient": "user:1", "address": "mali@example.org", "subject": SUBJECT, "body": BODY, "at": at, **fields}
    return notify(**fields)


class Away(BaseEmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPServerDisconnected("connection refused")


@pytest.fixture
def server_away(settings):
    settings.EMAIL_BACKEND = "nagara.notices.tests.test_outbox.Away"


def test_a_message_leaves_once(noon: datetime):
    make_notice(noon)
    assert send_due(at=noon) == 1
    assert send_due(at=noon + timedelta(hours=1)) == 0
    assert [message.to for message in mail.outbox] == [["mali@example.org"]]
    assert Notice.objects.get().sent_at == noon


@pytest.mark.parametrize(("language", "words"), [("th", "ใบคำขอส่งกลับ"), ("en", "The application was sent back")])
def test_a_message_is_in_the_language_of_its_recipient(language: str, words: str, noon: datetime):
    make_notice(noon, language=language)
    send_due(at=noon)
    assert mail.outbox[0].subject == words
    assert mail.outbox[0].extra_headers["Content-Language"] == language


def test_the_link_stands_with_the_public_address(noon: datetime, settings):
    settings.SITE_ADDRESS = "https://nagara.example.go.th"
    make_notice(noon, link="/applications/7")
    send_due(at=noon)
    assert mail.outbox[0].body == "โปรดแก้ไข\n\nhttps://nagara.example.go.th/applications/7"


def test_what_is_not_due_waits(noon: datetime):
    make_notice(noon, due_at=noon + timedelta(days=3))
    assert send_due(at=noon) == 0
    assert send_due(at=noon + timedelta(days=3)) == 1


@pytest.mark.usefixtures("server_away")
def test_a_server_that_is_away_is_asked_five_times_with_growing_pauses(noon: datetime):
    make_notice(noon)
    at = noon
    for number, pause in enumerate((*PAUSES, PAUSES[-1]), start=1):
        assert send_due(at=at - timedelta(seconds=1)) == 0
        assert Notice.objects.get().tries == number - 1
        assert send_due(at=at) == 0
        assert Notice.objects.get().tries == number
        at += pause
    assert MOST_TRIES == 5
    assert send_due(at=at + timedelta(days=1)) == 0
    notice = Notice.objects.get()
    assert (notice.tries, notice.last_error, notice.sent_at) == (5, "connection refused", None)
    assert outbox_state(at) == (0, 0, 1)


def test_a_message_leaves_when_the_server_is_back(noon: datetime, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "nagara.notices.tests.test_outbox.Away"
    make_notice(noon)
    send_due(at=noon)
    settings.EMAIL_BACKEND = working
    assert send_due(at=noon + PAUSES[0]) == 1
    assert Notice.objects.get().last_error == ""


def test_one_that_fails_holds_up_no_other(noon: datetime, monkeypatch):
    for number in range(3):
        make_notice(noon, address=f"{number}@example.org")
    from django.core.mail import EmailMessage

    real = EmailMessage.send

    def send(self: EmailMessage, *args: Any, **kwargs: Any) -> int:
        if self.to == ["1@example.org"]:
            raise SMTPServerDisconnected("no such mailbox")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", send)
    assert send_due(at=noon) == 2
    assert [message.to for message in mail.outbox] == [["0@example.org"], ["2@example.org"]]


def test_a_withdrawn_message_stays(noon: datetime):
    make_notice(noon, about="assessment.application:7")
    make_notice(noon, about="assessment.application:8")
    assert withdraw(about="assessment.application:7", at=noon) == 1
    assert send_due(at=noon) == 1
    assert inbox("user:1").count() == 1


def test_what_has_left_cannot_be_withdrawn(noon: datetime):
    make_notice(noon, about="assessment.application:7")
    send_due(at=noon)
    assert withdraw(about="assessment.application:7", at=noon) == 0


def test_withdrawing_names_the_thing_or_the_recipient(noon: datetime):
    with pytest.raises(ValueError, match="name the thing"):
        withdraw(at=noon)


def test_a_message_without_an_address_is_only_shown(noon: datetime):
    make_notice(noon, address="")
    assert send_due(at=noon) == 0
    assert unread_count("user:1") == 1


def test_a_message_is_written_with_its_act_or_not_at_all(noon: datetime):
    with pytest.raises(RuntimeError, match="the act failed"), transaction.atomic():
        make_notice(noon)
        raise RuntimeError("the act failed")
    assert not Notice.objects.exists()


def test_no_transaction_is_open_while_the_server_is_asked(noon: datetime, monkeypatch):
    """On SQLite every writer would wait for a slow mail server."""
    from django.core.mail import EmailMessage

    depths = []
    before = len(connection.savepoint_ids)
    monkeypatch.setattr(EmailMessage, "send", lambda self: depths.append(len(connection.savepoint_ids)))
    make_notice(noon)
    send_due(at=noon)
    assert depths == [before]


def test_two_workers_never_send_the_same_message(noon: datetime, monkeypatch):
    """The second worker read the message before the first took it."""
    from nagara.notices import outbox

    notice = make_notice(noon)
    stale = Notice.objects.get(pk=notice.pk)
    assert outbox._take(notice, noon)
    assert not outbox._take(stale, noon)
