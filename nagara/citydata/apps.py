from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CityDataConfig(AppConfig):
    name = "nagara.citydata"
    verbose_name = _("City data")

    def ready(self) -> None:
        from nagara.citydata import rules  # noqa: F401 - registers who may
        from nagara.citydata.binding.offering import offered
        from nagara.monitoring import offers

        offers.register("citydata", offered)
