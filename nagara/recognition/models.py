"""Since when, until when and by whom an area is what it is. Decided, effective, presented, valid until and ended are five days."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.assessment.models import Application
from nagara.documents.models import Certainty, Source, StoredFile
from nagara.governance.models import Resolution
from nagara.people.models import User
from nagara.places.models import Area
from nagara.recognition import states
from nagara.recognition.states import Status, Verb
from nagara.rulebook.models import Edition
from nagara.toolkit.periods import Dated
from nagara.toolkit.texts import TextsField


class Recognition(models.Model):
    """A promotion zone or a recognised area: one grant, from its decision to its end."""

    Tier = states.Tier

    area = models.ForeignKey(Area, models.PROTECT, related_name="recognitions")
    tier = models.CharField(_("tier"), max_length=10, choices=states.Tier.choices)
    number = models.PositiveIntegerField(_("running number in the register"))
    batch = models.PositiveIntegerField(_("batch (year CE)"), null=True, blank=True)
    application = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="recognitions")
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("criteria"))
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    effective_on = models.DateField(_("effective from"))
    presented_on = models.DateField(_("presented on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("last day; empty: not on record"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    recommended_by = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty.choices, default=Certainty.OWN)
    invented = models.BooleanField(_("invented"), default=False)

    class Meta:
        ordering = ["tier", "number"]
        verbose_name = _("recognition")
        constraints = [
            models.UniqueConstraint(name="one_recognition_a_number", fields=["tier", "number"]),
            models.CheckConstraint(
                name="a_recognition_has_a_decision_or_a_source", condition=Q(decided_by__isnull=False) | Q(source__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.area)


class RecognitionStep(models.Model):
    """What happened to a recognition on a day, by which resolution or source, and why."""

    recognition = models.ForeignKey(Recognition, models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    on = models.DateField(_("on"), null=True, blank=True, help_text=_("empty: the day is not on record"))
    resolution = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")
    reason = TextsField(_("reason"), blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="undone_by", verbose_name=_("undoes"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["recognition", models.F("on").asc(nulls_first=True), "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_step_has_a_resolution_or_a_source_or_is_the_offices",
                condition=Q(resolution__isnull=False) | Q(source__isnull=False) | Q(verb__in=[Verb.PRESENT, Verb.APPEAL]),
            )
        ]


class StatusSpan(Dated):
    """The status of an area in a tier for a run of days: derived from the steps, so that any day can be asked at once.

    A grant that runs out has its end here from the first day, as a span that begins in the future: nothing has to run at
    midnight. A renewal replaces that span.
    """

    recognition = models.ForeignKey(Recognition, models.PROTECT, related_name="spans")
    area = models.ForeignKey(Area, models.PROTECT, related_name="status_spans")
    subdivision_code = models.CharField(max_length=6)
    tier = models.CharField(max_length=10, choices=states.Tier.choices)
    status = models.CharField(max_length=20, choices=Status.choices)

    class Meta(Dated.Meta):
        ordering = ["since", "pk"]
        indexes = [models.Index(name="status_by_day", fields=["tier", "status", "since", "ended", "subdivision_code", "area"])]


class Appeal(models.Model):
    """An organisation asks for a decision on its area to be looked at again."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("waiting")
        ALLOWED = "allowed", _("allowed")
        DISMISSED = "dismissed", _("dismissed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    recognition = models.ForeignKey(Recognition, models.PROTECT, null=True, blank=True, related_name="appeals")
    application = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="appeals")
    against = models.ForeignKey(Resolution, models.PROTECT, related_name="appeals")
    grounds = models.TextField(_("grounds"))
    lodged_at = models.DateTimeField()
    lodged_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.PENDING)
    decided_by = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-lodged_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_decided_appeal_has_its_resolution",
                condition=Q(outcome__in=["pending", "withdrawn"]) | Q(decided_by__isnull=False),
            )
        ]


class SigningKey(models.Model):
    """The public half of a key that signed certificates. The private half lies in a file of the installation, never here."""

    kid = models.CharField(max_length=80, primary_key=True)
    public = models.JSONField(help_text="JWK (RFC 8037, OKP, Ed25519)")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at"]


class Certificate(models.Model):
    """One issued certificate: a PDF to frame and a credential that a machine can check."""

    recognition = models.ForeignKey(Recognition, models.PROTECT, related_name="certificates")
    number = models.CharField(_("number"), max_length=40, unique=True)
    version = models.PositiveSmallIntegerField(default=1)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    valid_until = models.DateField(null=True, blank=True)
    credential = models.TextField(help_text="Open Badges 3.0 as VC-JWT")
    credential_digest = models.CharField(max_length=64)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    status_index = models.PositiveIntegerField(unique=True)
    file_th = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    file_en = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number", "-version"]
