"""A person asks what is held on them, and that it be erased (Personal Data Protection Act B.E. 2562 (2019), sections 30 and 33).

What the law demands to be kept stays, and is said so: who held a post, decided, scored, signed or sat in a meeting, and the
record of acts. The rest goes: ways in, addresses, messages, and the name where nothing on record needs it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from nagara.audit.models import Entry
from nagara.audit.record import record
from nagara.notices.models import Notice
from nagara.people.actions import close_account
from nagara.people.models import DemoSignIn, Invitation, Person, RoleGrant, User
from nagara.people.second_factor import Proof, require_proof
from nagara.toolkit.access import require
from nagara.toolkit.refusal import Refusal

OWN = (RoleGrant, Invitation, DemoSignIn, User, Person, Notice)
"""What hangs on an account by itself. Everything else of ours that names a person is a record of the programme."""

SECRET = frozenset({"password", "token_digest", "sealed", "totp_secret", "data", "digest", "sort_th", "sort_en", "folded"})
"""Columns that hold no knowledge about a person: keys, digests of keys, and what is derived from the name."""


@dataclass(frozen=True)
class Subject:
    """One human being: the row of the person and the accounts that belong to it; an account may have no person."""

    person: Person | None
    accounts: tuple[User, ...]

    @property
    def name(self) -> str:
        return str(self.person or self.accounts[0])


def subject_of(thing: Person | User) -> Subject:
    person = thing.person if isinstance(thing, User) else thing
    if person is None:
        return Subject(None, (thing,) if isinstance(thing, User) else ())
    return Subject(person, tuple(person.accounts.order_by("pk")))


@dataclass(frozen=True)
class Holding:
    """Rows of one kind that name the person by one of their fields."""

    model: type[models.Model]
    field: str
    count: int

    @property
    def words(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @property
    def on_record(self) -> bool:
        """Is this a record of the programme, which the law demands to be kept?"""
        return self.model.__module__.startswith("nagara.") and self.model not in OWN


def _rows(subject: Subject) -> list[tuple[type[models.Model], str, models.QuerySet[Any]]]:
    """Every table that points at the person or one of the accounts, whichever part it belongs to."""
    found = []
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label):
        for field in model._meta.concrete_fields:
            if field.related_model is User and subject.accounts:
                found.append((model, field.name, model._default_manager.filter(**{f"{field.name}__in": subject.accounts})))
            elif field.related_model is Person and subject.person and model is not User:
                found.append((model, field.name, model._default_manager.filter(**{field.name: subject.person})))
    return found


def holdings(subject: Subject) -> list[Holding]:
    """How much is held, by kind; kinds of which there is nothing are left out."""
    counted = [Holding(model, field, rows.count()) for model, field, rows in _rows(subject)]
    return [holding for holding in counted if holding.count]


def _values(rows: models.QuerySet[Any]) -> list[dict[str, Any]]:
    columns = [field.attname for field in rows.model._meta.concrete_fields if field.attname not in SECRET]
    return list(rows.order_by("pk").values(*columns))


@transaction.atomic
def export(thing: Person | User, *, by: User, at: datetime, proof: Proof | None = None, why: str = "") -> dict[str, Any]:
    """All that is held on a person, as plain values. One's own is handed out without asking; another's to an administrator."""
    own = isinstance(thing, User) and thing.pk == by.pk
    if not own:
        require(by, "people.administer")
        require_proof(proof, at)
    subject = subject_of(thing)
    keys = [account.audit_key for account in subject.accounts]
    answer: dict[str, Any] = {
        "person": _values(Person.objects.filter(pk=subject.person.pk)) if subject.person else [],
        "accounts": _values(User.objects.filter(pk__in=[account.pk for account in subject.accounts])),
        "named_in": {f"{model._meta.label} ({field})": _values(rows) for model, field, rows in _rows(subject) if rows.exists()},
        "messages": _values(Notice.objects.filter(recipient__in=keys)),
        "invitations": _values(Invitation.objects.filter(email__in=[account.email for account in subject.accounts])),
        "record_of_acts": _values(Entry.objects.filter(Q(by__in=keys) | Q(about__in=[f"people.{key}" for key in keys]))),
    }
    record(by=by, did="people.export_personal_data", about=thing, at=at, why=why, proof=proof)
    return answer


@dataclass(frozen=True)
class Erasure:
    """What went, and what stayed because the law demands it."""

    name_kept: bool
    kept: list[Holding]
    acts_kept: int


def prospect(thing: Person | User) -> Erasure:
    """What erasing would leave behind."""
    subject = subject_of(thing)
    kept = [holding for holding in holdings(subject) if holding.on_record]
    acts = Entry.objects.filter(by__in=[account.audit_key for account in subject.accounts]).count()
    return Erasure(bool(kept), kept, acts)


@transaction.atomic
def erase(thing: Person | User, *, by: User, at: datetime, proof: Proof | None = None, why: str) -> Erasure:
    """Erase what no law demands to be kept. The accounts are closed first; what is erased does not come back."""
    require(by, "people.administer")
    require_proof(proof, at)
    if not why.strip():
        raise Refusal(_("Say who asked for it and when."), code="reason-needed", fields={"why": _("Say who asked for it and when.")})
    subject = subject_of(thing)
    if by.pk in [account.pk for account in subject.accounts]:
        raise Refusal(_("Ask another administrator: nobody erases their own account."), code="own-account")
    found = prospect(thing)
    for account in subject.accounts:
        close_account(account, by=by, at=at, proof=proof, why=why)
        _erase_account(account)
    if subject.person:
        person = Person.objects.select_for_update().get(pk=subject.person.pk)
        person.erased_at = at
        if not found.name_kept:
            person.given, person.family, person.title, person.rank = {"th": "(ลบข้อมูลแล้ว)", "en": "(erased)"}, {}, {}, {}
            person.organisation = None
        person.save()
    record(
        by=by,
        did="people.erase_personal_data",
        about=thing,
        at=at,
        why=why,
        proof=proof,
        after={"name_kept": found.name_kept, "kept": {holding.model._meta.label: holding.count for holding in found.kept}},
    )
    return found


def _erase_account(account: User) -> None:
    Invitation.objects.filter(email=account.email).update(email=f"erased-{account.pk}@erased.invalid")
    Notice.objects.filter(recipient=account.audit_key).delete()
    for model in (EmailAddress, Authenticator, SocialAccount, DemoSignIn):
        model._default_manager.filter(user=account).delete()
    account.refresh_from_db()
    account.email = f"erased-{account.pk}@erased.invalid"
    account.set_unusable_password()
    account.last_login = None
    account.sign_outs += 1
    account.save()
