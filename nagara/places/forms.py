"""Forms of this part."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nagara.documents.files import BOUNDARY_KINDS
from nagara.documents.models import Certainty
from nagara.documents.uploads import UploadField
from nagara.people.models import Organisation
from nagara.places.actions import AreaFacts
from nagara.places.models import Area, City, Subdivision
from nagara.rulebook.reader import city_types
from nagara.toolkit.digests import digest
from nagara.toolkit.forms import DayField, LongSelect, TextsFormField
from nagara.toolkit.texts import text, texts


class FilterForm(forms.Form):
    """What the list of areas is narrowed by."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.TextInput({"type": "search", "class": "ng-input"}))
    province = forms.ModelChoiceField(
        Subdivision.objects.all(),
        label=_("Province"),
        required=False,
        empty_label=_("all provinces"),
        widget=forms.Select({"class": "ng-input"}),
    )
    boundary = forms.ChoiceField(
        label=_("Boundary"),
        required=False,
        choices=[("", _("all")), ("yes", _("on record")), ("no", _("not on record"))],
        widget=forms.Select({"class": "ng-input"}),
    )

    def __init__(self, *args: Any, lang: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = "sort_en" if lang == "en" else "sort_th"
        self.fields["province"].queryset = Subdivision.objects.order_by(order, "pk")  # type: ignore[attr-defined]


class AreaForm(forms.Form):
    """What the office keeps of an area."""

    name = TextsFormField(label=_("Official name"), help_text=_("As the gazette or the founding order writes it."))
    short = TextsFormField(label=_("Short name"), required=False, help_text=_("For maps and lists, where the official name is long."))
    subdivision = forms.ModelChoiceField(Subdivision.objects.all(), label=_("Province"), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    city_type = forms.ChoiceField(label=_("City type"), required=False, help_text=_("As the criteria in force name it."))
    organisation = forms.ModelChoiceField(
        Organisation.objects.all(),
        label=_("Responsible organisation"),
        required=False,
        empty_label=_("not on record"),
        widget=LongSelect,
    )
    city = forms.ModelChoiceField(City.objects.all(), label=_("City of a network"), required=False, empty_label=_("none"))

    def __init__(self, *args: Any, lang: str, on: date, area: Area | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = "sort_en" if lang == "en" else "sort_th"
        self.fields["subdivision"].queryset = Subdivision.objects.order_by(order, "pk")  # type: ignore[attr-defined]
        self.fields["city"].queryset = City.objects.order_by(order, "pk")  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("not on record")), *Area.Kind.choices]  # type: ignore[attr-defined]
        found = {code: text(title) for code, title in city_types(on).items()}
        if area is not None and area.city_type:
            found.setdefault(area.city_type, area.city_type)
        self.fields["city_type"].choices = [("", _("not on record")), *found.items()]  # type: ignore[attr-defined]

    def facts(self) -> AreaFacts:
        cleaned = self.cleaned_data
        return AreaFacts(
            name=cleaned["name"],
            short=cleaned.get("short") or {},
            subdivision=cleaned["subdivision"],
            kind=cleaned["kind"],
            city_type=cleaned["city_type"],
            organisation=cleaned["organisation"],
            city=cleaned["city"],
        )


class EditAreaForm(AreaForm):
    """As `AreaForm`, for an area that is on record: a new name and a corrected one are two things."""

    correction = forms.BooleanField(
        label=_("The name was only written wrongly"),
        required=False,
        help_text=_("Otherwise the name that it had is kept as a former name."),
    )
    renamed_on = DayField(
        label=_("New name since"), required=False, help_text=_("Where the name changes. Leave empty if the day is not on record.")
    )
    why = forms.CharField(label=_("Reason"), required=False, max_length=300, help_text=_("Stands in the record beside the change."))
    seen = forms.CharField(widget=forms.HiddenInput)


class FormerNameForm(forms.Form):
    """A name from before."""

    name = TextsFormField(label=_("Former name"))
    until = DayField(label=_("Until"), required=False, help_text=_("Leave empty if the day is not on record."))


class SourceFields(forms.Form):
    """Where a fact comes from, and how sure it is."""

    title = forms.CharField(label=_("Source"), max_length=300, help_text=_("Name of the publication or document."))
    section = forms.CharField(label=_("Page or section"), required=False, max_length=200)
    address = forms.URLField(label=_("Address"), required=False, max_length=500, assume_scheme="https")
    published_on = DayField(label=_("Published on"), required=False)
    certainty = forms.ChoiceField(
        label=_("How sure"), choices=[(value, label) for value, label in Certainty.choices if value != "invented"]
    )

    def source(self) -> dict[str, Any]:
        """What `documents.sources.enter` takes; its code follows from what it says, so that the same source is entered once."""
        said = {
            "title": texts(th=self.cleaned_data["title"]),
            "section": self.cleaned_data["section"],
            "address": self.cleaned_data["address"],
            "published_on": self.cleaned_data["published_on"],
            "certainty": self.cleaned_data["certainty"],
        }
        return {"code": f"office-{digest(said)[:16]}", **said}


class PopulationForm(SourceFields):
    """How many people, counted on which day, by whom."""

    value = forms.IntegerField(label=_("Number of people"), min_value=0, max_value=2_000_000_000)
    on = DayField(label=_("Counted on"))
    field_order = ("value", "on", "title", "section", "address", "published_on", "certainty")


class OutlineForm(forms.Form):
    """The outline as a list of coordinates; the map writes into the same list."""

    outline = forms.CharField(
        label=_("Coordinates"),
        required=False,
        strip=False,
        max_length=2_000_000,
        widget=forms.Textarea({"rows": 12, "spellcheck": "false", "class": "ng-input pl-list", "autocomplete": "off"}),
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20_000)


class SetOutlineForm(OutlineForm):
    """As `OutlineForm`, for the office: since when the outline holds."""

    since = DayField(label=_("Holds since"), required=False, help_text=_("Leave empty if the day is not on record."))
    why = forms.CharField(label=_("Reason"), required=False, max_length=300, help_text=_("Such as the decree that moved the boundary."))
    field_order = ("outline", "since", "why", "kept")


class AcceptForm(forms.Form):
    """The office accepts what the team proposed."""

    accept_since = DayField(label=_("Holds since"), required=False, help_text=_("Leave empty if the day is not on record."))
    number = forms.IntegerField(widget=forms.HiddenInput)


class OutlineFileForm(forms.Form):
    file = UploadField(label=_("File with the boundary"), kinds=BOUNDARY_KINDS)
