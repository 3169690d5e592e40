"""What templates ask about the visitor: the second factor, the sign-ins of the demonstration."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import template
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from nagara.audit.models import Entry
from nagara.audit.record import key
from nagara.people.demo import code_now
from nagara.people.models import DemoSignIn, RoleGrant
from nagara.people.second_factor import Proof, confirm_address, is_fresh, kinds_of, proof_in
from nagara.toolkit import access

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


@dataclass(frozen=True)
class NavEntry:
    label: str
    url: str
    here: bool


@register.inclusion_tag("people/_nav.html", takes_context=True)
def admin_nav(context: dict[str, Any]) -> dict[str, Any]:
    """The rooms of administration and of the register that the visitor may enter."""
    request = context["request"]
    rooms = [
        ("people.administer", _("Accounts"), "people:admin"),
        ("people.administer", _("Invitations"), "people:admin_invitations"),
        ("audit.read", _("Record of acts"), "people:record"),
        ("people.see_register", _("Persons"), "people:persons"),
        ("people.see_register", _("Organisations"), "people:organisations"),
        ("people.see_register", _("Posts"), "people:posts"),
        ("people.administer", _("Health"), "health"),
    ]
    entries = []
    for rule, label, name in rooms:
        if access.allowed(request.user, rule):
            url = reverse(name)
            here = request.path == url or (request.path.startswith(f"{url}/") and name != "people:admin")
            entries.append(NavEntry(label, url, here or (name == "people:admin" and request.path.startswith(f"{url}/accounts"))))
    return {"entries": entries}


@register.inclusion_tag("people/_history.html", takes_context=True)
def history(context: dict[str, Any], thing: models.Model) -> dict[str, Any]:
    """A link to all that was done to a thing, for those who read the record; nothing for others."""
    return {"key": key(thing) if access.allowed(context["request"].user, "audit.read") else ""}


@register.filter
def ident(key: str) -> str:
    """The last part of a thing's name in the record: "7" of "assessment.application:7"."""
    return key.partition(":")[2] or key


PROGRAMS = {
    "system:setup": pgettext_lazy("acting program", "setting up"),
    "system:demo": pgettext_lazy("acting program", "loading the demonstration"),
    "system:reminders": pgettext_lazy("acting program", "reminders"),
    "system:reports": pgettext_lazy("acting program", "reports"),
    "system:assessment": pgettext_lazy("acting program", "checks of the assessment"),
    "system:command line": pgettext_lazy("acting program", "a command of the operator"),
    "system:operator": pgettext_lazy("acting program", "a command of the operator"),
}


@register.filter
def acted(entry: Entry) -> str:
    """Who acted, by the name of that day; the installation itself in the language of the reader."""
    name = PROGRAMS.get(entry.by)
    return _("Nagara: %(program)s") % {"program": name} if name else entry.by_name


@register.filter
def by_role(grants: list[RoleGrant]) -> list[tuple[str, int]]:
    """Each role that is held, and in how many scopes."""
    return list(Counter(grant.get_role_display() for grant in grants).items())


@register.filter
def said(value: Any) -> str:
    """A value of the record as people read it: a dash for none, texts and lists without the marks of a programming language."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "; ".join(f"{name}: {said(inner)}" for name, inner in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(said(inner) for inner in value) or "–"
    return str(value)
