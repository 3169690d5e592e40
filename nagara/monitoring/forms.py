"""What people type about periods, extensions, questions and targets."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.monitoring import rosters
from nagara.monitoring.models import Goal, Period
from nagara.monitoring.queries.form import cell_key
from nagara.monitoring.reading import read_value
from nagara.monitoring.states import ReturnState
from nagara.places.models import City, State
from nagara.rulebook import indicators
from nagara.rulebook.schema_indicators import Measure
from nagara.toolkit.forms import DayField, LongSelect, TextsFormField
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day: what comes within it is in time."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


class PeriodForm(forms.Form):
    """A new period: what is asked, of whom, until when."""

    title = TextsFormField(label=gettext_lazy("Name of the period"), help_text=gettext_lazy("Such as ปีงบประมาณ 2569, Year 2026."))
    code = forms.SlugField(
        label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Stands in addresses and in data; letters, digits, hyphens.")
    )
    first_day = DayField(label=gettext_lazy("First day that values are about"))
    last_day = DayField(label=gettext_lazy("Last day"))
    opens = DayField(label=gettext_lazy("Opens on"))
    due = DayField(label=gettext_lazy("Due on"), help_text=gettext_lazy("To the end of that day."))
    locks = DayField(
        label=gettext_lazy("Locks after"),
        help_text=gettext_lazy("Until then a return is taken, and noted as late. Afterwards only with an extension."),
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    roster = forms.ChoiceField(label=gettext_lazy("Cities asked"))
    sets = forms.MultipleChoiceField(
        label=gettext_lazy("Indicator sets"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("One answer serves every set that asks for it."),
    )
    voluntary = forms.MultipleChoiceField(
        label=gettext_lazy("Of these, answered voluntarily"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(
            {settings.TIME_ZONE, *State.objects.exclude(time_zone="").values_list("time_zone", flat=True)} & available_timezones()
        )
        self._choose("zone", [(zone, zone) for zone in zones])
        self.initial.setdefault("zone", settings.TIME_ZONE)
        self._choose("roster", [(row.code, row.label) for row in rosters.all_rosters()])
        sets = [(row.programme, text(row.title)) for row in indicators.sets_on(today)]
        self._choose("sets", sets)
        self._choose("voluntary", sets)

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices


class ExtensionForm(forms.Form):
    """A city asks for more time."""

    until = DayField(label=gettext_lazy("Until the end of"))
    why = forms.CharField(label=gettext_lazy("Why more time is needed"), max_length=500, widget=forms.Textarea({"rows": 3}))


class ExtensionAnswerForm(forms.Form):
    """The office answers."""

    until = DayField(label=gettext_lazy("Granted until the end of"), required=False)
    words = forms.CharField(
        label=gettext_lazy("In words"),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Where it is refused, the city reads why."),
    )


class SendBackForm(forms.Form):
    until = DayField(label=gettext_lazy("Reply until the end of"), required=False, help_text=gettext_lazy("Empty: 14 days from now."))


class AskCityForm(forms.Form):
    """One more city for a period that is open, such as one that was admitted meanwhile."""

    city = forms.ChoiceField(label=gettext_lazy("City that is not asked yet"), widget=LongSelect({"class": "ng-input"}))

    def __init__(self, *args: Any, cities: list[City], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["city"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "–"), *((city.slug, f"{text(city.name)}, {text(city.state.name)}") for city in cities)]


class DeskFilter(forms.Form):
    """Which returns the desk shows."""

    period = forms.ChoiceField(label=gettext_lazy("Reporting period"), required=False, widget=forms.Select({"class": "ng-input"}))
    state = forms.ChoiceField(label=gettext_lazy("Member state"), required=False, widget=forms.Select({"class": "ng-input"}))
    how = forms.ChoiceField(label=gettext_lazy("How it stands"), required=False, widget=forms.Select({"class": "ng-input"}))

    def __init__(self, *args: Any, periods: list[Period], states: list[State], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("all"))
        choices: dict[str, list[tuple[str, Any]]] = {
            "period": [everything, *((row.code, str(row)) for row in periods)],
            "state": [everything, *((row.pk, text(row.name)) for row in states)],
            "how": [
                everything,
                ("overdue", _("overdue")),
                ("overdue14", _("overdue for more than 14 days")),
                ("asks_time", _("asks for more time")),
                *ReturnState.choices,
            ],
        }
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = rows


class GoalForm(forms.Form):
    """A baseline or a target of a city."""

    cell = forms.ChoiceField(label=gettext_lazy("Measure"))
    kind = forms.ChoiceField(label=gettext_lazy("Baseline or target"), choices=Goal.Kind.choices)
    day = DayField(
        label=gettext_lazy("Of the day"), help_text=gettext_lazy("A baseline: the day it was measured. A target: by when it is reached.")
    )
    number = forms.CharField(
        label=gettext_lazy("Value"), max_length=60, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    )
    source = forms.CharField(label=gettext_lazy("Source"), max_length=500, required=False)

    def __init__(self, *args: Any, measures: dict[str, Measure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measures = measures
        field = self.fields["cell"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "–"), *(row for measure in measures.values() for row in cells_of(measure))]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        measure, _dot, part = str(found.get("cell", "")).partition(".")
        if measure in self.measures and found.get("number"):
            try:
                found["value"] = read_value(self.measures[measure], part, found["number"])
            except Refusal as refusal:
                self.add_error("number", ValidationError(refusal.message))
            found["measure"], found["part"] = self.measures[measure], part
        return found


def cells_of(measure: Measure) -> list[tuple[str, str]]:
    """Each cell of a measure as a choice."""
    rows = []
    for part in measure.cells():
        found = measure.part(part)
        rows.append((cell_key(measure.code, part), f"{text(measure.title)} · {text(found.title)}" if found else text(measure.title)))
    return rows
