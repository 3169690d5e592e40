"""The register of persons, organisations, posts and terms. What somebody was stays on record: a term is ended, not overwritten."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.people.models import Organisation, Person, Post, Term, User
from nagara.toolkit.access import require
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class Names:
    """The parts of a name, each in Thai and English."""

    given: Texts
    family: Texts
    title: Texts
    rank: Texts


_keepers: list[Callable[[User, Post], bool]] = []


def allow_keeper(rule: Callable[[User, Post], bool]) -> Callable[[User, Post], bool]:
    """A part above says who, besides the programme office, enters the terms of one of its own posts."""
    _keepers.append(rule)
    return rule


def _require_keeper(by: Actor, post: Post | None = None) -> None:
    """The programme office keeps the register, others the posts that are theirs; the installation itself (a loader) asks nobody."""
    if isinstance(by, User) and not (post is not None and any(rule(by, post) for rule in _keepers)):
        require(by, "people.keep_register")


@transaction.atomic
def rename(person: Person, names: Names, *, by: Actor, at: datetime, why: str = "") -> Person:
    """Write a name anew: by the person, or by the programme office. The record says that, not what the name was."""
    if not (isinstance(by, User) and by.person_id == person.pk):
        _require_keeper(by)
    person = Person.objects.select_for_update().get(pk=person.pk)
    changed = [part for part in ("given", "family", "title", "rank") if getattr(person, part) != getattr(names, part)]
    if not changed:
        return person
    for part in changed:
        setattr(person, part, getattr(names, part))
    person.save(update_fields=changed)
    record(by=by, did="people.rename_person", about=person, at=at, why=why, after={"parts": changed})
    return person


@transaction.atomic
def enter_person(names: Names, *, organisation: Organisation | None, by: Actor, at: datetime, post: Post | None = None) -> Person:
    """Enter a person. Who keeps `post` alone may enter whoever takes it up."""
    _require_keeper(by, post)
    person = Person.objects.create(given=names.given, family=names.family, title=names.title, rank=names.rank, organisation=organisation)
    record(by=by, did="people.enter_person", about=person, at=at, after={"organisation": organisation.pk if organisation else None})
    return person


@transaction.atomic
def move_person(person: Person, organisation: Organisation | None, *, by: Actor, at: datetime, why: str = "") -> Person:
    """A person belongs to another organisation now."""
    _require_keeper(by)
    person = Person.objects.select_for_update().get(pk=person.pk)
    before, after = person.organisation_id, organisation.pk if organisation else None
    if before == after:
        return person
    person.organisation = organisation
    person.save(update_fields=["organisation"])
    record(by=by, did="people.move_person", about=person, at=at, why=why, before={"organisation": before}, after={"organisation": after})
    return person


@transaction.atomic
def keep_organisation(
    organisation: Organisation | None,
    *,
    code: str,
    name: Texts,
    short: Texts,
    kind: str,
    parent: Organisation | None,
    by: Actor,
    at: datetime,
    why: str = "",
) -> Organisation:
    """Enter an organisation, or write it anew. Its code stays: papers and links name it."""
    _require_keeper(by)
    if organisation is None:
        if Organisation.objects.filter(code=code).exists():
            raise Refusal(_("An organisation with this code exists."), code="code-taken", fields={"code": _("This code is taken.")})
        organisation = Organisation.objects.create(code=code, name=name, short=short, kind=kind, parent=parent)
        record(by=by, did="people.enter_organisation", about=organisation, at=at, after={"code": code, "name": name, "kind": kind})
        return organisation
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    above = parent.pk if parent else None
    while above is not None:
        if above == organisation.pk:
            raise Refusal(
                _("An organisation cannot be a part of itself."), code="circle", fields={"parent": _("This would make a circle.")}
            )
        above = Organisation.objects.values_list("parent", flat=True).get(pk=above)
    fresh = {"name": name, "short": short, "kind": kind, "parent_id": parent.pk if parent else None}
    before = {field: getattr(organisation, field) for field, value in fresh.items() if getattr(organisation, field) != value}
    if not before:
        return organisation
    for field in before:
        setattr(organisation, field, fresh[field])
    organisation.save(update_fields=[field.removesuffix("_id") for field in before])
    record(
        by=by,
        did="people.change_organisation",
        about=organisation,
        at=at,
        why=why,
        before=before,
        after={field: fresh[field] for field in before},
    )
    return organisation


@transaction.atomic
def keep_post(post: Post | None, *, code: str, title: Texts, organisation: Organisation, by: Actor, at: datetime, why: str = "") -> Post:
    """Enter a post, or write its title anew. Its code stays."""
    _require_keeper(by)
    if post is None:
        if Post.objects.filter(code=code).exists():
            raise Refusal(_("A post with this code exists."), code="code-taken", fields={"code": _("This code is taken.")})
        post = Post.objects.create(code=code, title=title, organisation=organisation)
        record(by=by, did="people.enter_post", about=post, at=at, after={"code": code, "title": title, "organisation": organisation.pk})
        return post
    post = Post.objects.select_for_update().get(pk=post.pk)
    fresh = {"title": title, "organisation_id": organisation.pk}
    before = {field: getattr(post, field) for field, value in fresh.items() if getattr(post, field) != value}
    if not before:
        return post
    for field in before:
        setattr(post, field, fresh[field])
    post.save(update_fields=[field.removesuffix("_id") for field in before])
    record(by=by, did="people.change_post", about=post, at=at, why=why, before=before, after={field: fresh[field] for field in before})
    return post


def _term_facts(term: Term) -> dict[str, object]:
    """A term for the record: rows and days, no names."""
    return {"term": term.pk, "person": term.person_id, "capacity": term.capacity, "since": term.since, "ended": term.ended}


@transaction.atomic
def appoint(
    post: Post,
    person: Person,
    *,
    capacity: str,
    since: date | None,
    by: Actor,
    at: datetime,
    ended: date | None = None,
    why: str = "",
) -> Term:
    """A person takes up a post. Who held it until now ends on that day: two terms on record, none overwritten.

    A holder whose term began on the same day or later is not pushed out: that is a mistake in one of the two, and is refused.
    """
    _require_keeper(by, post)
    post = Post.objects.select_for_update().get(pk=post.pk)
    if since and ended and ended < since:
        raise Refusal(_("A term cannot end before it begins."), code="ends-before-it-begins", fields={"ended": _("Before the first day.")})
    same = post.terms.filter(person=person, capacity=capacity, since=since).first()
    if same:
        return same
    if capacity == Term.Capacity.HOLDER:
        _give_way(post, since=since, ended=ended, by=by, at=at)
    term = Term.objects.create(post=post, person=person, capacity=capacity, since=since, ended=ended)
    record(by=by, did="people.appoint", about=post, at=at, why=why, after=_term_facts(term))
    return term


def _give_way(post: Post, *, since: date | None, ended: date | None, by: Actor, at: datetime) -> None:
    """End the present holder's term on the first day of the next one; refuse what would still overlap."""
    holders = post.terms.filter(capacity=Term.Capacity.HOLDER)
    overlapping = holders.filter(Q(ended__isnull=True) | Q(ended__gt=since) if since else Q())
    if ended:
        overlapping = overlapping.filter(Q(since__isnull=True) | Q(since__lt=ended))
    for earlier in overlapping.select_related("person").order_by("pk"):
        open_before = earlier.ended is None and since is not None and (earlier.since is None or earlier.since < since)
        if not open_before:
            raise Refusal(
                _("%(person)s holds this post from %(since)s until %(ended)s. Correct that term first, or choose other days.")
                % {
                    "person": earlier.person.full_name(),
                    "since": long_day(earlier.since) if earlier.since else _("a day not on record"),
                    "ended": long_day(earlier.ended) if earlier.ended else _("now"),
                },
                code="terms-overlap",
            )
        before = _term_facts(earlier)
        earlier.ended = since
        earlier.save(update_fields=["ended"])
        record(by=by, did="people.end_term", about=post, at=at, before=before, after=_term_facts(earlier))


@transaction.atomic
def end_term(term: Term, *, ended: date, by: Actor, at: datetime, why: str) -> Term:
    """The last day of a term has come: `ended` is the first day on which it no longer holds."""
    _require_keeper(by, term.post)
    Post.objects.select_for_update().get(pk=term.post_id)
    term = Term.objects.select_for_update().get(pk=term.pk)
    if term.since and ended < term.since:
        raise Refusal(_("A term cannot end before it begins."), code="ends-before-it-begins", fields={"ended": _("Before the first day.")})
    if term.ended == ended:
        return term
    if term.ended is not None and term.ended <= at.astimezone(settings.ZONE).date():
        raise Refusal(_("This term has ended. Correct its days instead."), code="term-ended")
    before = _term_facts(term)
    term.ended = ended
    term.save(update_fields=["ended"])
    record(by=by, did="people.end_term", about=term.post, at=at, why=why, before=before, after=_term_facts(term))
    return term


@transaction.atomic
def correct_term(term: Term, *, since: date | None, ended: date | None, by: Actor, at: datetime, why: str) -> Term:
    """The days of a term were entered wrongly. The record keeps what stood there, and why it was wrong."""
    _require_keeper(by)
    Post.objects.select_for_update().get(pk=term.post_id)
    term = Term.objects.select_for_update().select_related("post").get(pk=term.pk)
    if (term.since, term.ended) == (since, ended):
        return term
    if not why.strip():
        raise Refusal(_("Say why the days were wrong."), code="reason-needed", fields={"why": _("Say why the days were wrong.")})
    if since and ended and ended < since:
        raise Refusal(_("A term cannot end before it begins."), code="ends-before-it-begins", fields={"ended": _("Before the first day.")})
    if term.capacity == Term.Capacity.HOLDER:
        others = term.post.terms.filter(capacity=Term.Capacity.HOLDER).exclude(pk=term.pk)
        if since:
            others = others.filter(Q(ended__isnull=True) | Q(ended__gt=since))
        if ended:
            others = others.filter(Q(since__isnull=True) | Q(since__lt=ended))
        if others.exists():
            raise Refusal(_("Another holder's term lies within these days."), code="terms-overlap")
    before = _term_facts(term)
    term.since, term.ended = since, ended
    term.save(update_fields=["since", "ended"])
    record(by=by, did="people.correct_term", about=term.post, at=at, why=why, before=before, after=_term_facts(term))
    return term
