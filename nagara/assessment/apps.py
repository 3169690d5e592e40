from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentConfig(AppConfig):
    name = "nagara.assessment"
    verbose_name = _("Assessment")

    def ready(self) -> None:
        from nagara.assessment import rules, scopes  # noqa: F401 - they register themselves
