"""What data there is: each set with its fields, what they mean, and how a row is made. The page and the files are made from here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from nagara.governance.models import Resolution
from nagara.recognition.models import StatusSpan

Value = str | int | float | bool | None
Words = str | Promise


@dataclass(frozen=True)
class Field:
    """One column: its name in files, what it means, and how it is read from a row."""

    name: str
    meaning: Words
    read: Callable[[Any], Value]


@dataclass(frozen=True)
class Dataset:
    code: str
    title: Words
    about: Words
    rows: str
    fields: Sequence[Field]

    def line(self, row: Any) -> dict[str, Value]:
        return {field.name: field.read(row) for field in self.fields}

    def lines(self, rows: QuerySet[Any]) -> Iterator[dict[str, Value]]:
        """The rows one by one, so that a long list needs no long memory."""
        for row in rows.iterator(chunk_size=500):
            yield self.line(row)


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def page(name: str, *args: Any) -> str:
    """The permanent address of a page, without a language of its own."""
    with override("th"):
        return settings.SITE_ADDRESS + reverse(name, args=args)


def _last_day(span: StatusSpan) -> str | None:
    """The last day of a status: a span ends on the first day on which it no longer holds."""
    return iso(span.ended - timedelta(days=1)) if span.ended else None


def _meeting(resolution: Resolution | None) -> str | None:
    if resolution is None:
        return None
    meeting = resolution.item.meeting
    return f"{meeting.body.code} {meeting.reference}"


REGISTER = Dataset(
    "register",
    _("Register"),
    _("Areas with the status of one day. The filters of the register page work here too: province, status, year, kind, q, order."),
    "areas",
    [
        Field("number", _("running number in the register"), lambda s: s.recognition.number),
        Field("slug", _("stable short name, part of the address of its page"), lambda s: s.area.slug),
        Field("name_th", _("Thai name; empty: not on record"), lambda s: s.area.name.get("th")),
        Field("name_en", _("English name; empty: not on record"), lambda s: s.area.name.get("en")),
        Field("province_code", _("province, ISO 3166-2"), lambda s: s.subdivision_code),
        Field("province_th", _("province in Thai"), lambda s: s.area.subdivision.name.get("th")),
        Field("province_en", _("province in English"), lambda s: s.area.subdivision.name.get("en")),
        Field("kind", _("municipality, province, district, campus, estate or zone; empty: not on record"), lambda s: s.area.kind or None),
        Field("city_type", _("type of city, a code of the criteria; empty: not on record"), lambda s: s.area.city_type or None),
        Field("status", _("status on the day: recognised, zone, suspended, revoked, expired"), lambda s: s.status),
        Field("status_since", _("first day of this status"), lambda s: iso(s.since)),
        Field("status_until", _("last day of this status, where one is known"), _last_day),
        Field("batch_year", _("year of the batch (CE)"), lambda s: s.recognition.batch),
        Field("decided_on", _("day of the decision"), lambda s: iso(s.recognition.decided_on)),
        Field("effective_on", _("day from which it holds"), lambda s: iso(s.recognition.effective_on)),
        Field("presented_on", _("day on which the logo was handed over"), lambda s: iso(s.recognition.presented_on)),
        Field("valid_until", _("last day of validity; empty: not on record"), lambda s: iso(s.recognition.valid_until)),
        Field("decided_by", _("body and meeting that decided; empty: not on record"), lambda s: _meeting(s.recognition.decided_by)),
        Field("source", _("source of the recognition"), lambda s: s.recognition.source.code if s.recognition.source else None),
        Field("certainty", _("how sure the source is"), lambda s: s.recognition.certainty),
        Field("invented", _("true: invented for a demonstration"), lambda s: s.area.invented or s.recognition.invented),
        Field("page", _("address of the page"), lambda s: page("web:area", s.area.slug)),
    ],
)

STEPS = Dataset(
    "area",
    _("One area"),
    _("Everything that happened to one area, a step a row; the JSON has names, days and boundary too."),
    "steps",
    [
        Field("number", _("running number of the recognition"), lambda s: s.recognition.number),
        Field("tier", _("label (recognised area) or zone (promotion zone)"), lambda s: s.recognition.tier),
        Field("on", _("day; empty: not on record"), lambda s: iso(s.on)),
        Field(
            "what",
            _("designate, grant, present, renew, suspend, reinstate, revoke, supersede, lapse, appeal, uphold, correct"),
            lambda s: s.verb,
        ),
        Field("valid_until", _("last day of validity that this step set"), lambda s: iso(s.valid_until)),
        Field("meeting", _("body and meeting of the resolution"), lambda s: _meeting(s.resolution)),
        Field("resolution", _("address of the resolution"), lambda s: page("web:resolution", s.resolution_id) if s.resolution_id else None),
        Field("reason_th", _("reason in Thai"), lambda s: s.reason.get("th")),
        Field("reason_en", _("reason in English"), lambda s: s.reason.get("en")),
        Field("source", _("source of this step"), lambda s: s.source.code if s.source else None),
    ],
)

RESOLUTIONS = Dataset(
    "resolutions",
    _("Resolutions"),
    _("Adopted resolutions up to one day. The filters of the page work here too: body, verb, year, q."),
    "resolutions",
    [
        Field("resolution", _("number of the resolution in this installation"), lambda r: r.pk),
        Field("body", _("body, by its code"), lambda r: r.item.meeting.body.code),
        Field("body_name_th", _("body in Thai"), lambda r: r.item.meeting.body.name.get("th")),
        Field("body_name_en", _("body in English"), lambda r: r.item.meeting.body.name.get("en")),
        Field("meeting", _("number of the meeting / Buddhist year"), lambda r: r.item.meeting.reference),
        Field("item", _("number of the item on the agenda"), lambda r: r.item.number or None),
        Field("adopted_on", _("day; empty: not on record"), lambda r: iso(r.adopted_on)),
        Field("verb", _("acknowledge, approve, approve_in_principle, assign, disapprove, defer, withdraw"), lambda r: r.verb),
        Field("title_th", _("item in Thai"), lambda r: r.item.title.get("th")),
        Field("title_en", _("item in English"), lambda r: r.item.title.get("en")),
        Field("text_th", _("text in Thai"), lambda r: r.text.get("th")),
        Field("text_en", _("text in English"), lambda r: r.text.get("en")),
        Field("to_be_done_by", _("organisation that is to act, by its code"), lambda r: r.owner.code if r.owner else None),
        Field("due", _("day by which it is to act"), lambda r: iso(r.due)),
        Field("quorum_base", _("seats that counted"), lambda r: (r.quorum or {}).get("base")),
        Field("quorum_needed", _("seats that were needed"), lambda r: (r.quorum or {}).get("needed")),
        Field("quorum_present", _("seats that were present; empty: not on record"), lambda r: (r.quorum or {}).get("present")),
        Field("recused", _("seats that took no part"), lambda r: len(r.quorum["recused"]) if r.quorum and "recused" in r.quorum else None),
        Field("corrects", _("number of the resolution that this one corrects"), lambda r: r.corrects_id),
        Field("corrected", _("true: a later resolution corrects it"), lambda r: r.corrected),
        Field("source", _("source; empty: decided in Nagara"), lambda r: r.source.code if r.source else None),
        Field("invented", _("true: invented for a demonstration"), lambda r: r.item.meeting.invented),
        Field("page", _("address of the page"), lambda r: page("web:resolution", r.pk)),
    ],
)

FIGURES = Dataset(
    "figures",
    _("Figures"),
    _("The number of recognised areas and of their provinces after each change; the JSON explains the change since a day (since=)."),
    "figures",
    [
        Field("from", _("first day of this count"), lambda point: iso(point[0])),
        Field("recognised_areas", _("recognised areas"), lambda point: point[1].areas),
        Field("provinces", _("provinces with a recognised area"), lambda point: point[1].provinces),
    ],
)

ALL = (REGISTER, STEPS, RESOLUTIONS, FIGURES)
