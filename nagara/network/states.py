"""What a city is to a network."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    """The standing of a city towards a network on a day."""

    NONE = "none", _("no relation on record")
    MEMBER = "admitted", _("member")
    FORMER = "ended", _("former member")
