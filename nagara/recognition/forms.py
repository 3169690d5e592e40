"""What people type and bring."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from nagara.governance.models import Meeting
from nagara.places.models import Area
from nagara.recognition.states import Status, Tier
from nagara.toolkit.forms import DayField, TextsFormField

LARGEST_BROUGHT = 5 * 1024 * 1024
"""A certificate of ours has about a tenth of a megabyte."""


class CheckForm(forms.Form):
    """A paper or a credential that somebody brought. It is read, compared and forgotten."""

    paper = forms.FileField(
        label=_("The certificate as PDF"),
        required=False,
        help_text=_("At most 5 MB. It is compared byte by byte and not kept."),
        widget=forms.FileInput(attrs={"class": "ng-input", "accept": "application/pdf,.pdf,.jwt,text/plain"}),
    )
    credential = forms.CharField(
        label=_("or the credential as text"),
        required=False,
        max_length=100_000,
        help_text=_("Paste the whole text. It begins with “ey”."),
        widget=forms.Textarea(attrs={"class": "ng-input", "rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_paper(self) -> Any:
        paper = self.cleaned_data.get("paper")
        if paper is not None and paper.size > LARGEST_BROUGHT:
            raise ValidationError(_("The file is larger than 5 MB: it cannot be a certificate of this register."))
        return paper

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("paper") and not cleaned.get("credential", "").strip():
            raise ValidationError(_("Choose the PDF, or paste the credential."))
        return cleaned

    @property
    def content(self) -> bytes:
        paper = self.cleaned_data.get("paper")
        if paper is not None:
            paper.seek(0)
            return bytes(paper.read())
        return str(self.cleaned_data["credential"]).encode()


# The office and the areas


class RegisterForm(forms.Form):
    """What the office's register shows."""

    on = DayField(label=_("On the day"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), required=False)
    province = forms.ChoiceField(label=_("Province"), required=False)
    q = forms.CharField(label=_("Name"), required=False, max_length=100, widget=forms.TextInput(attrs={"class": "ng-input"}))

    def __init__(self, *args: Any, provinces: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["q", "on", "status", "tier", "province"])
        self.fields["status"] = _choice(_("Status"), Status.choices)
        self.fields["tier"] = _choice(_("Tier"), Tier.choices)
        self.fields["province"] = _choice(_("Province"), provinces)


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", _("all")), *choices], widget=forms.Select(attrs={"class": "ng-input"})
    )


class ProposeForm(forms.Form):
    """A step that the office proposes to a body."""

    reason = TextsFormField(
        label=_("Reasons"), rows=5, help_text=_("They stand in the annex of the agenda and, once resolved, on the public page.")
    )
    effective_on = DayField(
        label=_("To take effect on"), required=False, help_text=_("Empty: on the day of the resolution. Such as 1 ธ.ค. 2569 or 2026-12-01.")
    )


class CheckedForm(forms.Form):
    """What the office found of an area's progress."""

    checked_progress = forms.IntegerField(
        label=_("Progress that the office found (%)"), min_value=0, max_value=100, widget=forms.NumberInput(attrs={"class": "ng-input"})
    )
    checked_why = forms.CharField(
        label=_("How it was found"),
        help_text=_("Which reports, visits or figures show it."),
        widget=forms.Textarea(attrs={"class": "ng-input", "rows": 4}),
    )


class ProposeRenewalForm(ProposeForm, CheckedForm):
    """A renewal that the office proposes of itself: with the progress that it found."""


class DesignateForm(ProposeForm):
    """A promotion zone: which area."""

    area = forms.ModelChoiceField(
        Area.objects.none(),
        label=_("Area"),
        widget=forms.Select(attrs={"class": "ng-input"}),
        help_text=_("Areas that are on no register today."),
    )
    field_order = ("area", "reason", "effective_on")

    def __init__(self, *args: Any, areas: QuerySet[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]


class RenewalForm(forms.Form):
    """What an area states when it asks to be renewed."""

    progress = forms.IntegerField(
        label=_("Progress of the plan (%)"), min_value=0, max_value=100, widget=forms.NumberInput(attrs={"class": "ng-input"})
    )
    reason = TextsFormField(label=_("What has been done"), rows=6)


class GroundsForm(forms.Form):
    grounds = forms.CharField(
        label=_("Grounds of the appeal"),
        help_text=_("What in the decision or its reasons is wrong, and what shows it."),
        widget=forms.Textarea(attrs={"class": "ng-input", "rows": 8}),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("What is missing"), widget=forms.Textarea(attrs={"class": "ng-input", "rows": 4}))


class WhyForm(forms.Form):
    why = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"class": "ng-input", "rows": 3}))


class HandOverForm(forms.Form):
    on = DayField(label=_("Handed over on"), help_text=_("The day of the ceremony, such as 24 ธ.ค. 2564."))


class AgendaForm(forms.Form):
    """To which meeting a row is put."""

    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("Meeting"), widget=forms.Select(attrs={"class": "ng-input"}))

    def __init__(self, *args: Any, meetings: QuerySet[Meeting], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
