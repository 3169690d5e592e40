"""Posts of the network and offices of states. Who holds a post is a term of `people`; every change is told to the secretariat."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.documents.models import Source
from nagara.network.actions.common import day_of
from nagara.network.letters import secretariat
from nagara.network.models import Network, NetworkPost, StateTerm
from nagara.network.states import PostKind, StateOffice
from nagara.people import registering
from nagara.people.actions import tell
from nagara.people.models import Organisation, Person, Post, Term, User
from nagara.people.registering import Names
from nagara.places.models import City, State
from nagara.toolkit import access
from nagara.toolkit.days import long_day
from nagara.toolkit.digests import canonical
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each

SHEPHERD_YEARS = 2
"""Terms of Reference §15: two years, reviewed, renewable for another two."""


@transaction.atomic
def enter_post(
    network: Network,
    *,
    kind: str,
    state: State,
    code: str,
    title: Texts,
    organisation: Organisation,
    city: City | None = None,
    since: date | None = None,
    source: Source | None = None,
    by: Actor,
    at: datetime,
) -> NetworkPost:
    """An office that stands for a state or a city. A state may have several representatives (Thailand has three)."""
    if isinstance(by, User):
        access.require(by, "network.keep", network)
    known = NetworkPost.objects.filter(network=network, post__code=code).first()
    if known is not None:
        return known
    if Post.objects.filter(code=code).exists():
        raise Refusal(_("A post with this code exists."), code="code-taken", fields={"code": _("This code is taken.")})
    post = Post.objects.create(code=code, title=title, organisation=organisation)
    made = NetworkPost.objects.create(network=network, kind=PostKind(kind), state=state, city=city, post=post, since=since, source=source)
    after = {"kind": kind, "state": state.pk, "city": city.slug if city else None, "code": code, "title": title}
    record(by=by, did="network.enter_post", about=made, at=at, on_behalf_of=network, after=after)
    return made


@dataclass(frozen=True)
class NewPost:
    """A post as the secretariat types it."""

    kind: str
    state: State
    title: Texts
    organisation: Organisation
    city: City | None = None
    since: date | None = None


def enter_new_post(network: Network, new: NewPost, *, by: Actor, at: datetime) -> NetworkPost:
    """Enter a post under a code made from what it is: pressed twice, it is one post."""
    whose = new.city.slug if new.city else new.state.pk.lower()
    mark = hashlib.sha256(canonical([new.title, new.organisation.code])).hexdigest()[:8]
    kind = {PostKind.REPRESENTATIVE: "nr", PostKind.CITY_OFFICER: "csco"}[PostKind(new.kind)]
    return enter_post(
        network,
        kind=new.kind,
        state=new.state,
        city=new.city,
        code=f"{network.code}-{kind}-{mark}-{whose}"[:80],
        title=new.title,
        organisation=new.organisation,
        since=new.since,
        by=by,
        at=at,
    )


@dataclass(frozen=True)
class Change:
    """Who takes up a post, in which capacity, from which day."""

    names: Names
    capacity: str
    since: date


@transaction.atomic
def report_change(row: NetworkPost, change: Change, *, by: User, at: datetime) -> Term:
    """A new holder, acting holder or alternate of a post. The secretariat is told (Terms of Reference §5)."""
    access.require(by, "network.keep_post", row)
    person = _same(row, change) or registering.enter_person(change.names, organisation=row.post.organisation, by=by, at=at, post=row.post)
    term = registering.appoint(row.post, person, capacity=change.capacity, since=change.since, by=by, at=at)
    record(
        by=by,
        did="network.report_change",
        about=row,
        at=at,
        on_behalf_of=row.network,
        after={"term": term.pk, "capacity": change.capacity, "since": change.since},
    )
    _tell_secretariat(row, by, at)
    return term


def _same(row: NetworkPost, change: Change) -> Person | None:
    """Pressed twice: whoever took up this post on that day under this name."""
    terms = row.post.terms.filter(capacity=change.capacity, since=change.since, person__given=change.names.given)
    found = terms.filter(person__family=change.names.family).select_related("person").first()
    return found.person if found else None


@transaction.atomic
def end_term(row: NetworkPost, term: Term, *, ended: date, why: str, by: User, at: datetime) -> Term:
    """The post is vacant from this day on, or has one alternate less."""
    access.require(by, "network.keep_post", row)
    found = registering.end_term(term, ended=ended, by=by, at=at, why=why)
    _tell_secretariat(row, by, at)
    return found


def _tell_secretariat(row: NetworkPost, by: User, at: datetime) -> None:
    """The notice names the post, not the person: the list that it leads to is for those who may read it."""
    values = {"post": str(row.post), "state": str(row.state), "day": long_day(day_of(at))}
    for account in secretariat(row.network, at):
        if account == by:
            continue
        tell(
            account,
            subject=in_each(lambda: _("Who stands for %(state)s has changed") % values),
            body=in_each(lambda: _("%(post)s: the change was reported on %(day)s. The list of contacts has it.") % values),
            link=f"/networks/{row.network.code}/contacts",
            about=f"network.post:{row.pk}",
            at=at,
        )


@transaction.atomic
def enter_term(
    network: Network,
    state: State,
    *,
    office: str,
    since: date,
    ended: date | None = None,
    day_known: bool = True,
    source: Source | None = None,
    by: Actor,
    at: datetime,
) -> StateTerm:
    """A state takes up the chair, or is chosen as Shepherd. Who held the office until then ends on that day."""
    if isinstance(by, User):
        access.require(by, "network.keep", network)
    same = StateTerm.objects.filter(network=network, state=state, office=office, since=since).first()
    if same is not None:
        return same
    if ended is None and office == StateOffice.SHEPHERD:
        ended = since.replace(year=since.year + SHEPHERD_YEARS)
    overlapping = StateTerm.objects.select_for_update().filter(network=network, office=office)
    overlapping = overlapping.filter(Q(ended__isnull=True) | Q(ended__gt=since))
    if ended is not None:
        overlapping = overlapping.filter(since__lt=ended)
    for earlier in overlapping.order_by("since", "pk"):
        assert earlier.since is not None  # noqa: S101 - the database holds this
        if earlier.since >= since:
            raise Refusal(
                _("%(state)s holds this office from %(since)s. Choose other days.")
                % {"state": earlier.state, "since": long_day(earlier.since)},
                code="terms-overlap",
                fields={"since": _("Another state holds the office then.")},
            )
        earlier.ended = since
        earlier.save(update_fields=["ended"])
    row = StateTerm.objects.create(
        network=network, office=StateOffice(office), state=state, since=since, ended=ended, day_known=day_known, source=source
    )
    after = {"office": office, "state": state.pk, "since": since, "ended": ended}
    record(by=by, did="network.enter_term", about=row, at=at, on_behalf_of=network, after=after)
    return row


@transaction.atomic
def renew_shepherd(term: StateTerm, *, by: Actor, at: datetime, source: Source | None = None) -> StateTerm:
    """Another two years for the same Shepherd, once."""
    if isinstance(by, User):
        access.require(by, "network.keep", term.network)
    term = StateTerm.objects.select_for_update().select_related("network", "state").get(pk=term.pk)
    if term.office != StateOffice.SHEPHERD or term.ended is None:
        raise Refusal(_("Only a Shepherd's term of two years is renewed."), code="not-a-shepherd")
    following = StateTerm.objects.filter(renews=term).first()
    if following is not None:  # pressed twice
        return following
    if term.renews_id is not None:
        raise Refusal(
            _("%(state)s has been renewed as Shepherd once already.") % {"state": term.state},
            rule=_("Terms of Reference §15: two years, renewable for another two"),
            next_step=_("The members choose the next Shepherd by consensus."),
            code="renewed-once",
        )
    ended = term.ended.replace(year=term.ended.year + SHEPHERD_YEARS)
    row = StateTerm.objects.create(
        network=term.network,
        office=term.office,
        state=term.state,
        since=term.ended,
        ended=ended,
        renews=term,
        day_known=term.day_known,
        source=source,
    )
    after = {"state": term.state_id, "since": row.since, "ended": ended}
    record(by=by, did="network.renew_term", about=row, at=at, on_behalf_of=term.network, after=after)
    return row
