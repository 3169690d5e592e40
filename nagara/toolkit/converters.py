"""Parts of an address that are more than text."""

from datetime import date


class DayConverter:
    """An ISO day, such as 2019-03-08."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)  # a ValueError means: no such address

    def to_url(self, value: date) -> str:
        return value.isoformat()
