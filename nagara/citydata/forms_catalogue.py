"""What people say of a dataset."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from nagara.citydata.actions.datasets import Said
from nagara.citydata.forms import control
from nagara.citydata.models import Dataset, DataSpace
from nagara.toolkit.forms import TextsFormField


class DatasetForm(forms.Form):
    entity_type = forms.ChoiceField(label=gettext_lazy("Which entities"), widget=forms.Select(control()))
    title = TextsFormField(label=gettext_lazy("Name"))
    description = TextsFormField(
        label=gettext_lazy("Description"), rows=3, help_text=gettext_lazy("What was observed, where, by which instruments, since when.")
    )
    keywords = forms.CharField(
        label=gettext_lazy("Keywords"),
        required=False,
        max_length=500,
        widget=forms.TextInput(control()),
        help_text=gettext_lazy("Parted by commas, such as: air, PM2.5"),
    )
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=Dataset.Theme.choices, widget=forms.Select(control()))
    frequency = forms.ChoiceField(
        label=gettext_lazy("Updated"),
        choices=Dataset.Frequency.choices,
        widget=forms.Select(control()),
        help_text=gettext_lazy("A promise: data that are older count as late, on the page and in the probes."),
    )
    licence = forms.ChoiceField(label=gettext_lazy("Licence"), choices=DataSpace.Licence.choices, widget=forms.Select(control()))
    category = forms.ChoiceField(
        label=gettext_lazy("Category of data"),
        choices=Dataset.Category.choices,
        widget=forms.RadioSelect,
        initial=Dataset.Category.PUBLIC,
        help_text=gettext_lazy("As the Thai government catalogue tells them apart. Only public data are published."),
    )
    objective = forms.CharField(label=gettext_lazy("Objective"), required=False, max_length=200, widget=forms.TextInput(control()))
    accessible_condition = forms.CharField(
        label=gettext_lazy("Condition of access"), required=False, max_length=200, widget=forms.TextInput(control())
    )

    def __init__(self, *args: Any, dataset: Dataset | None, types: list[tuple[str, str]], licence: str, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"licence": licence}
        if dataset is not None:
            initial = {name: getattr(dataset, name) for name in self.base_fields}
            initial["keywords"] = ", ".join(dataset.keywords)
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.fields["entity_type"].choices = types  # type: ignore[attr-defined]

    def said(self) -> Said:
        found = dict(self.cleaned_data)
        words = [word.strip()[:60] for word in found["keywords"].replace("，", ",").split(",")]
        return Said(**{**found, "keywords": list(dict.fromkeys(word for word in words if word))})
