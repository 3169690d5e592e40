from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecognitionConfig(AppConfig):
    name = "nagara.recognition"
    verbose_name = _("Recognition")

    def ready(self) -> None:
        from nagara.recognition import matters, rules  # noqa: F401 - the models must be there first

        matters.register_all()
