"""A nomination from its first draft to the resolution of the annual meeting. Every step is kept with its day."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.documents.models import Source, StoredFile
from nagara.governance.models import AgendaItem, Resolution
from nagara.network.models.membership import Network
from nagara.network.states import RUNNING, NominationState, Outcome, Position, Rule
from nagara.people.models import Post, User
from nagara.places.models import City, State
from nagara.toolkit.texts import TextsField


class NominationEdition(models.Model):
    """An edition of the criteria of nomination, kept whole with the nominations made under it. Never changed."""

    programme = models.SlugField(max_length=80)
    in_force = models.DateField(_("in force since"))
    digest = models.CharField("SHA-256", max_length=64)
    content = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["programme", "in_force"]
        constraints = [models.UniqueConstraint(name="one_nomination_edition_a_day", fields=["programme", "in_force"])]

    def __str__(self) -> str:
        return f"{self.programme} {self.in_force.isoformat()}"


class Nomination(models.Model):
    """A city put forward by the National Representative of its state."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="nominations", verbose_name=_("network"))
    city = models.ForeignKey(City, models.PROTECT, related_name="nominations", verbose_name=_("city"))
    state_of = models.ForeignKey(State, models.PROTECT, related_name="nominations", verbose_name=_("nominated by the state"))
    edition = models.ForeignKey(NominationEdition, models.PROTECT, null=True, blank=True, related_name="nominations")
    state = models.CharField(_("state"), max_length=30, choices=NominationState.choices, default=NominationState.WITH_CITY)
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="nominations", verbose_name=_("nominated by"))
    """The office that endorsed, never the person."""
    nominated_on = models.DateField(_("nominated on"), null=True, blank=True)
    national_resolution = models.ForeignKey(
        Resolution, models.PROTECT, null=True, blank=True, related_name="nominations", verbose_name=_("national resolution")
    )
    national_item = models.ForeignKey(
        AgendaItem, models.PROTECT, null=True, blank=True, related_name="nominations", verbose_name=_("national agenda item")
    )
    """Where the record has the item of the national meeting, but not the words of a resolution."""
    decided_by = models.ForeignKey(
        Resolution, models.PROTECT, null=True, blank=True, related_name="decided_nominations", verbose_name=_("decided by")
    )
    question = models.TextField(_("question to the city"), blank=True)
    question_about = models.CharField(max_length=60, blank=True)
    letter = models.TextField(_("word of the representative"), blank=True)
    on_record_only = models.BooleanField(_("known from the public record only"), default=False)
    invented = models.BooleanField(_("invented"), default=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["-nominated_on", "-pk"]
        verbose_name = _("nomination")
        constraints = [
            models.UniqueConstraint(
                name="one_running_nomination_of_a_city", fields=["network", "city"], condition=Q(state__in=[str(s) for s in RUNNING])
            ),
            models.CheckConstraint(
                name="an_endorsed_nomination_has_its_day_and_criteria",
                condition=Q(state__in=["with_city", "with_representative", "withdrawn"])
                | Q(on_record_only=True, source__isnull=False)
                | Q(nominated_on__isnull=False, edition__isnull=False, post__isnull=False),
            ),
            models.CheckConstraint(
                name="a_decided_nomination_has_its_resolution_or_source",
                condition=~Q(state__in=["admitted", "deferred", "declined"]) | Q(decided_by__isnull=False) | Q(source__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.city)


class Answer(models.Model):
    """What the city wrote under one element or criterion: the newest text; earlier ones are its revisions."""

    nomination = models.ForeignKey(Nomination, models.CASCADE, related_name="answers")
    code = models.CharField(max_length=60)
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["nomination", "code"]
        constraints = [models.UniqueConstraint(name="one_answer_a_code", fields=["nomination", "code"])]


class AnswerRevision(models.Model):
    """Everything that an answer has said."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["answer", "-revision"]
        constraints = [models.UniqueConstraint(name="one_text_a_revision", fields=["answer", "revision"])]


class Evidence(models.Model):
    """A file under one element or criterion, with the pages that count."""

    nomination = models.ForeignKey(Nomination, models.CASCADE, related_name="evidence")
    code = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    pages = models.CharField(pgettext_lazy("network", "pages"), max_length=60, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["nomination", "code", "pk"]
        constraints = [
            models.UniqueConstraint(name="a_file_once_a_code", fields=["nomination", "code", "file"], condition=Q(removed_at__isnull=True))
        ]


class NominationStep(models.Model):
    """One step of a nomination: what, on which day, by which office or resolution. Never changed."""

    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=30)
    state = models.CharField(_("state"), max_length=30, choices=NominationState.choices)
    on = models.DateField(_("day"), null=True, blank=True)
    known_by = models.DateField(_("first day on which a source shows it"), null=True, blank=True)
    note = models.TextField(blank=True)
    reason = TextsField(_("reason"), blank=True)
    resolution = models.ForeignKey(Resolution, models.PROTECT, null=True, blank=True, related_name="nomination_steps")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        ordering = ["nomination", "pk"]
        constraints = [
            models.CheckConstraint(name="a_step_has_its_day_or_source", condition=Q(on__isnull=False) | Q(source__isnull=False)),
        ]

    @property
    def day(self) -> date | None:
        """The day from which it is known to hold."""
        return self.on or self.known_by


class Consultation(models.Model):
    """The members are asked about one nomination until a day. One runs at a time."""

    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="consultations")
    rule = models.CharField(_("rule"), max_length=20, choices=Rule.choices)
    opened_on = models.DateField(_("opened on"))
    until = models.DateField(_("until the end of"))
    words = models.TextField(_("word of the secretariat"), blank=True)
    asked = models.JSONField(default=list, help_text="ISO codes of the states asked")
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, blank=True)
    concluded_on = models.DateField(_("concluded on"), null=True, blank=True)

    class Meta:
        ordering = ["nomination", "-opened_on", "-pk"]
        verbose_name = _("consultation")
        constraints = [
            models.UniqueConstraint(name="one_consultation_at_a_time", fields=["nomination"], condition=Q(concluded_on__isnull=True)),
            models.CheckConstraint(name="a_consultation_ends_after_it_opens", condition=Q(until__gt=F("opened_on"))),
            models.CheckConstraint(
                name="a_concluded_consultation_has_its_outcome",
                condition=Q(concluded_on__isnull=True, outcome="") | (Q(concluded_on__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def latest(self) -> dict[str, Any]:
        """The last word of each state, by its code."""
        return {reply.state_of_id: reply for reply in self.replies.select_related("state_of").order_by("pk")}


class Reply(models.Model):
    """What a member state answers. A later reply takes the place of an earlier one; both stay."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="replies")
    state_of = models.ForeignKey(State, models.PROTECT, related_name="+")
    position = models.CharField(pgettext_lazy("network", "position"), max_length=20, choices=Position.choices)
    reasons = models.TextField(_("reasons"), blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["consultation", "pk"]
        constraints = [models.CheckConstraint(name="an_objection_has_its_reasons", condition=Q(position="agree") | ~Q(reasons=""))]
