"""Which reports there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    MONITORING = "monitoring", _("Monitoring and evaluation report")
    SUMMIT = "summit", _("Report to the Summit")


SHORT = {Kind.MONITORING.value: "ME", Kind.SUMMIT.value: "SUMMIT"}
"""How each kind stands in the number of a report."""


class RowKind(models.TextChoices):
    """What a frozen row is about."""

    PROJECT = "project", _("project")
    LEFT = "left", _("project that left")
    MEASURE = "measure", _("measure with its values")


class Change(models.TextChoices):
    """What happened to a project since the last report."""

    SAME = "", _("unchanged")
    ADDED = "added", _("added")
    MOVED = "moved", _("other stage")
    FILED = "filed", _("filed under another focus area")
    LEFT = "left", _("left the record")
