"""Giving and ending roles; telling an account something."""

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.notices.models import Notice
from nagara.notices.outbox import notify
from nagara.people.models import RoleGrant, User
from nagara.people.roles import EVERYWHERE, Role
from nagara.people.rules import may_give
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


def tell(
    user: User, *, subject: Texts, body: Texts, at: datetime, link: str = "", about: str = "", due_at: datetime | None = None
) -> Notice:
    """A notice to an account: in its list, and by e-mail in its language. In the caller's transaction."""
    return notify(
        recipient=user.audit_key,
        address=user.email if user.is_active else "",
        language=user.language,
        subject=subject,
        body=body,
        link=link,
        about=about,
        at=at,
        due_at=due_at,
    )


def _require_giver(by: Actor, role: Role, scope: str, at: datetime, proof: Proof | None) -> User | None:
    """Refuse unless `by` may give this role and has shown a second factor; the account that acts, none for the system."""
    if not isinstance(by, User):
        return None
    if not may_give(by, role, scope):
        raise PermissionDenied(_("Your roles do not let you give this role. Ask an administrator."))
    require_proof(proof, at)
    return by


@transaction.atomic
def grant_role(
    user: User,
    role: Role,
    scope: str = EVERYWHERE,
    *,
    by: Actor,
    at: datetime,
    proof: Proof | None = None,
    why: str = "",
    since: date | None = None,
    ended: date | None = None,
) -> RoleGrant:
    """Give `user` a role from `since` (today) on, until the day before `ended`. A role that is held already stays as it is."""
    giver = _require_giver(by, role, scope, at, proof)
    return write_grant(user, role, scope, by=by, giver=giver, at=at, proof=proof, why=why, since=since, ended=ended)


@transaction.atomic
def write_grant(
    user: User,
    role: Role,
    scope: str,
    *,
    by: Actor,
    giver: User | None,
    at: datetime,
    proof: Proof | None = None,
    why: str = "",
    since: date | None = None,
    ended: date | None = None,
    on_behalf_of: str = "",
) -> RoleGrant:
    """Write a grant whose rule and second factor have been asked: by `grant_role` now, or of the inviter earlier."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise Refusal(_("This account is closed. Open it before giving it a role."), code="account-closed")
    day = since or at.astimezone(settings.ZONE).date()
    held = user.role_grants.filter(Q(ended__isnull=True) | Q(ended__gt=day), role=role, scope=scope).order_by("pk").first()
    if held:
        return held
    grant = RoleGrant.objects.create(user=user, role=role, scope=scope, since=day, ended=ended, why=why, granted_by=giver, granted_at=at)
    record(
        by=by,
        did="people.grant_role",
        about=user,
        at=at,
        why=why,
        proof=proof,
        on_behalf_of=on_behalf_of,
        after={"grant": grant.pk, "role": role, "scope": scope, "since": day, "ended": ended},
    )
    return grant


@transaction.atomic
def end_role(
    grant: RoleGrant, *, by: Actor, at: datetime, proof: Proof | None = None, why: str = "", ended: date | None = None
) -> RoleGrant:
    """End a role: `ended` (today) is the first day on which it is no longer held. A role that has ended stays as it is."""
    ender = _require_giver(by, Role(grant.role), grant.scope, at, proof)
    # The account first, then the grant: the order in which granting locks them.
    user = User.objects.select_for_update().get(pk=grant.user_id)
    grant = RoleGrant.objects.select_for_update().get(pk=grant.pk)
    day = ended or at.astimezone(settings.ZONE).date()
    if grant.ended is not None and grant.ended <= day:
        return grant
    if grant.since and day < grant.since:
        raise Refusal(_("A role cannot end before it begins."), code="ends-before-it-begins")
    if grant.role == Role.ADMINISTRATOR:
        _require_another_administrator(user)
    before = grant.ended
    grant.ended, grant.ended_by, grant.why_ended = day, ender, why
    grant.save(update_fields=["ended", "ended_by", "why_ended"])
    record(
        by=by,
        did="people.end_role",
        about=user,
        at=at,
        why=why,
        proof=proof,
        before={"grant": grant.pk, "role": grant.role, "scope": grant.scope, "ended": before},
        after={"grant": grant.pk, "role": grant.role, "scope": grant.scope, "ended": day},
    )
    return grant


def _require_another_administrator(leaver: User) -> None:
    """Nobody locks the house from inside: one administrator who may sign in must stay."""
    others = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, scope=EVERYWHERE, ended__isnull=True, user__is_active=True)
    # Locked in one order, so that two administrators who end each other's role at once do not both succeed.
    if not [grant for grant in others.select_for_update().order_by("pk") if grant.user_id != leaver.pk]:
        raise Refusal(
            _("This is the only administrator. Give the role to somebody else first."),
            code="last-administrator",
        )
