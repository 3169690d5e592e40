"""Accounts are made by invitation only: a person is asked by e-mail to take a role, and accepts with a name and a password.

The link holds the token; the database holds its digest, and until the mail has left, the link in sealed form.
"""

import hashlib
import secrets
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from nagara.audit.record import Actor, record
from nagara.notices import outbox
from nagara.people.actions import write_grant
from nagara.people.models import Invitation, Person, User
from nagara.people.registering import Names
from nagara.people.roles import EVERYWHERE, Role
from nagara.people.rules import is_own_team, may_give
from nagara.people.scopes import scope_names
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit.access import require
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def address_of(token: str, language: str) -> str:
    """Where an invitation is accepted, in the language of the invited person."""
    with override(language):
        return reverse("people:invitation", args=[token])


@transaction.atomic
def invite(
    email: str,
    role: Role,
    scope: str = EVERYWHERE,
    *,
    by: Actor,
    at: datetime,
    proof: Proof | None = None,
    why: str = "",
    language: str = "th",
    person: Person | None = None,
) -> tuple[Invitation, str]:
    """Ask a person to take a role. Answers the invitation and its token, which nobody can read again afterwards.

    Asking the same address to the same role again withdraws the earlier invitation: one link works at a time.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal(_("“%(email)s” is not an e-mail address.") % {"email": email}, code="not-an-address") from None
    inviter = by if isinstance(by, User) else None
    if inviter:
        if not may_give(inviter, role, scope):
            raise PermissionDenied(_("Your roles do not let you invite to this role. Ask an administrator."))
        if not is_own_team(inviter, role, scope):
            require_proof(proof, at)
    earlier = Invitation.objects.select_for_update().filter(
        email=email, role=role, scope=scope, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    for invitation in earlier.order_by("pk"):
        _withdraw(invitation, by=by, at=at, why=_("invited again"))
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        role=role,
        scope=scope,
        language=language,
        person=person,
        why=why,
        token_digest=_digest(token),
        invited_by=inviter,
        invited_at=at,
        expires_at=at + settings.INVITATION_AGE,
    )
    record(
        by=by,
        did="people.invite",
        about=invitation,
        at=at,
        why=why,
        proof=proof,
        after={"role": role, "scope": scope, "person": person.pk if person else None, "expires_at": invitation.expires_at},
    )
    _mail(invitation, token, at)
    return invitation, token


_SUBJECT = gettext_noop("You are invited to Nagara: %(role)s")
_BODY = gettext_noop(
    "%(who)s invites you to act as %(role)s for %(scope)s.\n\n"
    "Open the link, check what you are invited to, and set up your account. "
    "The link works once, until %(day)s. If you did not expect this message, you need do nothing."
)


def _mail(invitation: Invitation, token: str, at: datetime) -> None:
    subject: Texts = {}
    body: Texts = {}
    for lang in ("th", "en"):
        with override(lang):
            who = invitation.invited_by.display_name(lang) if invitation.invited_by else _("The installation")
            role = Role(invitation.role).label
            subject[lang] = _(_SUBJECT) % {"role": role}
            body[lang] = _(_BODY) % {
                "who": who,
                "role": role,
                "scope": scope_names([invitation.scope])[invitation.scope],
                "day": long_day(invitation.expires_at.astimezone(settings.ZONE).date(), lang),
            }
    outbox.notify(
        recipient=f"invitation:{invitation.pk}",
        address=invitation.email,
        language=invitation.language,
        subject=subject,
        body=body,
        secret_link=address_of(token, invitation.language),
        about=f"people.invitation:{invitation.pk}",
        at=at,
    )


@transaction.atomic
def withdraw(invitation: Invitation, *, by: Actor, at: datetime, proof: Proof | None = None, why: str = "") -> Invitation:
    """Take an invitation back: its link works no longer. One that was accepted stays as it is: end the role instead."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if isinstance(by, User):
        require(by, "people.invitation", invitation)
        if not is_own_team(by, Role(invitation.role), invitation.scope):
            require_proof(proof, at)
    if invitation.accepted_at:
        raise Refusal(_("This invitation was accepted."), next_step=_("End the role of the account instead."), code="invitation-accepted")
    if invitation.withdrawn_at:
        return invitation
    return _withdraw(invitation, by=by, at=at, why=why, proof=proof)


def _withdraw(invitation: Invitation, *, by: Actor, at: datetime, why: str, proof: Proof | None = None) -> Invitation:
    invitation.withdrawn_at = at
    invitation.save(update_fields=["withdrawn_at"])
    outbox.withdraw(about=f"people.invitation:{invitation.pk}", at=at)
    record(by=by, did="people.withdraw_invitation", about=invitation, at=at, why=why, proof=proof)
    return invitation


def find(token: str, *, at: datetime) -> Invitation:
    """The open invitation of this token; a `Refusal` that says what became of it."""
    invitation = Invitation.objects.select_related("person", "invited_by__person").filter(token_digest=_digest(token)).first()
    again = _("Ask whoever invited you for a new invitation.")
    if invitation is None:
        raise Refusal(_("This link belongs to no invitation."), next_step=again, code="no-invitation", status=404)
    if invitation.accepted_at:
        raise Refusal(
            _("This invitation was accepted already."), next_step=_("Sign in with your e-mail."), code="invitation-accepted", status=410
        )
    if invitation.withdrawn_at:
        raise Refusal(_("This invitation was withdrawn."), next_step=again, code="invitation-withdrawn", status=410)
    if invitation.expires_at <= at:
        raise Refusal(_("This invitation has expired."), next_step=again, code="invitation-expired", status=410)
    return invitation


def account_of(invitation: Invitation) -> User | None:
    """The account that has this address already; whoever holds it must sign in to accept."""
    known = EmailAddress.objects.filter(email__iexact=invitation.email, verified=True).values("user")
    return User.objects.filter(Q(email__iexact=invitation.email) | Q(pk__in=known)).order_by("pk").first()


@transaction.atomic
def accept(
    token: str,
    *,
    at: datetime,
    by: User | None = None,
    names: Names | None = None,
    password: str = "",
    language: str = "",
) -> User:
    """Take the role. Without an account, one is made from `names`, `password` and `language`; with one, `by` is that account.

    Whoever opens the link reads the mailbox: the address counts as verified.
    """
    digest = _digest(token)
    # Locked before it is read, so that a link pressed twice makes one account.
    list(Invitation.objects.select_for_update().filter(token_digest=digest))
    invitation = find(token, at=at)
    user = account_of(invitation)
    if user is not None:
        if by is None or by.pk != user.pk:
            raise Refusal(_("An account with this address exists: sign in with it to accept."), code="sign-in-to-accept", status=403)
        if not user.is_active:
            raise Refusal(_("This account is closed."), who=_("An administrator can open it again."), code="account-closed", status=403)
    else:
        user = _new_account(invitation, names=names, password=password, language=language or invitation.language, at=at)
    invitation.accepted_at, invitation.accepted_by = at, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(by=user, did="people.accept_invitation", about=invitation, at=at, after={"user": user.pk})
    # Rule and second factor were asked of the inviter when they invited.
    write_grant(
        user,
        Role(invitation.role),
        invitation.scope,
        by=user,
        giver=invitation.invited_by,
        on_behalf_of=invitation.invited_by.audit_key if invitation.invited_by else "system:invitation",
        at=at,
        why=invitation.why,
    )
    return user


def _new_account(invitation: Invitation, *, names: Names | None, password: str, language: str, at: datetime) -> User:
    """An account with a person, a password and a verified address."""
    person = invitation.person
    if person is None:
        if names is None or not names.given:
            raise Refusal(_("Give your name."), code="name-needed", fields={"given": _("Give your name.")})
        person = Person.objects.create(given=names.given, family=names.family, title=names.title, rank=names.rank)
    user = User(email=invitation.email, person=person, language=language, date_joined=at)
    try:
        validate_password(password, user)
    except ValidationError as error:
        words = " ".join(error.messages)
        raise Refusal(words, code="password-too-weak", fields={"password": words}) from None
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    record(by=user, did="people.open_account", about=user, at=at, after={"person": person.pk, "language": language})
    return user
