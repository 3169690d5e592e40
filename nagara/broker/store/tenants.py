"""The tenants of a broker: one file each, opened when first asked for (4.14, 5.5.10).

A file a tenant, and not a column, because a tenant can then be dropped, moved, backed up and kept for as long
as its owner says, and because no index of one tenant grows with the data of another.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote

from nagara.broker.problems import Problem, bad_data
from nagara.broker.store.changes import Recorder
from nagara.broker.store.tenant import Store

_TENANT = re.compile(r"\w[\w.:/\-]{0,79}\Z", re.ASCII)
DEFAULT = "default"


class Tenants:
    """All tenants under one data folder."""

    def __init__(self, data: Path, *, query_seconds: float = 20.0) -> None:
        self._folder = data / "tenants"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._query_seconds = query_seconds
        self._open: dict[str, Store] = {}
        self.recorders: list[Recorder] = []

    def path(self, tenant: str) -> Path:
        """The file of a tenant; the default tenant's is named so that no header can name it."""
        return self._folder / (f"{quote(tenant, safe='')}.sqlite" if tenant else "_.sqlite")

    def names(self) -> list[str]:
        """All tenants that exist but the default one."""
        return sorted(unquote(path.name.removesuffix(".sqlite")) for path in self._folder.glob("*.sqlite") if path.name != "_.sqlite")

    def exists(self, tenant: str) -> bool:
        """Whether there is such a tenant."""
        return not tenant or tenant in self._open or (_TENANT.match(tenant) is not None and self.path(tenant).exists())

    def get(self, tenant: str, *, create: bool = False) -> Store:
        """The store of a tenant. One that does not exist yet is made where `create` says so (5.5.10), else it is refused."""
        found = self._open.get(tenant)
        if found is not None:
            return found
        if tenant and (not _TENANT.match(tenant) or tenant == "_"):
            raise bad_data("A tenant's name is made of letters, digits and '._:/-', and has at most 80 characters.")
        path = self.path(tenant)
        if tenant and not create and not path.exists():
            raise Problem(
                "NonexistentTenant", f"There is no tenant {tenant!r}; it is made by the first entity, subscription or registration."
            )
        found = Store(path, tenant, query_seconds=self._query_seconds)
        found.recorders = self.recorders
        self._open[tenant] = found
        return found

    def opened(self) -> list[Store]:
        """The stores in use."""
        return list(self._open.values())

    async def forget(self, tenant: str) -> None:
        """Let go of a tenant's file."""
        found = self._open.pop(tenant, None)
        if found is not None:
            await found.close()

    async def close(self) -> None:
        for store in self._open.values():
            await store.close()
        self._open.clear()
