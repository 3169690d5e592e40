from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentConfig(AppConfig):
    name = "nagara.assessment"
    verbose_name = _("Assessment")

    def ready(self) -> None:
        from nagara.assessment import rules  # noqa: F401 - registers the rules
