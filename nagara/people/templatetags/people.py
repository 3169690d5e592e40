"""What templates ask about the visitor: the second factor, the sign-ins of the demonstration."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone

from nagara.people.demo import code_now
from nagara.people.models import DemoSignIn
from nagara.people.second_factor import Proof, confirm_address, is_fresh, kinds_of, proof_in

register = template.Library()


@dataclass(frozen=True)
class Factor:
    """How the visitor stands: `proof` where it is fresh; `has` where there is a factor to confirm with."""

    proof: Proof | None
    has: bool
    confirm: str


@register.simple_tag(takes_context=True)
def second_factor(context: dict[str, Any]) -> Factor:
    request = context["request"]
    proof = proof_in(request)
    fresh = proof if is_fresh(proof, timezone.now()) else None
    return Factor(fresh, bool(fresh) or bool(kinds_of(request.user)), confirm_address(request.get_full_path()))


@register.simple_tag
def demo_sign_ins() -> list[DemoSignIn]:
    """The doors of the demonstration; none on a real installation."""
    return list(DemoSignIn.objects.filter(user__is_active=True).select_related("user__person").order_by("position"))


@register.simple_tag
def demo_code(user: Any) -> str | None:
    return code_now(user)


@register.simple_tag(takes_context=True)
def after_set_up(context: dict[str, Any]) -> str:
    """Where the visitor was when the first second factor was missing; else the account."""
    return context["request"].session.get("confirm_back") or reverse("people:account")
