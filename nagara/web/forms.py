"""What the register can be asked for: a GET form, so that every reading has an address."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nagara.places.models import Area
from nagara.recognition.register import ANY, NONE, STATUSES
from nagara.recognition.states import Status
from nagara.toolkit.days import year_text


def _select(label: Any, choices: list[tuple[Any, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=forms.Select({"class": "ng-input"}))


class RegisterForm(forms.Form):
    """The filters of the register. What they mean is read by `recognition.register.Asked`, for the page and for its data alike."""

    q = forms.CharField(label=_("Name"), required=False, max_length=200, widget=forms.TextInput({"class": "ng-input", "type": "search"}))

    def __init__(self, data: Any, *, provinces: Mapping[str, str], years: list[int], kinds: list[str]) -> None:
        super().__init__(data)
        self.fields["province"] = _select(_("Province"), [("", _("All provinces")), *provinces.items()])
        named = [("" if status == Status.RECOGNISED else status.value, status.label) for status in STATUSES]
        self.fields["status"] = _select(_("Status"), [*named, (ANY, _("any status"))])
        self.fields["year"] = _select(_("Year"), [("", _("All years")), *((year, year_text(year)) for year in years)])
        known = [(kind, label) for kind, label in Area.Kind.choices if kind in kinds]
        self.fields["kind"] = _select(_("Kind"), [("", _("All kinds")), *known, (NONE, _("not on record"))])
        orders = [("", _("by name")), ("province", _("by province")), ("number", _("by number")), ("since", _("newest first"))]
        self.fields["order"] = _select(_("Order"), orders)


class ResolutionForm(forms.Form):
    """The filters of the resolutions. What they mean is read by `governance.on_record.Asked`."""

    q = forms.CharField(label=_("Words"), required=False, max_length=200, widget=forms.TextInput({"class": "ng-input", "type": "search"}))

    def __init__(self, data: Any, *, bodies: Mapping[str, str], verbs: list[tuple[str, Any]], years: list[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["body"] = _select(_("Body"), [("", _("All bodies")), *bodies.items()])
        self.fields["verb"] = _select(_("Verb"), [("", _("All verbs")), *verbs])
        self.fields["year"] = _select(_("Year"), [("", _("All years")), *years])
