"""How a file is refused."""

from django.utils.translation import gettext as _

from nagara.toolkit.refusal import Refusal


def refused(message: str, *, rule: str = "", next_step: str = "", code: str = "file-refused", status: int = 422) -> Refusal:
    return Refusal(message, rule=rule, next_step=next_step, code=code, status=status)


def damaged(what: str = "") -> Refusal:
    """The file cannot be opened."""
    return refused(
        " ".join(part for part in (_("The file is damaged or was cut off: it cannot be opened."), what) if part),
        next_step=_("Open it on your own machine. If that works, save it anew and upload it again."),
        code="file-damaged",
    )


def unsafe(what: str, next_step: str = "") -> Refusal:
    """The file holds what the people who open it must be spared."""
    return refused(what, next_step=next_step or _("Save the file anew without it, or print it to PDF."), code="file-unsafe")
