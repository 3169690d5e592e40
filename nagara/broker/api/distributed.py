"""Operations that other context sources may have a part in, and how they are served where such are registered (4.3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nagara.broker.api import (
    batch,
    entities,
    entity_maps,
    federated_history,
    federating,
    forwarding,
    forwarding_batches,
    forwarding_history,
    querying,
    temporal,
    temporal_writing,
)
from nagara.broker.api.call import Call
from nagara.broker.http import Response
from nagara.broker.sources.registry import Registry

Handler = Callable[[Call], Awaitable[Response]]

#: The function that serves an operation here -> the one that serves it together with the sources.
DISTRIBUTED: dict[Handler, Callable[[Call, Registry], Awaitable[Response]]] = {
    entities.create_entity: forwarding.create,
    entities.retrieve_entity: federating.retrieve,
    entities.replace_entity: forwarding.replace_entity,
    entities.merge_entity: forwarding.merge_entity,
    entities.delete_entity: forwarding.delete_entity,
    entities.append_attributes: forwarding.append_attributes,
    entities.update_attributes: forwarding.update_attributes,
    entities.update_attribute: forwarding.update_attribute,
    entities.replace_attribute: forwarding.replace_attribute,
    entities.delete_attribute: forwarding.delete_attribute,
    temporal.retrieve_evolution: federated_history.retrieve,
    temporal.query_evolutions: federated_history.query,
    temporal.post_temporal_query: federated_history.post_query,
    temporal_writing.create_evolution: forwarding_history.create,
    temporal_writing.add_instances: forwarding_history.add_instances,
    temporal_writing.delete_evolution: forwarding_history.delete_evolution,
    temporal_writing.delete_attribute: forwarding_history.delete_attribute,
    temporal_writing.delete_instance: forwarding_history.delete_instance,
    temporal_writing.modify_instance: forwarding_history.modify_instance,
    querying.query_entities: federating.query,
    querying.post_query: federating.post_query,
    querying.purge_entities: forwarding.purge,
    batch.batch_create: forwarding_batches.batch_create,
    batch.batch_upsert: forwarding_batches.batch_upsert,
    batch.batch_update: forwarding_batches.batch_update,
    batch.batch_merge: forwarding_batches.batch_merge,
    batch.batch_delete: forwarding_batches.batch_delete,
}

#: The function that serves an operation -> the one that serves it where an entity map is asked for or named (5.5.14).
MAPPED: dict[Handler, Callable[[Call, Registry], Awaitable[Response]]] = {
    entities.retrieve_entity: entity_maps.retrieve,
    querying.query_entities: entity_maps.query,
    temporal.retrieve_evolution: entity_maps.retrieve_temporal,
    temporal.query_evolutions: entity_maps.query_temporal,
}
