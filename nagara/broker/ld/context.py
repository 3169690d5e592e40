"""One resolved @context: from terms to full names and back (5.5.7), for the part of JSON-LD 1.1 that NGSI-LD needs.

A `Context` is immutable once built and is shared by all requests that name the same @context, so what it
learns about names (its two memories) is learnt once.
"""

from __future__ import annotations

import re
from typing import Any

from nagara.broker.ld.core import CORE, DEFAULT_VOCAB, GEOJSON, NGSI_LD, core_terms
from nagara.broker.problems import bad_data

_MEMORY = 50_000  # names one @context may remember, so that a flood of invented names cannot fill the memory
_KEYWORD = re.compile(r"@[A-Za-z]+\Z")
_NAME = re.compile(r"[^\W\d_][\w\-.]*\Z")
_PREFIXED = re.compile(r"[^\W\d_][\w\-.]*:[^\s\"<>{}|\\^`]+\Z")
_IGNORED = frozenset({"@version", "@protected", "@base", "@language", "@direction", "@propagate"})
_PREFIX_ENDS = tuple(":/?#[]@")


class Term:
    """What a term of a user's @context stands for."""

    __slots__ = ("container", "iri", "prefix", "type")

    def __init__(self, iri: str, type_: str | None, container: str | None, prefix: bool) -> None:
        self.iri = iri
        self.type = type_
        self.container = container
        self.prefix = prefix


class Context:
    """An active @context: the user's terms under the core ones, which always win (4.4)."""

    __slots__ = ("_full", "_inverse", "_prefixes", "_short", "key", "source", "terms", "vocab")

    def __init__(self, terms: dict[str, Term], vocab: str | None, source: Any, key: str) -> None:
        self.terms = terms
        self.vocab = vocab
        self.source = source  # as it is to be shown in a JSON-LD answer
        self.key = key  # names this context in caches
        core = core_terms()
        self._full: dict[str, str] = {}
        self._short: dict[str, str] = {}
        self._inverse: dict[str, str] = {}
        self._prefixes: list[tuple[str, str]] = []
        for name, term in terms.items():
            if name in core:
                continue
            known = self._inverse.get(term.iri)
            # JSON-LD picks the shortest, then the least, of several terms for one name.
            if known is None or (len(name), name) < (len(known), known):
                self._inverse[term.iri] = name
            if term.prefix:
                self._prefixes.append((term.iri, name))
        self._prefixes += [(NGSI_LD, "ngsi-ld"), (GEOJSON, "geojson")]
        self._prefixes.sort(key=lambda p: -len(p[0]))
        for name, iri in core.items():
            self._inverse[iri] = name

    def full(self, name: str) -> str:
        """The full name (IRI) that `name` stands for here; a name already full stays as it is."""
        found = self._full.get(name)
        if found is None:
            found = self._expand(name)
            if len(self._full) < _MEMORY:
                self._full[name] = found
        return found

    def _expand(self, name: str) -> str:
        if name in ("id", "type"):
            raise bad_data(f"{name!r} stands for a JSON-LD keyword and cannot be used as a name (4.4).")
        core = core_terms().get(name)
        if core is not None:
            return core
        term = self.terms.get(name)
        if term is not None:
            return term.iri
        if name.startswith("@"):
            raise bad_data(f"{name!r} is a JSON-LD keyword and cannot be used as a name.")
        prefix, colon, rest = name.partition(":")
        if colon:
            if not _PREFIXED.match(name):
                raise bad_data(f"{name!r} is not a name: after 'prefix:' come letters, digits and the marks that a URI allows (4.6.2).")
            if rest.startswith("//"):
                return name
            if prefix == "ngsi-ld":
                return NGSI_LD + rest
            if prefix == "geojson":
                return GEOJSON + rest
            base = self.terms.get(prefix)
            return base.iri + rest if base is not None else name
        if not _NAME.match(name):
            raise bad_data(f"{name!r} is not a name: names start with a letter and hold letters, digits and '_' (4.6.2).")
        return (self.vocab or DEFAULT_VOCAB) + name

    def short(self, iri: str) -> str:
        """The shortest name that this @context has for `iri`; the full name where it has none (5.5.7)."""
        found = self._short.get(iri)
        if found is None:
            found = self._compact(iri)
            if len(self._short) < _MEMORY:
                self._short[iri] = found
        return found

    def _compact(self, iri: str) -> str:
        found = self._inverse.get(iri)
        if found is not None:
            return found
        for vocab in (self.vocab, DEFAULT_VOCAB):
            if vocab and iri.startswith(vocab):
                rest = iri[len(vocab) :]
                # Only where the way back leads to the same name.
                if (
                    rest
                    and rest not in self.terms
                    and rest not in core_terms()
                    and _NAME.match(rest)
                    and (self.vocab or DEFAULT_VOCAB) == vocab
                ):
                    return rest
        for base, prefix in self._prefixes:
            if iri.startswith(base) and len(iri) > len(base):
                candidate = f"{prefix}:{iri[len(base) :]}"
                if candidate not in self.terms:
                    return candidate
        return iri

    def word(self, text: str) -> str:
        """The full name of a value that is a word of a vocabulary; unlike names, words may hold any character."""
        if text in self._full:
            return self._full[text]
        core = core_terms().get(text)
        if core is not None:
            return core
        if text in self.terms:
            return self.terms[text].iri
        prefix, colon, rest = text.partition(":")
        if colon and prefix in self.terms and not rest.startswith("//"):
            return self.terms[prefix].iri + rest
        if colon and " " not in text and "." not in prefix:
            return text
        return (self.vocab or DEFAULT_VOCAB) + text

    def short_word(self, iri: str) -> str:
        """The way back of `word`."""
        found = self.short(iri)
        vocab = self.vocab or DEFAULT_VOCAB
        if found == iri and iri.startswith(vocab) and len(iri) > len(vocab):
            return iri[len(vocab) :]
        return found

    def coerced(self, name: str) -> str | None:
        """The type that the @context gives to values of `name`: "@vocab", "@id", an IRI, or None."""
        term = self.terms.get(name)
        return term.type if term is not None else None


def _expand_id(target: str, raw: dict[str, Any], terms: dict[str, Term], vocab: str | None, above: tuple[str, ...]) -> str | None:
    """The full name that `target` stands for in a @context object; `above`: the terms that are being defined by it."""
    if target.startswith("@"):
        return target
    if target in core_terms():
        return core_terms()[target]
    prefix, colon, rest = target.partition(":")
    own = prefix if colon else target
    if colon and (rest.startswith("//") or prefix == "_"):
        return target
    if colon and prefix in ("ngsi-ld", "geojson"):
        return (NGSI_LD if prefix == "ngsi-ld" else GEOJSON) + rest
    rule = raw.get(own)
    base = rule if isinstance(rule, str) else rule.get("@id") if isinstance(rule, dict) else None
    if isinstance(base, str) and (colon or own not in above):
        if own in above:
            raise bad_data(f"The @context defines {own!r} by itself.")
        found = _expand_id(base, raw, terms, vocab, (*above, own))
        return found + rest if found else None
    if own in terms and own not in above:
        return terms[own].iri + rest
    return target if colon else (vocab or DEFAULT_VOCAB) + target


def add_terms(raw: dict[str, Any], terms: dict[str, Term], vocab: str | None) -> str | None:
    """Lay the term definitions of one @context object over `terms`; the vocab that holds after it."""
    if "@vocab" in raw:
        value = raw["@vocab"]
        if value is not None and not isinstance(value, str):
            raise bad_data("The @context gives @vocab something that is not a text.")
        vocab = value or None
    for name, rule in raw.items():
        if not isinstance(name, str) or name in _IGNORED or name == "@vocab":
            continue
        if name in ("@import",):
            raise bad_data("A user @context cannot hold @import: list the @contexts in an array.")
        if _KEYWORD.match(name):
            continue
        if rule is None:
            terms.pop(name, None)
            continue
        if isinstance(rule, str):
            iri = _expand_id(rule, raw, terms, vocab, (name,))
            if iri and not iri.startswith("@"):
                terms[name] = Term(iri, None, None, iri.endswith(_PREFIX_ENDS))
            continue
        if not isinstance(rule, dict):
            raise bad_data(f"The @context defines {name!r} by something that is neither a text nor an object.")
        if "@context" in rule:
            raise bad_data(f"The @context gives the term {name!r} a context of its own: scoped contexts are not allowed (5.5.7).")
        target = rule.get("@id", name)
        if "@reverse" in rule:
            raise bad_data(f"The @context defines {name!r} by @reverse, which NGSI-LD has no use for.")
        if not isinstance(target, str):
            raise bad_data(f"The @context gives the term {name!r} an @id that is not a text.")
        if target == name and "@id" not in rule:
            iri = _expand_id(name, {k: v for k, v in raw.items() if k != name}, terms, vocab, (name,))
        else:
            iri = _expand_id(target, raw, terms, vocab, (name,))
        if not iri or iri.startswith("@"):
            continue
        type_ = rule.get("@type")
        if isinstance(type_, str) and not type_.startswith("@"):
            type_ = _expand_id(type_, raw, terms, vocab, ())
        container = rule.get("@container")
        prefix = bool(rule["@prefix"]) if "@prefix" in rule else False
        terms[name] = Term(iri, type_ if isinstance(type_, str) else None, container if isinstance(container, str) else None, prefix)
    return vocab


def core_context() -> Context:
    """The @context of a request that names none (5.5.5)."""
    return Context({}, None, CORE, "")
