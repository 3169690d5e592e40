"""The verbs of this part in the record, in words."""

from django.utils.translation import gettext_lazy as _

from nagara.audit.words import name_verbs

name_verbs(
    {
        "network.enter_state": _("entered a member state of the record"),
        "network.enter_city": _("entered a member city of the record"),
        "network.enter_nomination": _("entered a nomination of the record"),
        "network.enter_term": _("entered an office of a state"),
        "network.renew_term": _("renewed a Shepherd"),
        "network.enter_post": _("entered a post of the network"),
        "network.report_change": _("reported who holds a post"),
        "network.nominate": _("began a nomination"),
        "network.write": _("wrote in a nomination"),
        "network.add_evidence": _("added a document to a nomination"),
        "network.remove_evidence": _("took a document off a nomination"),
        "network.hand_over": _("handed a nomination to the representative"),
        "network.send_back": _("sent a nomination back to the city"),
        "network.endorse": _("endorsed a nomination"),
        "network.withdraw": _("withdrew a nomination"),
        "network.accept": _("took up a candidate"),
        "network.take_up": _("took up a deferred candidate again"),
        "network.consult": _("opened a consultation"),
        "network.extend": _("extended a consultation"),
        "network.reply": _("answered a consultation"),
        "network.conclude": _("concluded a consultation"),
        "network.admit": _("a city was admitted"),
        "network.defer": _("a nomination was deferred"),
        "network.decline": _("a nomination was declined"),
        "network.reopen": _("a decision on a nomination was taken back"),
    }
)
