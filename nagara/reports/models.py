"""A frozen report is a document of its own: what it says is copied, so that nothing that changes later changes it."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nagara.documents.models import Source, StoredFile
from nagara.network.models import Network
from nagara.reports.states import Change, Kind, RowKind
from nagara.toolkit.texts import TextsField


class FrozenReport(models.Model):
    """A report as of a day. `content` and the rows are canonical JSON; `digest` is that of the whole document (`document.py`).

    The database refuses to change one (`guards.py`). A correction is a new report that names the one it corrects.
    """

    number = models.CharField(_("number of the report"), max_length=60, unique=True)
    network = models.ForeignKey(Network, models.PROTECT, related_name="reports", verbose_name=_("network"))
    kind = models.CharField(_("kind of report"), max_length=12, choices=Kind.choices)
    as_of = models.DateField(_("as of"))
    content = models.TextField(_("content"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    frozen_at = models.DateTimeField(_("frozen at"))
    frozen_by = models.CharField(_("frozen by"), max_length=80)
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="next", verbose_name=_("report before"))
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name=_("corrects the report")
    )
    why = models.CharField(_("reason of the correction"), max_length=500, blank=True)

    class Meta:
        ordering = ["-as_of", "-frozen_at", "-pk"]
        verbose_name = _("frozen report")
        constraints = [
            models.UniqueConstraint(
                name="one_first_report_a_kind_and_day", fields=["network", "kind", "as_of"], condition=Q(corrects__isnull=True)
            ),
            models.CheckConstraint(
                name="a_correction_says_why",
                condition=Q(corrects__isnull=True, why="") | (Q(corrects__isnull=False) & ~Q(why="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("reports:report", args=[self.number])


class FrozenRow(models.Model):
    """One row behind the figures, as it was. The columns beside `content` repeat what rows are looked up by."""

    report = models.ForeignKey(FrozenReport, models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=8, choices=RowKind.choices)
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=130)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=2, blank=True)
    area = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=24, blank=True)
    change = models.CharField(max_length=8, choices=Change.choices, blank=True, default="")
    content = models.TextField()

    class Meta:
        ordering = ["report", "kind", "position"]
        constraints = [models.UniqueConstraint(name="one_row_a_position", fields=["report", "kind", "position"])]
        indexes = [
            models.Index(name="reports_row_by_area", fields=["report", "kind", "area", "position"]),
            models.Index(name="reports_row_by_stage", fields=["report", "kind", "stage", "position"]),
            models.Index(name="reports_row_by_state", fields=["report", "kind", "state", "position"]),
            models.Index(name="reports_row_by_city", fields=["report", "kind", "city", "position"]),
            models.Index(name="reports_row_by_change", fields=["report", "kind", "change", "position"]),
        ]


_COLUMNS = ("report_id", "kind", "position", "code", "city", "state", "area", "stage", "change", "content")


def insert_rows(rows: Iterable[tuple[Any, ...]]) -> None:
    """Write frozen rows, each a tuple in the order of `_COLUMNS`, in the caller's transaction."""
    table, names = FrozenRow._meta.db_table, ", ".join(_COLUMNS)
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608 - names are ours
    waiting = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(waiting, 2000)):
            cursor.executemany(statement, batch)


class Drawing(models.Model):
    """A chart of a frozen report as SVG, drawn once when it was frozen."""

    report = models.ForeignKey(FrozenReport, models.PROTECT, related_name="drawings")
    name = models.SlugField(max_length=20)
    language = models.CharField(max_length=5)
    svg = models.TextField()

    class Meta:
        ordering = ["report", "name", "language"]
        constraints = [models.UniqueConstraint(name="one_drawing_a_name_and_language", fields=["report", "name", "language"])]


class Paper(models.Model):
    """A report as a file in one form and language, made once and kept."""

    report = models.ForeignKey(FrozenReport, models.PROTECT, related_name="papers")
    form = models.CharField(max_length=4)
    language = models.CharField(max_length=5)
    corrected = models.BooleanField(default=False)
    """Made after the report had been corrected: it says so on its face."""
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["report", "form", "language", "corrected"]
        constraints = [models.UniqueConstraint(name="one_paper_a_form_and_language", fields=["report", "form", "language", "corrected"])]


class PrintedFigure(models.Model):
    """A figure that an earlier report printed, exactly as printed, to set beside what the record gives."""

    class Unit(models.TextChoices):
        COUNT = "count", _("count")
        SHARE = "share", _("per cent")

    network = models.ForeignKey(Network, models.PROTECT, related_name="printed_figures", verbose_name=_("network"))
    as_of = models.DateField(_("as of"))
    day_known = models.BooleanField(_("the day itself is on record"), default=True)
    figure = models.CharField(_("figure"), max_length=20, help_text="projects, members, states, focus_areas, stages")
    code = models.CharField(_("code"), max_length=40, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)
    printed = models.CharField(_("as printed"), max_length=20)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source"))
    note = TextsField(_("note"), blank=True)

    class Meta:
        ordering = ["-as_of", "figure", "code", "unit"]
        verbose_name = _("printed figure")
        constraints = [
            models.UniqueConstraint(name="one_printed_figure_a_source", fields=["network", "as_of", "figure", "code", "unit", "source"])
        ]
