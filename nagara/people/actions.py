"""Roles and accounts: giving and ending, closing and opening; telling an account something."""

from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from nagara.audit.record import Actor, record
from nagara.notices.models import Notice
from nagara.notices.outbox import notify
from nagara.notices.outbox import withdraw as withdraw_notices
from nagara.people.models import Invitation, RoleGrant, User
from nagara.people.roles import EVERYWHERE, Role
from nagara.people.rules import may_give
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit.access import require
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


@transaction.atomic
def close_account(user: User, *, by: Actor, at: datetime, proof: Proof | None = None, why: str) -> User:
    """A leaver: every role ends, every session too, and nobody signs in any more. What they did stays on record."""
    _require_administrator(by, at, proof)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        return user
    day = at.astimezone(settings.ZONE).date()
    running = list(user.role_grants.select_for_update().filter(Q(ended__isnull=True) | Q(ended__gt=day)).order_by("pk"))
    if any(grant.role == Role.ADMINISTRATOR for grant in running):
        _require_another_administrator(user)
    for grant in running:
        # A role that would have begun later never does.
        grant.ended, grant.ended_by, grant.why_ended = max(day, grant.since or day), by if isinstance(by, User) else None, why
        grant.save(update_fields=["ended", "ended_by", "why_ended"])
    user.is_active = False
    user.sign_outs += 1
    user.save(update_fields=["is_active", "sign_outs"])
    for invitation in Invitation.objects.filter(invited_by=user, accepted_at__isnull=True, withdrawn_at__isnull=True).order_by("pk"):
        invitation.withdrawn_at = at
        invitation.save(update_fields=["withdrawn_at"])
        withdraw_notices(about=f"people.invitation:{invitation.pk}", at=at)
        record(by=by, did="people.withdraw_invitation", about=invitation, at=at, why=why, proof=proof)
    withdraw_notices(recipient=user.audit_key, at=at)
    record(
        by=by,
        did="people.close_account",
        about=user,
        at=at,
        why=why,
        proof=proof,
        before={"open": True, "grants": [grant.pk for grant in running]},
        after={"open": False, "roles_ended": [f"{grant.role} {grant.scope}".strip() for grant in running]},
    )
    return user


@transaction.atomic
def open_account(user: User, *, by: Actor, at: datetime, proof: Proof | None = None, why: str) -> User:
    """Let a closed account sign in again. Roles do not come back by themselves: each is given anew."""
    _require_administrator(by, at, proof)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active:
        return user
    if user.person and user.person.erased_at:
        raise Refusal(_("The personal data of this account were erased: it cannot be opened again."), code="erased")
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(by=by, did="people.open_account_again", about=user, at=at, why=why, proof=proof, before={"open": False}, after={"open": True})
    return user


_TAKEN_SUBJECT = gettext_noop("Your second factors were taken away")
_TAKEN_BODY = gettext_noop(
    "An administrator took the second factors of your account away, because they were said to be lost. Sign in with your password and "
    "set up a new one. If you lost none, tell an administrator at once."
)


@transaction.atomic
def take_factors_away(user: User, *, by: Actor, at: datetime, proof: Proof | None = None, why: str) -> User:
    """Somebody lost phone, key and recovery codes. They are told by mail, and every session of the account ends."""
    _require_administrator(by, at, proof)
    user = User.objects.select_for_update().get(pk=user.pk)
    factors = Authenticator.objects.filter(user=user)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        return user
    factors.delete()
    user.sign_outs += 1
    user.save(update_fields=["sign_outs"])
    record(by=by, did="people.take_factors_away", about=user, at=at, why=why, proof=proof, before={"kinds": kinds})
    tell(user, subject=both(_TAKEN_SUBJECT), body=both(_TAKEN_BODY), at=at)
    return user


def both(source: str) -> Texts:
    """A text of the catalogue in both languages, as data."""
    found = {}
    for lang in ("th", "en"):
        with override(lang):
            found[lang] = _(source)
    return found


def _require_administrator(by: Actor, at: datetime, proof: Proof | None) -> None:
    if isinstance(by, User):
        require(by, "people.administer")
        require_proof(proof, at)


@transaction.atomic
def set_preferences(user: User, *, language: str, at: datetime) -> User:
    """In which language messages come. A matter of taste: no entry in the record."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.language = language
    user.save(update_fields=["language"])
    return user


@transaction.atomic
def sign_out_everywhere(user: User, *, by: Actor, at: datetime) -> User:
    """End every session of this account made so far."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.sign_outs += 1
    user.save(update_fields=["sign_outs"])
    record(by=by, did="people.sign_out_everywhere", about=user, at=at)
    return user
