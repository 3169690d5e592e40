"""What people fill in to declare an endpoint and to bind a measure."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.citydata.binding.question import Method, Question
from nagara.citydata.forms import control
from nagara.citydata.models import Endpoint, Source
from nagara.citydata.sheets.mapping import NAME_OF_TYPE
from nagara.toolkit.forms import DayField

AGES = [
    (60, gettext_lazy("an hour")),
    (1440, gettext_lazy("a day")),
    (2880, gettext_lazy("two days")),
    (10080, gettext_lazy("a week")),
    (44640, gettext_lazy("a month")),
    (527040, gettext_lazy("a year")),
]


class EndpointForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Standard"), choices=Endpoint.Kind.choices, widget=forms.Select(control()))
    address = forms.URLField(
        label=gettext_lazy("Address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(control(lang="en")),
        help_text=gettext_lazy(
            "Such as https://data.city.example; of a catalogue the address of its file, of a SensorThings service that of its root."
        ),
    )
    fresh_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Its newest data are never older than"), choices=AGES, coerce=int, initial=1440, widget=forms.Select(control())
    )
    tenant = forms.CharField(label=gettext_lazy("Tenant"), required=False, max_length=80, widget=forms.TextInput(control(lang="en")))
    needs_key = forms.BooleanField(label=gettext_lazy("It asks for a key"), required=False)
    key = forms.CharField(
        label=gettext_lazy("A key to read"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(control(lang="en", autocomplete="off")),
        help_text=gettext_lazy("Kept sealed, shown to nobody, used by the probes alone. Give one that can only read."),
    )


EVERY = [
    (5, gettext_lazy("every five minutes")),
    (15, gettext_lazy("every quarter of an hour")),
    (60, gettext_lazy("every hour")),
    (1440, gettext_lazy("every day")),
]


class SourceForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Standard"),
        choices=[choice for choice in Source.Kind.choices if choice[0] != Source.Kind.TABLE],
        widget=forms.Select(control()),
    )
    title = forms.CharField(label=gettext_lazy("Name"), max_length=200, widget=forms.TextInput(control()))
    address = forms.URLField(
        label=gettext_lazy("Address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(control(lang="en")),
        help_text=gettext_lazy("Of a broker or a CKAN site its root; of a SensorThings service up to its version, such as …/v1.1"),
    )
    entity_type = forms.CharField(
        label=gettext_lazy("What it observes"),
        max_length=64,
        widget=forms.TextInput(control(lang="en")),
        help_text=gettext_lazy("A name of Latin letters without spaces, such as AirQualityObserved."),
    )
    resource = forms.CharField(
        label=gettext_lazy("Resource of CKAN"),
        required=False,
        max_length=64,
        widget=forms.TextInput(control(lang="en")),
        help_text=gettext_lazy("The id of a resource that lies in the datastore. Only for CKAN."),
    )
    tenant = forms.CharField(label=gettext_lazy("Tenant"), required=False, max_length=80, widget=forms.TextInput(control(lang="en")))
    key = forms.CharField(
        label=gettext_lazy("A key to read"),
        required=False,
        max_length=2000,
        widget=forms.TextInput(control(lang="en", autocomplete="off")),
        help_text=gettext_lazy("Kept sealed and shown to nobody. Give one that can only read."),
    )
    push = forms.BooleanField(
        label=gettext_lazy("It tells of each change"),
        required=False,
        help_text=gettext_lazy(
            "Only for NGSI-LD: a subscription is made there, so the key must allow it. It is asked as well, to take up what was missed."
        ),
    )
    every_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Asked"), choices=EVERY, coerce=int, initial=60, widget=forms.Select(control())
    )
    fresh_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Its newest data are never older than"), choices=AGES, coerce=int, initial=1440, widget=forms.Select(control())
    )

    def clean_entity_type(self) -> str:
        name = str(self.cleaned_data["entity_type"])
        if not NAME_OF_TYPE.fullmatch(name):
            raise ValidationError(_("Write Latin letters and digits without spaces, a letter first."))
        return name

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("kind") == Source.Kind.CKAN and not found.get("resource"):
            self.add_error("resource", _("Say which resource."))
        return found


class BindingForm(forms.Form):
    cell = forms.ChoiceField(label=gettext_lazy("Indicator"), widget=forms.Select(control()))
    method = forms.ChoiceField(
        label=gettext_lazy("How it is computed"), choices=Method.choices, widget=forms.RadioSelect, initial=Method.MEAN
    )
    entity_type = forms.ChoiceField(label=gettext_lazy("From which entities"), widget=forms.Select(control()))
    attribute = forms.CharField(
        label=gettext_lazy("Attribute"),
        required=False,
        max_length=64,
        widget=forms.TextInput(control(lang="en", list="attributes")),
        help_text=gettext_lazy("Such as pm25. Not needed for a share of things."),
    )
    other = forms.CharField(
        label=gettext_lazy("Attribute of the whole"),
        required=False,
        max_length=64,
        widget=forms.TextInput(control(lang="en", list="attributes")),
        help_text=gettext_lazy("Only for a share of one attribute in another, such as recycledWeight in collectedWeight."),
    )
    condition = forms.CharField(
        label=gettext_lazy("Condition"),
        required=False,
        max_length=300,
        widget=forms.TextInput(control(lang="en")),
        help_text=gettext_lazy("Only for a share of things, in NGSI-LD's query language, such as: liveInformation==true"),
    )
    only = forms.CharField(
        label=gettext_lazy("Only entities where"),
        required=False,
        max_length=300,
        widget=forms.TextInput(control(lang="en")),
        help_text=gettext_lazy("In NGSI-LD's query language. Empty: all of them."),
    )
    why = forms.CharField(label=gettext_lazy("Why so"), required=False, max_length=500, widget=forms.TextInput(control()))

    def __init__(self, *args: Any, cells: list[tuple[str, str]], types: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cell"].choices = cells  # type: ignore[attr-defined]
        self.fields["entity_type"].choices = types  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        method = found.get("method")
        needed = {"attribute": method != Method.SHARE, "other": method == Method.RATIO, "condition": method == Method.SHARE}
        for name, must in needed.items():
            if must and not found.get(name):
                self.add_error(name, _("This way of computing needs it."))
        return found

    def question(self) -> Question:
        found = self.cleaned_data
        method = found["method"]
        return Question(
            method=method,
            entity_type=found["entity_type"],
            attribute=found["attribute"] if method != Method.SHARE else "",
            other=found["other"] if method == Method.RATIO else "",
            only=found["only"],
            condition=found["condition"] if method == Method.SHARE else "",
        )


class WindowForm(forms.Form):
    since = DayField(label=gettext_lazy("From"))
    until = DayField(label=gettext_lazy("Until, this day included"))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            raise ValidationError(_("The window must end after it begins."))
        return found
