"""The chain behind a recognition: certificate, resolution, quorum, scores, evidence. Each link is one click; a gap is said."""

from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.recognition.models import Certificate, Recognition
from nagara.toolkit.texts import text
from nagara.web.scores import Scores


@dataclass(frozen=True)
class Link:
    """One link: what it is, its value, a line of context and where it opens. Without a value it is not on record."""

    what: str
    value: str = ""
    notes: list[str] = field(default_factory=list)
    url: str = ""
    words: str = ""

    @property
    def gap(self) -> bool:
        return not self.value


def address(name: str, *args: object) -> str:
    """The address of a page of another part; empty where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def chain(recognition: Recognition, certificate: Certificate | None, scores: Scores | None) -> list[Link]:
    return [
        _certificate(certificate),
        _resolution(recognition),
        _quorum(recognition),
        _scores(scores),
        Link(
            _("Evidence"),
            _("%(n)s documents") % {"n": scores.documents} if scores else "",
            [_("each linked to the criteria that it proves")] if scores else [],
            "#evidence" if scores else "",
            _("By criterion"),
        ),
    ]


def _certificate(certificate: Certificate | None) -> Link:
    if certificate is None:
        return Link(_("Certificate"))
    return Link(
        _("Certificate"),
        _("No. %(number)s") % {"number": certificate.number},
        [_("signed electronically; the QR code checks it")],
        address("recognition:verify", certificate.number),
        _("Open the certificate"),
    )


def _resolution(recognition: Recognition) -> Link:
    resolution = recognition.decided_by
    if resolution is None:
        return Link(_("Resolution"))
    meeting = resolution.item.meeting
    return Link(
        _("Resolution"),
        _("%(verb)s, meeting %(reference)s") % {"verb": resolution.get_verb_display(), "reference": meeting.reference},
        [text(meeting.body.name)],
        reverse("web:resolution", args=[resolution.pk]),
        _("Read the resolution"),
    )


def _quorum(recognition: Recognition) -> Link:
    resolution = recognition.decided_by
    if resolution is None or not resolution.quorum:
        return Link(_("Quorum"))
    quorum = resolution.quorum
    notes = [_("%(n)s needed") % {"n": quorum["needed"]}] if "needed" in quorum else []
    return Link(
        _("Quorum"),
        _("%(present)s of %(base)s seats") % {"present": quorum["present"], "base": quorum["base"]},
        notes,
        reverse("web:resolution", args=[resolution.pk]) + "#quorum",
        _("Who counted"),
    )


def _scores(scores: Scores | None) -> Link:
    if scores is None:
        return Link(_("Scores"))
    return Link(
        _("Scores"),
        _("%(total)s of 100") % {"total": scores.result.total},
        [ngettext("%(n)s assessor", "%(n)s assessors", scores.sheets) % {"n": scores.sheets}],
        "#scores",
        _("Criterion by criterion"),
    )
