from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "nagara.governance"
    verbose_name = _("Governance")

    def ready(self) -> None:
        from nagara.governance import business, rules, scopes  # noqa: F401 - the rules register themselves
        from nagara.people.scopes import register

        business.register_all()
        register(scopes.BODY)
