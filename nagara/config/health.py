"""Is this installation well? Each part that it stands on is asked; what is wrong is said in words, with what to do."""

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from nagara.audit import checkpoints
from nagara.audit.models import GENESIS, Entry, Head
from nagara.notices.models import Notice
from nagara.notices.queries import outbox_state

WELL, ATTENTION, ILL = "well", "attention", "ill"

LATE = timedelta(minutes=5)
"""A message that has been due for longer than this says that nobody empties the outbox."""

LITTLE_SPACE = 1_000_000_000
"""Bytes; below this the page asks for attention, below a tenth of it nothing can be relied on."""

OLD_CHECKPOINT = timedelta(days=3)


@dataclass(frozen=True)
class Check:
    """One thing that the installation stands on. `facts` are numbers for whoever runs it; `words` say it for everybody."""

    name: str
    label: str
    state: str
    words: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Health:
    at: datetime
    checks: list[Check]

    @property
    def state(self) -> str:
        states = {check.state for check in self.checks}
        return ILL if ILL in states else ATTENTION if ATTENTION in states else WELL

    def as_json(self, *, with_facts: bool) -> dict[str, Any]:
        return {
            "state": self.state,
            "at": self.at.isoformat(timespec="seconds"),
            "version": version("nagara"),
            "checks": {
                check.name: {"state": check.state, "words": check.words, **({"facts": check.facts} if with_facts else {})}
                for check in self.checks
            },
        }


def health(at: datetime) -> Health:
    database = _database()
    if database.state == ILL:
        return Health(at, [database, _disk()])
    migrations = _migrations()
    if migrations.state == ILL:
        # The tables that the other checks ask may not be there yet.
        return Health(at, [database, migrations, _disk()])
    return Health(at, [database, migrations, _outbox(at), _record(at), _disk()])


def _database() -> Check:
    label = _("Database")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
            facts = {"engine": connection.vendor, "size": _size(cursor)}
    except DatabaseError as error:
        return Check("database", label, ILL, _("The database does not answer."), {"error": str(error)[:300]})
    return Check("database", label, WELL, _("The database answers."), facts)


def _size(cursor: Any) -> int:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
    name = Path(str(connection.settings_dict["NAME"]))
    return name.stat().st_size if name.is_file() else 0


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    waiting = [str(migration) for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if waiting:
        words = _("%(count)s changes of the database have not been made. Run: nagara setup") % {"count": len(waiting)}
        return Check("migrations", _("Version of the database"), ILL, words, {"waiting": waiting})
    return Check("migrations", _("Version of the database"), WELL, _("The database fits this version."), {"waiting": []})


def _outbox(at: datetime) -> Check:
    state = outbox_state(at)
    late = Notice.objects.filter(
        sent_at__isnull=True, withdrawn_at__isnull=True, tries=0, due_at__lt=at - LATE
    ).exclude(address="")  # fmt: skip
    facts = {**state._asdict(), "late": late.count()}
    if facts["late"]:
        words = _("%(count)s messages should have left by now. Is the worker running? Run: nagara work") % {"count": facts["late"]}
        return Check("outbox", _("Messages"), ATTENTION, words, facts)
    if state.given_up:
        words = _("%(count)s messages were tried five times and did not leave. Is the mail server set up?") % {"count": state.given_up}
        return Check("outbox", _("Messages"), ATTENTION, words, facts)
    return Check("outbox", _("Messages"), WELL, _("Messages leave in time."), facts)


def _record(at: datetime) -> Check:
    """Does the chain end where its head says, and is its newest signed checkpoint not old? Reading all of it takes `nagara audit verify`."""
    label = _("Record of acts")
    head = Head.objects.filter(pk=1).first()
    last = Entry.objects.order_by("-seq").values_list("seq", "digest").first() or (0, GENESIS)
    if head is None or (head.seq, head.digest) != last:
        return Check("record", label, ILL, _("The record does not end where its head says. Run: nagara audit verify"), {"seq": last[0]})
    newest, facts = checkpoints.newest(), {"seq": head.seq, "digest": head.digest}
    facts |= {"checkpoint": newest.seq, "checkpoint_at": newest.at} if newest else {"checkpoint": None}
    signed = parse_datetime(newest.at) if newest else None
    if head.seq and (signed is None or at - signed > OLD_CHECKPOINT) and (newest is None or newest.seq != head.seq):
        return Check("record", label, ATTENTION, _("No checkpoint was signed lately. Is the worker running? Run: nagara work"), facts)
    return Check("record", label, WELL, _("The record ends at entry %(seq)s.") % {"seq": head.seq}, facts)


def _disk() -> Check:
    usage = shutil.disk_usage(settings.DATA)
    facts = {"free": usage.free, "total": usage.total, "folder": str(settings.DATA)}
    if usage.free < LITTLE_SPACE / 10:
        return Check("disk", _("Disk"), ILL, _("The disk is full."), facts)
    if usage.free < LITTLE_SPACE:
        return Check("disk", _("Disk"), ATTENTION, _("The disk is nearly full."), facts)
    return Check("disk", _("Disk"), WELL, _("There is space."), facts)
