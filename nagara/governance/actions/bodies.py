"""Bodies, their rules and their seats. Everything is dated; what no longer holds is ended, never overwritten."""

from datetime import date, datetime
from fractions import Fraction

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.documents.models import Source
from nagara.governance.actions.demands import require_reason
from nagara.governance.actions.lock import locked
from nagara.governance.models import Body, BodyRule, Heading, Seat, SeatHolder, all_headings
from nagara.people.models import Organisation, Person, User
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@transaction.atomic
def establish_body(
    *,
    code: str,
    name: Texts,
    kind: str,
    since: date | None,
    by: User,
    at: datetime,
    proof: Proof | None,
    short: Texts | None = None,
    parent: Body | None = None,
    mandate: Texts | None = None,
    source: Source | None = None,
) -> Body:
    """Enter a body that has been set up. Its seats and its rule follow."""
    access.require(by, "governance.establish")
    proof = require_proof(proof, at)
    if Body.objects.filter(code=code).exists():
        words = _("There is a body with the code “%(code)s” already.") % {"code": code}
        raise Refusal(words, code="code-taken", fields={"code": words})
    body = Body.objects.create(
        code=code, name=name, short=short or {}, kind=kind, parent=parent, mandate=mandate or {}, since=since, source=source
    )
    record(by=by, did="governance.establish_body", about=body, at=at, proof=proof, after={"code": code, "name": name, "kind": kind})
    return body


@transaction.atomic
def set_rule(
    body: Body,
    *,
    since: date,
    share: Fraction = Fraction(1, 2),
    more_than: bool = False,
    recused_leave_base: bool = True,
    vacant_count: bool = True,
    online_counts: bool = True,
    notice_days: int = 0,
    thai_digits: bool = False,
    headings: list[str] | None = None,
    source: Source | None = None,
    why: str = "",
    by: User,
    at: datetime,
    proof: Proof | None,
) -> BodyRule:
    """From `since` this rule holds; the one before it ends that day and stays readable."""
    body = locked(body)
    access.require(by, "governance.seats", body)
    proof = require_proof(proof, at)
    headings = all_headings() if headings is None else headings
    if unknown := set(headings) - set(Heading.values):
        raise ValueError(f"no such heading: {sorted(unknown)}")
    before = body.rules.filter(ended__isnull=True).first()
    if before is not None:
        if before.since is not None and since <= before.since:
            words = _("The rule before this one holds since %(day)s. A new rule begins later.") % {"day": long_day(before.since)}
            raise Refusal(words, code="begins-too-early", fields={"since": words})
        before.ended = since
        before.save(update_fields=["ended"])
    rule = BodyRule.objects.create(
        body=body,
        since=since,
        numerator=share.numerator,
        denominator=share.denominator,
        more_than=more_than,
        recused_leave_base=recused_leave_base,
        vacant_count=vacant_count,
        online_counts=online_counts,
        notice_days=notice_days,
        thai_digits=thai_digits,
        headings=headings,
        source=source,
    )
    record(
        by=by,
        did="governance.set_rule",
        about=rule,
        at=at,
        proof=proof,
        why=why,
        on_behalf_of=body,
        before=_rule_fields(before) if before else None,
        after=_rule_fields(rule),
    )
    return rule


def _rule_fields(rule: BodyRule) -> dict[str, object]:
    names = ("since", "ended", "numerator", "denominator", "more_than", "recused_leave_base", "vacant_count", "online_counts")
    return {name: getattr(rule, name) for name in (*names, "notice_days", "thai_digits", "headings")}


@transaction.atomic
def add_seat(
    body: Body,
    *,
    part: str,
    title: Texts,
    since: date | None,
    by: User,
    at: datetime,
    position: int | None = None,
    organisation: Organisation | None = None,
    counts: bool = True,
    source: Source | None = None,
) -> Seat:
    """A new place in the body, at the end of the order of precedence unless `position` says otherwise."""
    body = locked(body)
    access.require(by, "governance.seats", body)
    if position is None:
        last = body.seats.order_by("-position").first()
        position = last.position + 1 if last else 1
    seat = Seat.objects.create(
        body=body, position=position, part=part, title=title, organisation=organisation, counts=counts, since=since, source=source
    )
    after = {"position": position, "part": part, "title": title, "organisation": organisation and organisation.code, "counts": counts}
    record(by=by, did="governance.add_seat", about=seat, at=at, on_behalf_of=body, after={**after, "since": since})
    return seat


@transaction.atomic
def end_seat(seat: Seat, *, on: date, why: str, by: User, at: datetime) -> Seat:
    """`on` is the first day on which the seat no longer exists; whoever holds it then holds it no longer."""
    body = locked(seat.body)
    seat = locked(seat)
    access.require(by, "governance.seats", body)
    why = require_reason(why)
    if seat.ended is not None:
        return seat
    _require_later(seat.since, on)
    for holder in seat.holders.filter(Q(ended__isnull=True) | Q(ended__gt=on)).order_by("pk"):
        _end(holder, max(on, holder.since) if holder.since else on, why, by, at)
    seat.ended = on
    seat.save(update_fields=["ended"])
    record(by=by, did="governance.end_seat", about=seat, at=at, why=why, on_behalf_of=body, before={"ended": None}, after={"ended": on})
    return seat


@transaction.atomic
def seat_person(
    seat: Seat,
    *,
    person: Person | None,
    since: date | None,
    by: User,
    at: datetime,
    named: dict[str, Texts] | None = None,
    capacity: str = SeatHolder.Capacity.HOLDER,
    ended: date | None = None,
    position_title: Texts | None = None,
    source: Source | None = None,
) -> SeatHolder:
    """From `since` this person holds the seat, or stands in for its holder. A new holder ends the term of the one before.

    `named` holds the parts of the name (rank, given, family) of somebody who is not on record yet.
    """
    body = locked(seat.body)
    seat = locked(seat)
    access.require(by, "governance.seats", body)
    if since is not None and ended is not None and ended <= since:
        words = _("The last day lies before the first.")
        raise Refusal(words, code="ends-too-early", fields={"ended": words})
    _require_within(seat, since)
    if person is None:
        person = seated_before(seat, named or {}) or Person.objects.create(**(named or {}), organisation=seat.organisation)
    same = seat.holders.filter(person=person, capacity=capacity, since=since, ended=ended).first()
    if same is not None:  # pressed twice
        return same
    if capacity == SeatHolder.Capacity.HOLDER:
        _make_room(seat, since, ended, by, at)
    else:
        overlapping = _overlapping(seat, since, ended).filter(person=person)
        if overlapping.exists():
            raise Refusal(_("This person sits in this seat already in these days."), code="seated-already")
    holder = SeatHolder.objects.create(
        seat=seat, person=person, capacity=capacity, since=since, ended=ended, position_title=position_title or {}, source=source
    )
    after = {"seat": seat.pk, "person": person.pk, "capacity": capacity, "since": since, "ended": ended}
    record(by=by, did="governance.seat_person", about=holder, at=at, on_behalf_of=body, after=after)
    return holder


def seated_before(seat: Seat, named: dict[str, Texts]) -> Person | None:
    """Somebody of exactly this name who has sat in this seat: the same person, entered again."""
    return (
        Person.objects.filter(seats__seat=seat, **{part: named.get(part) or {} for part in ("rank", "given", "family")})
        .order_by("pk")
        .first()
    )


def _overlapping(seat: Seat, since: date | None, ended: date | None) -> QuerySet[SeatHolder]:
    found = seat.holders.all()
    if ended is not None:
        found = found.filter(Q(since__isnull=True) | Q(since__lt=ended))
    if since is not None:
        found = found.filter(Q(ended__isnull=True) | Q(ended__gt=since))
    return found


def _make_room(seat: Seat, since: date | None, ended: date | None, by: User, at: datetime) -> None:
    """End the open term of the holder before; a term that is written down to its end is not touched but refused."""
    others = _overlapping(seat, since, ended).filter(capacity=SeatHolder.Capacity.HOLDER).order_by("pk")
    for other in others:
        if other.ended is None and since is not None and (other.since is None or other.since < since):
            _end(other, since, _("a new holder follows"), by, at)
            continue
        words = _("The seat has a holder in these days: %(name)s.") % {"name": other.person}
        raise Refusal(words, next_step=_("End that term first, or choose other days."), code="seat-held", fields={"since": words})


@transaction.atomic
def end_holder(holder: SeatHolder, *, on: date, why: str, by: User, at: datetime) -> SeatHolder:
    """`on` is the first day on which the person no longer sits there. On the first day itself: the entry was a mistake."""
    body = locked(holder.seat.body)
    holder = locked(holder)
    access.require(by, "governance.seats", body)
    why = require_reason(why)
    if holder.ended is not None and holder.ended <= on:
        return holder
    _require_later(holder.since, on)
    return _end(holder, on, why, by, at)


def _end(holder: SeatHolder, on: date, why: str, by: User, at: datetime) -> SeatHolder:
    before = holder.ended
    holder.ended = on
    holder.save(update_fields=["ended"])
    record(
        by=by,
        did="governance.end_holder",
        about=holder,
        at=at,
        why=why,
        on_behalf_of=holder.seat.body,
        before={"ended": before},
        after={"ended": on},
    )
    return holder


def _require_later(since: date | None, on: date) -> None:
    if since is not None and on < since:
        words = _("It begins on %(day)s and cannot end before.") % {"day": long_day(since)}
        raise Refusal(words, code="ends-too-early", fields={"on": words})


def _require_within(seat: Seat, since: date | None) -> None:
    if seat.ended is not None and (since is None or since >= seat.ended):
        words = _("The seat ended on %(day)s.") % {"day": long_day(seat.ended)}
        raise Refusal(words, code="seat-ended", fields={"since": words})
    if seat.since is not None and since is not None and since < seat.since:
        words = _("The seat exists since %(day)s.") % {"day": long_day(seat.since)}
        raise Refusal(words, code="seat-begins-later", fields={"since": words})
