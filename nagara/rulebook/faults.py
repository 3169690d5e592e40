"""What the shape of an edition alone cannot say: sums, codes that name nothing, gaps in the scale, texts without Thai, examples that come out otherwise."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import msgspec

from nagara.rulebook.schema import Criterion, EditionFile, Example, Gate, Source, Texts
from nagara.rulebook.score import cell_key, compute
from nagara.toolkit.texts import LANGUAGES

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_YEARS = range(1950, 2200)


def faults_of(edition: EditionFile) -> list[str]:
    """Every fault of an edition, in words that name the key. Examples are run once all else is sound."""
    faults = [
        *_faults_of_codes(edition),
        *_faults_of_days(edition),
        *_faults_of_texts(edition),
        *_faults_of_numbers(edition),
        *chain.from_iterable(_faults_of_criterion(edition, criterion) for criterion in edition.criteria),
        *chain.from_iterable(_faults_of_gate(edition, gate) for gate in edition.gates),
        *chain.from_iterable(_faults_of_example(edition, example) for example in edition.examples),
    ]
    return faults or list(chain.from_iterable(_outcome_of(edition, example) for example in edition.examples))


def _twice(codes: Iterable[str]) -> list[str]:
    codes = list(codes)
    return sorted({code for code in codes if codes.count(code) > 1})


def _faults_of_codes(edition: EditionFile) -> Iterator[str]:
    lists = {
        "criteria": [criterion.code for criterion in edition.criteria],
        "dimensions": [dimension.code for dimension in edition.dimensions],
        "city types": [choice.code for choice in edition.city_types],
        "gates": [gate.code for gate in edition.gates],
    }
    for name, codes in lists.items():
        if twice := _twice(codes):
            yield f"a code occurs twice among the {name}: {', '.join(twice)}"
        if wrong := [code for code in codes if not _CODE.fullmatch(code)]:
            yield f"a code among the {name} has other signs than letters, digits, - and _: {', '.join(wrong)}"
    for name in ("criteria", "city_types", "examples"):
        if not getattr(edition, name):
            yield f"there are no {name}"
    if any(criterion.by_dimension for criterion in edition.criteria) and not edition.dimensions:
        yield "a criterion is by dimension, but there are no dimensions"


def _faults_of_days(edition: EditionFile) -> Iterator[str]:
    days = [("in_force", edition.in_force), *((source.title, source.day) for source in structs_within(edition, Source) if source.day)]
    for name, day in days:
        if day.year not in _YEARS:
            yield f"{name}: the year {day.year} is not of the Common Era: write ISO days (Buddhist year minus 543)"


def _faults_of_texts(edition: EditionFile) -> Iterator[str]:
    for where, texts in _texts(edition, "edition"):
        if "th" not in texts:
            yield f"{where}: the text lacks th"
        if unknown := sorted(set(texts) - set(LANGUAGES)):
            yield f"{where}: no language that is kept here: {', '.join(unknown)}"
        if empty := sorted(code for code, text in texts.items() if not text.strip()):
            yield f"{where}: the text is empty in {', '.join(empty)}"
    for source in structs_within(edition, Source):
        if not source.title.strip():
            yield "a source has no title"
        if source.address and urlsplit(source.address).scheme not in ("http", "https"):
            yield f"the source “{source.title}” has no web address in address: {source.address}"


def _faults_of_numbers(edition: EditionFile) -> Iterator[str]:
    total = sum(criterion.weight.value for criterion in edition.criteria)
    if round(total, 6) != 100:
        yield f"the weights add up to {total:g}, not to 100"
    if edition.scale.least >= edition.scale.most:
        yield "scale: the least score is not below the most"
    if set(edition.scale.reason_for) - set(range(edition.scale.least, edition.scale.most + 1)):
        yield "reason_for names a score outside the scale"
    for name in ("in_principle_from", "renewal_progress"):
        if not 0 <= getattr(edition, name).value <= 100:
            yield f"{name}: {getattr(edition, name).value:g} is not between 0 and 100"
    if edition.validity_years.value <= 0:
        yield "validity_years: must be above 0"


def _faults_of_criterion(edition: EditionFile, criterion: Criterion) -> Iterator[str]:
    scale = set(range(edition.scale.least, edition.scale.most + 1))
    if scale and set(criterion.anchors) != scale:
        yield f"{criterion.code}: the anchors must say what each score from {min(scale)} to {max(scale)} means"
    if criterion.weight.value <= 0:
        yield f"{criterion.code}: the weight must be above 0"
    if _twice(field.code for field in criterion.fields):
        yield f"{criterion.code}: a field code occurs twice"
    if _twice(asked.code for asked in criterion.evidence):
        yield f"{criterion.code}: a code of evidence occurs twice"
    for field in criterion.fields:
        if (field.kind == "choice") != bool(field.choices):
            yield f"{criterion.code}: {field.code}: choices belong to a field of kind choice, and to no other"
        if field.least is not None and field.most is not None and field.least > field.most:
            yield f"{criterion.code}: {field.code}: least is above most"


def _faults_of_gate(edition: EditionFile, gate: Gate) -> Iterator[str]:
    if gate.kind == "least_dimensions" and not 1 <= gate.value <= len(edition.dimensions):
        yield f"{gate.code}: {gate.value:g} dimensions cannot be chosen: there are {len(edition.dimensions)}"
    if gate.kind.endswith("_mark") and not 0 < gate.value <= 100:
        yield f"{gate.code}: {gate.value:g} is not a mark above 0 and up to 100"
    if gate.kind == "compulsory_dimensions" and not any(dimension.compulsory for dimension in edition.dimensions):
        yield f"{gate.code}: no dimension is compulsory"


def _name(example: Example) -> str:
    return next(iter(example.title.values()), "")


def _faults_of_example(edition: EditionFile, example: Example) -> Iterator[str]:
    known = {dimension.code for dimension in edition.dimensions}
    if unknown := sorted(set(example.dimensions) - known):
        yield f"an example names a dimension that does not exist: {', '.join(unknown)}"
        return
    wanted = {cell_key(*cell) for cell in edition.cells(example.dimensions)}
    if wanted != set(example.scores):
        yield f"the example “{_name(example)}” does not score exactly {', '.join(sorted(wanted))}"
    if len({len(values) for values in example.scores.values()}) > 1:
        yield f"the example “{_name(example)}” has not as many scores for each criterion"
    if any(not edition.scale.least <= value <= edition.scale.most for values in example.scores.values() for value in values):
        yield f"the example “{_name(example)}” has a score outside the scale"


def _outcome_of(edition: EditionFile, example: Example) -> Iterator[str]:
    found = compute(edition, list(example.dimensions), sheets_of(example))
    expected = example.expect
    if abs(float(found.total) - expected.total) > 0.005:
        yield f"example “{_name(example)}”: the total is {found.total}, not {expected.total}"
    if found.recommendation != expected.recommendation:
        yield f"example “{_name(example)}”: the recommendation is {found.recommendation}, not {expected.recommendation}"
    failed = sorted(gate.code for gate in found.gates if not gate.passed)
    if failed != sorted(expected.failed_gates):
        yield f"example “{_name(example)}”: the failed gates are {failed}, not {sorted(expected.failed_gates)}"


def sheets_of(example: Example) -> list[dict[tuple[str, str], int]]:
    """The examples list values by criterion; the calculation takes them by assessor."""
    count = max((len(values) for values in example.scores.values()), default=0)
    sheets: list[dict[tuple[str, str], int]] = [{} for _ in range(count)]
    for key, values in example.scores.items():
        criterion, _, dimension = key.partition(":")
        for sheet, value in zip(sheets, values, strict=False):
            sheet[criterion, dimension] = value
    return sheets


def structs_within(value: Any, kind: type[Any]) -> Iterator[Any]:
    """Every struct of a kind within a value."""
    if isinstance(value, kind):
        yield value
    for _key, child in _children(value):
        yield from structs_within(child, kind)


def _texts(value: Any, where: str) -> Iterator[tuple[str, Texts]]:
    """Every text in several languages within a value, with the keys that lead to it. An empty one is one that was left out."""
    if isinstance(value, dict) and value and all(isinstance(key, str) and isinstance(text, str) for key, text in value.items()):
        yield where, value
        return
    for key, child in _children(value):
        yield from _texts(child, f"{where}.{key}")


def _children(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, msgspec.Struct):
        code = getattr(value, "code", "")
        return [(f"{code}.{name}" if code else name, getattr(value, name)) for name in value.__struct_fields__]
    if isinstance(value, dict):
        return [(str(key), child) for key, child in value.items()]
    if isinstance(value, tuple):
        return [(str(number), child) for number, child in enumerate(value, 1)]
    return []
