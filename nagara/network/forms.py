"""What people type about nominations, consultations and posts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.documents.uploads import UploadField
from nagara.governance.models import Resolution
from nagara.network.models import Network, Nomination
from nagara.network.states import Position, PostKind, Rule
from nagara.people.models import Organisation, Term
from nagara.places.models import City, State
from nagara.rulebook.schema_nomination import NominationFile
from nagara.toolkit.forms import DayField, LongSelect, TextsFormField
from nagara.toolkit.texts import text


def _lines(rows: int = 5) -> forms.Textarea:
    return forms.Textarea({"class": "ng-input", "rows": rows})


def _select() -> forms.Select:
    return forms.Select({"class": "ng-input"})


class BeginForm(forms.Form):
    """Which city is nominated."""

    city = forms.ModelChoiceField(City.objects.none(), label=_("City"), widget=_select(), empty_label=_("choose a city"))

    def __init__(self, *args: Any, cities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["city"].queryset = cities  # type: ignore[attr-defined]


class AttachForm(forms.Form):
    """A document under one element or criterion."""

    file = UploadField(label=_("Document"))
    pages = forms.CharField(
        label=_("Pages that count"), required=False, max_length=60, widget=forms.TextInput({"class": "ng-input", "autocomplete": "off"})
    )


class SendBackForm(forms.Form):
    about = forms.ChoiceField(label=_("About"), widget=_select(), required=False)
    question = forms.CharField(
        label=_("What is missing"), widget=_lines(), help_text=_("The city reads this beside the field."), max_length=4000
    )

    def __init__(self, *args: Any, edition: NominationFile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].choices = [("", _("the whole dossier")), *((row.code, text(row.title)) for row in edition.asked())]  # type: ignore[attr-defined]


class ResolutionChoice(forms.ModelChoiceField):
    def label_from_instance(self, row: Resolution) -> str:
        meeting = row.item.meeting
        day = f" ({row.adopted_on.isoformat()})" if row.adopted_on else ""
        return f"{meeting.body} {meeting.reference}{day}: {text(row.item.title)}"


class EndorseForm(forms.Form):
    resolution = ResolutionChoice(
        Resolution.objects.none(),
        label=_("National resolution"),
        widget=forms.RadioSelect(),
        empty_label=None,
        help_text=_("Picked from the record: its meeting, day and quorum go with the nomination."),
        error_messages={"required": _("Pick the national resolution under which you nominate.")},
    )
    letter = forms.CharField(label=_("Word to the members"), widget=_lines(4), required=False, max_length=4000)
    revision = forms.IntegerField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, resolutions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resolution"].queryset = resolutions  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=_lines(4), max_length=2000)


class ConsultForm(forms.Form):
    rule = forms.ChoiceField(label=_("Rule"), choices=Rule.choices, widget=forms.RadioSelect(), initial=Rule.NO_OBJECTION)
    until = DayField(label=_("Until the end of"), help_text=_("Such as 15 ธ.ค. 2569 or 2026-12-15"))
    words = forms.CharField(label=_("Word to the members"), widget=_lines(4), required=False, max_length=4000)


class ExtendForm(forms.Form):
    until = DayField(label=_("New last day"), help_text=_("Such as 15 ธ.ค. 2569 or 2026-12-15"))


class ReplyForm(forms.Form):
    state = forms.ModelChoiceField(State.objects.none(), label=_("For the state"), widget=_select(), empty_label=None)
    position = forms.ChoiceField(label=pgettext_lazy("network", "Position"), choices=Position.choices, widget=forms.RadioSelect())
    reasons = forms.CharField(
        label=_("Reasons"),
        widget=_lines(4),
        required=False,
        max_length=4000,
        help_text=_("An objection needs them. The secretariat and the members read them; the public does not."),
    )

    def __init__(self, *args: Any, states: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].queryset = states  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """Who takes up a post."""

    title = TextsFormField(label=pgettext_lazy("person", "Title"), required=False)
    given = TextsFormField(label=_("Given name"))
    family = TextsFormField(label=_("Family name"))
    capacity = forms.ChoiceField(label=_("Capacity"), choices=Term.Capacity.choices, widget=_select())
    since = DayField(label=_("From the day"), help_text=_("Such as 1 ต.ค. 2569 or 2026-10-01"))


class NewPostForm(forms.Form):
    """A further office that stands for a state or a city."""

    kind = forms.ChoiceField(label=_("Kind of post"), choices=PostKind.choices, widget=forms.RadioSelect())
    state = forms.ModelChoiceField(
        State.objects.none(), label=pgettext_lazy("country", "State"), widget=_select(), empty_label=_("choose a state")
    )
    city = forms.ModelChoiceField(
        City.objects.none(),
        label=_("City"),
        widget=_select(),
        required=False,
        empty_label=_("none: it stands for the state"),
        help_text=_("Only for a Chief Smart City Officer: a member city of this state."),
    )
    title = TextsFormField(label=_("Title of the post"), help_text=_("Such as National Representative: Permanent Secretary of Transport"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("code"),
        label=_("Organisation"),
        widget=LongSelect({"class": "ng-input"}),
        empty_label=_("choose an organisation"),
        help_text=_("One that is missing is entered by the programme office, under Organisations."),
    )
    since = DayField(label=_("From the day"), required=False, help_text=_("Such as 1 ต.ค. 2569 or 2026-10-01"))

    def __init__(self, *args: Any, states: Any, cities: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].queryset = states  # type: ignore[attr-defined]
        self.fields["city"].queryset = cities  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        city, kind = found.get("city"), found.get("kind")
        if kind == PostKind.CITY_OFFICER and city is None:
            self.add_error("city", _("A Chief Smart City Officer stands for a city: choose it."))
        if kind == PostKind.REPRESENTATIVE and city is not None:
            self.add_error("city", _("A National Representative stands for the state, not for a city."))
        if city is not None and found.get("state") is not None and city.state_id != found["state"].pk:
            self.add_error("city", _("This city lies in another state."))
        return found


class EndForm(forms.Form):
    ended = DayField(label=_("First day without the post"), help_text=_("Such as 1 ต.ค. 2569 or 2026-10-01"))
    why = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput({"class": "ng-input"}))


class TermForm(forms.Form):
    """A state takes up an office."""

    state = forms.ModelChoiceField(State.objects.none(), label=pgettext_lazy("country", "State"), widget=_select(), empty_label=None)
    since = DayField(label=_("From the day"), help_text=_("Such as 1 ม.ค. 2570 or 2027-01-01"))

    def __init__(self, *args: Any, states: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].queryset = states  # type: ignore[attr-defined]


def states_to_answer_for(network: Network, nomination: Nomination, codes: list[str]) -> Any:
    """The states for which a representative answers here."""
    running = nomination.consultations.filter(concluded_on__isnull=True).first()
    return State.objects.filter(pk__in=set(codes) & set(running.asked if running else []))
