from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "nagara.people"
    verbose_name = _("People")

    def ready(self) -> None:
        from nagara.people import organisation_scope, record_keeping, rules, verbs  # noqa: F401 - register themselves
