"""Forms of this part: what is typed is checked here, what it does is an action."""

import re
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nagara.assessment.models import Application, Evidence
from nagara.assessment.slots import Cell
from nagara.documents.uploads import UploadField
from nagara.people.models import Organisation, User
from nagara.places.models import Area, Subdivision
from nagara.rulebook.schema import Criterion, Scale
from nagara.toolkit.forms import DayField, DayInput, LongSelect, TextsFormField
from nagara.toolkit.numbers import whole
from nagara.toolkit.texts import text
from nagara.toolkit.thai import alphabet


class AppointmentForm(forms.Form):
    """An assessor accepts or declines."""

    act = forms.ChoiceField(choices=[("accept", _("accept")), ("decline", _("decline"))], widget=forms.HiddenInput)
    why = forms.CharField(label=_("Reason, if you decline"), required=False, max_length=500)


class DeclarationForm(forms.Form):
    """Is there a conflict of interest? One of two answers; neither is chosen beforehand."""

    conflict = forms.ChoiceField(
        label=_("Your declaration"),
        choices=[("no", _("I have no conflict of interest")), ("yes", _("I have a conflict of interest, or it could look so"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = forms.CharField(
        label=_("What ties you to the applicant"),
        help_text=_("Only with a conflict. The programme office reads it; the applicant does not."),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )


class ScoreForm(forms.Form):
    """One score with its reason; a note where the panel reopened the criterion."""

    value = forms.TypedChoiceField(label=_("Score"), coerce=int, empty_value=None, required=False, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=20_000, strip=False, widget=forms.Textarea({"rows": 5}))
    note = forms.CharField(label=_("Note on the change"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, criterion: Criterion, scale: Scale, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.anchors = [(value, text(criterion.anchors[value])) for value in range(scale.least, scale.most + 1)]
        field = self.fields["value"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [(str(value), words) for value, words in self.anchors]

    @property
    def chosen(self) -> int | None:
        """The score that is shown as chosen: typed just now, else stored."""
        value = self["value"].value()
        return value if isinstance(value, int) else whole(value)


class QueryForm(forms.Form):
    """What an assessor wants to know of one field of the criterion that is open."""

    field = forms.ChoiceField(label=_("About"))
    question = forms.CharField(label=_("Your question"), max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [*((slot.key, text(slot.field.label)) for slot in cell.slots), (cell.evidence_key, _("Documents"))]


class StartForm(forms.Form):
    """For which area, by which organisation."""

    area = forms.ModelChoiceField(
        label=_("Area"), queryset=Area.objects.none(), empty_label=None, error_messages={"required": _("Choose the area.")}
    )
    organisation = forms.ModelChoiceField(
        label=_("Applicant"), help_text=_("The organisation that answers for the application."), queryset=Organisation.objects.none()
    )

    def __init__(self, *args: Any, areas: QuerySet[Area], organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("area", areas), ("organisation", organisations)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = rows


class ProposedAreaForm(forms.Form):
    """An area that the record does not hold yet."""

    name = TextsFormField(label=_("Name of the area"), help_text=_("As it is to stand in the register."))
    subdivision = forms.ModelChoiceField(label=_("Province"), queryset=Subdivision.objects.all())
    kind = forms.ChoiceField(label=_("Kind"), choices=Area.Kind.choices)
    organisation = forms.ModelChoiceField(label=_("Applicant"), queryset=Organisation.objects.none())
    note = forms.CharField(
        label=_("What the programme office should know"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provinces = Subdivision.objects.order_by(alphabet(), "code")
        for name, rows in (("organisation", organisations), ("subdivision", provinces)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = rows


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail of the colleague"), help_text=_("The link in the message works once and expires."))


class EvidenceForm(forms.Form):
    """A new document."""

    file = UploadField(label=_("File"))
    title = forms.CharField(
        label=pgettext_lazy("document", "Title"),
        required=False,
        max_length=300,
        help_text=_("As assessors will see it. Empty: the name of the file."),
    )


class ReplaceForm(forms.Form):
    file = UploadField(label=_("Newer file"))


class DocumentChoice(forms.ModelChoiceField):
    """One of the documents of the application, by its title."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.title)


class AttachForm(forms.Form):
    """A document for one criterion: one that is there already, or a new file."""

    asked = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    evidence = DocumentChoice(
        label=_("A document that is here already"), queryset=Evidence.objects.none(), required=False, empty_label=_("– a new file –")
    )
    file = UploadField(label=_("New file"), required=False)
    title = forms.CharField(label=_("Title of the new file"), required=False, max_length=300)
    pages = forms.CharField(label=_("Pages that count here"), help_text=_("Such as 4 or 12–19, 23."), required=False, max_length=60)
    note = forms.CharField(label=_("Note for the assessor"), required=False, max_length=500)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["evidence"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = application.evidence.filter(removed_at__isnull=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("evidence") and not cleaned.get("file"):
            self.add_error("file", _("Choose a document or a new file."))
        return cleaned


class LinkForm(forms.Form):
    """Where a document counts: a criterion, a document asked for, its pages."""

    target = forms.ChoiceField(label=_("Proves"))
    pages = forms.CharField(label=_("Pages that count here"), required=False, max_length=60)
    note = forms.CharField(label=_("Note for the assessor"), required=False, max_length=500)

    def __init__(self, *args: Any, targets: list[tuple[str, list[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = targets


class WhyForm(forms.Form):
    """A reason, where an act asks for one."""

    why = forms.CharField(label=_("Reason"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3}))


class InstantInput(forms.MultiWidget):
    """A day and a time of day."""

    template_name = "assessment/instant_input.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        clock_attrs = {"class": "ng-input", "inputmode": "numeric", "autocomplete": "off", "size": 6}
        super().__init__({"day": DayInput(attrs), "clock": forms.TextInput(clock_attrs)})

    def decompress(self, value: Any) -> list[Any]:
        if isinstance(value, datetime):
            return [value.date(), value.strftime("%H.%M")]
        return [None, None]


_CLOCK = re.compile(r"(\d{1,2})\s*[.:]\s*(\d{2})(?:\s*น\.?)?")


def read_clock(text: str) -> time:
    """16.59, 16:59 or 16.59 น. as a time of day."""
    found = _CLOCK.fullmatch(text.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValidationError(_("Write the time as 16.59 or 16:59."), code="unreadable-time")
    return time(int(found[1]), int(found[2]))


class InstantField(forms.MultiValueField):
    """A day in either calendar and a time of day; cleaned to (day, time): the form knows the zone."""

    widget = InstantInput

    def __init__(self, **kwargs: Any) -> None:
        fields = (DayField(required=False), forms.CharField(required=False))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> tuple[date, time] | None:
        if not data_list or not data_list[0]:
            if self.required:
                raise ValidationError(_("Give the day and the time."), code="required")
            return None
        return data_list[0], read_clock(str(data_list[1] or ""))


ZONES = ("Asia/Bangkok", "Asia/Jakarta", "Asia/Singapore", "Asia/Manila", "Asia/Yangon", "Asia/Dili", "UTC")


class RoundForm(forms.Form):
    """A round as the office plans it."""

    title = TextsFormField(label=pgettext_lazy("round", "Title"))
    slug = forms.SlugField(
        label=_("Address"), help_text=_("Small letters, digits and hyphens; it stands in every link and receipt."), max_length=60
    )
    programme = forms.ChoiceField(label=_("Criteria"), help_text=_("The edition in force on the opening day is kept with the round."))
    call = TextsFormField(label=_("Text of the call"), rows=6, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=[(zone, zone) for zone in ZONES], initial="Asia/Bangkok")
    opens = InstantField(label=_("Opens"))
    closes = InstantField(label=_("Closes"), help_text=_("The first instant that is too late: 17.00 takes what comes at 16.59.59."))
    assess_until = InstantField(label=_("Scores due"), required=False)
    assessors_each = forms.IntegerField(label=_("Assessors for each application"), min_value=1, max_value=15, initial=3)
    confidentiality = TextsFormField(label=_("What an assessor undertakes"), help_text=_("Empty: the usual text."), rows=4, required=False)
    why = forms.CharField(label=_("Why the closing is put later"), required=False, max_length=500)

    def __init__(self, *args: Any, programmes: list[tuple[str, str]], planned: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["programme"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = programmes
        if planned:
            del self.fields["why"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        zone = ZoneInfo(cleaned.get("time_zone") or "Asia/Bangkok")
        for name in ("opens", "closes", "assess_until"):
            if value := cleaned.get(name):
                cleaned[name] = datetime.combine(value[0], value[1], tzinfo=zone)
        return cleaned


class ScreenForm(forms.Form):
    """Reject with reasons."""

    reasons = forms.CharField(label=_("Reasons"), help_text=_("The team reads them."), max_length=4000, widget=forms.Textarea({"rows": 4}))


class ReturnForm(forms.Form):
    """Return for information: the questions stand beside the fields; here are the due day and a word to all."""

    due = InstantField(label=pgettext_lazy("request", "Due"), help_text=_("An answer that comes at this instant is too late."))
    question = forms.CharField(label=_("A word to the team"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if value := cleaned.get("due"):
            cleaned["due"] = datetime.combine(value[0], value[1], tzinfo=self.zone)
        return cleaned


class ExtendForm(ReturnForm):
    """A later due day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["question"]


class AppointForm(forms.Form):
    assessor = forms.ModelChoiceField(label=_("Assessor"), queryset=User.objects.none(), widget=LongSelect)
    most = forms.IntegerField(label=_("Most applications"), min_value=1, max_value=200, initial=10)

    def __init__(self, *args: Any, assessors: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assessor"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = assessors


class AssessorInviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail of the assessor"), help_text=_("Who accepts can then be appointed."))


class SeedForm(forms.Form):
    seed = forms.IntegerField(
        label=_("Seed of the lot"), help_text=_("The same seed gives the same shares."), min_value=0, max_value=999_999
    )


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=2000, widget=forms.Textarea({"rows": 2}))


class FeedbackForm(forms.Form):
    text = TextsFormField(label=_("Feedback"), rows=4)
