"""`{% source thing %}`: the chip that says where a fact comes from and how sure it is."""

from typing import Any

from django import template

from nagara.documents.sources import shown

register = template.Library()


@register.inclusion_tag("documents/_source.html", name="source")
def source_chip(found: Any, brief: bool = False) -> dict[str, Any]:
    """Title, section, day and certainty in one line; `brief` leaves the note out."""
    return {"source": shown(found) if found else None, "brief": brief}
