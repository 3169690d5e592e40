from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "nagara.reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from nagara.audit.words import name_verbs
        from nagara.reports import rules  # noqa: F401 - registers who may

        name_verbs({"reports.freeze": _("froze a report")})
