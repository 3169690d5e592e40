"""Entities as they were last shown, ready to be sent again until they change.

One process owns the file, so it knows of every change, and what is held here is never stale.
"""

from __future__ import annotations

from nagara.broker.store.changes import Change

LIMIT_BYTES = 24 * 1024 * 1024
_OVERHEAD = 250  # bytes that one entry costs beside its own


class Shown:
    """Rendered entities by key, and keys by id, within a bound."""

    __slots__ = ("_by_key", "_keys", "_size", "epoch")

    def __init__(self) -> None:
        self._by_key: dict[int, dict[str, bytes]] = {}
        self._keys: dict[str, int] = {}
        self._size = 0
        self.epoch = 0  # grows with every change; what was read in an older epoch must not be put here

    def by_id(self, id_: str, view: str) -> bytes | None:
        """The entity of that id in that view."""
        key = self._keys.get(id_)
        if key is None:
            return None
        held = self._by_key.get(key)
        return None if held is None else held.get(view)

    def several(self, keys: list[int], view: str) -> dict[int, bytes]:
        """Those entities of these keys that were shown in that view."""
        held = self._by_key
        return {key: held[key][view] for key in keys if key in held and view in held[key]}

    def put(self, key: int, id_: str, view: str, body: bytes, epoch: int) -> None:
        """Keep what was just rendered from a document read in `epoch`."""
        if epoch != self.epoch:
            return
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = {}
        elif len(held) >= 8:
            self._size -= sum(len(old) + _OVERHEAD for old in held.values())
            held.clear()
        held[view] = body
        self._keys[id_] = key
        self._size += len(body) + _OVERHEAD
        while self._size > LIMIT_BYTES and self._by_key:
            self._drop(next(iter(self._by_key)))
        if len(self._keys) > 4 * len(self._by_key) + 1000:
            self._keys = {i: k for i, k in self._keys.items() if k in self._by_key}

    def _drop(self, key: int) -> None:
        held = self._by_key.pop(key, None)
        if held:
            self._size -= sum(len(body) + _OVERHEAD for body in held.values())

    def forget(self, changes: list[Change]) -> None:
        """These entities changed."""
        self.epoch += 1
        for change in changes:
            self._drop(change.key)
            if change.deleted:
                self._keys.pop(change.id, None)
