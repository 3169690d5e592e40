"""Every operation of the API: its address, method, what it needs of a key, and the function that serves it (Table 6.2-1)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nagara.broker.api import (
    batch,
    contexts,
    discovery,
    entities,
    entity_maps,
    history,
    info,
    querying,
    registrations,
    remote_subscriptions,
    snapshots,
    subscriptions,
    temporal,
    temporal_writing,
)
from nagara.broker.api.call import Call
from nagara.broker.doors.keys import MANAGE, READ, SUBSCRIBE, WRITE
from nagara.broker.http import Response

Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation."""

    method: str
    path: str  # under the root of the API; {name} stands for a part of it
    serve: Handler
    scope: str = READ
    creates: bool = False  # whether it makes a tenant that does not exist (5.5.10)
    tenant: bool = True  # whether it needs its tenant to exist
    open: bool = False  # whether it asks for no key
    body: bool = True  # whether a POST needs one


ROUTES = (
    Route("POST", "entities", entities.create_entity, WRITE, creates=True),
    Route("GET", "entities", querying.query_entities),
    Route("DELETE", "entities", querying.purge_entities, WRITE),
    Route("GET", "entities/{id}", entities.retrieve_entity),
    Route("PUT", "entities/{id}", entities.replace_entity, WRITE),
    Route("PATCH", "entities/{id}", entities.merge_entity, WRITE),
    Route("DELETE", "entities/{id}", entities.delete_entity, WRITE),
    Route("POST", "entities/{id}/attrs", entities.append_attributes, WRITE),
    Route("PATCH", "entities/{id}/attrs", entities.update_attributes, WRITE),
    Route("PATCH", "entities/{id}/attrs/{attr}", entities.update_attribute, WRITE),
    Route("PUT", "entities/{id}/attrs/{attr}", entities.replace_attribute, WRITE),
    Route("DELETE", "entities/{id}/attrs/{attr}", entities.delete_attribute, WRITE),
    Route("POST", "entityOperations/create", batch.batch_create, WRITE, creates=True),
    Route("POST", "entityOperations/upsert", batch.batch_upsert, WRITE, creates=True),
    Route("POST", "entityOperations/update", batch.batch_update, WRITE),
    Route("POST", "entityOperations/merge", batch.batch_merge, WRITE),
    Route("POST", "entityOperations/delete", batch.batch_delete, WRITE),
    Route("POST", "entityOperations/query", querying.post_query),
    Route("GET", "types", discovery.entity_types),
    Route("GET", "types/{name}", discovery.entity_type),
    Route("GET", "attributes", discovery.attributes),
    Route("GET", "attributes/{name}", discovery.attribute),
    Route("POST", "subscriptions", subscriptions.create_subscription, SUBSCRIBE, creates=True),
    Route("GET", "subscriptions", subscriptions.list_subscriptions, SUBSCRIBE),
    Route("GET", "subscriptions/{id}", subscriptions.retrieve_subscription, SUBSCRIBE),
    Route("PATCH", "subscriptions/{id}", subscriptions.update_subscription, SUBSCRIBE),
    Route("DELETE", "subscriptions/{id}", subscriptions.delete_subscription, SUBSCRIBE),
    Route("POST", "csourceRegistrations", registrations.create_registration, MANAGE, creates=True),
    Route("GET", "csourceRegistrations", registrations.query_registrations),
    Route("GET", "csourceRegistrations/{id}", registrations.retrieve_registration),
    Route("PATCH", "csourceRegistrations/{id}", registrations.update_registration, MANAGE),
    Route("DELETE", "csourceRegistrations/{id}", registrations.delete_registration, MANAGE),
    Route("POST", "csourceSubscriptions", subscriptions.create_subscription, SUBSCRIBE, creates=True),
    Route("GET", "csourceSubscriptions", subscriptions.list_subscriptions, SUBSCRIBE),
    Route("GET", "csourceSubscriptions/{id}", subscriptions.retrieve_subscription, SUBSCRIBE),
    Route("PATCH", "csourceSubscriptions/{id}", subscriptions.update_subscription, SUBSCRIBE),
    Route("DELETE", "csourceSubscriptions/{id}", subscriptions.delete_subscription, SUBSCRIBE),
    Route("GET", "entityMaps", entity_maps.create_map),
    Route("POST", "entityMaps", entity_maps.post_map),
    Route("GET", "entityMaps/{id}", entity_maps.retrieve_map, tenant=False),
    Route("PATCH", "entityMaps/{id}", entity_maps.update_map, tenant=False),
    Route("DELETE", "entityMaps/{id}", entity_maps.delete_map, tenant=False),
    Route("GET", "temporal/entityMaps", entity_maps.create_temporal_map),
    Route("POST", "snapshots", snapshots.create_snapshot, WRITE),
    Route("DELETE", "snapshots", snapshots.purge_snapshots, WRITE),
    Route("GET", "snapshots/{id}", snapshots.retrieve_snapshot),
    Route("PATCH", "snapshots/{id}", snapshots.update_snapshot, WRITE),
    Route("DELETE", "snapshots/{id}", snapshots.delete_snapshot, WRITE),
    Route("POST", "snapshots/{id}/clone", snapshots.clone_snapshot, WRITE),
    Route("POST", "jsonldContexts", contexts.add_context, WRITE, creates=True),
    Route("GET", "jsonldContexts", contexts.list_contexts, tenant=False),
    Route("GET", "jsonldContexts/{id}", contexts.serve_context),
    Route("DELETE", "jsonldContexts/{id}", contexts.delete_context, WRITE),
    Route("POST", "temporal/entities", temporal_writing.create_evolution, WRITE, creates=True),
    Route("GET", "temporal/entities", temporal.query_evolutions),
    Route("GET", "temporal/entities/{id}", temporal.retrieve_evolution),
    Route("DELETE", "temporal/entities/{id}", temporal_writing.delete_evolution, WRITE),
    Route("POST", "temporal/entities/{id}/attrs", temporal_writing.add_instances, WRITE),
    Route("DELETE", "temporal/entities/{id}/attrs/{attr}", temporal_writing.delete_attribute, WRITE),
    Route("PATCH", "temporal/entities/{id}/attrs/{attr}/{instance}", temporal_writing.modify_instance, WRITE),
    Route("DELETE", "temporal/entities/{id}/attrs/{attr}/{instance}", temporal_writing.delete_instance, WRITE),
    Route("POST", "temporal/entityOperations/query", temporal.post_temporal_query),
    Route("GET", "history", history.tell_history, MANAGE),
    Route("PATCH", "history", history.set_retention, MANAGE),
    Route("POST", "history/seal", history.seal_history, MANAGE, body=False),
    Route("GET", "info/sourceIdentity", info.source_identity, tenant=False),
    Route("GET", "openapi.json", info.openapi, tenant=False, open=True),
    Route("GET", "health", info.health, tenant=False, open=True),
)

#: Where context sources notify of what they were subscribed for; the id of the subscription is what opens it.
REMOTE = Route("POST", remote_subscriptions.PATH, remote_subscriptions.take, tenant=False, open=True)

_PART = re.compile(r"\{(\w+)\}")


class Routes:
    """Finds the operation that an address and a method name.

    Ids in the path may hold slashes, decoded by the server before we see them; so a part takes as little as
    it can before a known word (`/attrs`), and all that is left at the end.
    """

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self.all = routes
        self._exact: dict[str, dict[str, Route]] = {}
        patterns: dict[str, dict[str, Route]] = {}
        for route in routes:
            table = patterns if "{" in route.path else self._exact
            table.setdefault(route.path, {})[route.method] = route
        self._patterns: dict[str, list[tuple[re.Pattern[str], dict[str, Route]]]] = {}
        # The longest first, so that /entities/{id}/attrs is not taken for an id.
        for path, methods in sorted(patterns.items(), key=lambda item: -item[0].count("/")):
            pieces = _PART.split(path)
            expression = "".join(
                f"(?P<{piece}>{'[^/]' if piece == 'instance' else '.'}+{'?' if i < len(pieces) - 2 else ''})" if i % 2 else re.escape(piece)
                for i, piece in enumerate(pieces)
            )
            self._patterns.setdefault(path.partition("/")[0], []).append((re.compile(expression + r"\Z", re.DOTALL), methods))

    def lacks_id(self, path: str, method: str) -> bool:
        """Whether an address lacks the id of an entity where `method` needs one: /entities/, /entities//attrs. (Others then know no such method.)"""
        path = path.removeprefix("/")
        if path.startswith("temporal/entities//"):
            path = path.removeprefix("temporal/")
        first, slash, rest = path.partition("/")
        if first != "entities" or not slash or (rest and not rest.startswith("/")):
            return False
        return any(method in methods for _, methods in self._patterns.get(first, ()))

    def find(self, path: str) -> tuple[dict[str, Route] | None, Mapping[str, str]]:
        """The operations of an address by method, and the parts of the address; None where there is no such address."""
        path = path.strip("/")
        exact = self._exact.get(path)
        if exact is not None:
            return exact, {}
        for pattern, methods in self._patterns.get(path.partition("/")[0], ()):
            found = pattern.match(path)
            if found is not None:
                return methods, found.groupdict()
        return None, {}
