"""Which editions there are, which is in force on a day, and how sure its rules are."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings

from nagara.documents.models import Certainty
from nagara.documents.sources import shown
from nagara.rulebook import reader
from nagara.rulebook.faults import structs_within
from nagara.rulebook.schema import EditionFile, Source


@dataclass(frozen=True)
class Published:
    """A published edition with the day before which it holds and the digest of its file."""

    edition: EditionFile
    until: date | None
    digest: str
    path: Path

    def holds_on(self, day: date) -> bool:
        return self.edition.in_force <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Programme:
    """A programme, the edition that is in force on the day asked for, and all its editions, newest first."""

    code: str
    title: dict[str, str]
    in_force: Published | None
    editions: list[Published]


def editions_of(programme: str) -> list[Published]:
    """The published editions of a programme, newest first."""
    found = reader.editions(programme)
    until_days = [*(edition.in_force for edition in found[1:]), None] if found else []
    rows = []
    for edition, until in zip(found, until_days, strict=True):
        path = settings.RULEBOOK / programme / f"{edition.in_force.isoformat()}.yaml"
        rows.append(Published(edition, until, reader.file_digest(path), path))
    return rows[::-1]


def programmes_on(day: date) -> list[Programme]:
    """Every programme that has published criteria, with what is in force on `day`."""
    found = []
    for code in reader.programmes():
        editions = editions_of(code)
        if editions:
            holding = next((row for row in editions if row.holds_on(day)), None)
            found.append(Programme(code, editions[0].edition.title, holding, editions))
    return found


def published(programme: str, day: date) -> Published | None:
    """The published edition of a programme that came into force on exactly this day."""
    if programme not in reader.programmes():
        return None
    return next((row for row in editions_of(programme) if row.edition.in_force == day), None)


def certainty_of(edition: EditionFile) -> list[tuple[str, str, int]]:
    """How many rules rest on which kind of source: (certainty, label, count), the surest first."""
    sources = list(structs_within(edition, Source))
    counts = Counter(source.certainty for source in sources)
    labels = {source.certainty: shown(source).certainty_label for source in sources}
    return [(value, labels[value], counts[value]) for value in Certainty.values if counts[value]]
