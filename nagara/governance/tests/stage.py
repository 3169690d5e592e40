"""A body to play on: a committee of ten seats, its people, its meeting of 20 November 2026, and a programme that registers a matter."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from nagara.governance import actions, matters
from nagara.governance.models import AgendaItem, Body, BodyRule, Heading, Meeting, Resolution, Seat, SeatHolder
from nagara.governance.states import Verb
from nagara.people.models import Organisation, User
from nagara.people.roles import Role
from nagara.people.tests.cast import LONG_AGO, fresh_proof, make_organisation, make_user
from nagara.toolkit.texts import Texts, texts

BANGKOK = ZoneInfo("Asia/Bangkok")
CALLED = datetime(2026, 11, 2, 9, 0, tzinfo=BANGKOK)
DAY = date(2026, 11, 20)


def clock(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BANGKOK)


@dataclass
class Stage:
    """The body and everyone who may be needed. Seat 1 is the chair's; seat 2 has a holder and an alternate."""

    body: Body
    rule: BodyRule
    secretary: User
    office: User
    seats: list[Seat] = field(default_factory=list)
    holders: list[User] = field(default_factory=list)
    alternate: User | None = None

    @property
    def chair(self) -> User:
        return self.holders[0]

    def seat(self, number: int) -> Seat:
        return self.seats[number - 1]

    def holder(self, number: int) -> User:
        return self.holders[number - 1]


def make_stage(code: str = "committee", *, seats: int = 10, kind: str = Body.Kind.COMMITTEE, **rule: Any) -> Stage:
    body = Body.objects.create(code=code, name=texts(f"คณะกรรมการ {code}", f"Committee {code}"), kind=kind, since=LONG_AGO)
    share = rule.pop("share", Fraction(1, 2))
    made = BodyRule.objects.create(
        body=body, since=LONG_AGO, numerator=share.numerator, denominator=share.denominator, **{"notice_days": 7, **rule}
    )
    stage = Stage(
        body, made, make_user(f"secretary of {code}", (Role.SECRETARY, f"body:{body.pk}")), make_user(f"office for {code}", Role.OFFICE)
    )
    for number in range(1, seats + 1):
        part = Seat.Part.CHAIR if number == 1 else Seat.Part.MEMBER
        organisation = make_organisation(f"agency-{number}", Organisation.Kind.AGENCY)
        seat = Seat.objects.create(
            body=body, position=number, part=part, title=texts(f"ที่นั่ง {number}", f"Seat {number}"), organisation=organisation, since=LONG_AGO
        )
        stage.seats.append(seat)
        stage.holders.append(seat_user(seat, f"holder {number} of {code}"))
    stage.alternate = seat_user(stage.seat(2), f"alternate 2 of {code}", capacity=SeatHolder.Capacity.ALTERNATE)
    return stage


def seat_user(seat: Seat, name: str, *, capacity: str = "holder", since: date = LONG_AGO, ended: date | None = None) -> User:
    """An account whose person sits in the seat."""
    user = make_user(name)
    SeatHolder.objects.create(
        seat=seat,
        person=user.person,
        capacity=capacity,
        since=since,
        ended=ended,
        position_title=texts(f"ตำแหน่งของ {name}", f"post of {name}"),
    )
    return user


def plan(stage: Stage, *, at: datetime = CALLED, day: date = DAY) -> Meeting:
    return actions.plan_meeting(
        stage.body,
        planned_from=clock(9, 30, day=day),
        planned_until=clock(12, day=day),
        place=texts("ห้องประชุม 1", "Meeting room 1"),
        on_site=True,
        online=True,
        by=stage.secretary,
        at=at,
    )


def put(stage: Stage, meeting: Meeting, title: str = "เรื่องพิจารณา", *, kind: str = Heading.FOR_CONSIDERATION, **kwargs: Any) -> AgendaItem:
    return actions.put_on_agenda(meeting, kind, texts(title, f"en {title}"), by=stage.secretary, at=CALLED, **kwargs)


def sit(stage: Stage, meeting: Meeting, *seats: int, at: datetime | None = None, online: Sequence[int] = ()) -> Meeting:
    """Call and open the meeting, and let the holders of `seats` in at 9.30."""
    at = at or clock(9, 30, day=meeting.planned_from.astimezone(BANGKOK).date())
    actions.call_meeting(meeting, by=stage.secretary, at=at - timedelta(days=8))
    actions.open_meeting(meeting, by=stage.secretary, at=at)
    for number in seats:
        come(stage, meeting, number, at, online=number in online)
    meeting.refresh_from_db()
    return meeting


def come(stage: Stage, meeting: Meeting, number: int, at: datetime, *, kind: str = "join", user: User | None = None, **kwargs: Any) -> Any:
    user = user or stage.holder(number)
    return actions.enter_attendance(
        meeting, person=user.person, kind=kind, seat=stage.seat(number), when=at, by=stage.secretary, at=kwargs.pop("entered", at), **kwargs
    )


def draft(
    stage: Stage, item: AgendaItem, at: datetime, verb: str = Verb.APPROVE, words: str = "ที่ประชุมมีมติเห็นชอบ", **kwargs: Any
) -> Resolution:
    return actions.save_draft(item, verb=verb, words=texts(words), revision=0, by=stage.secretary, at=at, **kwargs).draft


def resolve(stage: Stage, item: AgendaItem, at: datetime, verb: str = Verb.APPROVE, **kwargs: Any) -> Resolution:
    """Open the item, draft and adopt at the same instant."""
    actions.open_item(item, by=stage.secretary, at=at)
    resolution = draft(stage, item, at, verb, **kwargs)
    return actions.adopt(resolution, by=stage.secretary, at=at, proof=fresh_proof(at))


def close(stage: Stage, meeting: Meeting, at: datetime) -> Meeting:
    return actions.close_meeting(meeting, by=stage.secretary, at=at)


class Trees:
    """A programme of the tests: trees wait to be planted; approving plants them. It writes down what governance asked of it."""

    kind = "test.trees"
    label = texts("ต้นไม้", "Trees")

    def __init__(self) -> None:
        self.planted: list[str] = []
        self.tied: dict[int, str] = {}
        self.forbidden: Exception | None = None
        self.broken: Exception | None = None

    def verbs(self, body: Body) -> Sequence[str]:
        return (Verb.APPROVE, Verb.APPROVE_IN_PRINCIPLE, Verb.ACKNOWLEDGE, Verb.DISAPPROVE)

    def waiting(self, body: Body) -> Sequence[str]:
        return ["oak", "teak"]

    def title(self, ref: str) -> Texts:
        return texts(f"ต้น {ref}", f"Tree {ref}")

    def annex(self, refs: Sequence[str]) -> list[dict[str, Any]]:
        return [{"title": self.title(ref), "cells": [(texts("สูง", "Height"), "12")], "url": f"/trees/{ref}"} for ref in refs]

    def effects(self, refs: Sequence[str], *, verb: str, body: Body, on: date) -> list[Texts]:
        return [texts(f"ปลูก {len(refs)} ต้น", f"Plants {len(refs)} trees")] if verb == Verb.APPROVE else []

    def conflicts(self, refs: Sequence[str]) -> dict[int, str]:
        return self.tied

    def check(self, item: AgendaItem, refs: Sequence[str], *, verb: str) -> None:
        if self.forbidden:
            raise self.forbidden

    def adopt(self, resolution: Resolution, refs: Sequence[str], *, by: User, at: datetime) -> list[Texts]:
        self.planted += refs
        if self.broken:
            raise self.broken
        return [texts(f"ปลูกแล้ว {len(refs)} ต้น", f"{len(refs)} trees planted")]


@contextmanager
def trees() -> Iterator[Trees]:
    """The programme, registered for a while."""
    programme = Trees()
    matters.register(programme)
    try:
        yield programme
    finally:
        matters._matters.pop(programme.kind)
