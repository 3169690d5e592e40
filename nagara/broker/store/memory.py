"""What memory holds of a tenant to spare the file: entities that queries looked at, and sizes of indexes."""

from __future__ import annotations

from time import monotonic

from nagara.broker.model.incoming import Entity
from nagara.broker.store.changes import Change

LIMIT_BYTES = 3 * 1024 * 1024  # of documents, which take some six times as much as objects
SECONDS = 10.0


class Parsed:
    """Entities by key, as they are on disk. Used by the event loop's connection alone; the oldest give way."""

    __slots__ = ("_held", "_size")

    def __init__(self) -> None:
        self._held: dict[int, tuple[Entity, int]] = {}
        self._size = 0

    def some(self, keys: list[int]) -> dict[int, Entity]:
        """Those of these entities that are held."""
        held = self._held
        return {key: held[key][0] for key in keys if key in held}

    def put(self, key: int, entity: Entity, size: int) -> None:
        """Keep an entity whose document has `size` bytes."""
        if size > LIMIT_BYTES // 20:
            return
        self._held[key] = (entity, size)
        self._size += size
        while self._size > LIMIT_BYTES:
            self._drop(next(iter(self._held)))

    def _drop(self, key: int) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._size -= held[1]

    def forget(self, changes: list[Change]) -> None:
        """These entities changed."""
        for change in changes:
            self._drop(change.key)


class Docs:
    """Documents by id as they were committed last, for whoever changes them next; the oldest give way."""

    __slots__ = ("_held", "_size")

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, bytes | None]] = {}
        self._size = 0

    def get(self, id_: str) -> tuple[int, bytes | None] | None:
        """(key, document) of an id, where it is held; the document is None where the entity was deleted."""
        return self._held.get(id_)

    def keep(self, docs: dict[str, tuple[int, bytes | None]]) -> None:
        """These are on their way to the disk, all that was written among them."""
        held = self._held
        for id_, one in docs.items():
            before = held.pop(id_, None)
            if before is not None:
                self._size -= _weight(before)
            held[id_] = one
            self._size += _weight(one)
        while self._size > LIMIT_BYTES:
            self._size -= _weight(held.pop(next(iter(held))))


def _weight(one: tuple[int, bytes | None]) -> int:
    return 200 + len(one[1] or b"")


class Sizes:
    """How many rows a part of an index has, about; forgotten after some seconds."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[object, tuple[int, float]] = {}

    def get(self, part: object) -> int | None:
        """The size, where it was counted lately."""
        held = self._held.get(part)
        return None if held is None or held[1] < monotonic() else held[0]

    def put(self, part: object, size: int) -> None:
        """Remember a size."""
        if len(self._held) > 2_000:
            self._held.clear()
        self._held[part] = (size, monotonic() + SECONDS)
