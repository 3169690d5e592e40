"""django-allauth's forms with our words: a label and a hint, and no placeholder that stands in for either."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm as BaseActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm as BaseAddWebAuthnForm
from allauth.mfa.webauthn.forms import EditWebAuthnForm as BaseEditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

Words = tuple[Any, Any]
"""Label and hint, both translated when shown."""

_PASSWORD_HINT = _("At least 10 characters, not only digits. A few words that belong to you alone are best.")
_CODE_HINT = _("Six digits from your authenticator app, or one of your recovery codes.")


def say(form: forms.BaseForm, **words: Words) -> None:
    """Set label and hint of each field; take every placeholder away."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    for name, (label, hint) in words.items():
        if name in form.fields:
            form.fields[name].label, form.fields[name].help_text = label, hint


class LoginForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, login=(_("E-mail"), ""), password=(_("Password"), ""))


class ReauthenticateForm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, password=(_("Password"), ""))


class ResetPasswordForm(account.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, email=(_("E-mail"), _("The address of your account. A link is sent to it.")))


class ResetPasswordKeyForm(account.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, password1=(_("New password"), _PASSWORD_HINT), password2=(_("New password once more"), ""))


class ChangePasswordForm(account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(
            self,
            oldpassword=(_("Present password"), ""),
            password1=(_("New password"), _PASSWORD_HINT),
            password2=(_("New password once more"), ""),
        )


class SetPasswordForm(account.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, password1=(_("New password"), _PASSWORD_HINT), password2=(_("New password once more"), ""))


class AddEmailForm(account.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, email=(_("New e-mail address"), _("A link is sent to it. The present address stays until you open the link.")))


class AuthenticateForm(mfa.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, code=(_("Code"), _CODE_HINT))
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class SecondFactorForm(mfa.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, code=(_("Code"), _CODE_HINT))
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class ActivateTOTPForm(BaseActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, code=(_("Code that the app shows now"), _("Six digits. They prove that the app and this account belong together.")))
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class AddWebAuthnForm(BaseAddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(
            self,
            name=(_("A name for it"), _("Such as “my phone” or “office computer”, so that you know it again.")),
            passwordless=(_("Sign in with it alone, without the password"), _("The device then asks for face, finger or PIN each time.")),
        )
        self.initial.setdefault("passwordless", True)

    def clean_name(self) -> str:
        return self.cleaned_data["name"] or str(_("passkey"))


class EditWebAuthnForm(BaseEditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say(self, name=(_("A name for it"), _("Such as “my phone” or “office computer”, so that you know it again.")))
