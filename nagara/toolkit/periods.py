"""Rows that hold since one day and until another. Nothing is deleted: what no longer holds has ended."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def holds_on(day: date, prefix: str = "") -> Q:
    """Rows whose period holds `day`. `since` is its first day; `ended` is the first day on which it no longer holds.

    A `since` that is not on record (null) holds from ever.
    """
    since, ended = f"{prefix}since", f"{prefix}ended"
    begun = Q(**{f"{since}__isnull": True}) | Q(**{f"{since}__lte": day})
    open_end = Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": day})
    return begun & open_end


class DatedQuerySet(models.QuerySet[Any]):
    def on(self, day: date) -> "DatedQuerySet":
        """Only rows that hold on `day`."""
        return self.filter(holds_on(day))


class Dated(models.Model):
    """Holds from `since` (null: not on record) until the day before `ended` (null: still holds)."""

    since = models.DateField(_("since"), null=True, blank=True)
    ended = models.DateField(_("ended"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_after_it_begins",
                condition=Q(since__isnull=True) | Q(ended__isnull=True) | Q(ended__gte=models.F("since")),
            )
        ]
