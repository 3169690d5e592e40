from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NetworkConfig(AppConfig):
    name = "nagara.network"
    verbose_name = _("Network")

    def ready(self) -> None:
        from nagara.governance.matters import register
        from nagara.network import rosters, rules, scopes, verbs  # noqa: F401 - the rules and verbs register themselves
        from nagara.network.matters import MembershipMatter
        from nagara.people.scopes import register as register_scope

        register(MembershipMatter())
        register_scope(scopes.NETWORK)
