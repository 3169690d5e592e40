"""Persons, organisations, posts and their terms; the accounts that people sign in with and the roles that these hold."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Source
from nagara.people.roles import EVERYWHERE, Role
from nagara.toolkit.periods import Dated, holds_on
from nagara.toolkit.texts import TextsField, text
from nagara.toolkit.thai import fold, sort_key


def _with_derived(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Where only named fields are saved, the derived ones go with them."""
    if kwargs.get("update_fields") is not None:
        kwargs["update_fields"] = {*kwargs["update_fields"], "sort_th", "sort_en", "folded"}
    return kwargs


class Organisation(models.Model):
    """A ministry, agency, municipality, university, company or any other body that people belong to."""

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("ministry")
        AGENCY = "agency", _("agency")
        LOCAL = "local", _("local government")
        UNIVERSITY = "university", _("university")
        COMPANY = "company", _("company")
        INTERNATIONAL = "international", _("international organisation")
        OTHER = "other", _("other")

    code = models.SlugField(_("code"), max_length=80, unique=True)
    name = TextsField(_("name"))
    short = TextsField(_("short name"), blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    # Derived from the names at each save, so that both databases sort and search alike.
    sort_th = models.CharField(max_length=2000, editable=False, default="")
    sort_en = models.CharField(max_length=2000, editable=False, default="")
    folded = models.TextField(editable=False, default="")

    class Meta:
        ordering = ["code"]
        verbose_name = _("organisation")
        indexes = [models.Index(fields=["sort_th", "id"]), models.Index(fields=["sort_en", "id"])]

    def __str__(self) -> str:
        return text(self.short) or text(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_th, self.sort_en = sort_key(text(self.name, "th"), "th")[:2000], sort_key(text(self.name, "en"), "en")[:2000]
        self.folded = fold(" ".join([*self.name.values(), *self.short.values(), self.code]))
        super().save(*args, **_with_derived(kwargs))


class Person(models.Model):
    """A person, with the parts of the name that Thai and English official papers ask for."""

    title = TextsField(_("title"), blank=True, help_text=_("such as นาย, Ms"))
    rank = TextsField(_("rank or academic title"), blank=True, help_text=_("such as พล.อ., ผศ.ดร., Gen."))
    given = TextsField(_("given name"))
    family = TextsField(_("family name"), blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("organisation")
    )
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)
    # Derived from the names at each save, so that both databases sort and search alike.
    sort_th = models.CharField(max_length=2000, editable=False, default="")
    sort_en = models.CharField(max_length=2000, editable=False, default="")
    folded = models.TextField(editable=False, default="")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("person")
        indexes = [models.Index(fields=["sort_th", "id"]), models.Index(fields=["sort_en", "id"])]

    def __str__(self) -> str:
        return self.full_name()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Names sort by the given name in Thai and by the family name in English, as each language does it."""
        given_th, family_th = text(self.given, "th"), text(self.family, "th")
        given_en, family_en = text(self.given, "en"), text(self.family, "en")
        self.sort_th = sort_key(f"{given_th} {family_th}", "th")[:2000]
        self.sort_en = sort_key(f"{family_en} {given_en}".strip(), "en")[:2000]
        self.folded = fold(" ".join([self.full_name("th"), self.full_name("en")]))
        super().save(*args, **_with_derived(kwargs))

    def get_absolute_url(self) -> str:
        return reverse("people:person", args=[self.pk])

    def full_name(self, lang: str | None = None) -> str:
        """As an official paper writes it: rank (else title), given and family name. Thai joins rank and name."""
        code = (lang or get_language() or "th").split("-")[0]
        lead = text(self.rank, code) or text(self.title, code)
        name = " ".join(part for part in (text(self.given, code), text(self.family, code)) if part)
        if not lead:
            return name
        return f"{lead}{name}" if self.given.get(code) and code == "th" and not lead.isascii() else f"{lead} {name}"


class Post(models.Model):
    """An office that persons hold one after another: a mayor, a director-general, a National Representative."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    title = TextsField(_("title"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", verbose_name=_("organisation"))

    class Meta:
        ordering = ["code"]
        verbose_name = _("post")

    def __str__(self) -> str:
        return text(self.title)

    def get_absolute_url(self) -> str:
        return reverse("people:post", args=[self.pk])


class Term(Dated):
    """A person in a post, since one day and until another."""

    class Capacity(models.TextChoices):
        HOLDER = "holder", _("holder")
        ACTING = "acting", _("acting")
        ALTERNATE = "alternate", _("alternate")

    post = models.ForeignKey(Post, models.PROTECT, related_name="terms", verbose_name=_("post"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="terms", verbose_name=_("person"))
    capacity = models.CharField(_("capacity"), max_length=20, choices=Capacity.choices, default=Capacity.HOLDER)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["post", "since", "pk"]
        verbose_name = _("term")

    @property
    def last_day(self) -> date | None:
        """The last day in the post: people say it so."""
        return self.ended - timedelta(days=1) if self.ended else None


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An account alone gives no rights: `nagara administrator` grants the role, with its entry in the record."""
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. What it may do follows from its roles alone."""

    email = models.EmailField(_("e-mail"), unique=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("person"))
    language = models.CharField(_("language"), max_length=5, default="th")
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("made at"), default=timezone.now)
    sign_outs = models.PositiveIntegerField(default=0, editable=False)
    """How often the person has signed out everywhere: each time, every session made before ends."""

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("account")

    def __str__(self) -> str:
        return self.display_name()

    def get_absolute_url(self) -> str:
        return reverse("people:admin_account", args=[self.pk])

    def display_name(self, lang: str | None = None) -> str:
        return self.person.full_name(lang) if self.person else self.email

    def get_session_auth_hash(self) -> str:
        """What a session must carry to stay open: it changes with the password and with each sign-out everywhere."""
        return f"{super().get_session_auth_hash()}{self.sign_outs}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}{self.sign_outs}"

    @property
    def audit_key(self) -> str:
        return f"user:{self.pk}"

    @property
    def audit_name(self) -> str:
        return self.display_name("th")

    def grants(self, day: date | None = None) -> list["RoleGrant"]:
        """The roles held on `day` (today where none is given; read once for each loaded account)."""
        if day is not None:
            return list(self.role_grants.filter(holds_on(day)))
        if not hasattr(self, "_grants_today"):
            self._grants_today = list(self.role_grants.filter(holds_on(timezone.localdate()))) if self.is_active else []
        return self._grants_today

    def holds(self, role: Role, within: str | None = None) -> bool:
        """Does this account hold `role` today: in the scope `within` or everywhere; in any scope where none is named?"""
        return any(grant.role == role and (within is None or grant.scope in (EVERYWHERE, within)) for grant in self.grants())

    def scopes(self, role: Role, kind: str) -> list[str]:
        """The identifiers of the scopes of `kind` in which this account holds `role` today."""
        lead = f"{kind}:"
        return [grant.scope.removeprefix(lead) for grant in self.grants() if grant.role == role and grant.scope.startswith(lead)]


class RoleGrant(Dated):
    """A role, in a scope, for a time. Ended, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    scope = models.CharField(_("scope"), max_length=80, blank=True, default=EVERYWHERE)
    why = models.CharField(_("reason"), max_length=300, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by"))
    """Nobody where the installation itself granted it: its first administrator, the demonstration."""
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by"))
    why_ended = models.CharField(_("reason for the end"), max_length=300, blank=True)

    class Meta(Dated.Meta):
        ordering = ["user", "role", "scope", "pk"]
        verbose_name = _("role")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                name="one_open_grant_of_a_role_in_a_scope", fields=["user", "role", "scope"], condition=Q(ended__isnull=True)
            ),
        ]


class Invitation(models.Model):
    """A person asked by e-mail to take a role. The link holds the token; only its digest is kept."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    scope = models.CharField(_("scope"), max_length=80, blank=True, default=EVERYWHERE)
    language = models.CharField(_("language"), max_length=5, default="th")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"))
    """Who is invited, where the register of persons has them already; else they give their name when they accept."""
    why = models.CharField(_("reason"), max_length=300, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("invited by"))
    invited_at = models.DateTimeField(_("invited at"))
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        ordering = ["-invited_at", "-pk"]
        verbose_name = _("invitation")
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_has_who_and_when",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_is_accepted_or_withdrawn", condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True)
            ),
        ]


class DemoSignIn(models.Model):
    """A sign-in named by role on the sign-in page of the demonstration. A real installation has no such row, and so no such door."""

    user = models.OneToOneField(User, models.CASCADE, related_name="demo")
    label = TextsField(_("label"))
    task = TextsField(_("what to try"), blank=True)
    position = models.PositiveSmallIntegerField(unique=True)
    totp_secret = models.CharField(max_length=64)

    class Meta:
        ordering = ["position"]
