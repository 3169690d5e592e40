"""One line of "my tasks". Each part lists its own; the shell sorts them together."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Task:
    """Something that waits for a person: what to do, where, until when, and who waits."""

    title: str
    url: str
    state: str
    state_label: str
    due: datetime | None = None
    note: str = ""
    mine: bool = True
    """False: it waits for somebody else, and is listed so that nobody has to ask."""
