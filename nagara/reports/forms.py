"""What the secretariat types: which report, as of which day, and why one is corrected."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nagara.network.models import Network
from nagara.reports.states import Kind
from nagara.toolkit.forms import DayField
from nagara.toolkit.texts import text


class NetworkChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return text(obj.name)


class AskForm(forms.Form):
    network = NetworkChoice(Network.objects.none(), label=_("Network"), to_field_name="code", empty_label=None)
    kind = forms.ChoiceField(label=_("Report"), choices=Kind.choices)
    as_of = DayField(label=_("As of"), help_text=_("The report counts what was on record at the end of this day."))

    def __init__(self, *args: Any, networks: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = networks  # type: ignore[attr-defined]


class CorrectForm(forms.Form):
    why = forms.CharField(
        label=_("What was wrong"),
        help_text=_("One sentence. It stands on both reports and cannot be changed."),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )
