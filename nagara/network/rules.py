"""Who may nominate, write, endorse, answer and keep. A representative acts for one state, a secretariat for one network."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from nagara.network.models import Network, NetworkPost, Nomination, StateMembership
from nagara.network.states import BEFORE_ENDORSEMENT, PostKind
from nagara.people.models import Post, User
from nagara.people.registering import allow_keeper
from nagara.people.roles import EVERYWHERE, Role
from nagara.places.models import Area, City
from nagara.toolkit import access
from nagara.toolkit.access import EVERYTHING, NOTHING
from nagara.toolkit.periods import holds_on


def _signed_in(user: Any) -> bool:
    return isinstance(user, User) and user.is_active


def states_of(user: Any) -> list[str]:
    """The states that `user` represents today, by their code."""
    return user.scopes(Role.NATIONAL_REPRESENTATIVE, "state") if _signed_in(user) else []


def networks_kept(user: Any, path: str = "pk") -> Q:
    """Rows of the networks whose secretariat `user` is."""
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.NETWORK_SECRETARIAT, EVERYWHERE):
        return EVERYTHING
    return Q(**{f"{path}__in": Network.objects.filter(code__in=user.scopes(Role.NETWORK_SECRETARIAT, "network")).values("pk")})


def cities_of(user: Any) -> Q:
    """The cities for which `user` writes: by the city, or by one of its areas."""
    if not _signed_in(user):
        return NOTHING
    areas = [number for number in user.scopes(Role.CITY_OFFICER, "area") if number.isdecimal()]
    return Q(slug__in=user.scopes(Role.CITY_OFFICER, "city")) | Q(pk__in=Area.objects.filter(pk__in=areas).values("city"))


@access.may("network.represent_any")
def represents(user: Any) -> bool:
    """Whoever represents a state today."""
    return bool(states_of(user))


@access.rows("network.keep", Network)
def networks_to_keep(user: Any) -> Q:
    """A network is kept by its secretariat."""
    return networks_kept(user)


@access.rows("network.nominate", City)
def cities_to_nominate(user: Any) -> Q:
    """A city is nominated through the representative of its own state (Terms of Reference §7)."""
    return Q(state__in=states_of(user))


@access.rows("network.represent", Nomination)
def nominations_of_own_state(user: Any) -> Q:
    """Sending back, endorsing and withdrawing are the representative's, for their own state."""
    return Q(state_of__in=states_of(user), on_record_only=False)


@access.rows("network.write", Nomination)
def nominations_to_write(user: Any) -> Q:
    """The dossier is written by the city itself."""
    if not _signed_in(user):
        return NOTHING
    return Q(city__in=City.objects.filter(cities_of(user)).values("pk"), on_record_only=False)


@access.rows("network.handle", Nomination)
def nominations_to_handle(user: Any) -> Q:
    """From the endorsement on the secretariat takes a nomination to the members and to the annual meeting."""
    kept = networks_kept(user, "network")
    return Q(on_record_only=False) & ~Q(state__in=BEFORE_ENDORSEMENT) & kept


def _of_members(user: Any) -> Q:
    """Nominations to networks of which a state that `user` represents is a member today."""
    mine = StateMembership.objects.filter(holds_on(timezone.localdate()), state__in=states_of(user))
    return Q(network__in=mine.values("network"))


@access.rows("network.reply", Nomination)
def nominations_to_reply_to(user: Any) -> Q:
    """A member state answers a consultation through its representative; the nominating state has spoken already."""
    mine = states_of(user)
    return _of_members(user) & ~Q(state_of__in=mine) if mine else NOTHING


@access.rows("network.read", Nomination)
def nominations_to_read(user: Any) -> Q:
    """The dossier: the city, its representative; from the candidacy on every representative; the secretariat; the auditor."""
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.AUDITOR):
        return EVERYTHING
    found = nominations_of_own_state(user) | nominations_to_write(user)
    shared = ["candidate", "consultation", "consulted", "admitted", "deferred", "declined"]
    if states_of(user):
        found |= Q(state__in=shared) & _of_members(user)
    kept = networks_kept(user, "network")
    return found | (~Q(state__in=BEFORE_ENDORSEMENT) & kept if kept else ~Q(state__in=BEFORE_ENDORSEMENT))


@access.rows("network.keep_post", NetworkPost)
def posts_to_keep(user: Any) -> Q:
    """A representative enters who stands for their state and its cities; the secretariat for the whole network."""
    if not _signed_in(user):
        return NOTHING
    kept = networks_kept(user, "network")
    return EVERYTHING if kept == EVERYTHING else Q(state__in=states_of(user)) | kept


@access.rows("network.see_posts", NetworkPost)
def posts_to_see(user: Any) -> Q:
    """Names of holders: whoever keeps the post, and the representatives of its network. The public reads the offices alone."""
    if not _signed_in(user):
        return NOTHING
    if user.holds(Role.AUDITOR):
        return EVERYTHING
    found = posts_to_keep(user)
    if found == EVERYTHING:
        return found
    mine = StateMembership.objects.filter(holds_on(timezone.localdate()), state__in=states_of(user))
    return found | Q(network__in=mine.values("network"), kind=PostKind.REPRESENTATIVE)


@allow_keeper
def keeps_the_post(user: User, post: Post) -> bool:
    return NetworkPost.objects.filter(posts_to_keep(user), post=post).exists()
