"""Networks of cities: who is a member since when, who stands for whom, and who asks to be admitted."""

from nagara.network.models.membership import CityMembership, Network, StateMembership

__all__ = ["CityMembership", "Network", "StateMembership"]
