"""A network and its members: states and cities, each since one day and until another, with the resolution or source that says so."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.documents.models import Source
from nagara.governance.models import Body, Resolution
from nagara.places.models import City, State
from nagara.toolkit.periods import Dated
from nagara.toolkit.texts import TextsField, text


class Network(models.Model):
    """A network of cities of several states, such as the ASEAN Smart Cities Network. Its rules are data of the rulebook."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = TextsField(_("name"))
    short = TextsField(_("short name"), blank=True)
    association = models.SlugField(_("association of its states"), max_length=40, default="asean")
    criteria = models.SlugField(_("criteria of nomination, a programme of the rulebook"), max_length=80, blank=True)
    body = models.OneToOneField(
        Body, models.PROTECT, null=True, blank=True, related_name="network", verbose_name=_("body that decides: its annual meeting")
    )
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["code"]
        verbose_name = _("network")

    def __str__(self) -> str:
        return text(self.short) or text(self.name)


class Membership(Dated):
    """A member since `since` until `ended`. Where the day is not on record, `since` is the first day on which a source shows it."""

    invented = models.BooleanField(_("invented"), default=False)
    day_known = models.BooleanField(_("the day itself is on record"), default=True)
    why_ended = TextsField(_("why it ended"), blank=True)

    class Meta(Dated.Meta):
        abstract = True


class StateMembership(Membership):
    """A state in a network."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="state_memberships", verbose_name=_("network"))
    state = models.ForeignKey(State, models.PROTECT, related_name="network_memberships", verbose_name=pgettext_lazy("country", "state"))
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")

    class Meta(Membership.Meta):
        abstract = False
        ordering = ["network", "since", "state"]
        verbose_name = _("membership of a state")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(name="a_state_joined_on_a_day", condition=Q(since__isnull=False)),
            models.UniqueConstraint(name="a_state_is_in_a_network_once", fields=["network", "state"], condition=Q(ended__isnull=True)),
        ]


class CityMembership(Membership):
    """A city in a network: admitted by a resolution of its annual meeting, or a member by the public record."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="city_memberships", verbose_name=_("network"))
    city = models.ForeignKey(City, models.PROTECT, related_name="memberships", verbose_name=_("city"))
    admitted_by = models.ForeignKey(
        Resolution, models.PROTECT, null=True, blank=True, related_name="admitted_cities", verbose_name=_("admitted by")
    )
    ended_by = models.ForeignKey(
        Resolution, models.PROTECT, null=True, blank=True, related_name="ended_cities", verbose_name=pgettext_lazy("network", "ended by")
    )
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Membership.Meta):
        abstract = False
        ordering = ["network", "since", "city"]
        verbose_name = _("membership of a city")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(name="a_city_joined_on_a_day", condition=Q(since__isnull=False)),
            models.CheckConstraint(
                name="a_membership_has_its_resolution_or_source",
                condition=Q(admitted_by__isnull=False) | Q(source__isnull=False),
            ),
            models.UniqueConstraint(name="a_city_is_in_a_network_once", fields=["network", "city"], condition=Q(ended__isnull=True)),
        ]
