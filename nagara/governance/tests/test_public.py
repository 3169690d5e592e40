"""What anyone may read: held meetings, titles, adopted resolutions; and what the public record says of meetings held elsewhere."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from nagara.audit.models import Entry
from nagara.audit.record import System
from nagara.documents.models import Certainty, Source
from nagara.governance import actions
from nagara.governance.actions import ItemOnRecord, ResolutionOnRecord, record_from_source
from nagara.governance.models import Body, Heading, Meeting, Resolution
from nagara.governance.on_record import Asked
from nagara.governance.on_record import resolutions as on_record
from nagara.governance.queries import (
    linked_resolutions,
    meeting_public,
    meetings_public,
    resolution_public,
    resolutions_on,
    resolutions_public,
)
from nagara.governance.states import Verb
from nagara.governance.tests.stage import CALLED, clock, close, draft, make_stage, plan, put, resolve, sit
from nagara.people.roles import Role
from nagara.people.tests.cast import LONG_AGO, make_user
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db

LOADER = System("test")


@pytest.fixture
def stage():
    return make_stage()


def test_a_draft_is_never_public(stage):
    item = put(stage, plan(stage))
    words = draft(stage, item, CALLED)
    assert list(resolutions_public()) == []
    with pytest.raises(Resolution.DoesNotExist):
        resolution_public(words.pk)


def test_a_meeting_is_public_from_its_first_resolution_and_whole_once_it_is_held(stage):
    meeting = plan(stage)
    first, second = put(stage, meeting, "แรก"), put(stage, meeting, "สอง")
    gone = put(stage, meeting, "ถอน")
    sit(stage, meeting, *range(1, 8))
    actions.take_off(gone, why="not ready", by=stage.secretary, at=clock(9, 40))
    assert list(meetings_public()) == []
    resolution = resolve(stage, first, clock(10), Verb.ACKNOWLEDGE)
    assert [item.title["th"] for item in meeting_public(meeting.pk).agenda] == ["แรก"]
    close(stage, meeting, clock(12))
    found = meeting_public(meeting.pk)
    assert [(item.title["th"], item.decisions) for item in found.agenda] == [("แรก", [resolution]), ("สอง", [])]
    assert second.state == "listed"


@pytest.mark.parametrize("end", ["planned", "called", "cancelled"])
def test_a_meeting_that_was_not_held_is_not_public(stage, end):
    meeting = plan(stage)
    if end == "called":
        actions.call_meeting(meeting, by=stage.secretary, at=CALLED)
    if end == "cancelled":
        actions.cancel_meeting(meeting, why="storm", by=stage.secretary, at=CALLED)
    with pytest.raises(Meeting.DoesNotExist):
        meeting_public(meeting.pk)


@pytest.fixture
def source():
    return Source.objects.create(code="press", title=texts("ข่าว"), certainty=Certainty.PRESS)


@pytest.fixture
def committee():
    return Body.objects.create(code="old", name=texts("คณะเดิม"), kind="committee", since=LONG_AGO)


def enter(committee, source, **kwargs):
    items = [
        ItemOnRecord(
            kind=Heading.FOR_CONSIDERATION,
            title=texts("มอบตราสัญลักษณ์ 15 พื้นที่"),
            matters=[("label.award", "16"), ("label.award", "17")],
            resolution=ResolutionOnRecord(verb=Verb.APPROVE, text=texts("เห็นชอบ 15 พื้นที่")),
        ),
        ItemOnRecord(kind=Heading.FOR_INFORMATION, title=texts("ผลงาน")),
    ]
    values = {"number": 1, "year": 2022, "held_on": date(2022, 11, 9), "items": items, "by": LOADER, "at": CALLED, **kwargs}
    return record_from_source(committee, source=source, **values)


def test_a_meeting_of_the_public_record_has_resolutions_but_no_quorum(committee, source):
    meeting = enter(committee, source)
    assert (meeting.reference, meeting.on_record_only, meeting.source) == ("1/2565", True, source)
    [resolution] = resolutions_public()
    assert (resolution.adopted_on, resolution.quorum, resolution.adopted_by, resolution.source) == (date(2022, 11, 9), None, None, source)
    assert [item.number for item in meeting_public(meeting.pk).agenda] == ["", ""]


def test_entering_it_again_changes_nothing(committee, source):
    assert enter(committee, source) == enter(committee, source)
    assert Resolution.objects.count() == 1
    assert Entry.objects.filter(did="governance.record_from_source").count() == 1


def test_a_day_that_nobody_wrote_down_stays_not_on_record(committee, source):
    enter(committee, source, held_on=None)
    [resolution] = resolutions_public()
    assert resolution.adopted_on is None
    assert list(on_record(Asked(), date(2022, 12, 31))) == [resolution]
    assert list(on_record(Asked(), date(2021, 12, 31))) == []


def test_the_database_wants_a_quorum_or_a_source(stage):
    item = put(stage, plan(stage))
    with pytest.raises(IntegrityError), transaction.atomic():
        Resolution.objects.create(
            item=item, verb=Verb.APPROVE, text=texts("x"), draft=False, saved_at=CALLED, saved_by="x", adopted_on=date(2026, 1, 1)
        )


def test_rows_of_a_programme_lead_to_the_resolutions_about_them(committee, source):
    below = Body.objects.create(code="below", name=texts("คณะย่อย"), kind="subcommittee", parent=committee, since=LONG_AGO)
    enter(committee, source)
    enter(below, source, held_on=None)
    first, second = Resolution.objects.get(item__meeting__body=below), Resolution.objects.get(item__meeting__body=committee)
    assert list(resolutions_on("label.award", ["17"])) == [first, second]
    assert list(resolutions_on("label.award", ["18"])) == []
    assert list(linked_resolutions(second)) == [first]


def test_a_meeting_held_here_is_not_entered_from_a_source(stage, source):
    meeting = plan(stage)
    with pytest.raises(Refusal) as refused:
        enter(stage.body, source, number=meeting.number, year=meeting.year)
    assert refused.value.code == "held-here"


def test_only_the_office_enters_the_public_record(stage, committee, source):
    assert enter(committee, source, by=make_user("office", Role.OFFICE)).pk
    with pytest.raises(PermissionDenied):
        enter(committee, source, number=2, by=stage.secretary)
