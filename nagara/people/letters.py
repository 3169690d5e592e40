"""The words of what django-allauth tells people: its mails by template, and the lines on the next page.

One table instead of forty small template files: the words stand together, so that they can be read together.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Letter(NamedTuple):
    """`link` names the entry of the template's context that holds the address to open; such a mail is sealed until it has left."""

    subject: Promise
    body: Promise
    link: str = ""


_NOT_YOU = _("This came from the address %(ip)s on %(when)s. If it was not you, change your password at once and tell an administrator.")


class Change(NamedTuple):
    """A change to an account, of which its holder is told."""

    subject: Promise
    body: Promise
    not_you: Promise = _NOT_YOU


LETTERS: dict[str, Letter | Change] = {
    "account/email/password_reset_key": Letter(
        _("Set a new password"),
        _(
            "Somebody, probably you, asked for a new password for the account %(email)s.\n\n"
            "Open the link to set one. It works once. If you did not ask, you need do nothing: your password stays."
        ),
        "password_reset_url",
    ),
    "account/email/email_confirmation": Letter(
        _("Confirm your new e-mail address"),
        _("Open the link to make %(email)s the address of your account. Until then the earlier address stays."),
        "activate_url",
    ),
    "account/email/unknown_account": Letter(
        _("There is no account with this address"),
        _(
            "Somebody, probably you, asked for a new password for %(email)s. No account has this address.\n\n"
            "Accounts are made by invitation: ask the programme office if you need one."
        ),
    ),
    "account/email/account_already_exists": Letter(
        _("This address has an account already"), _("Somebody tried to use %(email)s for another account. Nothing was changed.")
    ),
    "account/email/email_changed": Change(
        _("The e-mail address of your account was changed"), _("Your account now uses %(to_email)s in place of %(from_email)s.")
    ),
    "account/email/email_deleted": Change(_("An e-mail address was removed"), _("%(deleted_email)s was removed from your account.")),
    "account/email/email_confirm": Change(_("Your e-mail address is confirmed"), _("The address of your account is confirmed.")),
    "account/email/password_changed": Change(_("Your password was changed"), _("The password of your account was changed.")),
    "account/email/password_reset": Change(_("Your password was set anew"), _("The password of your account was set anew.")),
    "account/email/password_set": Change(_("A password was set"), _("Your account now has a password.")),
    "mfa/email/recovery_codes_generated": Change(
        _("New recovery codes were made"), _("New recovery codes were made for your account. The earlier ones work no longer.")
    ),
    "mfa/email/totp_activated": Change(_("An authenticator app was added"), _("Your account now asks for a code of an authenticator app.")),
    "mfa/email/totp_deactivated": Change(_("The authenticator app was removed"), _("Your account no longer uses an authenticator app.")),
    "mfa/email/webauthn_added": Change(_("A passkey was added"), _("Your account can now be opened with a new passkey.")),
    "mfa/email/webauthn_removed": Change(_("A passkey was removed"), _("A passkey was removed from your account.")),
    "socialaccount/email/account_connected": Change(
        _("A sign-in of an agency was linked"), _("Your account can now be opened with the sign-in of %(provider)s.")
    ),
    "socialaccount/email/account_disconnected": Change(
        _("A sign-in of an agency was unlinked"), _("Your account can no longer be opened with the sign-in of %(provider)s.")
    ),
}

LINES: dict[str, Promise | None] = {
    "account/messages/cannot_delete_primary_email.txt": _("The address of the account cannot be removed."),
    "account/messages/email_confirmation_failed.txt": _("%(email)s was not confirmed: another account has it."),
    "account/messages/email_confirmation_sent.txt": _("A message was sent to %(email)s. Open the link in it."),
    "account/messages/email_confirmed.txt": _("%(email)s is confirmed."),
    "account/messages/email_deleted.txt": _("%(email)s was removed."),
    # Coming in and going out show by themselves.
    "account/messages/logged_in.txt": None,
    "account/messages/logged_out.txt": None,
    "account/messages/password_changed.txt": _("Your password was changed."),
    "account/messages/password_set.txt": _("Your password was set."),
    "account/messages/primary_email_set.txt": _("The address of the account was changed."),
    "account/messages/unverified_primary_email.txt": _("An address must be confirmed before it becomes that of the account."),
    "mfa/messages/recovery_codes_generated.txt": _("New recovery codes were made. The earlier ones work no longer."),
    "mfa/messages/totp_activated.txt": _("The authenticator app was added."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app was removed."),
    "mfa/messages/webauthn_added.txt": _("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey was removed."),
    "socialaccount/messages/account_connected.txt": _("The sign-in of your agency was linked."),
    "socialaccount/messages/account_connected_updated.txt": None,
    "socialaccount/messages/account_connected_other.txt": _("This sign-in belongs to another account."),
    "socialaccount/messages/account_disconnected.txt": _("The sign-in of your agency was unlinked."),
}
