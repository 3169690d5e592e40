"""Who stands for whom: posts of persons with their terms, and offices that a state holds for a time."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.documents.models import Source
from nagara.network.models.membership import Network
from nagara.network.states import PostKind, StateOffice
from nagara.people.models import Post
from nagara.places.models import City, State
from nagara.toolkit.periods import Dated


class NetworkPost(Dated):
    """An office that stands for a state or a city in a network. A state may have several: Thailand has three.

    Who holds it, and who is the alternate, are terms of the post (`people.Term`).
    """

    network = models.ForeignKey(Network, models.PROTECT, related_name="posts", verbose_name=_("network"))
    kind = models.CharField(_("kind"), max_length=20, choices=PostKind.choices)
    state = models.ForeignKey(State, models.PROTECT, related_name="network_posts", verbose_name=pgettext_lazy("country", "state"))
    city = models.ForeignKey(City, models.PROTECT, null=True, blank=True, related_name="network_posts", verbose_name=_("city"))
    post = models.OneToOneField(Post, models.PROTECT, related_name="network_post", verbose_name=_("post"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["network", "kind", "state", "pk"]
        verbose_name = _("post of a network")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="a_city_officer_is_of_a_city",
                condition=Q(kind="city_officer", city__isnull=False) | Q(kind="representative", city__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.post)


class StateTerm(Dated):
    """A state that chairs a network, or that is its Shepherd, since one day and until another."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="state_terms", verbose_name=_("network"))
    office = models.CharField(pgettext_lazy("network", "office"), max_length=20, choices=StateOffice.choices)
    state = models.ForeignKey(State, models.PROTECT, related_name="network_terms", verbose_name=pgettext_lazy("country", "state"))
    renews = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="renewed_by", verbose_name=_("renews"))
    day_known = models.BooleanField(_("the day itself is on record"), default=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Dated.Meta):
        ordering = ["network", "office", "since", "pk"]
        verbose_name = _("office of a state")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(name="an_office_begins_on_a_day", condition=Q(since__isnull=False)),
            models.CheckConstraint(name="only_a_shepherd_is_renewed", condition=Q(renews__isnull=True) | Q(office="shepherd")),
        ]
