"""Keeping an edition with the decisions made under it."""

from datetime import date, datetime

from nagara.rulebook import indicators, reader
from nagara.rulebook.models import Edition
from nagara.rulebook.schema import EditionFile
from nagara.rulebook.schema_indicators import IndicatorSetFile
from nagara.toolkit.digests import digest_of_bytes
from nagara.toolkit.refusal import Refusal


def keep(edition: EditionFile, *, at: datetime) -> Edition:
    """The stored copy of a published edition, made at its first use. Refused where the file no longer says what was kept."""
    return _keep(edition.programme, edition.in_force, reader.to_plain(edition), at)


def keep_set(found: IndicatorSetFile, *, at: datetime) -> Edition:
    """The stored copy of an indicator set, made when a period first asks by it. Refused as in `keep`."""
    return _keep(found.programme, found.in_force, indicators.to_plain(found), at)


def _keep(programme: str, in_force: date, content: bytes, at: datetime) -> Edition:
    digest = digest_of_bytes([content])
    kept, _ = Edition.objects.get_or_create(
        programme=programme, in_force=in_force, defaults={"digest": digest, "content": content.decode(), "kept_at": at}
    )
    if kept.digest != digest:
        raise Refusal(
            f"The edition {kept} was changed after decisions were made under it.",
            next_step="Restore the published file, or publish the change as a new edition with its own day.",
            code="edition-changed",
        )
    return kept


def kept(edition: Edition) -> EditionFile:
    """What the stored copy says."""
    return reader.from_kept(edition.content)


def kept_set(edition: Edition) -> IndicatorSetFile:
    """What the stored copy of an indicator set says."""
    return indicators.from_kept(edition.content)


def keep_in_force(programme: str, *, on: date, at: datetime) -> Edition:
    """The stored copy of the edition in force on a day."""
    edition = reader.in_force(programme, on)
    if edition is None:
        raise Refusal(f"No edition of the criteria of {programme} was in force on {on.isoformat()}.", code="no-edition")
    return keep(edition, at=at)
