"""Conflicts of interest that the system finds by itself: an assessor's ties to an applicant, from the organisations on record."""

from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nagara.assessment.models import Application, TeamMember
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
    SELECT id, parent_id FROM {table} WHERE id = %s
    UNION SELECT o.id, o.parent_id FROM {table} o JOIN up ON o.id = up.parent_id
), down(id) AS (
    SELECT id FROM {table} WHERE id = %s
    UNION SELECT o.id FROM {table} o JOIN down ON o.parent_id = down.id
)
SELECT id FROM up UNION SELECT id FROM down
"""


def family(organisation: int | None) -> set[int]:
    """The organisation, all above it and all below it."""
    if organisation is None:
        return set()
    table = connection.ops.quote_name(Organisation._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY.format(table=table), [organisation, organisation])
        return {row[0] for row in cursor.fetchall()}


def tied(user: User) -> tuple[set[int], set[int]]:
    """(the family of the person's own organisation, the organisations of posts that the person holds or held)."""
    if user.person is None:
        return set(), set()
    posts = set(Term.objects.filter(person=user.person).values_list("post__organisation", flat=True))
    return family(user.person.organisation_id), posts


def in_conflict(user: Any) -> Q:
    """Applications that `user` must not assess, as a condition on applications. Ties are read once for each loaded account."""
    if not hasattr(user, "_ties_today"):
        user._ties_today = tied(user)
    own, posts = user._ties_today
    teams = TeamMember.objects.filter(Q(user=user) | Q(user__person__organisation__in=own))
    return Q(organisation__in=own | posts) | Q(pk__in=teams.values("application"))


def found(application: Application, user: User) -> str:
    """Which conflict there is now (a key of `WORDS`, read anew); "" where none."""
    own, posts = tied(user)
    if application.team.filter(user=user).exists():
        return "team"
    if application.organisation_id in own:
        return "organisation"
    if application.team.filter(user__person__organisation__in=own).exists():
        return "co_applicant"
    return "post" if application.organisation_id in posts else ""
