"""Forms of this part."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nagara.people.models import Invitation, Person, User
from nagara.people.registering import Names
from nagara.toolkit.forms import TextsFormField


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
