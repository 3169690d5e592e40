"""Periods, what each city answers in one, and what is known of each value at each level."""

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from nagara.monitoring.states import ExtensionAnswer, LevelName, Origin, Quality, ReturnState, Timeliness, Verdict
from nagara.people.models import User
from nagara.places.models import City
from nagara.rulebook.models import Edition
from nagara.toolkit.texts import TextsField, text


def number_column() -> models.DecimalField:
    """A value: up to 18 digits before the point and 6 behind it. Empty: there is none."""
    return models.DecimalField(_("value"), max_digits=24, decimal_places=6, null=True, blank=True)


class Period(models.Model):
    """A time that values are about, with the days of its own calendar: it opens, is due, locks. Instants, in a zone that it states."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    title = TextsField(_("title"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    opens_at = models.DateTimeField(_("opens"))
    due_at = models.DateTimeField(_("due"))
    locks_at = models.DateTimeField(_("locks"))
    zone = models.CharField(_("time zone"), max_length=40)
    roster = models.SlugField(_("cities asked"), max_length=60, blank=True)
    invented = models.BooleanField(_("invented"), default=False)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=80)

    class Meta:
        ordering = ["-last_day", "code"]
        verbose_name = _("period")
        constraints = [
            models.CheckConstraint(name="a_period_ends_after_it_begins", condition=Q(last_day__gte=F("first_day"))),
            models.CheckConstraint(
                name="a_period_opens_then_is_due_then_locks", condition=Q(due_at__gt=F("opens_at"), locks_at__gte=F("due_at"))
            ),
        ]

    def __str__(self) -> str:
        return text(self.title)

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class PeriodSet(models.Model):
    """An indicator set that a period asks by, in the edition kept. One that is not `asked` only defines measures that others name."""

    period = models.ForeignKey(Period, models.CASCADE, related_name="sets")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    asked = models.BooleanField(default=True)
    required = models.BooleanField(_("an answer is required"), default=True)
    tiers = models.JSONField(_("tiers asked"), default=list, blank=True)
    """Empty: all of them."""

    class Meta:
        ordering = ["period", "position"]
        constraints = [
            models.UniqueConstraint(name="one_set_a_position", fields=["period", "position"]),
            models.UniqueConstraint(name="one_edition_a_period", fields=["period", "edition"]),
        ]


class Return(models.Model):
    """What one city answers in one period. `due_at` and `locks_at` are its own: an extension moves these alone."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="returns", verbose_name=_("period"))
    city = models.ForeignKey(City, models.PROTECT, related_name="returns", verbose_name=_("city"))
    state = models.CharField(_("state"), max_length=12, choices=ReturnState.choices, default=ReturnState.WAITING)
    due_at = models.DateTimeField(_("due"))
    locks_at = models.DateTimeField(_("locks"))
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    first_submitted_at = models.DateTimeField(_("first handed in at"), null=True, blank=True)
    handed_in = models.CharField(_("how it was first handed in"), max_length=10, choices=Timeliness.choices, blank=True)
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("handed in by"))
    sent_back_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("last reminded at"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)

    class Meta:
        ordering = ["period", "city"]
        verbose_name = _("return")
        indexes = [models.Index(name="monitoring_return_due", fields=["state", "due_at"])]
        constraints = [
            models.UniqueConstraint(name="one_return_a_city_and_period", fields=["period", "city"]),
            models.CheckConstraint(
                name="a_return_handed_in_says_when",
                condition=Q(state__in=("waiting", "draft"))
                | (Q(first_submitted_at__isnull=False, submitted_at__isnull=False) & ~Q(handed_in="")),
            ),
            models.CheckConstraint(name="a_return_verified_says_when", condition=~Q(state="verified") | Q(verified_at__isnull=False)),
            models.CheckConstraint(name="a_return_published_says_when", condition=~Q(state="published") | Q(published_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.city} · {self.period}"


class Extension(models.Model):
    """More time, asked for one return and granted for it alone."""

    of = models.ForeignKey(Return, models.PROTECT, related_name="extensions")
    until = models.DateTimeField(_("until"))
    why = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by"))
    answer = models.CharField(_("answer"), max_length=8, choices=ExtensionAnswer.choices, blank=True, default="")
    words = models.CharField(_("answer in words"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by"))

    class Meta:
        ordering = ["of", "-asked_at", "-pk"]
        verbose_name = _("extension")
        constraints = [
            models.UniqueConstraint(name="one_open_extension_a_return", fields=["of"], condition=Q(answer="")),
            models.CheckConstraint(
                name="an_answer_to_an_extension_says_when",
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]


class Value(models.Model):
    """One cell of a return as the city has it now: a measure, or one part of it. What was handed in stands in `Level`."""

    of = models.ForeignKey(Return, models.PROTECT, related_name="values")
    measure = models.SlugField(_("measure"), max_length=80)
    part = models.SlugField(_("part"), max_length=40, blank=True)
    typed = models.CharField(_("as typed"), max_length=60, blank=True)
    number = number_column()
    missing = models.CharField(_("why there is no value"), max_length=500, blank=True)
    quality = models.CharField(_("quality of the datum"), max_length=12, choices=Quality.choices, blank=True)
    source = models.CharField(_("source"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices, default=Origin.TYPED)
    lineage = models.JSONField(_("where it came from"), default=dict, blank=True)
    reasons = models.JSONField(_("reasons, by check"), default=dict, blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict.choices, blank=True, default="")
    question = models.CharField(_("question"), max_length=1000, blank=True)
    reply = models.CharField(_("reply"), max_length=1000, blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(_("saved at"))
    saved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("saved by"))

    class Meta:
        ordering = ["of", "measure", "part"]
        verbose_name = _("value")
        constraints = [
            models.UniqueConstraint(name="one_value_a_cell", fields=["of", "measure", "part"]),
            models.CheckConstraint(name="a_question_is_asked_in_words", condition=~Q(verdict="questioned") | ~Q(question="")),
        ]


class Aside(models.Model):
    """What a second writer had typed in a cell that somebody else had just saved. Kept until one of the two is chosen, and after."""

    value = models.ForeignKey(Value, models.CASCADE, related_name="asides")
    content = models.JSONField(_("what was typed"))
    at = models.DateTimeField(_("typed at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("typed by"))

    class Meta:
        ordering = ["value", "-at", "-pk"]


class Level(models.Model):
    """A value at one level, since `at` and until `until`. Never changed: what is corrected ends, and a new row begins.

    City, period, measure and the period's last day stand here too, so that a report over many years reads one table.
    """

    value = models.ForeignKey(Value, models.PROTECT, related_name="levels")
    city = models.ForeignKey(City, models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, models.PROTECT, related_name="+")
    last_day = models.DateField(_("last day of the period"))
    measure = models.SlugField(_("measure"), max_length=80)
    part = models.SlugField(_("part"), max_length=40, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=LevelName.choices)
    number = number_column()
    missing = models.CharField(_("why there is no value"), max_length=500, blank=True)
    quality = models.CharField(_("quality of the datum"), max_length=12, choices=Quality.choices, blank=True)
    source = models.CharField(_("source"), max_length=500, blank=True)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    lineage = models.JSONField(_("where it came from"), default=dict, blank=True)
    why = models.CharField(_("reason"), max_length=1000, blank=True)
    """Why the office holds another number than the city, or how the city answered the checks."""
    at = models.DateTimeField(_("since"))
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    by_key = models.CharField(max_length=80)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["city", "measure", "part", "level", "at", "pk"]
        verbose_name = _("value at a level")
        indexes = [
            models.Index(name="monitoring_level_measure", fields=["measure", "level", "last_day", "city"]),
            models.Index(name="monitoring_level_city", fields=["city", "level", "last_day"]),
            models.Index(name="monitoring_level_period", fields=["period", "level", "city"]),
        ]
        constraints = [
            models.UniqueConstraint(name="one_value_a_level", fields=["value", "level"], condition=Q(until=None)),
            models.CheckConstraint(name="a_level_has_a_number_or_says_why_not", condition=Q(number__isnull=False) | ~Q(missing="")),
            models.CheckConstraint(name="a_level_ends_after_it_began", condition=Q(until=None) | Q(until__gte=F("at"))),
        ]


class Goal(models.Model):
    """A baseline or a target of a city for one measure. Never changed: a new one ends the one before."""

    class Kind(models.TextChoices):
        BASELINE = "baseline", _("baseline")
        TARGET = "target", _("target")

    city = models.ForeignKey(City, models.PROTECT, related_name="goals")
    measure = models.SlugField(_("measure"), max_length=80)
    part = models.SlugField(_("part"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    day = models.DateField(_("of the day"))
    number = models.DecimalField(_("value"), max_digits=24, decimal_places=6)
    source = models.CharField(_("source"), max_length=500, blank=True)
    at = models.DateTimeField(_("set at"))
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("set by"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["city", "measure", "part", "kind", "day", "at"]
        verbose_name = _("target")
        constraints = [
            models.UniqueConstraint(
                name="one_baseline_a_measure", fields=["city", "measure", "part"], condition=Q(kind="baseline", until=None)
            ),
            models.UniqueConstraint(
                name="one_target_a_measure_and_day", fields=["city", "measure", "part", "day"], condition=Q(kind="target", until=None)
            ),
        ]
