"""Members and nominations of a network as data: the fields of each set."""

from django.utils.translation import gettext_lazy as _

from nagara.governance.models import Resolution
from nagara.network.listing import NominationRow
from nagara.opendata.datasets import Dataset, Field, _meeting, iso, page


def _resolution(resolution: Resolution | None) -> str | None:
    return page("web:resolution", resolution.pk) if resolution is not None else None


def _national(row: NominationRow) -> str | None:
    meeting = row.national_meeting
    return f"{meeting.body.code} {meeting.reference}" if meeting is not None else None


MEMBERS = Dataset(
    "members",
    _("Members of a network"),
    _("The member cities of a network on one day; the JSON has its member states too."),
    "members",
    [
        Field("city", _("city, the stable short name in its address"), lambda m: m.city.slug),
        Field("city_th", _("city in Thai"), lambda m: m.city.name.get("th")),
        Field("city_en", _("city in English"), lambda m: m.city.name.get("en")),
        Field("state", _("state, ISO 3166-1 alpha-2"), lambda m: m.city.state_id),
        Field("latitude", _("WGS 84"), lambda m: m.city.latitude),
        Field("longitude", _("WGS 84"), lambda m: m.city.longitude),
        Field("member_since", _("day since which it is a member, or the first day on which a source shows it"), lambda m: iso(m.since)),
        Field("day_known", _("true: the day itself is on record; false: a source shows it by this day"), lambda m: m.day_known),
        Field("admitted_by", _("body and meeting that admitted it; empty: not on record"), lambda m: _meeting(m.admitted_by)),
        Field("resolution", _("address of the resolution"), lambda m: _resolution(m.admitted_by)),
        Field("source", _("source; empty: decided in Nagara"), lambda m: m.source.code if m.source else None),
        Field("invented", _("true: invented for a demonstration"), lambda m: m.invented),
        Field("page", _("address of the page"), lambda m: page("web:city", m.city.slug)),
    ],
)

NOMINATIONS = Dataset(
    "nominations",
    _("Nominations to a network"),
    _("Cities nominated up to one day, each as it stood on that day. By whom is an office, never a person."),
    "nominations",
    [
        Field("nomination", _("number of the nomination in this installation"), lambda r: r.nomination.pk),
        Field("city", _("city, the stable short name in its address"), lambda r: r.nomination.city.slug),
        Field("city_th", _("city in Thai"), lambda r: r.nomination.city.name.get("th")),
        Field("city_en", _("city in English"), lambda r: r.nomination.city.name.get("en")),
        Field("nominated_by", _("state, ISO 3166-1 alpha-2"), lambda r: r.nomination.state_of_id),
        Field("office", _("office that nominated; empty: not on record"), lambda r: r.nomination.post.code if r.nomination.post else None),
        Field("nominated_on", _("day; empty: not on record"), lambda r: iso(r.nomination.nominated_on)),
        Field("national_record", _("national body and meeting; empty: not on record"), _national),
        Field("state", _("endorsed, candidate, consultation, consulted, admitted, deferred, declined, withdrawn"), lambda r: str(r.state)),
        Field("state_since", _("day of this state, or the first day on which a source shows it"), lambda r: iso(r.since)),
        Field("day_known", _("true: the day itself is on record; false: a source shows it by this day"), lambda r: r.day_known),
        Field("decided_by", _("body and meeting of the resolution; empty: not decided or not on record"), lambda r: _meeting(r.decided_by)),
        Field("resolution", _("address of the resolution"), lambda r: _resolution(r.decided_by)),
        Field("source", _("source; empty: decided in Nagara"), lambda r: r.nomination.source.code if r.nomination.source else None),
        Field("invented", _("true: invented for a demonstration"), lambda r: r.nomination.invented),
        Field("page", _("address of the page"), lambda r: page("network:nomination", r.nomination.pk)),
    ],
)
