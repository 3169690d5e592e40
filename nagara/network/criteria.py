"""The criteria that a nomination is made under: read from the rulebook on its first day, then kept whole with it."""

from datetime import date, datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from nagara.network.models import Network, Nomination, NominationEdition
from nagara.rulebook import nominations
from nagara.rulebook.schema_nomination import Asked, NominationFile
from nagara.toolkit.days import long_day
from nagara.toolkit.digests import digest_of_bytes
from nagara.toolkit.refusal import Refusal


def keep_in_force(network: Network, *, on: date, at: datetime) -> NominationEdition:
    """The stored copy of the edition in force on a day. Refused where there is none, or where the file no longer says what was kept."""
    edition = nominations.in_force(network.criteria, on) if network.criteria else None
    if edition is None:
        raise Refusal(
            _("No criteria of nomination to %(network)s were in force on %(day)s.") % {"network": network, "day": long_day(on)},
            code="no-edition",
        )
    content = nominations.to_plain(edition)
    digest = digest_of_bytes([content])
    kept, _new = NominationEdition.objects.get_or_create(
        programme=edition.programme, in_force=edition.in_force, defaults={"digest": digest, "content": content.decode(), "kept_at": at}
    )
    if kept.digest != digest:
        raise Refusal(
            _("The criteria of %(edition)s were changed after nominations were made under them.") % {"edition": kept},
            next_step=_("Restore the published file, or publish the change as a new edition with its own day."),
            code="edition-changed",
        )
    return kept


@lru_cache(maxsize=16)
def _read(digest: str, content: str) -> NominationFile:
    return nominations.from_kept(content)


def read_edition(kept: NominationEdition) -> NominationFile:
    return _read(kept.digest, kept.content)


def edition_of(nomination: Nomination) -> NominationFile:
    """What the nomination must answer."""
    kept = nomination.edition
    assert kept is not None  # noqa: S101 - only a nomination of the public record has none
    return read_edition(kept)


def unanswered(nomination: Nomination) -> list[Asked]:
    """What the city has not answered yet."""
    written = {answer.code for answer in nomination.answers.all() if answer.text.strip()}
    return [asked for asked in edition_of(nomination).asked() if asked.code not in written]
