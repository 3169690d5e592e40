"""Where a fact comes from: entered once by its code, shown beside the fact with how sure it is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.audit.record import Actor, record
from nagara.documents.models import Certainty, Source
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, pick


def source(code: str) -> Source:
    """The source with this code."""
    try:
        return Source.objects.get(code=code)
    except Source.DoesNotExist:
        raise Refusal(
            _("No source is called “%(code)s”.") % {"code": code},
            next_step=_("Enter the source first."),
            code="no-such-source",
            status=404,
        ) from None


@transaction.atomic
def enter(
    code: str,
    *,
    title: Texts,
    certainty: str,
    by: Actor,
    at: datetime,
    publisher: str = "",
    address: str = "",
    section: str = "",
    published_on: date | None = None,
    read_on: date | None = None,
    note: Texts | None = None,
) -> Source:
    """Enter a source. Entering the same one again is fine; another one under the same code is refused."""
    if certainty not in Certainty.values:
        raise Refusal(_("“%(certainty)s” does not say how sure a source is.") % {"certainty": certainty}, code="no-such-certainty")
    said: dict[str, Any] = {
        "title": title,
        "publisher": publisher,
        "address": address,
        "section": section,
        "published_on": published_on,
        "read_on": read_on,
        "certainty": certainty,
        "note": note or {},
    }
    found, made = Source.objects.get_or_create(code=code, defaults=said)
    if made:
        record(by=by, did="documents.enter_source", about=found, at=at, after={"code": code, **said})
    elif any(getattr(found, name) != value for name, value in said.items()):
        raise Refusal(
            _("Another source is already called “%(code)s”.") % {"code": code},
            next_step=_("Use that one, or give this one another code."),
            code="source-differs",
        )
    return found


@dataclass(frozen=True)
class ShownSource:
    """A source as a page shows it, whether it is a row or stands in the rulebook."""

    title: str
    language: str
    section: str
    address: str
    day: date | None
    certainty: str
    certainty_label: str
    note: str


def shown(found: Any) -> ShownSource:
    """A `Source`, or the source of a rule (`rulebook.schema.Source`), for the chip that stands beside the fact."""
    title, language = pick(found.title) if isinstance(found.title, dict) else (_half(found.title), "")
    note = pick(found.note)[0] if isinstance(found.note, dict) else _half(found.note)
    linked = found.address.startswith(("http://", "https://"))  # what is quoted by its name alone leads nowhere
    return ShownSource(
        title=title,
        language=language,
        section=_half(found.section) if linked or not found.address else " · ".join(filter(None, [_half(found.section), found.address])),
        address=found.address if linked else "",
        day=found.published_on if hasattr(found, "published_on") else found.day,
        certainty=str(found.certainty),
        certainty_label=_label(found),
        note=note,
    )


def _label(found: Any) -> str:
    """How sure, in words. A rule of the rulebook that is not on any record was set by the office that uses it."""
    if found.certainty == Certainty.OWN and not hasattr(found, "get_certainty_display"):
        return _("set by the office")
    return str(Certainty(found.certainty).label)


def _half(text: str) -> str:
    """A text written as "ไทย / English" in the rulebook: the half of the reader's language."""
    th, slash, en = text.partition(" / ")
    if not slash:
        return text
    return pick({"th": th, "en": en})[0]
