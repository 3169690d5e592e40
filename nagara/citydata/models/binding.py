"""An indicator that fills itself: a question to the data of a space, dated and versioned, and what it answered."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.citydata.binding.question import Why
from nagara.citydata.models.space import DataSpace


class Binding(models.Model):
    """Joins one measure of the indicator sets (or a part of it) to the data of one space."""

    space = models.ForeignKey(DataSpace, models.PROTECT, related_name="bindings")
    measure = models.SlugField(_("measure"), max_length=80)
    part = models.SlugField(_("part"), max_length=40, blank=True)
    made_at = models.DateTimeField(_("bound at"))
    made_by = models.CharField(_("bound by"), max_length=80)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        ordering = ["space", "measure", "part", "pk"]
        verbose_name = _("binding")
        constraints = [
            models.UniqueConstraint(
                name="an_indicator_is_bound_once", fields=["space", "measure", "part"], condition=Q(ended_at__isnull=True)
            )
        ]


class BindingVersion(models.Model):
    """The question as it stands since a day. A change is a new version; what an old one answered stays."""

    binding = models.ForeignKey(Binding, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    question = models.JSONField(_("question"))
    why = models.CharField(_("why"), max_length=500, blank=True)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=80)

    class Meta:
        ordering = ["binding", "-number"]
        verbose_name = _("version of a binding")
        constraints = [models.UniqueConstraint(name="versions_of_a_binding_are_numbered", fields=["binding", "number"])]


class ComputedValue(models.Model):
    """What a question answered for one window of time, with where that came from. `value` is empty where the data say nothing."""

    version = models.ForeignKey(BindingVersion, models.PROTECT, related_name="values")
    since = models.DateField(_("from"))
    until = models.DateField(_("until, not included"))
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6, null=True, blank=True)
    lineage = models.JSONField(_("lineage"), default=dict)
    digest = models.CharField(max_length=64)
    computed_at = models.DateTimeField(_("computed at"))

    @property
    def last_day(self) -> date:
        return self.until - timedelta(days=1)

    @property
    def why(self) -> str:
        """Where there is no value: the reason, in words."""
        code = self.lineage.get("why", "") if self.value is None else ""
        return str(Why(code).label) if code else ""

    class Meta:
        ordering = ["-computed_at", "-pk"]
        verbose_name = _("computed value")
        indexes = [models.Index(fields=["version", "since", "until", "-computed_at"])]
        constraints = [models.CheckConstraint(name="a_window_has_a_length", condition=Q(until__gt=models.F("since")))]
