"""Forms of this part."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nagara.people.models import Invitation, Organisation, Person, Term, User
from nagara.people.registering import Names
from nagara.people.roles import EVERYWHERE, Role
from nagara.toolkit.forms import DayField, LongSelect, TextsFormField


class NameFields(forms.Form):
    """The parts of a name that official papers ask for."""

    title = TextsFormField(
        label=_("Title before the name"), required=False, help_text=_("Such as นาย, นางสาว; Mr, Ms. Leave out what a rank replaces.")
    )
    rank = TextsFormField(label=_("Rank or academic title"), required=False, help_text=_("Such as พล.อ., ผศ.ดร.; Gen., Dr"))
    given = TextsFormField(label=_("Given name"))
    family = TextsFormField(label=_("Family name"), required=False)

    def names(self) -> Names:
        cleaned = self.cleaned_data
        return Names(**{part: cleaned.get(part) or {} for part in ("given", "family", "title", "rank")})


class AcceptForm(NameFields):
    """What a person gives who accepts an invitation. An account that exists, and a person who is known, gives less."""

    language = forms.ChoiceField(label=_("Language of messages to you"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not only digits. A few words that belong to you alone are best."),
    )
    password_again = forms.CharField(
        label=_("Password once more"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, invitation: Invitation, account: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("language", invitation.language)
        self.invitation = invitation
        if account is not None:
            self.fields.clear()
        elif invitation.person is not None:
            for part in ("title", "rank", "given", "family"):
                del self.fields[part]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.invitation.email))
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("password_again") and cleaned["password"] != cleaned["password_again"]:
            self.add_error("password_again", ValidationError(_("The two passwords differ."), code="differ"))
        return cleaned


class NameForm(NameFields):
    """The parts of the name of a person who is on record."""

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update({part: getattr(person, part) for part in ("title", "rank", "given", "family")})


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=_("Language of messages to you"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Appearance"), choices=[("light", _("light")), ("dark", _("dark"))])


class SearchForm(forms.Form):
    """Which accounts to list."""

    q = forms.CharField(label=_("Name or e-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("all roles")), *Role.choices])
    only = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("open", _("open accounts")), ("closed", _("closed accounts")), ("all", _("all accounts"))],
    )


class ReasonForm(forms.Form):
    """Why something is done: it stands in the record."""

    why = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It stands in the record. Name the order or letter, not a person.")
    )


class GrantForm(ReasonForm):
    """A role for something, since one day and until another. The choices of `scope` depend on the role that was chosen before."""

    scope = forms.ChoiceField(
        label=_("For"), widget=forms.RadioSelect, error_messages={"required": _("Choose for what the role is given.")}
    )
    since = DayField(label=_("Since"), required=False, help_text=_("Empty: from today."))
    until = DayField(label=_("Until"), required=False, help_text=_("The last day. Empty: until it is ended."))

    field_order = ["scope", "since", "until", "why"]

    def __init__(self, *args: Any, scopes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scope"]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError("the field of scopes is a choice")
        field.choices = [(scope or "everywhere", name) for scope, name in scopes]
        if len(scopes) == 1:
            self.initial.setdefault("scope", scopes[0][0] or "everywhere")

    def clean_scope(self) -> str:
        chosen: str = self.cleaned_data["scope"]
        return EVERYWHERE if chosen == "everywhere" else chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("since") and cleaned.get("until") and cleaned["until"] < cleaned["since"]:
            self.add_error("until", ValidationError(_("The last day lies before the first."), code="before"))
        return cleaned

    @property
    def ended(self) -> date | None:
        """The first day on which the role is no longer held."""
        until: date | None = self.cleaned_data.get("until")
        return until + timedelta(days=1) if until else None


class InviteForm(GrantForm):
    email = forms.EmailField(label=_("E-mail"))
    language = forms.ChoiceField(label=_("Language of the message"), choices=settings.LANGUAGES)

    field_order = ["scope", "email", "language", "why"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["since"], self.fields["until"]


class EndRoleForm(ReasonForm):
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Empty: it is no longer held from today on."))

    field_order = ["last_day", "why"]

    @property
    def ended(self) -> date | None:
        last: date | None = self.cleaned_data.get("last_day")
        return last + timedelta(days=1) if last else None


class RecordSearchForm(forms.Form):
    """What to look for in the record."""

    about = forms.CharField(label=_("Thing"), required=False, max_length=120)
    who = forms.CharField(label=_("Person"), required=False, max_length=200)
    did = forms.ChoiceField(label=_("Act"), required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    def __init__(self, *args: Any, verbs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["did"]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError("the field of verbs is a choice")
        field.choices = [("", _("all acts")), *verbs]


class PersonForm(NameFields):
    """A person of the register."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.order_by("sort_th", "pk"), required=False, widget=LongSelect
    )


class OrganisationForm(forms.Form):
    code = forms.SlugField(
        label=_("Code"), max_length=80, help_text=_("Latin letters, digits, hyphens. It stays: papers and links name it.")
    )
    name = TextsFormField(label=_("Name"))
    short = TextsFormField(label=_("Short name"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    parent = forms.ModelChoiceField(
        label=_("Part of"), queryset=Organisation.objects.order_by("sort_th", "pk"), required=False, widget=LongSelect
    )


class PostForm(forms.Form):
    code = forms.SlugField(
        label=_("Code"), max_length=80, help_text=_("Latin letters, digits, hyphens. It stays: papers and links name it.")
    )
    title = TextsFormField(label=_("Title of the post"))
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.order_by("sort_th", "pk"), widget=LongSelect
    )


class AppointForm(forms.Form):
    """A person takes up a post."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Person.objects.none(), widget=forms.RadioSelect, empty_label=None)
    capacity = forms.ChoiceField(label=_("As"), choices=Term.Capacity.choices)
    since = DayField(label=_("First day"))
    until = DayField(label=_("Last day"), required=False, help_text=_("Empty: until it is ended."))
    why = forms.CharField(label=_("By which order or letter"), max_length=300, required=False)

    def __init__(self, *args: Any, found: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        if not isinstance(field, forms.ModelChoiceField):
            raise TypeError("the field of persons is a choice of rows")
        field.queryset = found

    @property
    def ended(self) -> date | None:
        until: date | None = self.cleaned_data.get("until")
        return until + timedelta(days=1) if until else None


class EndTermForm(ReasonForm):
    last_day = DayField(label=_("Last day"))

    field_order = ["last_day", "why"]


class CorrectTermForm(ReasonForm):
    since = DayField(label=_("First day"), required=False, help_text=_("Empty: not on record."))
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Empty: still holds."))

    field_order = ["since", "last_day", "why"]

    @property
    def ended(self) -> date | None:
        last: date | None = self.cleaned_data.get("last_day")
        return last + timedelta(days=1) if last else None
