"""What people type about projects, read into the plain values of `data`."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.documents.uploads import UploadField
from nagara.people.models import Organisation
from nagara.places.models import City
from nagara.plans import framework
from nagara.plans.amounts import read_amount, read_coordinate, read_currency
from nagara.plans.data import BudgetData, MilestoneData, PartnerData, ProjectData, RiskData, focus_of
from nagara.plans.models import MoneyKind, Partner, Project, Risk
from nagara.plans.models.project import KEY
from nagara.rulebook.schema_framework import FrameworkFile
from nagara.toolkit.days import BUDDHIST_ERA, arabic_digits
from nagara.toolkit.forms import DayField, TextsFormField
from nagara.toolkit.numbers import read_number
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, text
from nagara.toolkit.thai import alphabet

NOTHING = ("", gettext_lazy("not on record"))


class ReadField(forms.CharField):
    """A text that `reads` understands or refuses in words."""

    def __init__(self, *, numeric: bool = True, **kwargs: Any) -> None:
        attrs = {"class": "ng-input", "autocomplete": "off"} | ({"inputmode": "decimal"} if numeric else {})
        kwargs.setdefault("widget", forms.TextInput(attrs))
        super().__init__(**kwargs)

    def reads(self, text: str) -> Any:
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if not found:
            return None
        try:
            return self.reads(found)
        except Refusal as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from None


class AmountField(ReadField):
    def reads(self, text: str) -> Decimal:
        return read_amount(text)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,.2f}" if isinstance(value, Decimal) else value


class CoordinateField(ReadField):
    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def reads(self, text: str) -> float:
        return read_coordinate(text, self.most)


class CurrencyField(ReadField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(numeric=False, **kwargs)

    def reads(self, text: str) -> str:
        return read_currency(text)


class YearField(ReadField):
    """A year of the Buddhist or the Common Era, cleaned to the Common Era."""

    def reads(self, text: str) -> int:
        digits = arabic_digits(text).strip()
        if not digits.isdecimal() or len(digits) != 4:
            raise Refusal(_("“%(text)s” is no year. Write four digits, such as 2569 or 2026.") % {"text": text})
        year = int(digits)
        year = year - BUDDHIST_ERA if year >= 2400 else year
        if not 1900 <= year <= 2200:
            raise Refusal(_("This year lies too far off: read as %(year)s CE.") % {"year": year})
        return year


def line(rows: int = 0, **attrs: str) -> forms.Widget:
    if rows:
        return forms.Textarea({"class": "ng-input", "rows": rows, **attrs})
    return forms.TextInput({"class": "ng-input", **attrs})


def select() -> forms.Select:
    return forms.Select({"class": "ng-input"})


class ProjectForm(forms.Form):
    """What may be changed about a project by editing it."""

    title = TextsFormField(label=gettext_lazy("Title of the project"))
    description = TextsFormField(label=gettext_lazy("Description"), rows=3, required=False)
    main_area = forms.ChoiceField(
        label=gettext_lazy("Filed under"), widget=select(), help_text=gettext_lazy("The yearly report counts each project once, here.")
    )
    other_areas = forms.MultipleChoiceField(
        label=gettext_lazy("Also involves"), required=False, widget=forms.CheckboxSelectMultiple({"class": "pl-check"})
    )
    sub_types = forms.MultipleChoiceField(
        label=gettext_lazy("Sub-types"), required=False, widget=forms.CheckboxSelectMultiple({"class": "pl-check"})
    )
    starts_on = DayField(label=gettext_lazy("Starts on"), required=False, help_text=gettext_lazy("Such as 1 ต.ค. 2569 or 2026-10-01"))
    ends_on = DayField(label=gettext_lazy("Ends on"), required=False)
    support = TextsFormField(
        label=gettext_lazy("Support required"), rows=2, required=False, help_text=gettext_lazy("What partners could help with")
    )
    place = forms.CharField(label=gettext_lazy("Place in words"), required=False, max_length=300, widget=line())
    latitude = CoordinateField(90, label=gettext_lazy("Latitude"), required=False, help_text=gettext_lazy("Degrees, such as 12.6814"))
    longitude = CoordinateField(180, label=gettext_lazy("Longitude"), required=False, help_text=gettext_lazy("Degrees, such as 101.2780"))
    area: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(
        label=gettext_lazy("Area of the city"),
        queryset=None,
        required=False,
        widget=select(),
        empty_label=gettext_lazy("the city as a whole"),
    )

    def __init__(self, *args: Any, edition: FrameworkFile, city: City | None, held: ProjectData | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition, self.held = edition, held
        areas = [(area.code, text(area.title)) for area in edition.focus_areas]
        for name, choices in (("main_area", [("", _("choose one")), *areas]), ("other_areas", areas)):
            self._field(name).choices = choices
        self._field("sub_types").choices = [
            (text(area.title), [(item.code, text(item.title)) for item in area.sub_types]) for area in edition.focus_areas
        ]
        self._field("area").queryset = city.areas.order_by(alphabet(), "pk") if city else City.objects.none()

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The end lies before the start."))
        for here, there in (("latitude", "longitude"), ("longitude", "latitude")):
            if cleaned.get(there) is not None and cleaned.get(here) is None and here not in self.errors:
                self.add_error(here, _("A point needs both latitude and longitude."))
        return cleaned

    def data_of(self) -> ProjectData:
        """What was typed, as plain values; languages that the form does not show stay as they are."""
        found = self.cleaned_data
        focus = focus_of([found["main_area"], *found["other_areas"]], found["sub_types"], self.edition)
        held = self.held or ProjectData(title={}, focus=())
        return ProjectData(
            title=merged(held.title, found["title"]),
            description=merged(held.description, found["description"]),
            support=merged(held.support, found["support"]),
            focus=focus,
            starts_on=found["starts_on"],
            ends_on=found["ends_on"],
            latitude=found["latitude"],
            longitude=found["longitude"],
            place=found["place"],
            area_id=found["area"].pk if found["area"] else None,
        )

    @staticmethod
    def initial_of(data: ProjectData) -> dict[str, Any]:
        areas = list(dict.fromkeys(area for area, _sub in data.focus))
        return {
            "title": data.title,
            "description": data.description,
            "support": data.support,
            "main_area": areas[0] if areas else "",
            "other_areas": areas[1:],
            "sub_types": [sub_type for _area, sub_type in data.focus if sub_type],
            "starts_on": data.starts_on,
            "ends_on": data.ends_on,
            "latitude": data.latitude,
            "longitude": data.longitude,
            "place": data.place,
            "area": data.area_id,
        }


def merged(held: Texts, typed: Texts) -> Texts:
    """Thai and English as typed; what is on record in other languages stays."""
    return {code: words for code, words in held.items() if code not in ("th", "en")} | typed


def offer_stages(form: forms.Form, edition: FrameworkFile, now: str = "") -> None:
    """The choices of stage and life-cycle. A group of stages that is on record may stay, never be chosen anew."""
    stage: Any = form.fields["stage"]
    status: Any = form.fields["status"]
    single = [(entry.code, text(entry.title)) for entry in edition.stages]
    kept = [(code, title) for code, title in framework.stage_titles(edition).items() if code == now and code not in dict(single)]
    stage.choices = [("", _("choose one")), *kept, *single]
    status.choices = [NOTHING, *((entry.code, text(entry.title)) for entry in edition.project_statuses if not entry.ends)]


class StageFields(forms.Form):
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), widget=select())
    status = forms.ChoiceField(
        label=gettext_lazy("Life-cycle (OC4IDS)"),
        required=False,
        widget=select(),
        help_text=gettext_lazy("Planning goes with identification and preparation, ongoing with preparation to completion."),
    )


class NewProjectForm(ProjectForm, StageFields):
    """Entering a project: what a change asks for, its key, its stage and the day."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        validators=[KEY],
        widget=line(),
        help_text=gettext_lazy("Letters A–Z, digits, dots and hyphens, such as RYG-001. It never changes and joins every report."),
    )
    entered_on = DayField(label=gettext_lazy("In the record since"))

    field_order = ("key", "title", "description", "main_area", "other_areas", "sub_types", "stage", "status", "entered_on")

    def __init__(self, *args: Any, edition: FrameworkFile, city: City, **kwargs: Any) -> None:
        super().__init__(*args, edition=edition, city=city, **kwargs)
        offer_stages(self, edition)


class StageForm(StageFields):
    on = DayField(label=gettext_lazy("Since"))
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=500,
        widget=line(2),
        help_text=gettext_lazy("Needed where this corrects a stage that is on record."),
    )

    field_order = ("stage", "status", "on", "why")

    def __init__(self, *args: Any, edition: FrameworkFile, now: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_stages(self, edition, now)


class LeaveForm(forms.Form):
    on = DayField(label=gettext_lazy("Left on"))
    left = forms.ChoiceField(label=gettext_lazy("Why it leaves"), choices=Project.Left.choices, widget=forms.RadioSelect())
    words = forms.CharField(
        label=gettext_lazy("In words"),
        max_length=500,
        widget=line(3),
        help_text=gettext_lazy("The report to the Summit prints this beside the project."),
    )


class ReturnForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Why the leaving is taken back"), max_length=500, widget=line(2))


class MilestoneForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=20, validators=[KEY], widget=line(), help_text=gettext_lazy("Such as M1"))
    title = TextsFormField(label=gettext_lazy("Title of the milestone"))
    planned_on = DayField(label=gettext_lazy("Planned"), required=False)
    forecast_on = DayField(label=gettext_lazy("Forecast"), required=False)
    actual_on = DayField(label=gettext_lazy("Reached"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500, widget=line())

    def row(self) -> MilestoneData:
        found = self.cleaned_data
        held = self.initial.get("title", {})
        return MilestoneData(
            found["code"], merged(held, found["title"]), found["planned_on"], found["forecast_on"], found["actual_on"], found["note"]
        )


class BudgetForm(forms.Form):
    origin = forms.CharField(
        label=gettext_lazy("Source of money"), max_length=200, widget=line(), help_text=gettext_lazy("Such as the city's own budget")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of money"), choices=MoneyKind.choices, initial=MoneyKind.BUDGET, widget=select())
    year = YearField(label=gettext_lazy("Year"), required=False, help_text=gettext_lazy("Empty: all years together"))
    amount = AmountField(label=gettext_lazy("Amount"))
    currency = CurrencyField(label=gettext_lazy("Currency"))

    def row(self) -> BudgetData:
        found = self.cleaned_data
        return BudgetData(found["origin"], found["kind"], found["amount"], found["currency"], found["year"])


class PartnerForm(forms.Form):
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=Partner.PartnerRole.choices, initial=Partner.PartnerRole.PUBLIC_AUTHORITY, widget=select()
    )
    organisation = forms.CharField(
        label=gettext_lazy("Code of the organisation"),
        required=False,
        widget=line(),
        help_text=gettext_lazy("Where the organisation is in the record; otherwise write its name."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200, widget=line())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        code, name = cleaned.get("organisation"), cleaned.get("name")
        cleaned["number"] = None
        if bool(code) == bool(name):
            self.add_error("name", _("A partner is either an organisation of the record or a name: write one of the two."))
        elif code:
            cleaned["number"] = Organisation.objects.filter(code=code).values_list("pk", flat=True).first()
            if cleaned["number"] is None:
                self.add_error("organisation", _("No organisation of the record has this code."))
        return cleaned

    def row(self) -> PartnerData:
        found = self.cleaned_data
        return PartnerData(found["role"], "" if found["number"] else found["name"], found["number"])


FIVE = [(number, str(number)) for number in range(1, 6)]


class RiskForm(forms.Form):
    text = TextsFormField(label=gettext_lazy("What may go wrong"))
    likelihood = forms.TypedChoiceField(label=gettext_lazy("Likelihood, 1 to 5"), choices=FIVE, coerce=int, initial="1", widget=select())
    impact = forms.TypedChoiceField(label=gettext_lazy("Impact, 1 to 5"), choices=FIVE, coerce=int, initial="1", widget=select())
    owner = forms.CharField(
        label=gettext_lazy("Whose business it is"),
        required=False,
        max_length=200,
        widget=line(),
        help_text=gettext_lazy("A post, not a person: such as head of the works division"),
    )
    response = forms.CharField(label=gettext_lazy("What is done about it"), required=False, max_length=500, widget=line(2))
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=Risk.RiskState.choices, initial=Risk.RiskState.OPEN, widget=select())

    def row(self) -> RiskData:
        found = self.cleaned_data
        held = self.initial.get("text", {})
        return RiskData(
            merged(held, found["text"]), found["likelihood"], found["impact"], found["owner"], found["response"], found["state"]
        )


class RateForm(forms.Form):
    currency = CurrencyField(label=gettext_lazy("Currency"), help_text=gettext_lazy("Three letters, such as USD"))
    into = CurrencyField(label=gettext_lazy("Into"))
    on = DayField(label=gettext_lazy("Of the day"))
    rate = forms.CharField(
        label=gettext_lazy("One unit is worth"), widget=line(inputmode="decimal"), help_text=gettext_lazy("Such as 33.1250")
    )
    published_by = forms.CharField(
        label=gettext_lazy("Published by"), max_length=200, widget=line(), help_text=gettext_lazy("Such as the Bank of Thailand")
    )
    address = forms.URLField(
        label=gettext_lazy("Address"), required=False, max_length=500, assume_scheme="https", widget=forms.URLInput({"class": "ng-input"})
    )

    def clean_rate(self) -> Decimal:
        try:
            value = read_number(self.cleaned_data["rate"])
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None
        if not 0 < value < Decimal(10) ** 9 or value != value.quantize(Decimal("0.0000000001")):
            raise ValidationError(_("A rate is above nought and has at most ten decimals."))
        return value


class SheetForm(forms.Form):
    file = UploadField(label=gettext_lazy("Workbook of projects"), kinds=frozenset({"xlsx"}))


class PhotoForm(forms.Form):
    photo = UploadField(label=gettext_lazy("Photograph"), kinds=frozenset({"jpeg", "png"}))


class PhotoConfirmForm(forms.Form):
    caption = TextsFormField(label=gettext_lazy("What the picture shows"), required=False)
    taken_on = DayField(label=gettext_lazy("Taken on"), required=False)
    place_published = forms.BooleanField(label=gettext_lazy("Publish the place where it was taken"), required=False)

    def __init__(self, *args: Any, may_publish: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_publish:
            del self.fields["place_published"]


class ProjectFilter(forms.Form):
    """The filters of the list. What is not among the choices is answered in words, not ignored."""

    q = forms.CharField(
        label=gettext_lazy("Words"), required=False, max_length=200, widget=forms.TextInput({"class": "ng-input", "type": "search"})
    )
    area = forms.ChoiceField(label=gettext_lazy("Focus area"), required=False, widget=select())
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), required=False, widget=select())
    state = forms.ChoiceField(label=gettext_lazy("Member state"), required=False, widget=select())
    city = forms.ChoiceField(label=gettext_lazy("City"), required=False, widget=select())
    year = YearField(label=gettext_lazy("Under way in the year"), required=False)

    def __init__(self, query: QueryDict, *, edition: FrameworkFile, cities: list[City]) -> None:
        super().__init__(query, auto_id="f_%s")
        anything = ("", _("all"))
        states = {city.state_id: text(city.state.name) for city in cities}
        choices = {
            "area": [(area.code, text(area.title)) for area in edition.focus_areas],
            "stage": list(framework.stage_titles(edition).items()),
            "state": sorted(states.items(), key=lambda entry: entry[1]),
            "city": [(city.slug, str(city)) for city in cities],
        }
        for name, entries in choices.items():
            field: Any = self.fields[name]
            field.choices = [anything, *entries]
