"""What people type about a plan."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.plans.actions.plans import FocusData, PlanData, PriorityData, TargetData
from nagara.plans.amounts import read_printed
from nagara.plans.forms import YearField, line, merged, select
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.days import year_text
from nagara.toolkit.forms import DayField, TextsFormField
from nagara.toolkit.numbers import number_text, read_number
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import text


class PlanForm(forms.Form):
    vision = TextsFormField(label=gettext_lazy("Vision"), rows=3, required=False)
    first_year = YearField(label=gettext_lazy("First year"), required=False)
    last_year = YearField(label=gettext_lazy("Last year"), required=False)
    land_area_printed = forms.CharField(
        label=gettext_lazy("Land area"),
        required=False,
        max_length=60,
        widget=line(),
        help_text=gettext_lazy("With its unit, such as 514.6 km2"),
    )
    population_printed = forms.CharField(label=gettext_lazy("Population"), required=False, max_length=60, widget=line())

    @staticmethod
    def initial_of(data: PlanData) -> dict[str, Any]:
        return {
            "vision": data.vision,
            "first_year": year_text(data.first_year) if data.first_year else "",
            "last_year": year_text(data.last_year) if data.last_year else "",
            "land_area_printed": data.land_area_printed,
            "population_printed": data.population_printed,
        }

    @staticmethod
    def data_of(form: "PlanForm", rows: dict[str, list[Any]]) -> PlanData:
        """What was typed; area and population are read from their words where these are clear."""
        found = form.cleaned_data
        area, unit = read_printed(found["land_area_printed"])
        people, _unit = read_printed(found["population_printed"])
        return PlanData(
            vision=merged(form.initial.get("vision", {}), found["vision"]),
            first_year=found["first_year"],
            last_year=found["last_year"],
            land_area_printed=found["land_area_printed"],
            land_area_km2=area if unit == "km2" else None,
            population_printed=found["population_printed"],
            population=int(people) if people is not None else None,
            focus=tuple(rows["focus"]),
            targets=tuple(rows["targets"]),
            priorities=tuple(rows["priorities"]),
        )


class RowForm(forms.Form):
    """One row of a list in a plan. A row that is ticked, or whose first control is empty, is left out."""

    lead = ""
    gone = forms.BooleanField(label=gettext_lazy("Take this row out"), required=False)

    def __init__(self, *args: Any, edition: FrameworkFile, projects: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition, self.projects = edition, projects
        self.order_fields([name for name in self.fields if name != "gone"])

    def is_used(self) -> bool:
        return bool(self.cleaned_data.get(self.lead)) and not self.cleaned_data.get("gone")


class FocusForm(RowForm):
    lead = "printed"
    printed = forms.CharField(
        label=gettext_lazy("As the city writes it"),
        required=False,
        max_length=300,
        widget=line(),
        help_text=gettext_lazy("The heading in the plan"),
    )
    area = forms.ChoiceField(label=gettext_lazy("Focus area of the framework"), required=False, widget=select())
    sub_types = forms.MultipleChoiceField(
        label=gettext_lazy("Sub-types"), required=False, widget=forms.SelectMultiple({"class": "ng-input", "size": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        area: Any = self.fields["area"]
        sub_types: Any = self.fields["sub_types"]
        area.choices = [("", _("none of the six")), *((entry.code, text(entry.title)) for entry in self.edition.focus_areas)]
        sub_types.choices = [
            (text(entry.title), [(item.code, text(item.title)) for item in entry.sub_types]) for entry in self.edition.focus_areas
        ]

    @staticmethod
    def initials(data: PlanData) -> list[dict[str, Any]]:
        return [{"printed": row.printed, "area": row.area, "sub_types": row.sub_types} for row in data.focus]

    def row(self) -> FocusData:
        return FocusData(self.cleaned_data["printed"], self.cleaned_data["area"], self.cleaned_data["sub_types"])


class TargetForm(RowForm):
    lead = "text"
    text = TextsFormField(label=gettext_lazy("Target"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Strategic outcome"), required=False, widget=select())
    measure = TextsFormField(label=gettext_lazy("Measured by"), required=False)
    value_printed = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=120, widget=line())
    unit = forms.CharField(label=gettext_lazy("Unit"), required=False, max_length=60, widget=line())
    by = DayField(label=gettext_lazy("By the day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [("", _("not on record")), *((item.code, text(item.title)) for item in self.edition.outcomes)]

    @staticmethod
    def initials(data: PlanData) -> list[dict[str, Any]]:
        return [
            {
                "text": row.text,
                "outcome": row.outcome,
                "measure": row.measure,
                "value_printed": row.value_printed or (number_text(row.value) if row.value is not None else ""),
                "unit": row.unit,
                "by": row.by,
            }
            for row in data.targets
        ]

    def row(self) -> TargetData:
        found = self.cleaned_data
        return TargetData(
            merged(self.initial.get("text", {}), found["text"]),
            found["outcome"],
            merged(self.initial.get("measure", {}), found["measure"]),
            self.value(),
            found["value_printed"],
            found["unit"],
            found["by"],
        )

    def value(self) -> Decimal | None:
        """The number in the value, where it is one; "30 per cent less" stays words."""
        try:
            return read_number(self.cleaned_data["value_printed"]) if self.cleaned_data["value_printed"] else None
        except Refusal:
            return None


class PriorityForm(RowForm):
    lead = "name"
    name = TextsFormField(label=gettext_lazy("Priority project"), required=False)
    overview = TextsFormField(label=gettext_lazy("Overview"), rows=2, required=False)
    support = TextsFormField(label=gettext_lazy("Support required"), rows=2, required=False)
    project = forms.ChoiceField(label=gettext_lazy("Its record"), required=False, widget=select())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        project: Any = self.fields["project"]
        project.choices = [("", _("no record of its own")), *self.projects]

    @staticmethod
    def initials(data: PlanData) -> list[dict[str, Any]]:
        return [
            {"name": row.name, "overview": row.overview, "support": row.support, "project": row.project_id or ""} for row in data.priorities
        ]

    def row(self) -> PriorityData:
        found = self.cleaned_data
        held = self.initial
        return PriorityData(
            merged(held.get("name", {}), found["name"]),
            merged(held.get("overview", {}), found["overview"]),
            merged(held.get("support", {}), found["support"]),
            int(found["project"]) if found["project"] else None,
        )


class AdoptForm(forms.Form):
    on = DayField(label=gettext_lazy("In force since"), help_text=gettext_lazy("The day on which the city adopted it"))
