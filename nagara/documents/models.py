"""Files by their digest, the sources of facts, and the running numbers of registers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.texts import TextsField


class Certainty(models.TextChoices):
    """How sure a fact is. It stands beside the fact wherever the fact is shown."""

    OFFICIAL = "official", _("official document")
    FOUNDING = "founding", _("founding document")
    PRESS = "press", _("press")
    THIRD_PARTY = "third_party", _("third party, unverified")
    OWN = "own", _("decided in Nagara")
    INVENTED = "invented", _("invented for the demonstration")


class Source(models.Model):
    """Where a fact comes from."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    title = TextsField(_("title"))
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    section = models.CharField(_("section"), max_length=200, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    read_on = models.DateField(_("read on"), null=True, blank=True)
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty.choices)
    note = TextsField(_("note"), blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("source")

    def __str__(self) -> str:
        return self.code

    @property
    def link(self) -> str:
        """Where it can be opened; empty where it is quoted by its name alone, such as “asean.org, 2024/10”."""
        return self.address if self.address.startswith(("http://", "https://")) else ""


class StoredFile(models.Model):
    """One file as one person uploaded it. The content is kept once, by its digest; the name is each uploader's own.

    Who may open it is the business of the part that refers to it.
    """

    digest = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    size = models.BigIntegerField(_("size in bytes"))
    media_type = models.CharField(_("kind"), max_length=100)
    name = models.CharField(_("name as uploaded"), max_length=255)
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    stored_at = models.DateTimeField(_("stored at"))
    stored_by = models.CharField(_("stored by"), max_length=80)

    class Meta:
        ordering = ["-stored_at", "-pk"]
        verbose_name = _("file")
        constraints = [models.UniqueConstraint(name="kept_once_under_a_name", fields=["digest", "name", "stored_by"])]

    def __str__(self) -> str:
        return self.name


class Register(models.Model):
    """The last number given out in one series of one year, such as receipts of a round or certificates."""

    series = models.CharField(max_length=80)
    year = models.PositiveIntegerField(_("year (CE)"))
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_register_a_series_and_year", fields=["series", "year"])]
