from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "nagara.plans"
    verbose_name = _("Plans and projects")

    def ready(self) -> None:
        from nagara.plans import rules  # noqa: F401 - registers who may
