"""A city's action plan, version by version. What was printed is kept as printed; what was read from it stands beside."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Source
from nagara.places.models import City
from nagara.plans.states import PlanState
from nagara.toolkit.texts import TextsField


class ActionPlan(models.Model):
    """The plan of one city; all that it says stands in its versions."""

    city = models.OneToOneField(City, models.PROTECT, related_name="action_plan", verbose_name=_("city"))

    class Meta:
        ordering = ["city"]
        verbose_name = _("action plan")


class PlanVersion(models.Model):
    """One version of a plan. A version that was adopted is not changed: the next one supersedes it."""

    plan = models.ForeignKey(ActionPlan, models.PROTECT, related_name="versions", verbose_name=_("action plan"))
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=12, choices=PlanState.choices, default=PlanState.DRAFT)
    first_year = models.PositiveSmallIntegerField(_("first year (CE)"), null=True, blank=True)
    last_year = models.PositiveSmallIntegerField(_("last year (CE)"), null=True, blank=True)
    vision = TextsField(_("vision"), blank=True)
    land_area_printed = models.CharField(_("land area as printed"), max_length=60, blank=True)
    land_area_km2 = models.DecimalField(_("land area in km²"), max_digits=12, decimal_places=3, null=True, blank=True)
    population_printed = models.CharField(_("population as printed"), max_length=60, blank=True)
    population = models.PositiveBigIntegerField(_("population"), null=True, blank=True)
    density_printed = models.CharField(_("density as printed"), max_length=60, blank=True)
    in_force_from = models.DateField(_("in force since"), null=True, blank=True)
    adopted_on = models.DateField(_("adopted on"), null=True, blank=True, help_text=_("empty: not on record"))
    superseded_on = models.DateField(_("superseded on"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source"))
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["plan", "-number"]
        verbose_name = _("version of a plan")
        constraints = [
            models.UniqueConstraint(name="one_version_a_number_and_plan", fields=["plan", "number"]),
            models.UniqueConstraint(name="one_draft_a_plan", fields=["plan"], condition=Q(state="draft")),
            models.UniqueConstraint(name="one_plan_in_force", fields=["plan"], condition=Q(state="adopted")),
            models.CheckConstraint(
                name="a_version_in_force_says_since_when",
                condition=Q(state="draft", in_force_from=None, superseded_on=None)
                | Q(state="adopted", in_force_from__isnull=False, superseded_on=None)
                | Q(state="superseded", in_force_from__isnull=False, superseded_on__isnull=False),
            ),
            models.CheckConstraint(
                name="a_plan_ends_after_it_begins",
                condition=Q(first_year=None) | Q(last_year=None) | Q(last_year__gte=F("first_year")),
            ),
            models.CheckConstraint(
                name="a_version_is_superseded_after_it_began",
                condition=Q(superseded_on=None) | Q(superseded_on__gte=F("in_force_from")),
            ),
        ]


class PlanFocus(models.Model):
    """A focus area as the plan prints it, beside the framework's own where the heading names one; no interpretation."""

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="focus")
    position = models.PositiveSmallIntegerField()
    printed = models.CharField(_("as printed"), max_length=300)
    area = models.SlugField(_("focus area of the framework"), max_length=40, blank=True)
    sub_types = models.JSONField(_("sub-types"), default=list, blank=True)

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(name="one_focus_a_position", fields=["version", "position"])]


class Target(models.Model):
    """What the city wants to reach, by when."""

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="targets")
    position = models.PositiveSmallIntegerField()
    outcome = models.SlugField(_("strategic outcome"), max_length=40, blank=True)
    text = TextsField(_("target"))
    measure = TextsField(_("measured by"), blank=True)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    value_printed = models.CharField(_("value as printed"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    by = models.DateField(_("by the day"), null=True, blank=True)

    class Meta:
        ordering = ["version", "position"]
        verbose_name = _("target")
        constraints = [models.UniqueConstraint(name="one_target_a_position", fields=["version", "position"])]


class PriorityProject(models.Model):
    """A project that the plan puts first, as printed; linked to the record of the project where there is one."""

    version = models.ForeignKey(PlanVersion, models.CASCADE, related_name="priorities")
    position = models.PositiveSmallIntegerField()
    name = TextsField(_("name"))
    overview = TextsField(_("overview"), blank=True)
    support = TextsField(_("support required"), blank=True)
    project = models.ForeignKey(
        "plans.Project", models.PROTECT, null=True, blank=True, related_name="planned_in", verbose_name=_("project")
    )

    class Meta:
        ordering = ["version", "position"]
        constraints = [models.UniqueConstraint(name="one_priority_a_position", fields=["version", "position"])]
