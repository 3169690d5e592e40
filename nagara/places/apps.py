from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    name = "nagara.places"
    verbose_name = _("Places")

    def ready(self) -> None:
        from nagara.places import rules, scopes  # noqa: F401 - register themselves
