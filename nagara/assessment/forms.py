"""Forms of this part: what is typed is checked here, what it does is an action."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nagara.assessment.slots import Cell
from nagara.rulebook.schema import Criterion, Scale
from nagara.toolkit.texts import text


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
        return int(value) if str(value or "").isdecimal() else value if isinstance(value, int) else None


class QueryForm(forms.Form):
    """What an assessor wants to know of one field of the criterion that is open."""

    field = forms.ChoiceField(label=_("About"))
    question = forms.CharField(label=_("Your question"), max_length=1000, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, cell: Cell, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [*((slot.key, text(slot.field.label)) for slot in cell.slots), (cell.evidence_key, _("Documents"))]
