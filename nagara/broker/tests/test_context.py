"""Names to full names and back (4.4, 5.5.7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagara.broker.ld.context import Context, Term, add_terms
from nagara.broker.ld.core import DEFAULT_VOCAB, NGSI_LD, VERSIONS, core_document, core_terms, core_version
from nagara.broker.problems import Problem


def _context(*parts: dict[str, Any]) -> Context:
    terms: dict[str, Term] = {}
    vocab: str | None = None
    for part in parts:
        vocab = add_terms(part, terms, vocab)
    return Context(terms, vocab, list(parts), "test")


@pytest.mark.parametrize(
    ("parts", "name", "full"),
    [
        ([], "speed", DEFAULT_VOCAB + "speed"),
        ([], "location", NGSI_LD + "location"),
        ([], "ngsi-ld:x", NGSI_LD + "x"),
        ([], "https://example.org/a", "https://example.org/a"),
        ([], "urn:x:y", "urn:x:y"),
        ([{"speed": "https://example.org/speed"}], "speed", "https://example.org/speed"),
        ([{"speed": {"@id": "https://example.org/speed", "@type": "@id"}}], "speed", "https://example.org/speed"),
        ([{"ex": "https://example.org/", "speed": "ex:speed"}], "speed", "https://example.org/speed"),
        ([{"speed": "ex:speed", "ex": "https://example.org/"}], "speed", "https://example.org/speed"),
        ([{"ex": "https://example.org/"}], "ex:anything", "https://example.org/anything"),
        ([{"@vocab": "https://vocab.example.org/#"}], "speed", "https://vocab.example.org/#speed"),
        ([{"@vocab": "https://a/"}, {"@vocab": "https://b/"}], "speed", "https://b/speed"),
        ([{"speed": "https://a/"}, {"speed": "https://b/"}], "speed", "https://b/"),
        ([{"speed": "https://a/"}, {"speed": None}], "speed", DEFAULT_VOCAB + "speed"),
        ([{"ex": "https://a/"}, {"speed": "ex:speed"}], "speed", "https://a/speed"),
        ([{"b": "a", "a": "https://a/"}], "b", "https://a/"),
        ([{"location": "https://mine/"}], "location", NGSI_LD + "location"),
        ([{"@vocab": "https://v/"}], "location", NGSI_LD + "location"),
        ([{"ความเร็ว": "https://example.org/speed"}], "ความเร็ว", "https://example.org/speed"),
    ],
)  # fmt: skip
def test_names_expand(parts: list[dict[str, Any]], name: str, full: str) -> None:
    context = _context(*parts)
    assert context.full(name) == full
    again = context.short(full)
    assert context.full(again) == full


@pytest.mark.parametrize(
    ("part", "full", "short"),
    [
        ({"speed": "https://e/s", "velocity": "https://e/s"}, "https://e/s", "speed"),
        ({"ex": "https://e/"}, "https://e/s", "ex:s"),
        ({"ex": "https://e"}, "https://e/s", "https://e/s"),
        ({"@vocab": "https://v/"}, "https://v/s", "s"),
        ({"@vocab": "https://v/"}, DEFAULT_VOCAB + "s", "ngsi-ld:default-context/s"),
        ({"s": "https://other/"}, DEFAULT_VOCAB + "s", "ngsi-ld:default-context/s"),
        ({"@vocab": "https://v/"}, "https://v/q", "https://v/q"),
        ({}, DEFAULT_VOCAB + "s", "s"),
        ({}, NGSI_LD + "location", "location"),
    ],
)
def test_full_names_are_shortened_only_where_the_way_back_is_the_same(part: dict[str, Any], full: str, short: str) -> None:
    context = _context(part)
    assert context.short(full) == short and context.full(short) == full


@given(
    terms=st.dictionaries(st.sampled_from(["a", "b", "ex", "c.d", "speed"]), st.sampled_from(["https://e/", "https://e/x#", "ex:y", "b", "urn:z:", None])),
    vocab=st.sampled_from([None, "https://v/", "https://e/"]),
    name=st.sampled_from(["a", "b", "z", "ex:q", "speed", "location", "https://e/y", "urn:z:1", "https://v/a"]),
)  # fmt: skip
def test_shortening_never_changes_what_is_meant(terms: dict[str, Any], vocab: str | None, name: str) -> None:
    try:
        context = _context({**({"@vocab": vocab} if vocab else {}), **terms})
    except Problem as problem:
        assert "by itself" in problem.detail
        return
    full = context.full(name)
    assert context.full(context.short(full)) == full


@pytest.mark.parametrize("name", ["@id", "a b", "<x>", "1a", "", "a,b", "x:", 'q"', "type", "id"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Problem):
        _context().full(name)


def test_every_core_context_is_there_and_each_later_one_knows_more() -> None:
    assert (VERSIONS[0], VERSIONS[-1]) == ("1.0", "1.9")
    sizes = [len(core_document(version)["@context"]) for version in VERSIONS]
    assert sizes == sorted(sizes) and sizes[0] > 20
    assert core_terms()["observedAt"] == NGSI_LD + "observedAt"
    for version in VERSIONS:
        name = version if version.startswith("v") else f"v{version}"
        assert core_version(f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-{name}.jsonld")
    assert core_version("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld")
    assert core_version("https://example.org/ngsi-ld-core-context.jsonld") is None


def test_the_memory_for_names_is_bounded() -> None:
    context = _context({})
    for i in range(60_000):
        context.full(f"n{i}")
    assert context.full("n59999") == DEFAULT_VOCAB + "n59999" and len(context._full) <= 50_000
