"""Tags by which the parts above show what the data platform of a place proves."""

from typing import Any

from django import template

from nagara.citydata.proof import platform_proof
from nagara.places.models import Area, City

register = template.Library()


@register.inclusion_tag("citydata/_proof.html")
def data_platform(place: Area | City) -> dict[str, Any]:
    """Whether the probes prove the data platform of a place, since when, and the way to what they found."""
    return {"proof": platform_proof(place), "place": place}
