"""Where data come from: tables that people upload, and services that are asked again and again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.citydata.models.space import DataSpace
from nagara.citydata.states import LoadState, SourceState
from nagara.documents.models import StoredFile
from nagara.people.models import User


class Source(models.Model):
    """A service that is asked for data every so many minutes, or a table that somebody keeps uploading."""

    class Kind(models.TextChoices):
        TABLE = "table", _("table (CSV or XLSX)")
        NGSI_LD = "ngsi-ld", _("NGSI-LD broker")
        SENSORTHINGS = "sensorthings", _("SensorThings service")
        CKAN = "ckan", _("CKAN resource")

    space = models.ForeignKey(DataSpace, models.CASCADE, related_name="sources")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    address = models.URLField(_("address"), max_length=500, blank=True)
    tenant = models.CharField(_("tenant"), max_length=80, blank=True)
    key = models.TextField(_("key, sealed"), blank=True, editable=False)
    entity_type = models.CharField(_("entity type"), max_length=200, blank=True)
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    every_minutes = models.PositiveIntegerField(_("asked every so many minutes"), default=60)
    fresh_minutes = models.PositiveIntegerField(_("freshness declared, in minutes"), default=1440)
    state = models.CharField(_("state"), max_length=10, choices=SourceState.choices, default=SourceState.ON)
    cursor = models.JSONField(_("how far it was read"), default=dict, blank=True)
    made_at = models.DateTimeField(_("connected at"))
    made_by = models.CharField(_("connected by"), max_length=80)
    next_at = models.DateTimeField(_("next asked"), null=True, blank=True, db_index=True)
    beat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    last_ok_at = models.DateTimeField(_("last answered"), null=True, blank=True)
    last_fault = models.JSONField(_("last fault"), default=dict, blank=True)
    taken = models.PositiveBigIntegerField(_("observations taken"), default=0)
    push = models.BooleanField(_("tells of changes"), default=False)
    subscribed_at = models.DateTimeField(_("subscription seen"), null=True, blank=True)
    told_at = models.DateTimeField(_("last told"), null=True, blank=True)

    class Meta:
        ordering = ["space", "title", "pk"]
        verbose_name = _("source")


class Load(models.Model):
    """One uploaded table on its way into the broker: columns named, checked row by row, loaded as a whole."""

    space = models.ForeignKey(DataSpace, models.CASCADE, related_name="loads")
    source = models.ForeignKey(Source, models.SET_NULL, null=True, blank=True, related_name="loads")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    state = models.CharField(_("state"), max_length=10, choices=LoadState.choices, default=LoadState.MAPPING, db_index=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    faults = models.JSONField(_("faults"), default=list, blank=True)
    faults_in_all = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(_("what it holds"), default=dict, blank=True)
    total = models.PositiveIntegerField(_("entities in all"), default=0)
    done = models.PositiveIntegerField(_("entities done"), default=0)
    beat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    loaded_at = models.DateTimeField(_("loaded at"), null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = _("uploaded table")
        constraints = [
            models.CheckConstraint(
                name="a_table_that_is_loaded_says_when",
                condition=Q(state="loaded", loaded_at__isnull=False) | (~Q(state="loaded") & Q(loaded_at=None)),
            )
        ]
