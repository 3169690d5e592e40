"""Conflicts of interest that the system finds by itself: an assessor's ties to an applicant, from the organisations on record."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nagara.assessment.models import Application, Round, TeamMember
from nagara.people.models import Organisation, Term, User

WORDS: dict[str, str | Promise] = {
    "team": _("You are or were in the team of this application."),
    "organisation": _("Your organisation, one above it or one below it is the applicant."),
    "co_applicant": _("Your organisation, one above it or one below it works on this application."),
    "post": _("You hold or held a post in the applicant's organisation."),
}
"""What a found conflict says to the assessor; the key is what a declaration stores."""

THEIRS: dict[str, str | Promise] = {
    "team": _("is or was in the team"),
    "organisation": _("the own organisation, one above or one below is the applicant"),
    "co_applicant": _("the own organisation, one above or one below works on the application"),
    "post": _("holds or held a post in the applicant's organisation"),
}
"""The same, to the office."""

_FAMILY = """
WITH RECURSIVE up(id, parent_id) AS (
    SELECT id, parent_id FROM {table} WHERE id IN ({wanted})
    UNION SELECT o.id, o.parent_id FROM {table} o JOIN up ON o.id = up.parent_id
), down(id) AS (
    SELECT id FROM {table} WHERE id IN ({wanted})
    UNION SELECT o.id FROM {table} o JOIN down ON o.parent_id = down.id
)
SELECT id FROM up UNION SELECT id FROM down
"""


def family(organisations: Iterable[int | None]) -> set[int]:
    """The organisations, all above each and all below each. Whoever is in the family of another has that other in theirs."""
    wanted = sorted({pk for pk in organisations if pk is not None})
    if not wanted:
        return set()
    table = connection.ops.quote_name(Organisation._meta.db_table)
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY.format(table=table, wanted=marks), [*wanted, *wanted])
        return {row[0] for row in cursor.fetchall()}


def tied(user: User) -> tuple[set[int], set[int]]:
    """(the family of the person's own organisation, the organisations of posts that the person holds or held)."""
    if user.person is None:
        return set(), set()
    posts = set(Term.objects.filter(person=user.person).order_by().values_list("post__organisation", flat=True))
    return family([user.person.organisation_id]), posts


def in_conflict(user: Any) -> Q:
    """Applications that `user` must not assess, as a condition on applications. Ties are read once for each loaded account."""
    if not hasattr(user, "_ties_today"):
        user._ties_today = tied(user)
    own, posts = user._ties_today
    teams = TeamMember.objects.filter(Q(user=user) | Q(user__person__organisation__in=own))
    return Q(organisation__in=own | posts) | Q(pk__in=teams.values("application"))


def found(application: Application, user: User) -> str:
    """Which conflict there is now (a key of `WORDS`, read anew); "" where none."""
    return found_among(application, [User.objects.select_related("person").get(pk=user.pk)]).get(user.pk, "")


def found_among(application: Application, users: Sequence[User]) -> dict[int, str]:
    """The conflicts of accounts, loaded with their persons, with one application: {account: key of `WORDS`}.

    As many queries for one as for many.
    """
    people = [user.person_id for user in users if user.person_id]
    team = application.team.annotate(what=Value("team")).values_list("what", "user", "user__person__organisation")
    terms = Term.objects.filter(person__in=people, post__organisation=application.organisation_id).annotate(what=Value("post"))
    rows = list(team.order_by().union(terms.order_by().values_list("what", "person", "post__organisation"), all=True))
    members = {who for what, who, _organisation in rows if what == "team"}
    posts = {who for what, who, _organisation in rows if what == "post"}
    elsewhere = {organisation for what, _who, organisation in rows if what == "team"} - {application.organisation_id}
    applicants, colleagues = family([application.organisation_id]), family(elsewhere)
    conflicts = {}
    for user in users:
        own = user.person.organisation_id if user.person else None
        if user.pk in members:
            conflicts[user.pk] = "team"
        elif own in applicants:
            conflicts[user.pk] = "organisation"
        elif own in colleagues:
            conflicts[user.pk] = "co_applicant"
        elif user.person_id in posts:
            conflicts[user.pk] = "post"
    return conflicts


def pairs_in(round_: Round, users: Iterable[User]) -> set[tuple[int, int]]:
    """Every (application, account) of a round that must not meet. As many queries for a hundred as for one."""
    wanted = list(User.objects.filter(pk__in=[user.pk for user in users]).select_related("person"))
    parents = dict(Organisation.objects.order_by().values_list("pk", "parent"))
    terms: dict[int, set[int]] = {}
    people = [user.person_id for user in wanted if user.person_id]
    for person, organisation in Term.objects.filter(person__in=people).order_by().values_list("person", "post__organisation"):
        terms.setdefault(person, set()).add(organisation)
    applicants = dict(round_.applications.order_by().values_list("pk", "organisation"))
    members: dict[int, set[int]] = {}
    colleagues: dict[int, set[int]] = {}
    rows = TeamMember.objects.filter(application__round=round_).order_by()
    for application, user_pk, organisation in rows.values_list("application", "user", "user__person__organisation"):
        members.setdefault(application, set()).add(user_pk)
        if organisation is not None:
            colleagues.setdefault(application, set()).add(organisation)
    found = set()
    for user in wanted:
        own = user.person.organisation_id if user.person else None
        posts = terms.get(user.person_id or 0, set())
        for application, organisation in applicants.items():
            others = {organisation, *colleagues.get(application, set())}
            near = own is not None and any(_related(own, other, parents) for other in others)
            if near or organisation in posts or user.pk in members.get(application, set()):
                found.add((application, user.pk))
    return found


def _related(one: int, other: int, parents: dict[int, int | None]) -> bool:
    """Is one of the two the other, above it or below it?"""
    return other in _above(one, parents) or one in _above(other, parents)


def _above(organisation: int, parents: dict[int, int | None]) -> set[int]:
    found: set[int] = set()
    here: int | None = organisation
    while here is not None and here not in found:
        found.add(here)
        here = parents.get(here)
    return found
