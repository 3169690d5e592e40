from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    name = "nagara.monitoring"
    verbose_name = _("Monitoring")

    def ready(self) -> None:
        from nagara.monitoring import rosters, rules  # noqa: F401 - register who may, and which cities may be asked
