"""Since when, until when and by whom an area is what it is. Decided, effective, presented, valid until and ended are five days."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.assessment.models import Application
from nagara.documents.models import Certainty, Source, StoredFile
from nagara.governance.models import Resolution
from nagara.people.models import User
from nagara.places.models import Area
from nagara.recognition import states
from nagara.recognition.states import Business, ProposalState, Status, Verb
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
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="recognitions", verbose_name=_("criteria"))
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

    @property
    def reference(self) -> str:
        """SCT-0016, SCT-Z0061: how the register names it; a certificate adds the number of its version."""
        return f"{settings.REGISTER_PREFIX}-{'Z' if self.tier == states.Tier.ZONE else ''}{self.number:04d}"

    @property
    def of_record(self) -> bool:
        """Decided outside Nagara and entered from a source."""
        return self.source_id is not None


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
        indexes = [models.Index(name="steps_by_day", fields=["on", "verb"])]
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


class Proposal(models.Model):
    """A step that somebody wants a body to take: with its reasons, and for a renewal with the progress of the area."""

    business = models.CharField(_("business"), max_length=20, choices=Business.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="proposals")
    recognition = models.ForeignKey(Recognition, models.PROTECT, null=True, blank=True, related_name="proposals")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name=_("criteria"))
    state = models.CharField(_("state"), max_length=20, choices=ProposalState.choices)
    reason = TextsField(_("reasons"))
    progress = models.PositiveSmallIntegerField(_("progress as the area states it (%)"), null=True, blank=True)
    checked_progress = models.PositiveSmallIntegerField(_("progress as the office found it (%)"), null=True, blank=True)
    checked_why = models.TextField(_("how it was found"), blank=True)
    effective_on = models.DateField(_("to take effect on"), null=True, blank=True, help_text=_("empty: on the day of the resolution"))
    answer = models.TextField(_("what the office answered"), blank=True)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("proposal")
        constraints = [
            models.CheckConstraint(
                name="a_proposal_is_about_a_recognition_unless_it_begins_one",
                condition=Q(business=Business.DESIGNATE, recognition__isnull=True)
                | (~Q(business=Business.DESIGNATE) & Q(recognition__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_decided_proposal_has_its_resolution", condition=~Q(state=ProposalState.DECIDED) | Q(decided_by__isnull=False)
            ),
            models.CheckConstraint(
                name="a_progress_is_of_100",
                condition=(Q(progress__isnull=True) | Q(progress__lte=100))
                & (Q(checked_progress__isnull=True) | Q(checked_progress__lte=100)),
            ),
            models.UniqueConstraint(
                name="one_open_proposal_of_a_kind",
                fields=["business", "area"],
                condition=Q(state__in=[ProposalState.ASKED, ProposalState.RETURNED, ProposalState.READY]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_business_display()}: {self.area}"


class Appeal(models.Model):
    """The organisation of an area asks for a decision to be looked at again."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("waiting")
        ALLOWED = "allowed", _("allowed")
        DISMISSED = "dismissed", _("dismissed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    recognition = models.ForeignKey(Recognition, models.PROTECT, null=True, blank=True, related_name="appeals")
    application = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="appeals")
    against = models.ForeignKey(Resolution, models.PROTECT, related_name="appeals", verbose_name=_("against"))
    grounds = models.TextField(_("grounds"))
    lodged_at = models.DateTimeField()
    lodged_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.PENDING)
    decided_by = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-lodged_at", "-pk"]
        verbose_name = _("appeal")
        constraints = [
            models.CheckConstraint(
                name="a_decided_appeal_has_its_resolution",
                condition=Q(outcome__in=["pending", "withdrawn"]) | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_appeal_is_about_a_recognition_or_an_application",
                condition=Q(recognition__isnull=False) | Q(application__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_open_appeal_of_a_recognition", fields=["against", "recognition"], condition=Q(outcome="pending")
            ),
            models.UniqueConstraint(
                name="one_open_appeal_of_an_application", fields=["against", "application"], condition=Q(outcome="pending")
            ),
        ]


class SigningKey(models.Model):
    """The public half of a key that signed certificates. The private half lies in a file of the installation, never here."""

    kid = models.CharField(max_length=80, primary_key=True, help_text="thumbprint (RFC 7638)")
    public = models.JSONField(help_text="JWK (RFC 8037, OKP, Ed25519)")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["made_at", "kid"]

    def __str__(self) -> str:
        return self.kid


class Certificate(models.Model):
    """One issued certificate: a PDF to frame and a credential that a machine can check. Never changed, only followed by another."""

    recognition = models.ForeignKey(Recognition, models.PROTECT, related_name="certificates")
    step = models.ForeignKey(
        RecognitionStep, models.PROTECT, related_name="certificates", help_text="the grant or renewal that it certifies"
    )
    number = models.CharField(_("number"), max_length=40, unique=True)
    version = models.PositiveSmallIntegerField(default=1)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    credential = models.TextField(help_text="Open Badges 3.0 as VC-JWT")
    credential_digest = models.CharField(max_length=64, db_index=True)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="certificates")
    status_index = models.PositiveIntegerField(unique=True)
    file_th = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    file_en = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False, help_text="followed by another for the same step: it was wrong")

    class Meta:
        ordering = ["number"]
        verbose_name = _("certificate")
        constraints = [
            models.UniqueConstraint(name="one_certificate_a_version", fields=["recognition", "version"]),
            models.UniqueConstraint(name="one_certificate_in_force", fields=["recognition"], condition=Q(superseded_at__isnull=True)),
        ]
        indexes = [models.Index(name="certificates_of_signer", fields=["issued_by", "-issued_at", "-id"])]

    def __str__(self) -> str:
        return self.number
