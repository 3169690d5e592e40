"""What a period asks: the measures of its indicator sets, each once, under the heading where it comes first."""

from dataclasses import dataclass, field
from functools import lru_cache

from nagara.monitoring.models import Period
from nagara.rulebook.indicators import from_kept
from nagara.rulebook.models import Edition
from nagara.rulebook.schema import Texts
from nagara.rulebook.schema_indicators import IndicatorSetFile, Measure


@dataclass(frozen=True)
class Use:
    """What one set calls a measure."""

    programme: str
    title: Texts
    code: str
    tier: str


@dataclass
class Asked:
    """One measure that a city answers, and every set that the answer serves."""

    measure: Measure
    section: str
    required: bool
    uses: list[Use] = field(default_factory=list)


@dataclass
class Section:
    """One page of the form."""

    key: str
    title: Texts
    set_title: Texts
    measures: list[Asked] = field(default_factory=list)

    @property
    def derived(self) -> bool:
        """Is everything here counted from the record?"""
        return all(asked.measure.derived for asked in self.measures)


@dataclass
class Asking:
    """All that a period asks, in the order of its sets. A section whose measures all come earlier is left out."""

    sections: list[Section]
    by_measure: dict[str, Asked]

    @property
    def cells(self) -> list[tuple[str, str]]:
        return [(code, part) for code, asked in self.by_measure.items() for part in asked.measure.cells()]

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)


@lru_cache(maxsize=64)
def _kept(pk: int, digest: str) -> IndicatorSetFile:
    return from_kept(Edition.objects.get(pk=pk).content)


def asking(period: Period) -> Asking:
    """Read from the kept editions: a change of the rulebook changes no period that is already open. One query."""
    rows = list(period.sets.order_by("position").values_list("edition", "edition__digest", "asked", "required", "tiers"))
    sets = [(_kept(pk, digest), asked, required, tiers) for pk, digest, asked, required, tiers in rows]
    measures = {measure.code: measure for found, *_rest in sets for measure in found.measures}
    sections: list[Section] = []
    by_measure: dict[str, Asked] = {}
    for found, asked, required, tiers in sets:
        if asked:
            sections += _sections_of(found, measures, by_measure, required=required, tiers=tiers)
    return Asking(sections, by_measure)


def _sections_of(
    found: IndicatorSetFile, measures: dict[str, Measure], by_measure: dict[str, Asked], *, required: bool, tiers: list[str]
) -> list[Section]:
    sections = {group.code: Section(f"{found.programme}.{group.code}", group.title, found.title) for group in found.groups}
    for row in found.indicators:
        if tiers and row.tier and row.tier not in tiers:
            continue
        use = Use(found.programme, found.title, row.code, row.tier)
        known = by_measure.get(row.measure)
        if known is None:
            section = sections[row.group]
            known = Asked(measures[row.measure], section.key, required)
            by_measure[row.measure] = known
            section.measures.append(known)
        known.required = known.required or required
        known.uses.append(use)
    return [section for section in sections.values() if section.measures]
