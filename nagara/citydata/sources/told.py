"""Being told of changes by another broker (ETSI GS CIM 009, clause 5.8): its subscription to us, and what its notifications bring.

A source that is told is asked as well, every so many minutes: that keeps the subscription there and takes up what was missed.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from nagara.citydata.broker import Entity, Tenant
from nagara.citydata.filling import fill_one
from nagara.citydata.models import Source
from nagara.citydata.sources.asking import Asker
from nagara.citydata.sources.readers import things_of
from nagara.toolkit.keys import kept


def subscription_id(source: Source) -> str:
    return f"urn:ngsi-ld:Subscription:nagara:{source.space.slug}:{source.pk}"


def secret_of(source: Source) -> str:
    """What a notification must show. Made from a key of this installation, so that no row holds it."""
    key = kept(settings.KEYS, "notifications", lambda: secrets.token_hex(32).encode())
    return hmac.new(key, f"{source.space.slug}/{source.pk}".encode(), hashlib.sha256).hexdigest()


def hears(source: Source, authorization: str) -> bool:
    """Does a notification come from the broker that we gave the secret to?"""
    return hmac.compare_digest(authorization.encode(), f"Bearer {secret_of(source)}".encode())


def subscription_to(source: Source) -> dict[str, Any]:
    return {
        "id": subscription_id(source),
        "type": "Subscription",
        "description": "Nagara",
        "entities": [{"type": source.entity_type}],
        "notification": {
            "format": "normalized",
            "endpoint": {
                "uri": settings.SITE_ADDRESS + reverse("citydata_machine:notify", args=[source.space.slug, source.pk]),
                "accept": "application/json",
                "receiverInfo": [{"key": "Authorization", "value": f"Bearer {secret_of(source)}"}],
            },
        },
    }


def keep_subscribed(source: Source, ask: Asker) -> None:
    """Make the subscription where it is not, or no longer, there."""
    address = f"{source.address}/ngsi-ld/v1/subscriptions"
    if ask.is_there(f"{address}/{subscription_id(source)}"):
        return
    ask.post(address, subscription_to(source))


def unsubscribe(source: Source, ask: Asker) -> None:
    ask.delete(f"{source.address}/ngsi-ld/v1/subscriptions/{subscription_id(source)}")


def take(source: Source, rows: list[Entity], *, at: datetime) -> int:
    """Take over the entities of a notification; answer how many observations were new. Told twice changes nothing."""
    of_type = [row for row in rows if source.entity_type in (row["type"] if isinstance(row["type"], list) else [row["type"]])]
    things, units = things_of(source.space.slug, source.entity_type, of_type)
    tenant = Tenant(source.space.slug)
    new = sum(fill_one(tenant, thing, source.entity_type, units) for thing in things)
    with transaction.atomic():
        Source.objects.filter(pk=source.pk).update(taken=F("taken") + new, told_at=at)
    return new
