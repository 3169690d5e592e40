"""The broker itself, without any server around it: `handle(request) -> response`."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nagara.broker.api.call import Call
from nagara.broker.api.distributed import DISTRIBUTED, MAPPED
from nagara.broker.api.entity_maps import EntityMaps, concerned
from nagara.broker.api.remote_subscriptions import Copies
from nagara.broker.api.snapshots import HEADER as SNAPSHOT
from nagara.broker.api.snapshots import Snapshots
from nagara.broker.clock import now_us
from nagara.broker.doors.entry import Door
from nagara.broker.doors.keys import Keys
from nagara.broker.doors.outgoing import Outgoing
from nagara.broker.doors.tokens import Verifier
from nagara.broker.history import duck
from nagara.broker.history.keeping import Keeper
from nagara.broker.http import ROOT, Request, Response, parameters, problem_response
from nagara.broker.ld.context import Context
from nagara.broker.ld.resolver import CORE_CONTEXT, Resolver
from nagara.broker.problems import Problem, bad_data, http_problem, not_found
from nagara.broker.routes import REMOTE, Route, Routes
from nagara.broker.settings import Settings
from nagara.broker.sources.registry import Registry
from nagara.broker.sources.telling import all_for
from nagara.broker.store.expiring import expire
from nagara.broker.store.tenant import Store
from nagara.broker.store.tenants import Tenants
from nagara.broker.subscriptions.notifier import Notifier

log = logging.getLogger("nagara.broker")

_TICK_SECONDS = 2.0
_COMPILED = 2_000


class Broker:
    """One running broker over one data folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started = now_us()
        settings.data.mkdir(parents=True, exist_ok=True)
        self.tenants = Tenants(settings.data, query_seconds=settings.limits.query_seconds)
        self.history_folder = settings.history or settings.data / "history"
        self.history_folder.mkdir(parents=True, exist_ok=True)
        for left in (settings.data / "tenants").glob(".*.tmp"):  # of what a kill interrupted
            left.unlink(missing_ok=True)
        duck.overflow_to(settings.data)
        self.keys = Keys(settings.data)
        self.outgoing = Outgoing(settings.allow_hosts, allow_loopback=settings.open)
        # As many connections as there are sources: those that hang must not keep the others from theirs.
        self.asking = Outgoing(settings.allow_hosts, allow_loopback=settings.open, connections=0)
        self.alias = settings.alias or _own_alias(settings.data)
        verifier = Verifier(settings.tokens, self.outgoing) if settings.tokens.jwks else None
        self.door = Door(settings, self.keys, verifier)
        self.keeper = Keeper(self.history_folder)
        self.notifier = Notifier(settings, self.tenants)
        self.copies = Copies()
        self.entity_maps = EntityMaps()
        self.snapshots = Snapshots(settings, self.tenants)
        self._registries: dict[str, Registry] = {}
        self.routes = Routes()
        self.core_context: Context = CORE_CONTEXT
        self._resolvers: dict[str, Resolver] = {}
        self._compiled: dict[tuple[str, str, str], tuple[Context, Any]] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._waking: asyncio.Task[None] | None = None
        self.tenants.get("")

    # Life

    async def start(self) -> None:
        """Begin what runs beside the requests: expiry, counters."""
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())
            self._waking = asyncio.get_running_loop().create_task(self._wake())

    async def _wake(self) -> None:
        """Go on with the notifications that wait, before anyone asks for their tenants."""
        for tenant in await asyncio.to_thread(self.notifier.with_subscriptions):
            store = self.tenants.get(tenant)
            await self.open(store)

    async def stop(self) -> None:
        """Finish what was begun and let go of the files."""
        if self._ticking is not None:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
            self._ticking = None
        if self._waking is not None:
            await asyncio.gather(self._waking, return_exceptions=True)
        await self.keeper.stop()
        await self.copies.stop()
        await self.notifier.stop()
        for registry in self._registries.values():
            await registry.stop()
        await self._save_counters()
        await self.outgoing.close()
        await self.asking.close()
        await self.snapshots.close()
        await self.tenants.close()
        self.keys.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            try:
                for store in self.tenants.opened():
                    await expire(store, self.history_folder)
                    self.keeper.look(store)
                for store in self.snapshots.stores.opened():
                    await expire(store, self.history_folder)
                await self.snapshots.expire()
                await self._save_counters()
                self.keys.save_use()
            except Exception:
                log.exception("the upkeep failed; it is tried again")

    async def _save_counters(self) -> None:
        for resolver in list(self._resolvers.values()):
            if resolver.stored.used:
                stored = resolver.stored
                await resolver.store.writer.do(lambda txn, stored=stored: stored.save_counters(txn.connection))  # type: ignore[misc]

    # What operations need

    def resolver(self, store: Store) -> Resolver:
        """The @contexts of a tenant."""
        found = self._resolvers.get(store.tenant)
        if found is None:
            found = self._resolvers[store.tenant] = Resolver(store, self.outgoing, self.settings)
        return found

    async def registry(self, store: Store) -> Registry:
        """The context sources of a tenant."""
        found = self._registries.get(store.tenant)
        if found is None:
            found = Registry(store, self.settings)
            await found.load(self.resolver(store))
            await self.copies.load(store)
            found = self._registries.setdefault(store.tenant, found)
        return found

    async def open(self, store: Store, tenant: str | None = None) -> None:
        """Load what has to be known of a tenant before anything is written to it."""
        registry = await self.registry(store)
        post = await self.notifier.post(store, self.resolver(store))
        post.tenant = store.tenant if tenant is None else tenant
        post.of_sources = lambda one: all_for(one, registry.all(), self.settings.limits)

    def alias_of(self, tenant: str) -> str:
        """The name of this broker in a Via header, another one for each tenant (5.2.40)."""
        return f"{self.alias}-{hashlib.blake2b(tenant.encode(), digest_size=6).hexdigest()}" if tenant else self.alias

    def base(self, request: Request) -> str:
        """The address of the API as this client knows it."""
        if self.settings.base_url:
            return self.settings.base_url.rstrip("/") + ROOT
        host = request.headers.get("host") or f"{self.settings.host}:{self.settings.port}"
        return f"{request.scheme}://{host}{ROOT}"

    def compiled(self, query: str, context: Context, kind: str, read: Callable[[], Any]) -> Any:
        """What `read` makes of a query string under a @context, remembered."""
        key = (query, context.key, kind)
        known = self._compiled.get(key)
        if known is not None and known[0] is context:
            return known[1]
        made = read()
        if len(self._compiled) >= _COMPILED:
            self._compiled.clear()
        self._compiled[key] = (context, made)
        return made

    # Requests

    async def handle(self, request: Request) -> Response:
        """Serve one request. Never raises: what goes wrong unforeseen is logged and answered with 500."""
        tenant = request.headers.get("ngsild-tenant", "")
        try:
            response = await self._serve(request, tenant)
        except Problem as problem:
            response = problem_response(problem)
        except RecursionError:
            response = problem_response(Problem("BadRequestData", "The document is nested too deep."))
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = problem_response(Problem("InternalError", "The broker met something that it did not foresee; it is in its log."))
        if tenant:
            response.headers.append(("ngsild-tenant", tenant))
        if SNAPSHOT in request.headers:
            response.headers.append((SNAPSHOT, request.headers[SNAPSHOT]))
        if request.method == "HEAD":
            response.body = b""
        return response

    def find(self, method: str, path: str) -> tuple[Route, Any] | Response:
        """The operation for a method and path; an answer at once for OPTIONS, 404 and 405."""
        if path == REMOTE.path and method == "POST":
            return REMOTE, {}
        if not path.startswith(ROOT):
            raise not_found(f"There is nothing at {path}; the API is under {ROOT}.")
        methods, args = self.routes.find(path[len(ROOT) :])
        if methods is not None and method not in methods and self.routes.lacks_id(path[len(ROOT) :], method):
            raise bad_data("The address lacks the id of the entity.")
        if methods is None:
            raise not_found(f"There is no resource {path}.")
        route = methods.get("GET" if method == "HEAD" else method)
        if route is not None:
            return route, args
        allowed = sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])})
        allow = ("allow", ", ".join(allowed))
        if method == "OPTIONS":
            headers = [allow]
            if "PATCH" in methods:
                headers.append(("accept-patch", "application/json, application/ld+json, application/merge-patch+json"))
            return Response(204, headers)
        refusal = http_problem(405, "Method not allowed", f"{method} does not go with this resource; {allow[1]} do.")
        refusal.headers = [allow]
        raise refusal

    async def _serve(self, request: Request, tenant: str) -> Response:
        found = self.find(request.method, request.path)
        if isinstance(found, Response):
            return found
        route, args = found
        if len(request.query) > self.settings.limits.url:
            raise http_problem(
                414,
                "URI too long",
                f"The query string has more than {self.settings.limits.url} characters; use POST /entityOperations/query.",
            )
        if request.method in ("POST", "PATCH", "PUT") and route.body and "content-length" not in request.headers:
            raise http_problem(411, "Length required", "Send a Content-Length.")
        if not route.open:
            await self.door.admit(request, tenant, route.scope)
        call = Call(self, request, tenant, args, route.creates, request.headers.get(SNAPSHOT, ""))
        if route.tenant:
            store = call.store
            if store.tenant not in self.notifier.posts:
                await self.open(store, tenant)
            if store.next_expiry is not None and store.next_expiry <= now_us():
                await expire(store, self.history_folder)
            host = request.headers.get("host")
            if host:
                hosts = self.resolver(store).hosts
                if host not in hosts and len(hosts) < 16:
                    hosts.add(host)
            if route.serve in MAPPED and concerned(call):
                return await MAPPED[route.serve](call, self._registries[store.tenant])
            distributed = DISTRIBUTED.get(route.serve)
            if distributed is not None and not self._registries[store.tenant].empty and not _local_only(request):
                return await distributed(call, self._registries[store.tenant])
        return await route.serve(call)


def _own_alias(data: Path) -> str:
    """A name that no other broker has, so that requests which go in circles are known; made once for a data folder."""
    path = data / "alias"
    if not path.exists():
        path.write_text(f"nagara-{secrets.token_hex(4)}", encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _local_only(request: Request) -> bool:
    """Whether a request is to be served from here alone (6.3.18)."""
    return "local" in request.query and parameters(request.query).get("local", "").lower() == "true"
