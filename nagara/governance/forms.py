"""Forms of this part. They read what a person typed; whether it may be done, the actions say."""

import re
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nagara.documents.kinds import PAPER_KINDS
from nagara.documents.uploads import UploadField
from nagara.governance.models import Body, Heading, Meeting, Seat, SeatHolder
from nagara.governance.states import Verb
from nagara.people.models import Organisation
from nagara.toolkit.days import arabic_digits, clock
from nagara.toolkit.forms import DayField, TextsFormField
from nagara.toolkit.numbers import whole
from nagara.toolkit.texts import text


class ClockField(forms.Field):
    """A time of day, typed as 9.30 or 09:30, cleaned to a `time`."""

    _TIME = re.compile(r"(\d{1,2})\s*[.:]\s*(\d{2})(?:\s*น\.?)?")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "class": "g-clock"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value or None
        match = self._TIME.fullmatch(arabic_digits(str(value)).strip())
        if not match or int(match[1]) > 23 or int(match[2]) > 59:
            raise ValidationError(_("Write a time such as 9.30 or 13:00."), code="unreadable-time")
        return time(int(match[1]), int(match[2]))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return clock(value, settings.ZONE).removesuffix(" น.")
        return value.strftime("%H.%M") if isinstance(value, time) else value


def instant(day: date, at: time | None) -> datetime | None:
    """The time on the day, in the zone of the programme."""
    return datetime.combine(day, at, tzinfo=settings.ZONE) if at else None


def local_day(at: datetime | None) -> date | None:
    return at.astimezone(settings.ZONE).date() if at else None


class PlanForm(forms.Form):
    """When and where a meeting is to be."""

    day = DayField(label=_("Day"), help_text=_("In either calendar, such as 20 พ.ย. 2569 or 20 Nov 2026."))
    begins = ClockField(label=_("From"), help_text=_("Such as 9.30"))
    ends = ClockField(label=_("Until"), required=False)
    place = TextsFormField(label=_("Place"), required=False)
    on_site = forms.BooleanField(label=_("People can come to the place"), required=False, initial=True)
    online = forms.BooleanField(label=_("People can join online"), required=False)
    link = forms.URLField(
        label=_("Link to join online"), required=False, assume_scheme="https", help_text=_("Only those who are called see it.")
    )

    @classmethod
    def of(cls, meeting: Meeting, data: Any = None) -> "PlanForm":
        initial = {
            "day": local_day(meeting.planned_from),
            "begins": meeting.planned_from,
            "ends": meeting.planned_until,
            "place": meeting.planned_place,
            "on_site": meeting.on_site,
            "online": meeting.online,
            "link": meeting.planned_link,
        }
        return cls(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("on_site") or cleaned.get("online")):
            self.add_error("online", ValidationError(_("Say how people take part: at the place, online, or both."), code="no-way-in"))
        return cleaned

    def plan(self) -> dict[str, Any]:
        """What `plan_meeting` and `replan` take."""
        cleaned = self.cleaned_data
        return {
            "planned_from": instant(cleaned["day"], cleaned["begins"]),
            "planned_until": instant(cleaned["day"], cleaned["ends"]),
            "place": cleaned["place"] or {},
            "link": cleaned["link"],
            "on_site": cleaned["on_site"],
            "online": cleaned["online"],
        }


class RenumberForm(forms.Form):
    number = forms.IntegerField(label=_("Number of the meeting"), min_value=1, max_value=999)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2999, help_text=_("Buddhist or Common Era: 2569 or 2026"))
    why = forms.CharField(label=_("Why"), max_length=300)


class CallForm(forms.Form):
    short_notice_why = forms.CharField(label=_("Why it cannot wait"), max_length=500, required=False)


class OpenForm(forms.Form):
    """The chair opens the meeting."""

    opened = ClockField(label=_("Opened at"))
    place = TextsFormField(label=_("Held at"), required=False, help_text=_("Change it where the meeting is not held where it was planned."))
    on_site = forms.BooleanField(label=_("Held at the place"), required=False)
    online = forms.BooleanField(label=_("Held online"), required=False)
    chair = forms.ChoiceField(label=_("In the chair"), required=False)

    def __init__(self, *args: Any, sitters: list[SeatHolder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(str(row.person_id), f"{row.person} · {row.seat}") for row in sitters]
        chair = self.fields["chair"]
        assert isinstance(chair, forms.ChoiceField)  # noqa: S101 - declared above
        chair.choices = [("", _("not noted")), *chosen]


class CloseForm(forms.Form):
    closed = ClockField(label=_("Closed at"))


class ReasonForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=500)


class ItemForm(forms.Form):
    """An item and its paper."""

    kind = forms.ChoiceField(label=_("Under the heading"))
    title = TextsFormField(label=_("Title"))
    paper = TextsFormField(
        label=_("Paper"), rows=6, required=False, help_text=_("What it is about and what is proposed. Files are added afterwards.")
    )

    def __init__(self, *args: Any, headings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Heading.choices)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 - declared above
        kind.choices = [(heading, labels[heading]) for heading in headings]


class EditItemForm(forms.Form):
    """Title and paper of an item that stands; `revision` is the one that the writer had before them."""

    title = TextsFormField(label=_("Title"))
    paper = TextsFormField(label=_("Paper"), rows=5, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class BesideAnother(forms.Form):
    """A form that shares its page with another one: the marks of its fields are its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **kwargs})


class DiscussionForm(BesideAnother):
    discussion = TextsFormField(
        label=_("What was said"), rows=6, required=False, help_text=_("One paragraph a line. It goes into the minutes.")
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class PaperForm(BesideAnother):
    title = TextsFormField(label=_("Title of the file"))
    file = UploadField(label=_("File"), kinds=PAPER_KINDS)


class DraftForm(forms.Form):
    """The draft of a resolution."""

    verb = forms.ChoiceField(label=_("Verb"), choices=Verb.choices, widget=forms.RadioSelect)
    words = TextsFormField(label=_("Text"), rows=3, required=False)
    owner = forms.CharField(label=_("To be done by"), required=False, widget=forms.Select)
    due = DayField(label=_("Due"), required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def offer(self, organisations: list[Organisation]) -> None:
        """Offer these organisations; what was chosen before stays in the list."""
        chosen = [(str(one.pk), text(one.name)) for one in organisations]
        owner = self.fields["owner"].widget
        assert isinstance(owner, forms.Select)  # noqa: S101 - declared above
        owner.choices = [("", _("nobody in particular")), *chosen]

    def clean_owner(self) -> Organisation | None:
        typed = self.cleaned_data["owner"]
        if not typed:
            return None
        found = Organisation.objects.filter(pk=whole(typed) or 0).first()
        if found is None:
            raise ValidationError(_("There is no such organisation."), code="no-such-organisation")
        return found

    def draft(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {**{name: cleaned[name] for name in ("verb", "owner", "due", "revision")}, "words": cleaned["words"] or {}}


class PersonForm(forms.Form):
    """A person by the parts of the name that official papers ask for."""

    rank = TextsFormField(label=_("Rank, academic title or title"), required=False, help_text=_("Such as พล.อ., ผศ.ดร., นาย; Gen., Dr, Mr"))
    given = TextsFormField(label=_("Given name"))
    family = TextsFormField(label=_("Family name"), required=False)
    position_title = TextsFormField(label=_("Position"), required=False, help_text=_("As the paper names it, such as ผู้อำนวยการกอง"))


class ComeForm(PersonForm):
    """Somebody who is not on the list of the day comes in: for a seat, or as a participant without one."""

    when = ClockField(label=_("Came at"))
    online = forms.BooleanField(label=_("Online"), required=False)


class SeatForm(forms.Form):
    part = forms.ChoiceField(label=_("Part"), choices=Seat.Part.choices, initial=Seat.Part.MEMBER)
    title = TextsFormField(label=_("Title of the seat"), help_text=_("Such as ผู้แทนสำนักงบประมาณ"))
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.order_by("sort_th", "pk"),
        required=False,
        empty_label=_("a named expert, of no agency"),
    )
    position = forms.IntegerField(label=_("Order of precedence"), min_value=1, max_value=500)
    counts = forms.BooleanField(label=_("Counts for the quorum"), required=False, initial=True)
    since = DayField(label=_("Since"))


class EndForm(forms.Form):
    on = DayField(label=_("First day on which it no longer holds"))
    why = forms.CharField(label=_("Why"), max_length=300)


class SitterForm(forms.Form):
    """Who sits in a seat from a day on: somebody on record, or somebody new."""

    capacity = forms.ChoiceField(label=_("Capacity"), choices=SeatHolder.Capacity.choices, widget=forms.RadioSelect, initial="holder")
    since = DayField(label=_("Since"))
    ended = DayField(label=_("Until, not including"), required=False, help_text=_("Leave it empty where the end is open."))
    position_title = TextsFormField(label=_("Position as the paper names it"), required=False)


class RuleForm(forms.Form):
    """A body's rule from a day on."""

    since = DayField(label=_("In force since"))
    numerator = forms.IntegerField(label=_("Share of the seats: numerator"), min_value=1, max_value=99, initial=1)
    denominator = forms.IntegerField(
        label=_("Denominator"), min_value=1, max_value=99, initial=2, help_text=_("1 and 2: half of the seats")
    )
    more_than = forms.BooleanField(label=_("More than this share, not at least"), required=False)
    recused_leave_base = forms.BooleanField(label=_("A recused seat leaves the base"), required=False, initial=True)
    vacant_count = forms.BooleanField(label=_("A vacant seat stays in the base"), required=False, initial=True)
    online_counts = forms.BooleanField(label=_("Online attendance counts"), required=False, initial=True)
    notice_days = forms.IntegerField(label=_("Days of notice before a meeting"), min_value=0, max_value=90, initial=7)
    thai_digits = forms.BooleanField(label=_("Papers in Thai use Thai digits"), required=False)
    headings = forms.MultipleChoiceField(
        label=_("Headings of the agenda"), choices=Heading.choices, initial=Heading.values, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(label=_("By which order or decision"), max_length=300)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("numerator") and cleaned.get("denominator") and cleaned["numerator"] > cleaned["denominator"]:
            self.add_error("numerator", ValidationError(_("A quorum is at most all seats."), code="more-than-all"))
        return cleaned

    def rule(self) -> dict[str, Any]:
        cleaned = dict(self.cleaned_data)
        return {**cleaned, "share": Fraction(cleaned.pop("numerator"), cleaned.pop("denominator"))}


class BodyForm(forms.Form):
    """A body that has been set up."""

    name = TextsFormField(label=_("Name"))
    short = TextsFormField(label=_("Short name"), required=False)
    code = forms.SlugField(label=_("Code"), max_length=60, help_text=_("For its address: small letters, digits and hyphens."))
    kind = forms.ChoiceField(label=_("Kind of body"), choices=Body.Kind.choices)
    parent = forms.ModelChoiceField(
        label=_("Under"), queryset=Body.objects.order_by("code"), required=False, empty_label=_("no other body")
    )
    since = DayField(label=_("Set up on"), required=False)
    mandate = TextsFormField(label=_("Mandate"), rows=4, required=False)


class CirculateForm(forms.Form):
    corrections_until = DayField(label=_("Corrections until"), required=False)


class CorrectionForm(forms.Form):
    item = forms.ChoiceField(label=_("Item"), required=False)
    wanted = forms.CharField(label=_("What should change"), widget=forms.Textarea({"rows": 4}), max_length=4000)

    def __init__(self, *args: Any, items: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item = self.fields["item"]
        assert isinstance(item, forms.ChoiceField)  # noqa: S101 - declared above
        item.choices = [("", _("the whole")), *items]


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), max_length=500, required=False)


class DoneForm(forms.Form):
    on = DayField(label=_("Done on"))
    note = forms.CharField(label=_("How it was done"), max_length=500)
