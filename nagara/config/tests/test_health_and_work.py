"""Is the installation well, and is done what nobody asks for?"""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from nagara.audit import checkpoints, guards
from nagara.audit.models import Entry, Head
from nagara.audit.record import System, record
from nagara.config import health as asked
from nagara.config.health import ATTENTION, ILL, WELL, health
from nagara.config.work import sign_the_record, work
from nagara.notices.models import Notice
from nagara.notices.outbox import notify
from nagara.people.models import RoleGrant
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.people.tests.signed_in import come_in

pytestmark = pytest.mark.django_db


def act(at: datetime) -> None:
    with transaction.atomic():
        record(by=System("test"), did="test.act", about="test.thing:1", at=at)


def states(at: datetime) -> dict[str, str]:
    return {check.name: check.state for check in health(at).checks}


ALL_WELL = {"database": WELL, "migrations": WELL, "outbox": WELL, "record": WELL, "disk": WELL}


def test_a_fresh_installation_is_well(noon: datetime):
    assert states(noon) == ALL_WELL


def test_messages_that_should_have_left_ask_for_the_worker(noon: datetime):
    notify(recipient="user:1", address="a@example.org", subject={"en": "x"}, body={"en": "y"}, at=noon)
    assert states(noon + timedelta(minutes=1)) == ALL_WELL
    assert states(noon + timedelta(minutes=6))["outbox"] == ATTENTION


def test_messages_that_failed_five_times_ask_for_the_mail_server(noon: datetime):
    notify(recipient="user:1", address="a@example.org", subject={"en": "x"}, body={"en": "y"}, at=noon)
    Notice.objects.update(tries=5)
    assert states(noon + timedelta(minutes=6))["outbox"] == ATTENTION


def test_a_record_whose_head_was_moved_is_ill(noon: datetime):
    act(noon)
    Head.objects.update(seq=5)
    assert states(noon)["record"] == ILL


def test_a_record_without_a_recent_checkpoint_asks_for_the_worker(noon: datetime):
    act(noon)
    assert states(noon)["record"] == ATTENTION
    checkpoints.write(at=noon)
    assert states(noon)["record"] == WELL
    # Where nothing was done, nothing has to be signed.
    assert states(noon + timedelta(days=9))["record"] == WELL
    act(noon + timedelta(days=9))
    assert states(noon + timedelta(days=9))["record"] == ATTENTION


def test_a_full_disk_is_ill(noon: datetime, monkeypatch):
    class Full:
        free, total = 10, 100

    monkeypatch.setattr(asked.shutil, "disk_usage", lambda folder: Full)
    assert states(noon)["disk"] == ILL


def test_a_database_behind_this_version_is_ill(noon: datetime, monkeypatch):
    class Behind:
        def __init__(self, connection: Any) -> None:
            self.loader = self
            self.graph = self

        def leaf_nodes(self) -> list[Any]:
            return []

        def migration_plan(self, targets: Any) -> list[Any]:
            return [("people.0099_more", False)]

    monkeypatch.setattr(asked, "MigrationExecutor", Behind)
    assert states(noon)["migrations"] == ILL


def test_a_database_that_is_away_is_said_so(noon: datetime, monkeypatch):
    from django.db import OperationalError

    def away(cursor: Any) -> int:
        raise OperationalError("connection refused")

    monkeypatch.setattr(asked, "_size", away)
    assert states(noon) == {"database": ILL, "disk": WELL}


def test_programs_read_the_state_and_the_status(client: Client, noon: datetime):
    answer = client.get("/health.json")
    assert (answer.status_code, answer.json()["state"]) == (200, WELL)
    Head.objects.update(seq=5)
    answer = client.get("/health.json")
    assert (answer.status_code, answer.json()["checks"]["record"]["state"]) == (503, ILL)
    assert client.get("/health", headers={"accept": "application/json"}).status_code == 503


def test_the_page_says_it_in_both_languages(client: Client):
    assert "All is well" in client.get("/en/health").content.decode()
    assert "ระบบปกติ" in client.get("/health").content.decode()


def test_numbers_and_folders_are_shown_to_those_who_run_it_alone(client: Client, settings):
    folder = str(settings.DATA)
    assert folder not in client.get("/health.json").content.decode() + client.get("/health").content.decode()
    auditor = come_in(make_user("auditor", Role.AUDITOR))
    assert folder in auditor.get("/health.json").content.decode()
    assert folder in auditor.get("/health").content.decode()


def test_the_command_says_it_and_exits_with_one_where_something_is_broken(noon: datetime):
    out = StringIO()
    call_command("health", json=True, stdout=out)
    assert json.loads(out.getvalue())["state"] == WELL
    Head.objects.update(seq=5)
    with pytest.raises(CommandError):
        call_command("health", stdout=StringIO())


# The worker


def test_the_worker_sends_and_signs(noon: datetime):
    act(noon)
    notify(recipient="user:1", address="a@example.org", subject={"en": "x"}, body={"en": "y"}, at=noon)
    assert work(noon) == 1
    newest = checkpoints.newest()
    assert newest is not None
    assert newest.seq == 1


def test_the_record_is_signed_once_a_day_and_only_when_something_was_done(noon: datetime):
    assert sign_the_record(noon) is False
    act(noon)
    assert [sign_the_record(noon), sign_the_record(noon + timedelta(hours=1))] == [True, False]
    act(noon)
    assert sign_the_record(noon + timedelta(hours=23)) is False
    assert sign_the_record(noon + timedelta(hours=24)) is True
    assert sign_the_record(noon + timedelta(hours=72)) is False
    assert len(checkpoints.kept()[0]) == 2


def test_a_broken_record_is_not_signed_and_administrators_are_told_once_a_day(noon: datetime):
    boss, former = make_user("boss", Role.ADMINISTRATOR), make_user("former", Role.ADMINISTRATOR)
    RoleGrant.objects.filter(user=former).update(ended=noon.date())
    act(noon)
    with connection.cursor() as cursor:
        guards.remove(cursor)
    Entry.objects.update(why="another")
    for hours in (0, 1, 2, 25):
        assert sign_the_record(noon + timedelta(hours=hours)) is False
    assert checkpoints.newest() is None
    assert list(Notice.objects.values_list("recipient", flat=True)) == [boss.audit_key, boss.audit_key]
    assert "1" in Notice.objects.first().body["en"]


def test_a_round_that_fails_does_not_end_the_worker(monkeypatch):
    from nagara.config.management.commands import work as command

    rounds = []

    def fails(at: datetime) -> None:
        rounds.append(at)
        if len(rounds) == 3:
            import signal

            signal.raise_signal(signal.SIGTERM)
        raise RuntimeError("the mail server speaks no mail")

    import signal

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(command, "work", fails)
    monkeypatch.setattr(command, "close_old_connections", lambda: None)
    try:
        call_command("work", every=0.01)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert len(rounds) == 3
