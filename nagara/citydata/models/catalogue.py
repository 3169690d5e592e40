"""What a data space offers to others, described as catalogues exchange it (DCAT-AP, CKAN, the Thai government catalogue)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.citydata.models.space import DataSpace
from nagara.citydata.states import DatasetState
from nagara.toolkit.texts import TextsField


class Dataset(models.Model):
    """All entities of one type, offered under one title, licence and promise of freshness."""

    class Frequency(models.TextChoices):
        """How often it is updated. The values are codes of the EU frequency list."""

        CONTINUOUS = "UPDATE_CONT", _("all the time")
        HOURLY = "HOURLY", _("each hour")
        DAILY = "DAILY", _("each day")
        WEEKLY = "WEEKLY", _("each week")
        MONTHLY = "MONTHLY", _("each month")
        QUARTERLY = "QUARTERLY", _("each quarter")
        ANNUAL = "ANNUAL", _("each year")
        IRREGULAR = "IRREG", _("irregularly")

    class Theme(models.TextChoices):
        """What it is about. The values are codes of the EU data theme list."""

        ENVIRONMENT = "ENVI", _("environment")
        TRANSPORT = "TRAN", _("transport")
        ENERGY = "ENER", _("energy")
        HEALTH = "HEAL", _("health")
        GOVERNMENT = "GOVE", _("government and public sector")
        REGIONS = "REGI", _("regions and cities")
        ECONOMY = "ECON", _("economy and finance")
        SOCIETY = "SOCI", _("population and society")
        EDUCATION = "EDUC", _("education, culture and sport")
        JUSTICE = "JUST", _("justice and public safety")
        AGRICULTURE = "AGRI", _("agriculture, forestry and food")
        SCIENCE = "TECH", _("science and technology")

    class Category(models.TextChoices):
        """How open it is, in the words of the Thai government catalogue (data_category)."""

        PUBLIC = "ข้อมูลสาธารณะ", _("public data")
        PERSONAL = "ข้อมูลส่วนบุคคล", _("personal data")
        SECRET = "ข้อมูลความลับทางราชการ", _("official secret")
        SECURITY = "ข้อมูลความมั่นคง", _("security")

    space = models.ForeignKey(DataSpace, models.PROTECT, related_name="datasets")
    slug = models.SlugField(_("address"), max_length=80)
    entity_type = models.CharField(_("entity type"), max_length=200)
    title = TextsField(_("title"))
    description = TextsField(_("description"))
    keywords = models.JSONField(_("keywords"), default=list, blank=True)
    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices)
    frequency = models.CharField(_("updated"), max_length=20, choices=Frequency.choices)
    licence = models.CharField(_("licence"), max_length=20, choices=DataSpace.Licence.choices)
    category = models.CharField(_("category of data"), max_length=40, choices=Category.choices, default=Category.PUBLIC)
    accessible_condition = models.CharField(_("condition of access"), max_length=200, blank=True)
    objective = models.CharField(_("objective"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=DatasetState.choices, default=DatasetState.DRAFT)
    made_at = models.DateTimeField(_("described at"))
    changed_at = models.DateTimeField(_("changed at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # What the broker held when it was last asked (catalogue/coverage.py); no part of the description.
    first_day = models.DateField(_("first day with observations"), null=True, blank=True)
    last_day = models.DateField(_("last day with observations"), null=True, blank=True)
    extent = models.JSONField(_("west, south, east, north"), default=list, blank=True)
    looked_at = models.DateTimeField(_("looked at"), null=True, blank=True)

    class Meta:
        ordering = ["space", "slug"]
        verbose_name = _("dataset")
        constraints = [
            models.UniqueConstraint(name="a_dataset_has_its_address_in_its_space", fields=["space", "slug"]),
            models.CheckConstraint(
                name="a_published_dataset_says_since_when", condition=~Q(state="published") | Q(published_at__isnull=False)
            ),
            models.CheckConstraint(name="only_public_data_are_published", condition=~Q(state="published") | Q(category="ข้อมูลสาธารณะ")),
        ]

    @property
    def name(self) -> str:
        """Its name among the datasets of all spaces, as CKAN wants one."""
        return f"{self.space.slug}-{self.slug}"
