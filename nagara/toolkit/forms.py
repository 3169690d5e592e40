"""Fields for what every form of ours asks: a day in either calendar, a text in two languages."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.days import long_day, read_day
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, texts


class LongSelect(forms.Select):
    """A choice among hundreds or thousands, such as organisations: written at once, not by a template for each option."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = {str(one) for one in self.format_value(value)}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if str(key) in chosen else "", words) for key, words in self.choices),
        )
        return format_html("<select{}>{}</select>", flatatt({**self.build_attrs(self.attrs, attrs), "name": name}), options)


class DayInput(forms.TextInput):
    """A plain text field: the browser's own date picker knows one calendar only. `day.js` shows how the text is read."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "ng-input", "inputmode": "text", "autocomplete": "off", "data-day": "", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return long_day(value) if isinstance(value, date) else super().format_value(value)


class DayField(forms.Field):
    """A day typed in the Buddhist or the Common Era, cleaned to a `date`."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value or None
        try:
            return read_day(str(value)).day
        except Refusal as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from None

    def prepare_value(self, value: Any) -> Any:
        return value


class TextsInput(forms.MultiWidget):
    """A Thai and an English control, one under the other."""

    template_name = "toolkit/texts_input.html"

    def __init__(self, *, rows: int = 0, attrs: dict[str, Any] | None = None) -> None:
        control: type[forms.Widget] = forms.Textarea if rows else forms.TextInput
        extra = {"rows": rows} if rows else {}
        super().__init__(
            {code: control({"class": "ng-input", "lang": code, **extra, **(attrs or {})}) for code in ("th", "en")},
        )

    def decompress(self, value: Texts | None) -> list[str | None]:
        return [(value or {}).get("th"), (value or {}).get("en")]


class TextsFormField(forms.MultiValueField):
    """Cleans to `Texts`. Thai is required where the field is; English may be missing."""

    def __init__(self, *, rows: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("widget", TextsInput(rows=rows))
        fields = (forms.CharField(label=_("Thai"), required=False), forms.CharField(label=_("English"), required=False))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> Texts:
        th, en = (*data_list, "", "")[:2]
        return texts(th, en)
