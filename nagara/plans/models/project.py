"""A project and what belongs to it. One record feeds the progress report, the open data and the report to the Summit."""

import re
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Certainty, Source, StoredFile
from nagara.people.models import Organisation
from nagara.places.models import Area, City
from nagara.toolkit.texts import TextsField, text
from nagara.toolkit.thai import fold, sort_key

KEY_PATTERN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}\Z")
KEY = RegexValidator(KEY_PATTERN.pattern, _("A key has letters A–Z, digits, dots and hyphens, at most 60."))


class Project(models.Model):
    """What a city does. In the record from `entered_on` until the day before `left_on`."""

    class Entered(models.TextChoices):
        """What `entered_on` is: the day itself, or the first report that lists the project."""

        DECIDED = "decided", _("entered on this day")
        LISTED = "listed", _("first listed as of this day; when it began is not on record")

    class Left(models.TextChoices):
        """Why a project is no longer counted."""

        FINISHED = "finished", _("finished and handed over")
        CANCELLED = "cancelled", _("cancelled")
        MERGED = "merged", _("merged into another project")
        WITHDRAWN = "withdrawn", _("withdrawn by the city")
        DUPLICATE = "duplicate", _("entered twice")

    city = models.ForeignKey(City, models.PROTECT, related_name="projects", verbose_name=_("city"))
    key = models.CharField(_("key"), max_length=60, validators=[KEY])
    title = TextsField(_("title"))
    description = TextsField(_("description"), blank=True)
    support = TextsField(_("support required"), blank=True)
    main_area = models.SlugField(_("filed under"), max_length=40)
    stage = models.SlugField(_("stage"), max_length=24)
    status = models.SlugField(_("life-cycle (OC4IDS)"), max_length=24, blank=True)
    entered_on = models.DateField(_("in the record since"))
    entered = models.CharField(max_length=10, choices=Entered.choices, default=Entered.DECIDED)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    left = models.CharField(_("why it left"), max_length=12, choices=Left.choices, blank=True)
    left_words = models.CharField(_("why it left, in words"), max_length=500, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    place = models.CharField(_("place in words"), max_length=300, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("area"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source"))
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty.choices, default=Certainty.OWN)
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"))
    checked_at = models.DateTimeField(_("progress confirmed at"), null=True, blank=True)
    sort_th = models.CharField(max_length=600, editable=False)
    sort_en = models.CharField(max_length=600, editable=False)
    search = models.TextField(editable=False)

    class Meta:
        ordering = ["city", "key", "pk"]
        verbose_name = _("project")
        indexes = [
            models.Index(name="plans_project_in_th", fields=["sort_th", "id", "entered_on", "left_on"]),
            models.Index(name="plans_project_in_en", fields=["sort_en", "id", "entered_on", "left_on"]),
            models.Index(name="plans_project_of_city", fields=["city", "entered_on", "left_on"]),
            models.Index(name="plans_project_filed", fields=["main_area", "entered_on", "left_on"]),
            models.Index(name="plans_project_days", fields=["entered_on", "left_on"]),
            models.Index(name="plans_project_left", fields=["left_on"], condition=Q(left_on__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(name="one_project_a_key_and_city", fields=["city", "key"]),
            models.CheckConstraint(
                name="a_project_ends_after_it_starts", condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="a_project_that_left_says_when_and_why",
                condition=Q(left_on=None, left="", left_words="")
                | (Q(left_on__isnull=False, left_on__gte=F("entered_on")) & ~Q(left="") & ~Q(left_words="")),
            ),
            models.CheckConstraint(
                name="a_point_has_two_coordinates",
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
            ),
        ]

    def __str__(self) -> str:
        return text(self.title)

    def derive(self) -> None:
        """What lists sort and search by follows from the title, the key and the description."""
        self.sort_th = sort_key(text(self.title, "th"), "th")[:600]
        self.sort_en = sort_key(text(self.title, "en"), "en")[:600]
        self.search = fold(" | ".join([self.key, *self.title.values(), *self.description.values(), self.place]))

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "sort_th", "sort_en", "search"}
        super().save(*args, **kwargs)


class ProjectFocus(models.Model):
    """A focus area, and a sub-type where one is named. A project has one or more; it is filed under the first."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="focus")
    position = models.PositiveSmallIntegerField()
    area = models.SlugField(_("focus area"), max_length=40)
    sub_type = models.SlugField(_("sub-type"), max_length=40, blank=True)

    class Meta:
        ordering = ["project", "position"]
        indexes = [models.Index(name="plans_focus_by_area", fields=["area", "project"])]
        constraints = [
            models.UniqueConstraint(name="one_project_focus_a_position", fields=["project", "position"]),
            models.UniqueConstraint(name="one_focus_area_and_sub_type", fields=["project", "area", "sub_type"]),
        ]


class StageChange(models.Model):
    """A stage as somebody recorded it. Never changed: a correction is one more row for the same day, and the last one counts."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="stage_changes")
    on = models.DateField(_("since"))
    stage = models.SlugField(_("stage"), max_length=24)
    status = models.SlugField(_("life-cycle (OC4IDS)"), max_length=24, blank=True)
    why = models.CharField(_("reason"), max_length=500, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("recorded at"))
    by = models.CharField(_("recorded by"), max_length=80)

    class Meta:
        ordering = ["project", "on", "pk"]
        verbose_name = _("change of stage")


class StageSpan(models.Model):
    """Derived from the changes: the stage in which a project stood from `since` until the day before `until`, while it was in the record."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="spans")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    stage = models.SlugField(max_length=24)
    status = models.SlugField(max_length=24, blank=True)

    class Meta:
        ordering = ["project", "since"]
        indexes = [
            models.Index(name="plans_span_by_stage", fields=["stage", "since", "until", "project"]),
            models.Index(name="plans_span_by_day", fields=["since"]),
        ]
        constraints = [
            models.UniqueConstraint(name="one_span_a_day", fields=["project", "since"]),
            models.CheckConstraint(name="a_span_has_a_day", condition=Q(until=None) | Q(until__gt=F("since"))),
        ]


class Milestone(models.Model):
    """Something that is to be reached: planned, now expected, reached."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="milestones")
    code = models.CharField(_("code"), max_length=20, validators=[KEY])
    position = models.PositiveSmallIntegerField(default=0)
    title = TextsField(_("title"))
    planned_on = models.DateField(_("planned"), null=True, blank=True)
    forecast_on = models.DateField(_("forecast"), null=True, blank=True)
    actual_on = models.DateField(_("reached"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["project", "position", "code"]
        verbose_name = _("milestone")
        constraints = [models.UniqueConstraint(name="one_milestone_a_code", fields=["project", "code"])]


class MoneyKind(models.TextChoices):
    BUDGET = "budget", _("budget")
    COMMITTED = "committed", _("committed")
    SPENT = "spent", _("spent")


class BudgetLine(models.Model):
    """Money from one source, in one year, in the currency in which it was given."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="budget")
    position = models.PositiveSmallIntegerField(default=0)
    origin = models.CharField(_("source of money"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=MoneyKind.choices)
    year = models.PositiveSmallIntegerField(_("year (CE)"), null=True, blank=True, help_text=_("empty: all years together"))
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        ordering = ["project", "position", "pk"]
        verbose_name = _("budget line")
        constraints = [
            models.UniqueConstraint(
                name="one_amount_a_source_kind_year_and_currency",
                fields=["project", "origin", "kind", "year", "currency"],
                condition=Q(year__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_amount_for_all_years", fields=["project", "origin", "kind", "currency"], condition=Q(year=None)
            ),
            models.CheckConstraint(name="an_amount_is_not_below_nought", condition=Q(amount__gte=0)),
        ]


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in another, on a day, by whom."""

    currency = models.CharField(_("currency"), max_length=3)
    into = models.CharField(_("into"), max_length=3)
    on = models.DateField(_("of the day"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)
    published_by = models.CharField(_("published by"), max_length=200)
    address = models.URLField(_("address"), max_length=500, blank=True)

    class Meta:
        ordering = ["currency", "into", "-on"]
        verbose_name = _("exchange rate")
        constraints = [
            models.UniqueConstraint(name="one_rate_a_day", fields=["currency", "into", "on"]),
            models.CheckConstraint(name="a_rate_is_above_nought", condition=Q(rate__gt=0)),
            models.CheckConstraint(name="a_rate_has_two_currencies", condition=~Q(currency=F("into"))),
        ]


class Partner(models.Model):
    """Who takes part: an organisation of the record, or a name."""

    class PartnerRole(models.TextChoices):
        """Party roles of OC4IDS, as far as a project of a city needs them."""

        PUBLIC_AUTHORITY = "publicAuthority", _("responsible authority")
        FUNDER = "funder", _("funder")
        ADMINISTRATIVE_ENTITY = "administrativeEntity", _("contract administrator")
        PROCURING_ENTITY = "procuringEntity", _("procuring entity")
        SUPPLIER = "supplier", _("supplier")
        INTERESTED_PARTY = "interestedParty", _("interested party")

    project = models.ForeignKey(Project, models.CASCADE, related_name="partners")
    position = models.PositiveSmallIntegerField(default=0)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation of the record")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=24, choices=PartnerRole.choices)

    class Meta:
        ordering = ["project", "position", "pk"]
        verbose_name = _("partner")
        constraints = [
            models.CheckConstraint(
                name="a_partner_is_an_organisation_or_a_name",
                condition=Q(organisation__isnull=False, name="") | (Q(organisation=None) & ~Q(name="")),
            ),
            models.UniqueConstraint(
                name="one_organisation_a_role", fields=["project", "organisation", "role"], condition=Q(organisation__isnull=False)
            ),
            models.UniqueConstraint(name="one_name_a_role", fields=["project", "name", "role"], condition=Q(organisation=None)),
        ]

    def __str__(self) -> str:
        return str(self.organisation) if self.organisation else self.name


class Photo(models.Model):
    """A photograph as proof: where and when it was taken, as the camera says and a person confirmed.

    `original` holds whatever the camera wrote into it and is never published; `picture` is the same picture without any of that.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="photos")
    original = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    picture = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    caption = TextsField(_("caption"), blank=True)
    read_taken_on = models.DateField(_("day that the camera wrote"), null=True, blank=True)
    read_latitude = models.FloatField(null=True, blank=True)
    read_longitude = models.FloatField(null=True, blank=True)
    taken_on = models.DateField(_("taken on"), null=True, blank=True)
    place_published = models.BooleanField(_("the place may be published"), default=False)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.CharField(_("added by"), max_length=80)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        ordering = ["project", "-taken_on", "-pk"]
        verbose_name = _("photograph")
        constraints = [
            models.UniqueConstraint(
                name="one_photograph_a_project", fields=["project", "original"], condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                name="a_published_place_is_on_record_and_confirmed",
                condition=Q(place_published=False)
                | Q(read_latitude__isnull=False, read_longitude__isnull=False, confirmed_at__isnull=False),
            ),
        ]


class Risk(models.Model):
    """What may go wrong, how likely and how bad, whose business it is. For those who work on the project, not for the public."""

    class RiskState(models.TextChoices):
        OPEN = "open", _("still open")
        TREATED = "treated", _("being treated")
        CLOSED = "closed", _("closed")

    project = models.ForeignKey(Project, models.CASCADE, related_name="risks")
    position = models.PositiveSmallIntegerField(default=0)
    text = TextsField(_("what may go wrong"))
    likelihood = models.PositiveSmallIntegerField(_("likelihood, 1 to 5"))
    impact = models.PositiveSmallIntegerField(_("impact, 1 to 5"))
    owner = models.CharField(_("whose business it is (a post, not a person)"), max_length=200, blank=True)
    response = models.CharField(_("what is done about it"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RiskState.choices, default=RiskState.OPEN)

    class Meta:
        ordering = ["project", "position", "pk"]
        verbose_name = _("risk")
        constraints = [
            models.CheckConstraint(
                name="a_risk_is_rated_from_1_to_5",
                condition=Q(likelihood__gte=1, likelihood__lte=5, impact__gte=1, impact__lte=5),
            )
        ]
