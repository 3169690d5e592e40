"""From a round that opens to a result with reasons. The engine knows criteria from the rulebook and no programme by name."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.assessment.states import ApplicationState, AssignmentState, RoundState
from nagara.documents.models import StoredFile
from nagara.people.models import Invitation, Organisation, User
from nagara.places.models import Area, City, Subdivision
from nagara.rulebook.models import Edition
from nagara.toolkit.texts import TextsField, text


class Round(models.Model):
    """A call for applications under one edition of the criteria, between two instants of a stated time zone."""

    slug = models.SlugField(pgettext_lazy("assessment", "address"), max_length=80, unique=True)
    title = TextsField(pgettext_lazy("assessment", "title"))
    call = TextsField(_("text of the call"), blank=True)
    confidentiality = TextsField(_("what an assessor undertakes"), blank=True)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="rounds", verbose_name=_("criteria"))
    state = models.CharField(pgettext_lazy("assessment", "state"), max_length=20, choices=RoundState.choices, default=RoundState.PLANNED)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"), help_text=_("first instant that is too late"))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Bangkok")
    assessors_each = models.PositiveSmallIntegerField(_("assessors for each application"), default=3)
    assess_until = models.DateTimeField(_("scores due"), null=True, blank=True)
    invented = models.BooleanField(_("invented"), default=False)

    class Meta:
        ordering = ["-opens_at", "pk"]
        verbose_name = _("round")
        constraints = [models.CheckConstraint(name="a_round_closes_after_it_opens", condition=Q(closes_at__gt=models.F("opens_at")))]

    def __str__(self) -> str:
        return text(self.title)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def takes(self, at: datetime) -> bool:
        """Is an application that reaches the server at `at` in time? The closing instant itself is too late."""
        return self.state == RoundState.OPEN and self.opens_at <= at < self.closes_at


class Application(models.Model):
    """An area (or a city, for a network) that asks to be assessed in a round."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="applications", verbose_name=_("round"))
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name=_("area"))
    city = models.ForeignKey(City, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name=_("city"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications", verbose_name=_("applicant"))
    city_type = models.CharField(_("city type"), max_length=40, blank=True)
    dimensions = models.JSONField(_("dimensions"), default=list, blank=True)
    state = models.CharField(
        pgettext_lazy("assessment", "state"), max_length=20, choices=ApplicationState.choices, default=ApplicationState.DRAFT
    )
    started_at = models.DateTimeField(_("started at"))
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    conditions = TextsField(_("conditions of an approval in principle"), blank=True)
    conditions_due = models.DateField(_("conditions due"), null=True, blank=True)
    reasons = models.TextField(_("reasons of a refusal"), blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("application")
        constraints = [
            models.CheckConstraint(
                name="an_application_is_for_one_place",
                condition=Q(area__isnull=False, city__isnull=True) | Q(area__isnull=True, city__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_live_application_of_an_area_in_a_round", fields=["round", "area"], condition=~Q(state=ApplicationState.WITHDRAWN)
            ),
            models.CheckConstraint(
                name="an_application_past_draft_was_submitted",
                condition=Q(state__in=[ApplicationState.DRAFT, ApplicationState.WITHDRAWN]) | Q(submitted_at__isnull=False),
            ),
        ]

    @property
    def place(self) -> Area | City:
        place = self.area or self.city
        assert place is not None  # noqa: S101 - the database holds this
        return place

    def __str__(self) -> str:
        return str(self.place)


class ProposedArea(models.Model):
    """An area that an officer wants to apply for and that the record does not hold yet. The office adds it, or says why not."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="proposed_areas")
    name = TextsField(_("name"))
    subdivision = models.ForeignKey(Subdivision, models.PROTECT, related_name="+", verbose_name=_("province"))
    kind = models.CharField(pgettext_lazy("assessment", "kind"), max_length=20, choices=Area.Kind.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("applicant"))
    note = models.TextField(_("note"), blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    reasons = models.TextField(_("reasons of a refusal"), blank=True)

    class Meta:
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_proposal_is_added_or_refused_with_reasons",
                condition=Q(answered_at__isnull=True, area__isnull=True, reasons="")
                | Q(answered_at__isnull=False, area__isnull=False, reasons="")
                | (Q(answered_at__isnull=False, area__isnull=True) & ~Q(reasons="")),
            )
        ]

    def __str__(self) -> str:
        return text(self.name)


class TeamMember(models.Model):
    """A person who works on an application."""

    class Part(models.TextChoices):
        LEAD = "lead", pgettext_lazy("team", "lead")
        CO_APPLICANT = "co_applicant", _("co-applicant")

    application = models.ForeignKey(Application, models.CASCADE, related_name="team")
    user = models.ForeignKey(User, models.PROTECT, related_name="applications")
    part = models.CharField(_("part"), max_length=20, choices=Part.choices)
    invitation = models.ForeignKey(Invitation, models.PROTECT, null=True, blank=True, related_name="+")
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        ordering = ["application", "joined_at", "pk"]
        constraints = [models.UniqueConstraint(name="once_in_a_team", fields=["application", "user"], condition=Q(left_at__isnull=True))]


class Answer(models.Model):
    """What the team wrote in one field. `revision` counts its changes, so that two editors never overwrite each other unseen."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="answers")
    field = models.CharField(max_length=120)
    value = models.JSONField(null=True)
    revision = models.PositiveIntegerField(default=1)
    writer = models.CharField(max_length=40, blank=True, help_text="which open page wrote it: a page does not clash with itself")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["application", "field"]
        constraints = [models.UniqueConstraint(name="one_answer_a_field", fields=["application", "field"])]


class AnswerRevision(models.Model):
    """Every value that a field has had."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_aside = models.BooleanField(default=False, help_text="written at the same time as another value that was kept")

    class Meta:
        ordering = ["answer", "saved_at", "pk"]


class Presence(models.Model):
    """Who has which field open now. A courtesy to the others of the team; no part of the record."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    field = models.CharField(max_length=120, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["application", "pk"]
        constraints = [models.UniqueConstraint(name="one_presence_a_person", fields=["application", "user"])]


class Evidence(models.Model):
    """One document of the application, uploaded once. A newer one may replace it; the older stays in the history."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="evidence")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="evidence")
    title = models.CharField(pgettext_lazy("assessment", "title"), max_length=300)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces"))
    removed_at = models.DateTimeField(_("taken out at"), null=True, blank=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["application", "added_at", "pk"]
        verbose_name = _("evidence")


class EvidenceLink(models.Model):
    """A document as evidence for one criterion (and one dimension where the criterion is answered by dimension), with page and note."""

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="links")
    criterion = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True)
    asked = models.CharField(_("document asked for"), max_length=40, blank=True, help_text="code of the edition; empty: a further document")
    pages = models.CharField(pgettext_lazy("assessment", "pages"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        ordering = ["evidence", "criterion", "dimension", "asked", "pk"]
        constraints = [models.UniqueConstraint(name="linked_once", fields=["evidence", "criterion", "dimension", "asked"])]


class Submission(models.Model):
    """The application as it was handed in: frozen, numbered, with its digest and its receipt."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField(pgettext_lazy("assessment", "number"))
    receipt = models.CharField(_("receipt number"), max_length=100, unique=True)
    content = models.TextField(_("content"))
    digest = models.CharField("SHA-256", max_length=64)
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["application", "number"]
        constraints = [models.UniqueConstraint(name="one_submission_a_number", fields=["application", "number"])]

    def plain(self) -> dict[str, Any]:
        """What was handed in, as JSON values."""
        plain: dict[str, Any] = json.loads(self.content)
        return plain


class SubmissionPaper(models.Model):
    """A submission as PDF in one language: set from its frozen content when first asked for, then kept."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("receipt")
        DOSSIER = "dossier", _("dossier")

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    language = models.CharField(max_length=5)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["submission", "kind", "language"]
        constraints = [models.UniqueConstraint(name="one_paper_a_kind_and_language", fields=["submission", "kind", "language"])]


class InformationRequest(models.Model):
    """A return for information: what the office asks, and the fields that it unlocks. Nothing else can be changed.

    `fields` holds the question at each unlocked field: {"C1.goals": "Which year is goal 2 due?"}.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="information_requests")
    fields = models.JSONField(_("unlocked fields"), default=dict)
    question = models.TextField(_("question"), blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    due = models.DateTimeField(_("due"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        ordering = ["application", "asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_open_request", fields=["application"], condition=Q(answered_at__isnull=True)),
        ]


class Appointment(models.Model):
    """An assessor of a round, who accepts it and its confidentiality once."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="appointments")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    most = models.PositiveSmallIntegerField(_("most applications"), default=10)
    appointed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(name="appointed_once_a_round", fields=["round", "assessor"]),
            models.CheckConstraint(name="accepted_or_declined", condition=Q(accepted_at__isnull=True) | Q(declined_at__isnull=True)),
        ]


class Declaration(models.Model):
    """What an assessor declared of one application before it opened, or what the system found."""

    class Finding(models.TextChoices):
        NONE = "none", _("no conflict of interest")
        DECLARED = "declared", _("conflict declared by the assessor")
        FOUND = "found", _("conflict found by the system")

    application = models.ForeignKey(Application, models.PROTECT, related_name="declarations")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="declarations")
    finding = models.CharField(max_length=20, choices=Finding.choices)
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["application", "made_at", "pk"]


class Assignment(models.Model):
    """One assessor's score sheet for one application."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="assignments")
    assessor = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=20, choices=AssignmentState.choices, default=AssignmentState.ASSIGNED)
    by_system = models.BooleanField(default=False)
    assigned_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(name="assigned_once", fields=["application", "assessor"]),
            models.CheckConstraint(
                name="a_submitted_sheet_has_its_instant",
                condition=~Q(state=AssignmentState.SUBMITTED) | Q(submitted_at__isnull=False),
            ),
        ]


class Query(models.Model):
    """What an assessor wants to know of one field; the office bundles such questions into one return for information."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="queries")
    field = models.CharField(max_length=120)
    question = models.TextField(_("question"))
    asked_at = models.DateTimeField()
    request = models.ForeignKey(InformationRequest, models.PROTECT, null=True, blank=True, related_name="queries")
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["assignment", "asked_at", "pk"]
        constraints = [models.UniqueConstraint(name="asked_once_a_field", fields=["assignment", "field"])]


class Score(models.Model):
    """One assessor's score of one criterion (and dimension), by the anchors of the edition, with its reason."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="scores")
    criterion = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True)
    value = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["assignment", "criterion", "dimension"]
        constraints = [models.UniqueConstraint(name="one_score_a_criterion", fields=["assignment", "criterion", "dimension"])]


class ScoreRevision(models.Model):
    """Each value that a score had after it was first handed in, with the note that explains the change."""

    score = models.ForeignKey(Score, models.PROTECT, related_name="revisions")
    value = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["score", "saved_at", "pk"]


class Reopening(models.Model):
    """The panel reopens one criterion of one application, with a note; closed when every assessor has handed in again."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="reopenings")
    criterion = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True)
    note = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "opened_at", "pk"]


class Result(models.Model):
    """What the scores came to under the edition of the round: computed, never typed, never changed.

    An application that is assessed again has a second result; the decision that was made under the first keeps it.
    `content` is canonical JSON of what the calculation took and gave: `nagara assessment verify` recomputes it at any later day.
    """

    class Recommendation(models.TextChoices):
        RECOMMEND = "recommend", _("recommend")
        IN_PRINCIPLE = "in_principle", _("approve in principle, revise and resubmit")
        DECLINE = "decline", _("do not recommend")

    application = models.ForeignKey(Application, models.PROTECT, related_name="results")
    number = models.PositiveSmallIntegerField(pgettext_lazy("assessment", "number"))
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="results")
    content = models.TextField()
    digest = models.CharField(max_length=64)
    total = models.DecimalField(_("total of 100"), max_digits=5, decimal_places=2)
    recommendation = models.CharField(max_length=20, choices=Recommendation.choices)
    reasons = TextsField(_("reasons"))
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(name="one_result_a_number", fields=["application", "number"]),
            models.CheckConstraint(name="a_total_is_of_100", condition=Q(total__gte=0, total__lte=100)),
        ]

    def plain(self) -> dict[str, Any]:
        """What the calculation took and gave, as JSON values."""
        plain: dict[str, Any] = json.loads(self.content)
        return plain


class Feedback(models.Model):
    """What the applicant is told of one criterion: how it was seen and what the next level asks. Seen by the team once released."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="feedback")
    criterion = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True)
    text = TextsField(_("feedback"))
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["result", "criterion", "dimension"]
        constraints = [models.UniqueConstraint(name="one_feedback_a_criterion", fields=["result", "criterion", "dimension"])]
