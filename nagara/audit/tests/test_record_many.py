"""Many acts of one person at one instant are one entry each, in the same chain as every other."""

from datetime import datetime

import pytest
from django.db import transaction

from nagara.audit.models import Entry
from nagara.audit.record import Act, System, record, record_many
from nagara.audit.verify import verify

LOADER = System("loader")

pytestmark = pytest.mark.django_db


def test_many_acts_make_a_chain_that_verifies(noon: datetime) -> None:
    record(by=LOADER, did="x.begin", about="x", at=noon)
    assert record_many([Act("x.enter", f"x:{n}", after={"n": n}) for n in range(3)], by=LOADER, at=noon) == 3
    record(by=LOADER, did="x.end", about="x", at=noon)
    assert [entry.about for entry in Entry.objects.all()] == ["x", "x:0", "x:1", "x:2", "x"]
    assert verify().whole


def test_an_act_has_the_same_digest_whichever_way_it_was_recorded(noon: datetime) -> None:
    one = record(by=LOADER, did="x.enter", about="x:1", at=noon, after={"n": 1}, why="because")
    with transaction.atomic():
        record_many([Act("x.enter", "x:1", after={"n": 1}, why="because")], by=LOADER, at=noon)
    two = Entry.objects.get(seq=one.seq + 1)
    assert (two.after, two.why, two.by) == (one.after, one.why, one.by)
    assert two.previous == one.digest


def test_no_act_leaves_the_chain_as_it_was(noon: datetime) -> None:
    assert record_many([], by=LOADER, at=noon) == 0
    assert verify().whole
