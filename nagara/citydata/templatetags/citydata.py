"""Tags by which the parts above show what the data platform of a place proves."""

from typing import Any

from django import template

from nagara.citydata.probing.findings import span_of
from nagara.citydata.proof import platform_proof
from nagara.citydata.sheets.mapping import TYPES
from nagara.places.models import Area, City

register = template.Library()


ENDPOINT = "endpoint"
"""The field by which a criterion asks for the address of a data platform: what probes found stands beside such a criterion."""


@register.inclusion_tag("citydata/_proof.html")
def data_platform_for(criterion: Any, place: Area | City | None) -> dict[str, Any]:
    """As `data_platform`, beside a criterion that asks for the platform's address; nothing beside any other."""
    asks = place is not None and any(field.code == ENDPOINT for field in criterion.fields)
    return {"proof": platform_proof(place) if asks and place is not None else None, "place": place}


@register.inclusion_tag("citydata/_proof.html")
def data_platform(place: Area | City) -> dict[str, Any]:
    """Whether the probes prove the data platform of a place, since when, and the way to what they found."""
    return {"proof": platform_proof(place), "place": place}


@register.filter
def type_words(name: str) -> str:
    """What a type is called in the language of the page, where many cities use it; else nothing."""
    return str(TYPES.get(name, ""))


@register.filter
def span_of_minutes(minutes: int) -> str:
    return span_of(minutes)
