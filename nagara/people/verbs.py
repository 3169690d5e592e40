"""The verbs of this part in the record, in words."""

from django.utils.translation import gettext_lazy as _

from nagara.audit.words import name_verbs

name_verbs(
    {
        "people.grant_role": _("gave a role"),
        "people.end_role": _("ended a role"),
        "people.invite": _("invited"),
        "people.withdraw_invitation": _("withdrew an invitation"),
        "people.accept_invitation": _("accepted an invitation"),
        "people.open_account": _("opened an account"),
        "people.close_account": _("closed an account"),
        "people.open_account_again": _("opened an account again"),
        "people.sign_in": _("signed in"),
        "people.sign_out_everywhere": _("signed out everywhere"),
        "people.change_password": _("set a password"),
        "people.change_address": _("changed the e-mail address"),
        "people.add_second_factor": _("added a second factor"),
        "people.remove_second_factor": _("removed a second factor"),
        "people.take_factors_away": _("took second factors away"),
        "people.renew_recovery_codes": _("made new recovery codes"),
        "people.rename_person": _("wrote a name anew"),
        "people.enter_person": _("entered a person"),
        "people.move_person": _("moved a person to another organisation"),
        "people.enter_organisation": _("entered an organisation"),
        "people.change_organisation": _("changed an organisation"),
        "people.enter_post": _("entered a post"),
        "people.change_post": _("changed a post"),
        "people.appoint": _("appointed to a post"),
        "people.end_term": _("ended a term"),
        "people.correct_term": _("corrected a term"),
        "people.export_personal_data": _("handed out personal data"),
        "people.erase_personal_data": _("erased personal data"),
    }
)
