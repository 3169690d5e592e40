"""The entries of the menu: few, and those of the visitor's own work first."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from nagara.people.roles import Role
from nagara.toolkit import access
from nagara.toolkit.asof import as_of

SITTERS = (Role.OFFICE, Role.SECRETARY, Role.MEMBER, Role.AUDITOR)
"""Who sees meetings of a body."""
KEEPERS = (Role.OFFICE, Role.SECRETARY, Role.AUDITOR, Role.CITY_OFFICER)
"""Who has an own side of the register: the office's, or that of an area."""


OF_A_NETWORK = ("city:", "state:")
"""Scopes of those who work for a city or a state in a network, not in the national programme."""

REPORTERS = (Role.CITY_OFFICER, Role.OFFICE, Role.NETWORK_SECRETARIAT, Role.AUDITOR)
"""Who reports values, verifies, publishes or follows them."""


class MenuEntry(NamedTuple):
    label: str
    url: str
    here: bool


def entries(request: HttpRequest) -> list[MenuEntry]:
    names: list[tuple[str, ...]] = [
        (_("Register"), "web:register"),
        (_("Network"), "web:networks"),
        (_("Projects"), "plans:projects"),
        (_("Indicators"), "monitoring:sets"),
        (_("Reports"), "reports:reports"),
        (_("Resolutions"), "web:resolutions"),
        (_("Figures"), "web:figures"),
        (_("Check"), "recognition:ask"),
        (_("Open data"), "data:home"),
        (_("Search"), "web:search"),
    ]
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        names = [
            (_("My tasks"), "web:tasks"),
            (_("Rounds"), "assessment:rounds"),
            (_("Meetings"), "governance:meetings"),
            *names[:3],
        ]
        if not any(request.user.holds(role) for role in SITTERS):
            names = [row for row in names if row[1] != "governance:meetings"]
        own = [(Role.CITY_OFFICER, _("Applications"), "assessment:applications"), (Role.ASSESSOR, _("Dossiers"), "assessment:assess")]
        names[1:1] = [(label, name) for role, label, name in own if request.user.holds(role)]
        if any(request.user.holds(role) for role in REPORTERS):
            names.append((_("Values"), "monitoring:desk"))
        desks = _desks(request.user)
        if desks:
            # Whoever works for a network judges no applications: the desk takes the place of the rounds and the register.
            elsewhere = () if request.user.holds(Role.OFFICE) else ("assessment:rounds", "web:register")
            names = [names[0], *desks, *(row for row in names[1:] if row[1] not in elsewhere)]
        if request.user.holds(Role.NETWORK_SECRETARIAT) and not request.user.holds(Role.OFFICE):
            # Its reports lead to every project: the menu stays on one line.
            names = [row for row in names if row[1] != "plans:projects"]
        keeps = any(grant.role in KEEPERS and not grant.scope.startswith(OF_A_NETWORK) for grant in request.user.grants())
        if keeps and not (desks and not request.user.holds(Role.OFFICE)):
            names.append((_("Recognitions"), "recognition:register"))
        rooms = [("people.administer", "people:admin"), ("audit.read", "people:record"), ("people.see_register", "people:persons")]
        names += [(_("Administration"), name) for rule, name in rooms if access.allowed(request.user, rule)][:1]
    found = []
    asked = as_of(request)
    for label, name, *args in names:
        try:
            url = reverse(name, args=args)
        except NoReverseMatch:
            continue
        day = f"?as_of={asked.day.isoformat()}" if asked.moved and name.startswith(("web:", "data:")) else ""
        found.append((label, url, day, request.path == url or request.path.startswith(f"{url}/")))
    nearest = max((len(url) for _label, url, _day, here in found if here), default=0)
    return [MenuEntry(label, url + day, here and len(url) == nearest) for label, url, day, here in found]


def _desks(user: Any) -> list[tuple[str, ...]]:
    """The desks of a National Representative and of the secretariat of a network."""
    desks: list[tuple[str, ...]] = []
    if user.scopes(Role.NATIONAL_REPRESENTATIVE, "state"):
        desks.append((_("Nominations"), "network:represent"))
    desks += [(_("Secretariat"), "network:desk", code) for code in user.scopes(Role.NETWORK_SECRETARIAT, "network")[:1]]
    if user.holds(Role.NETWORK_SECRETARIAT):
        desks.append((_("Reports"), "reports:reports"))
    return desks
