"""What the matters share: which body decides under which edition, what lies on an agenda already, how a day reads."""

from datetime import date, datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from nagara.governance.models import AgendaItem, Body, ItemMatter, Resolution
from nagara.governance.states import ItemState, MeetingState, Verb
from nagara.rulebook.keep import kept
from nagara.rulebook.models import Edition
from nagara.rulebook.schema import Deciders
from nagara.toolkit.days import long_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, text, texts

ON_AN_AGENDA = (ItemState.LISTED, ItemState.OPEN, ItemState.CLOSED)
OVER = (MeetingState.CANCELLED, MeetingState.MINUTED)
"""A meeting in which nothing more is resolved: what lay on its agenda waits again."""
NOT_ON_RECORD = texts("ไม่มีในบันทึก", "not on record")
WITHOUT_EFFECT = (Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.WITHDRAW)
"""What a body may say of any row without changing it: it took note, gave somebody a task, or took it off."""


@lru_cache(maxsize=64)
def _deciders(key: int, digest: str) -> Deciders:
    # An edition is never changed: its digest says that this is still the same.
    return kept(Edition.objects.get(pk=key, digest=digest)).deciders


def deciders(edition: Edition) -> Deciders:
    """Which body recommends and which decides, by the edition that the row was judged under."""
    return _deciders(edition.pk, edition.digest)


def has_part(body: Body) -> bool:
    """Does any edition give this body a part in the programme?"""
    return any(body.code in (found.recommends, found.decides) for found in map(deciders, Edition.objects.order_by("pk")))


def lying_on_agendas(kind: str) -> set[str]:
    """The rows of a kind that lie on an item which is still to be resolved."""
    rows = ItemMatter.objects.filter(kind=kind, item__state__in=ON_AN_AGENDA)
    return set(rows.exclude(item__meeting__state__in=OVER).values_list("ref", flat=True))


def settled_by(body: Body, kind: str) -> set[str]:
    """The rows of a kind on which a body has said yes or no: they are not offered to it again."""
    said = Resolution.objects.filter(item=OuterRef("item"), draft=False).exclude(verb__in=WITHOUT_EFFECT)
    return set(ItemMatter.objects.filter(Exists(said), kind=kind, item__meeting__body=body).values_list("ref", flat=True))


def correction_on(item: AgendaItem) -> Resolution | None:
    """The resolution that the item's draft corrects, if it does."""
    draft = item.resolutions.filter(draft=True).select_related("corrects").first()
    return draft.corrects if draft else None


def refuse_body(body: Body, allowed: str, what: Texts) -> Refusal:
    return Refusal(
        _("%(body)s does not decide on “%(what)s” under the criteria in force for it.") % {"body": body, "what": text(what)},
        rule=_("Deciding body by the edition of the criteria: %(code)s") % {"code": allowed},
        next_step=_("Put it on the agenda of that body."),
        code="not-the-deciding-body",
    )


def today(at: datetime) -> date:
    return at.astimezone(settings.ZONE).date()


def from_day(on: date) -> Texts:
    return texts(f"ตั้งแต่ {long_day(on, 'th')}", f"from {long_day(on, 'en')}")


def line(th: str, en: str) -> Texts:
    return texts(th, en)


def names(name: Texts) -> tuple[str, str]:
    """(Thai, English) of a name; one stands for the other where it is missing."""
    return text(name, "th"), text(name, "en")
