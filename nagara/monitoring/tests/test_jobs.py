"""Reminders go to the officers of a city alone, to their own link, once each, and stop when the return is handed in."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from nagara.audit.models import Entry
from nagara.monitoring import jobs
from nagara.monitoring.actions import handing_in
from nagara.monitoring.models import Return
from nagara.monitoring.tests.make import DUE, LOCKS, OPENS, make_city
from nagara.monitoring.tests.world import begun, fill, make_period, officer, return_of, secretariat
from nagara.notices.models import Notice
from nagara.people.tests.cast import sign_in
from nagara.toolkit import access

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def reminders() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(about__endswith=":due", withdrawn_at=None).order_by("pk")
    return [(row.recipient, row.link) for row in rows]


def test_a_city_is_reminded_twice_before_it_is_due_and_weekly_after_until_the_lock():
    rayong = officer()
    officer("phuket")
    answer = return_of(make_period())
    days = [
        OPENS - 5 * DAY,
        OPENS + DAY,
        DUE - 13 * DAY,
        DUE - 12 * DAY,
        DUE - 2 * DAY,
        DUE + DAY,
        DUE + 3 * DAY,
        DUE + 9 * DAY,
        LOCKS + DAY,
    ]
    sent = [jobs.remind_due(at=day) for day in days]
    assert sent == [0, 0, 1, 0, 1, 1, 0, 1, 0]
    assert reminders() == [(rayong.audit_key, f"/returns/{answer.pk}")] * 4
    assert Entry.objects.filter(did="monitoring.remind").count() == 4


def test_reminders_stop_when_it_is_handed_in_and_those_not_sent_are_taken_back():
    city = officer()
    answer = begun(city)
    jobs.remind_due(at=DUE - 13 * DAY)
    fill(answer, by=city, at=DUE - 12 * DAY)
    handing_in.submit(answer, by=city, at=DUE - 12 * DAY)
    assert reminders() == []
    assert jobs.remind_due(at=DUE + DAY) == 0


def test_the_network_reminds_every_late_city_in_one_go_and_nobody_twice():
    officer()
    officer("phuket")
    network = secretariat()
    period = make_period(cities=(make_city("rayong"), make_city("phuket")))
    rows = access.visible(network, "monitoring.extend").filter(period=period)
    at = DUE + 3 * DAY
    assert jobs.remind_late(rows, since=timedelta(days=14), by=network, at=at) == 0
    assert jobs.remind_late(rows, since=timedelta(0), by=network, at=at) == 2
    assert jobs.remind_late(rows, since=timedelta(0), by=network, at=at + timedelta(minutes=5)) == 0


def test_a_city_officer_reminds_nobody(client: Client):
    city = officer()
    make_period()
    assert sign_in(client, city).post("/monitoring/periods/2026/remind").status_code == 403
    with pytest.raises(PermissionDenied):
        access.require(city, "monitoring.desk")
    assert Return.objects.get().reminders == 0
