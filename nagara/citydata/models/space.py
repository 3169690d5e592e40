"""A city's data space, the endpoints that it declares, and what was seen when they were looked at."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Source as Provenance
from nagara.people.models import Organisation
from nagara.places.models import Area, City
from nagara.toolkit.texts import TextsField, text


class DataSpace(models.Model):
    """Where the data of an area or a city live: one tenant of the broker, with what is declared of it."""

    class Licence(models.TextChoices):
        CC_BY = "CC-BY-4.0", _("Creative Commons Attribution 4.0")
        CC0 = "CC0-1.0", _("Creative Commons Zero 1.0")
        THAI_OPEN = "DGA-OPEN", _("Open Government licence of Thailand (DGA)")

    slug = models.SlugField(_("address"), max_length=60, unique=True, help_text=_("also the name of its tenant in the broker"))
    area = models.OneToOneField(Area, models.PROTECT, null=True, blank=True, related_name="data_space", verbose_name=_("area"))
    city = models.OneToOneField(City, models.PROTECT, null=True, blank=True, related_name="data_space", verbose_name=_("city"))
    title = TextsField(_("title"))
    summary = TextsField(_("what it holds"), blank=True)
    publisher = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="data_spaces", verbose_name=_("publisher")
    )
    licence = models.CharField(_("licence"), max_length=20, choices=Licence.choices, blank=True)
    invented = models.BooleanField(_("invented"), default=False)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.CharField(_("opened by"), max_length=80)
    source = models.ForeignKey(Provenance, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["slug"]
        verbose_name = _("data space")
        constraints = [
            models.CheckConstraint(
                name="a_data_space_is_of_one_place",
                condition=Q(area__isnull=False, city__isnull=True) | Q(area__isnull=True, city__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return text(self.title)

    @property
    def place(self) -> Area | City:
        found = self.area or self.city
        assert found is not None  # noqa: S101 - the database holds one of both
        return found

    @property
    def position(self) -> tuple[float, float]:
        """(longitude, latitude) of its place, as far as that is on record."""
        if self.city is not None:
            return self.city.longitude, self.city.latitude
        assert self.area is not None  # noqa: S101 - the database holds one of both
        return self.area.subdivision.longitude, self.area.subdivision.latitude


class Endpoint(models.Model):
    """An address of a city's platform as the city declares it. Probes look whether it keeps what was declared."""

    class Kind(models.TextChoices):
        NGSI_LD = "ngsi-ld", _("NGSI-LD broker")
        DCAT = "dcat", _("DCAT catalogue")
        CKAN = "ckan", _("CKAN catalogue")
        SENSORTHINGS = "sensorthings", _("SensorThings service")

    space = models.ForeignKey(DataSpace, models.CASCADE, related_name="endpoints")
    kind = models.CharField(_("standard"), max_length=20, choices=Kind.choices)
    address = models.URLField(_("address"), max_length=500)
    tenant = models.CharField(_("tenant"), max_length=80, blank=True)
    needs_key = models.BooleanField(_("asks for a key"), default=False)
    key = models.TextField(_("key, sealed"), blank=True, editable=False)
    fresh_minutes = models.PositiveIntegerField(_("freshness declared, in minutes"), default=1440)
    own = models.BooleanField(_("our own broker"), default=False)
    declared_at = models.DateTimeField(_("declared at"))
    declared_by = models.CharField(_("declared by"), max_length=80)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    next_probe_at = models.DateTimeField(_("next probe"), null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["space", "kind", "pk"]
        verbose_name = _("endpoint")
        constraints = [
            models.UniqueConstraint(
                name="an_endpoint_is_declared_once", fields=["space", "kind", "address"], condition=Q(ended_at__isnull=True)
            )
        ]


class Probe(models.Model):
    """One look at an endpoint: what was asked, what was found. Never changed."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("passed")
        PARTLY = "partly", _("passed in part")
        FAILED = "failed", _("failed")

    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="probes")
    at = models.DateTimeField(_("at"), db_index=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    findings = models.JSONField(_("findings"), default=list)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("probe")
        indexes = [models.Index(fields=["endpoint", "-at"])]
