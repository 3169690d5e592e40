"""The edition that a decision was made under, kept whole: the file may change or vanish, the decision can still be recomputed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Edition(models.Model):
    """One published edition of one programme's criteria, as canonical JSON with its digest. Never changed."""

    programme = models.SlugField(_("programme"), max_length=60)
    in_force = models.DateField(_("in force since"))
    digest = models.CharField("SHA-256", max_length=64)
    content = models.TextField(_("content"))
    kept_at = models.DateTimeField(_("kept at"))

    class Meta:
        ordering = ["programme", "in_force"]
        verbose_name = _("edition of the criteria")
        constraints = [models.UniqueConstraint(name="one_edition_a_programme_and_day", fields=["programme", "in_force"])]

    def __str__(self) -> str:
        return f"{self.programme} {self.in_force.isoformat()}"
