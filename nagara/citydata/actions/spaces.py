"""Opening a data space, and the keys to its tenant."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.broker.clock import iso
from nagara.broker.doors.keys import Key, KeyRefused, Keys
from nagara.citydata.models import DataSpace, Endpoint
from nagara.people.models import Organisation, User
from nagara.places.models import Area, City
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts

FIRST_PROBE = timedelta(minutes=1)


@transaction.atomic
def open_space(place: Area | City, *, title: Texts, summary: Texts | None = None, licence: str = "", by: User, at: datetime) -> DataSpace:
    """Give an area or a city its data space: a tenant of our broker, declared as its first endpoint. Twice gives the same one."""
    area = place if isinstance(place, Area) else None
    city = place if isinstance(place, City) else None
    access.require(by, "citydata.open_for_area" if area else "citydata.open_for_city", place)
    known = DataSpace.objects.filter(area=area) if area else DataSpace.objects.filter(city=city)
    if (found := known.first()) is not None:
        return found
    publisher: Organisation | None = area.organisation if area else None
    space = DataSpace.objects.create(
        slug=_free_slug(place.slug),
        area=area,
        city=city,
        title=title,
        summary=summary or {},
        publisher=publisher,
        licence=licence,
        invented=bool(getattr(place, "invented", False)),
        opened_at=at,
        opened_by=by.audit_key,
    )
    if not settings.BROKER_URL:
        declare_own(space, by=by.audit_key, at=at)
    record(by=by, did="citydata.open_space", about=space, at=at, after={"slug": space.slug, "licence": licence})
    return space


def declare_own(space: DataSpace, *, by: str, at: datetime) -> Endpoint:
    """Our own broker is an endpoint of the space like any other, and is probed like any other."""
    return Endpoint.objects.get_or_create(
        space=space,
        kind=Endpoint.Kind.NGSI_LD,
        address=settings.SITE_ADDRESS,
        ended_at=None,
        defaults={
            "tenant": space.slug,
            "needs_key": True,
            "own": True,
            "declared_at": at,
            "declared_by": by,
            "next_probe_at": at + FIRST_PROBE,
        },
    )[0]


@transaction.atomic
def describe_space(space: DataSpace, *, title: Texts, summary: Texts, licence: str, by: User, at: datetime) -> DataSpace:
    """Change what is said of a space; what was published keeps its own licence."""
    space = DataSpace.objects.select_for_update().get(pk=space.pk)
    access.require(by, "citydata.keep_space", space)
    before = {"title": space.title, "summary": space.summary, "licence": space.licence}
    after = {"title": title, "summary": summary, "licence": licence}
    if before == after:
        return space
    space.title, space.summary, space.licence = title, summary, licence
    space.save(update_fields=["title", "summary", "licence"])
    record(by=by, did="citydata.describe_space", about=space, at=at, before=before, after=after)
    return space


def _free_slug(lead: str) -> str:
    lead = lead[:50]
    number, slug = 1, lead
    while DataSpace.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{lead}-{number}"
    return slug


def require_own_broker() -> None:
    """Keys of another broker are made there."""
    if settings.BROKER_URL:
        raise Refusal(
            _("The data are kept by another broker, which makes its own keys."),
            rule=settings.BROKER_URL,
            next_step=_("Ask whoever runs that broker for a key."),
            code="other-broker",
        )


def issue_key(space: DataSpace, *, label: str, scopes: list[str], until: datetime | None, by: User, at: datetime) -> tuple[str, Key]:
    """Make a key to the tenant of a space: (what is shown once, what is kept). The broker knows it within a second."""
    access.require(by, "citydata.keep_space", space)
    require_own_broker()
    keys = Keys(settings.BROKER_DATA)
    try:
        with transaction.atomic():
            expires = iso(int(until.timestamp()) * 1_000_000) if until else None
            try:
                secret, key = keys.add(label=label, scopes=scopes, tenant=space.slug, expires=expires)
            except KeyRefused:
                raise Refusal(
                    _("This key cannot be made: it needs a name, something that it opens, and an end that lies ahead."), code="key-refused"
                ) from None
            try:
                after = {"key": key.id, "scopes": sorted(key.scopes), "until": expires}
                record(by=by, did="citydata.issue_key", about=space, at=at, after=after)
            except IntegrityError:
                keys.revoke(key.id)
                raise
    finally:
        keys.close()
    return secret, key


def revoke_key(space: DataSpace, key_id: str, *, by: User, at: datetime, why: str = "") -> Key:
    """Let a key open nothing any more. Twice changes nothing."""
    access.require(by, "citydata.keep_space", space)
    require_own_broker()
    keys = Keys(settings.BROKER_DATA)
    try:
        found = next((key for key in keys.all() if key.id == key_id and key.tenant == space.slug), None)
        if found is None:
            raise Refusal(_("There is no such key of this data space."), code="no-such-key", status=404)
        if found.revoked is not None:
            return found
        with transaction.atomic():
            record(by=by, did="citydata.revoke_key", about=space, at=at, after={"key": key_id}, why=why)
            return keys.revoke(key_id)
    finally:
        keys.close()
