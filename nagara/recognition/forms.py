"""What people type and bring."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

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
