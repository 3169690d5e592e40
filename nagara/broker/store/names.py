"""Full names (IRIs) of types and attributes, numbered: what documents and indexes hold in their stead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from nagara.broker.model.incoming import Entity


class Names:
    """The numbered names of one tenant, in memory and in the table `name`."""

    __slots__ = ("_iris", "_texts", "numbers")

    def __init__(self, rows: Iterable[tuple[int, str]]) -> None:
        self.numbers: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._iris: dict[str, str] = {}
        for number, iri in rows:
            self.add(iri, number)

    def add(self, iri: str, number: int) -> None:
        self._texts[iri] = text = str(number)
        self._iris[text] = iri
        self.numbers[iri] = number

    def drop(self, iri: str) -> None:
        """Forget a name whose transaction was undone."""
        self.numbers.pop(iri, None)
        self._iris.pop(self._texts.pop(iri, ""), None)

    def pack(self, entity: Entity) -> bytes:
        """An entity as its row holds it: names of its types and attributes as numbers. All of them must be known."""
        texts = self._texts
        return orjson.dumps(
            {**entity, "type": [texts[iri] for iri in entity["type"]], "attrs": {texts[iri]: some for iri, some in entity["attrs"].items()}}
        )

    def unpack(self, doc: bytes) -> Entity:
        """The way back of `pack`."""
        entity: Entity = orjson.loads(doc)
        iris = self._iris
        entity["type"] = [iris[text] for text in entity["type"]]
        entity["attrs"] = {iris[text]: some for text, some in entity["attrs"].items()}
        return entity

    def text(self, number: int) -> str:
        """The full name of a number."""
        return self._iris[str(number)]

    def pack_write(self, written: dict[str, Any], removed: list[tuple[str, str | None, str]], more: dict[str, Any]) -> bytes:
        """What history keeps of a write that was not a creation; see the table `observation`."""
        texts = self._texts
        doc: dict[str, Any] = {"attrs": {texts[iri]: some for iri, some in written.items()}, **more}
        if removed:
            doc["removed"] = [[texts[iri], dataset, kind] for iri, dataset, kind in removed]
        if "type" in doc:
            doc["type"] = [texts[iri] for iri in doc["type"]]
        return orjson.dumps(doc)

    def unpack_write(self, doc: bytes | str) -> dict[str, Any]:
        """The way back of `pack_write`, and of `pack` where the write was a creation."""
        found: dict[str, Any] = orjson.loads(doc)
        iris = self._iris
        found["attrs"] = {iris[text]: some for text, some in found["attrs"].items()}
        if "removed" in found:
            found["removed"] = [(iris[text], dataset, kind) for text, dataset, kind in found["removed"]]
        if "type" in found:
            found["type"] = [iris[text] for text in found["type"]]
        return found
