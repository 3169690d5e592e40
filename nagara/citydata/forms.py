"""What people fill in. What a person typed is never lost."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.broker.doors.keys import SCOPES
from nagara.citydata.actions.loads import TABLE_KINDS
from nagara.citydata.models import DataSpace
from nagara.citydata.sheets.mapping import NAME_OF_ATTRIBUTE, NAME_OF_TYPE, TYPES, UNITS, Column, Mapping, Role
from nagara.documents.uploads import UploadField
from nagara.toolkit.forms import DayField, TextsFormField


def control(**attrs: Any) -> dict[str, Any]:
    return {"class": "ng-input", **attrs}


class SpaceForm(forms.Form):
    title = TextsFormField(label=gettext_lazy("Name"), help_text=gettext_lazy("Such as: city data of Rayong"))
    summary = TextsFormField(label=gettext_lazy("What it holds"), rows=3, required=False)
    licence = forms.ChoiceField(
        label=gettext_lazy("Licence of what is published"),
        choices=DataSpace.Licence.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("An open licence lets others use the data and name you as the source."),
    )


class OpenSpaceForm(SpaceForm):
    place = forms.ChoiceField(label=gettext_lazy("Of which place"), widget=forms.Select(control()))
    field_order = ["place", "title", "summary", "licence"]

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = places  # type: ignore[attr-defined]


SCOPE_LABELS = {
    "read": gettext_lazy("read: entities and their history"),
    "write": gettext_lazy("write: create, change and delete"),
    "subscribe": gettext_lazy("subscribe: be told of changes"),
    "manage": gettext_lazy("manage: registrations of other brokers, snapshots"),
}


class KeyForm(forms.Form):
    label = forms.CharField(
        label=gettext_lazy("What uses it"),
        max_length=80,
        widget=forms.TextInput(control()),
        help_text=gettext_lazy("A machine or a program, such as: gateway of the air stations. No person."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(scope, SCOPE_LABELS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
    )
    until = DayField(label=gettext_lazy("Opens until"), required=False, help_text=gettext_lazy("The last day. Empty: until it is revoked."))

    def clean_until(self) -> datetime | None:
        day = self.cleaned_data["until"]
        return datetime.combine(day, time(23, 59, 59), tzinfo=settings.ZONE) if day else None


class TableForm(forms.Form):
    file = UploadField(
        label=gettext_lazy("Table"),
        kinds=TABLE_KINDS,
        help_text=gettext_lazy(
            "The first row holds the headings; each further row is one observation. Of a workbook, the first sheet is read."
        ),
    )


class MappingForm(forms.Form):
    """One row of controls for each column of a table."""

    entity_type = forms.CharField(
        label=gettext_lazy("What the rows are observations of"),
        max_length=64,
        widget=forms.TextInput(control(list="types", lang="en", autocomplete="off")),
        help_text=gettext_lazy("A name of Latin letters without spaces, such as AirQualityObserved."),
    )
    comma = forms.ChoiceField(
        label=gettext_lazy("Decimals are written with"),
        choices=[("", gettext_lazy("a point: 12.5")), ("1", gettext_lazy("a comma: 12,5"))],
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, headings: list[str], mapping: Mapping, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"entity_type": mapping.entity_type, "comma": "1" if mapping.comma else ""})
        super().__init__(*args, **kwargs)
        self.headings = headings
        units = [*UNITS.items()]
        for place, (heading, column) in enumerate(zip(headings, mapping.columns, strict=True)):
            lead = {"aria-describedby": f"col{place}"}
            self.fields[f"role{place}"] = forms.ChoiceField(
                label=_("Meaning of “%(heading)s”") % {"heading": heading},
                choices=Role.choices,
                initial=column.role,
                widget=forms.Select(control(**lead)),
            )
            self.fields[f"name{place}"] = forms.CharField(
                label=_("Name of “%(heading)s” in the data") % {"heading": heading},
                initial=column.name,
                required=False,
                max_length=64,
                widget=forms.TextInput(control(lang="en", autocomplete="off")),
            )
            self.fields[f"unit{place}"] = forms.ChoiceField(
                label=_("Unit of “%(heading)s”") % {"heading": heading},
                choices=units,
                initial=column.unit,
                required=False,
                widget=forms.Select(control()),
            )

    def clean_entity_type(self) -> str:
        name = str(self.cleaned_data["entity_type"])
        if not NAME_OF_TYPE.fullmatch(name):
            raise ValidationError(_("Write Latin letters and digits without spaces, a letter first."))
        return name

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        roles = [found.get(f"role{place}") for place in range(len(self.headings))]
        for single in (Role.NAME, Role.TIME, Role.LATITUDE, Role.LONGITUDE):
            if roles.count(single) > 1:
                place = [number for number, one in enumerate(roles) if one == single][1]
                self.add_error(f"role{place}", _("Another column is “%(role)s” already.") % {"role": single.label})
        if (Role.LATITUDE in roles) != (Role.LONGITUDE in roles):
            self.add_error(None, _("A place needs both: a column of latitude and one of longitude."))
        if not any(role in (Role.NUMBER, Role.TEXT) for role in roles):
            self.add_error(None, _("No column holds a value. Say which one is a number or a text."))
        names: list[str] = []
        for place, role in enumerate(roles):
            if role not in (Role.NUMBER, Role.TEXT):
                continue
            name = found.get(f"name{place}") or ""
            if not NAME_OF_ATTRIBUTE.fullmatch(name) or name in ("id", "type", "name", "location", "scope"):
                self.add_error(f"name{place}", _("Write a name of Latin letters, such as pm25; id, type, name and location are taken."))
            elif name in names:
                self.add_error(f"name{place}", _("Another column has this name."))
            names.append(name)
        return found

    def mapping(self) -> Mapping:
        found = self.cleaned_data
        columns = []
        for place in range(len(self.headings)):
            role = found[f"role{place}"]
            valued = role in (Role.NUMBER, Role.TEXT)
            unit = found[f"unit{place}"] if role == Role.NUMBER else ""
            columns.append(Column(role, found[f"name{place}"] if valued else "", unit))
        return Mapping(found["entity_type"], tuple(columns), found["comma"] == "1")

    def lines(self, samples: list[list[str]]) -> list[dict[str, Any]]:
        """For the page: each column with its controls and what stands in it."""
        return [
            {
                "place": place,
                "heading": heading,
                "samples": samples[place] if place < len(samples) else [],
                "role": self[f"role{place}"],
                "name": self[f"name{place}"],
                "unit": self[f"unit{place}"],
            }
            for place, heading in enumerate(self.headings)
        ]

    @property
    def types(self) -> dict[str, Any]:
        return TYPES
