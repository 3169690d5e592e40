"""What has to be done without anyone asking: sending what lies in the outbox, signing where the record ends."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from nagara.audit import checkpoints
from nagara.audit.models import Head
from nagara.audit.verify import verify
from nagara.citydata import jobs as citydata
from nagara.monitoring.jobs import remind_due
from nagara.notices.models import Notice
from nagara.notices.outbox import send_due
from nagara.people.actions import tell
from nagara.people.models import RoleGrant
from nagara.people.roles import EVERYWHERE, Role

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = timedelta(days=1)

BROKEN = "audit.broken"
"""What the notice is about that tells administrators of a record that is not whole."""

_SUBJECT = gettext_noop("The record of acts is not whole")
_BODY = gettext_noop(
    "%(fault)s\n\nRun nagara audit verify, keep a copy of database and files as they are, and find out who could change them."
)


def work(at: datetime) -> int:
    """Do what is due at `at`; answer how many messages left."""
    sign_the_record(at)
    remind_due(at=at)
    sent = send_due(at=at)
    citydata.work(clock=timezone.now)
    return sent


def sign_the_record(at: datetime) -> bool:
    """Once a day: verify what was added since the last checkpoint and sign where the chain ends. True where it was signed."""
    newest = checkpoints.newest()
    signed = parse_datetime(newest.at) if newest else None
    if signed is not None and at - signed < CHECKPOINT_EVERY:
        return False
    head = Head.objects.filter(pk=1).first()
    if newest and head and (head.seq, head.digest) == (newest.seq, newest.digest):
        return False
    if head and head.seq == 0:
        return False
    found = verify(after=newest)
    if found.whole:
        checkpoints.write(at=at)
        return True
    log.error("the record of acts is not whole: %s", "; ".join(found.faults))
    _tell_administrators(found.faults[0], at)
    return False


@transaction.atomic
def _tell_administrators(fault: str, at: datetime) -> None:
    """Once a day while it lasts."""
    if Notice.objects.filter(about=BROKEN, made_at__gt=at - CHECKPOINT_EVERY).exists():
        return
    subject, body = {}, {}
    for lang in ("th", "en"):
        with override(lang):
            subject[lang], body[lang] = _(_SUBJECT), _(_BODY) % {"fault": fault}
    held = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, scope=EVERYWHERE, ended__isnull=True, user__is_active=True)
    for grant in held.select_related("user").order_by("pk"):
        tell(grant.user, subject=subject, body=body, at=at, link="/admin/record", about=BROKEN)
