"""A sheet of projects on its way in: read, checked, and loaded as a whole or not at all."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import StoredFile
from nagara.people.models import User
from nagara.plans.states import ImportState


class SheetImport(models.Model):
    """One uploaded workbook, how far the reading is, and what was found."""

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.WAITING, db_index=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    language = models.CharField(max_length=5, default="th")
    uploaded_at = models.DateTimeField(_("uploaded at"))
    beat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    faults = models.JSONField(_("faults"), default=list, blank=True)
    faults_in_all = models.PositiveIntegerField(default=0)
    outcome = models.JSONField(_("what it would change or has changed"), default=dict, blank=True)
    seen = models.CharField(_("digest of the projects that it was checked against"), max_length=64, blank=True)
    asked_at = models.DateTimeField(_("loading asked at"), null=True, blank=True)
    loaded_at = models.DateTimeField(_("loaded at"), null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = _("import")
        constraints = [
            models.CheckConstraint(
                name="an_import_that_loaded_says_when",
                condition=Q(state="loaded", loaded_at__isnull=False) | (~Q(state="loaded") & Q(loaded_at=None)),
            )
        ]
