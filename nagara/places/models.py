"""An area is what is recognised; a province can hold several; a city is a member of a network. Three things, each with its own dates."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Source, StoredFile
from nagara.people.models import Organisation
from nagara.toolkit.periods import Dated
from nagara.toolkit.texts import TextsField, text
from nagara.toolkit.thai import fold, sort_key


class State(models.Model):
    """A country, by its ISO 3166-1 codes."""

    iso2 = models.CharField("ISO 3166-1 alpha-2", max_length=2, primary_key=True)
    iso3 = models.CharField("ISO 3166-1 alpha-3", max_length=3, unique=True)
    name = TextsField(_("name"))
    official = TextsField(_("official name"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)

    class Meta:
        ordering = ["iso2"]
        verbose_name = _("state")

    def __str__(self) -> str:
        return text(self.name)


class StateMembership(Dated):
    """A state in an association of states, such as ASEAN, since one day and until another."""

    state = models.ForeignKey(State, models.PROTECT, related_name="memberships")
    association = models.SlugField(_("association"), max_length=40, default="asean")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["association", "since", "pk"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                name="a_state_is_in_an_association_once", fields=["state", "association"], condition=Q(ended__isnull=True)
            ),
        ]


class Named(models.Model):
    """What has names, a place in the alphabet of each language and is found by any part of a name."""

    name = TextsField(_("official name"))
    short = TextsField(_("short name"), blank=True)
    sort_th = models.CharField(max_length=1000, editable=False, db_index=True)
    sort_en = models.CharField(max_length=1000, editable=False, db_index=True)
    search = models.TextField(editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return text(self.short) or text(self.name)

    def also_found_by(self) -> list[str]:
        """Further words that a search may find this by."""
        return []

    def save(self, *args: Any, **kwargs: Any) -> None:
        th = self.short.get("th") or self.name.get("th") or text(self.name)
        en = self.short.get("en") or self.name.get("en") or text(self.name)
        self.sort_th, self.sort_en = sort_key(th, "th")[:1000], sort_key(en, "en")[:1000]
        self.search = fold(" | ".join([*self.name.values(), *self.short.values(), *self.also_found_by()]))
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "sort_th", "sort_en", "search"}
        super().save(*args, **kwargs)


class Subdivision(Named):
    """A province or its like, by its ISO 3166-2 code."""

    code = models.CharField("ISO 3166-2", max_length=6, primary_key=True)
    state = models.ForeignKey(State, models.PROTECT, related_name="subdivisions")
    region = models.CharField(_("region"), max_length=40, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["sort_th", "code"]
        verbose_name = _("province")

    def also_found_by(self) -> list[str]:
        return [self.code]


class City(Named):
    """A city as a network knows it: a point on the map and a state."""

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    state = models.ForeignKey(State, models.PROTECT, related_name="cities")
    subdivision = models.ForeignKey(Subdivision, models.PROTECT, null=True, blank=True, related_name="cities", verbose_name=_("province"))
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["sort_en", "slug"]
        verbose_name = _("city")


class Area(Named):
    """What is recognised: a municipality, a province, a district, a campus, an estate or a zone, with a boundary of its own."""

    class Kind(models.TextChoices):
        MUNICIPALITY = "municipality", _("municipality")
        PROVINCE = "province", _("province")
        DISTRICT = "district", _("district")
        CAMPUS = "campus", _("campus")
        ESTATE = "estate", _("industrial estate")
        ZONE = "zone", _("zone")

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    subdivision = models.ForeignKey(Subdivision, models.PROTECT, related_name="areas", verbose_name=_("province"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, blank=True, help_text=_("empty: not on record"))
    city_type = models.CharField(_("city type"), max_length=40, blank=True, help_text=_("a code of the rulebook; empty: not on record"))
    city = models.ForeignKey(City, models.PROTECT, null=True, blank=True, related_name="areas", verbose_name=_("city of a network"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="areas", verbose_name=_("responsible organisation")
    )
    registered_on = models.DateField(_("in the record since"), null=True, blank=True)
    invented = models.BooleanField(_("invented"), default=False)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["sort_th", "pk"]
        verbose_name = _("area")

    def also_found_by(self) -> list[str]:
        former = [] if self._state.adding else [name for row in self.former_names.order_by("pk") for name in row.name.values()]
        return [*self.subdivision.name.values(), self.subdivision.code, *former]


class FormerName(Dated):
    """A name that a place was or is also known by: an old link and an old report still find it."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="former_names")
    name = TextsField(_("name"))
    slug = models.SlugField(max_length=80, unique=True, null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")


class Outline(models.Model):
    """The outline of a place as GeoJSON in WGS 84 (longitude, latitude), with its size and where it came from."""

    class Origin(models.TextChoices):
        DRAWN = "drawn", _("drawn on the map")
        UPLOADED = "uploaded", _("uploaded")
        REFERENCE = "reference", _("reference data")

    geometry = models.JSONField(_("outline"))
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    square_kilometres = models.FloatField(_("area in km²"))
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.CharField(_("made by"), max_length=80)

    class Meta:
        abstract = True


class Boundary(Dated, Outline):
    """The outline of one place in one period."""

    state = models.ForeignKey(State, models.CASCADE, null=True, blank=True, related_name="boundaries")
    subdivision = models.ForeignKey(Subdivision, models.CASCADE, null=True, blank=True, related_name="boundaries")
    area = models.ForeignKey(Area, models.CASCADE, null=True, blank=True, related_name="boundaries")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["since", "pk"]
        verbose_name = _("boundary")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="a_boundary_is_of_one_place",
                condition=Q(state__isnull=False, subdivision__isnull=True, area__isnull=True)
                | Q(state__isnull=True, subdivision__isnull=False, area__isnull=True)
                | Q(state__isnull=True, subdivision__isnull=True, area__isnull=False),
            ),
            models.UniqueConstraint(name="one_boundary_of_an_area_holds", fields=["area"], condition=Q(ended__isnull=True)),
        ]


class ProposedBoundary(Outline):
    """The outline that an area's team proposes. It holds nothing until the office accepts it; the newest one counts."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="proposed_boundaries")
    number = models.PositiveIntegerField(_("number"))
    accepted = models.ForeignKey(Boundary, models.PROTECT, null=True, blank=True, related_name="proposals", verbose_name=_("accepted as"))

    class Meta:
        ordering = ["area", "-number"]
        verbose_name = _("proposed boundary")
        constraints = [models.UniqueConstraint(name="proposals_of_an_area_are_numbered", fields=["area", "number"])]


class Population(models.Model):
    """How many people live in a place, by whom counted and on which day."""

    area = models.ForeignKey(Area, models.CASCADE, null=True, blank=True, related_name="populations")
    city = models.ForeignKey(City, models.CASCADE, null=True, blank=True, related_name="populations")
    subdivision = models.ForeignKey(Subdivision, models.CASCADE, null=True, blank=True, related_name="populations")
    value = models.PositiveIntegerField(_("people"))
    on = models.DateField(_("as of"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-on", "pk"]
        verbose_name = _("population")
        constraints = [
            models.CheckConstraint(
                name="a_population_is_of_one_place",
                condition=Q(area__isnull=False, city__isnull=True, subdivision__isnull=True)
                | Q(area__isnull=True, city__isnull=False, subdivision__isnull=True)
                | Q(area__isnull=True, city__isnull=True, subdivision__isnull=False),
            )
        ]
