"""What the loader has in its hands: everything loaded so far, by the codes that the facts use."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from nagara.audit.record import System
from nagara.documents.models import Source
from nagara.governance.models import Body, Resolution
from nagara.people.models import Organisation, Person
from nagara.places.models import Area
from nagara.recognition.models import Recognition

LOADER = System("demo")


@dataclass
class World:
    """What has been loaded so far, by the codes that the facts use."""

    at: datetime
    sources: dict[str, Source] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    areas: dict[int, Area] = field(default_factory=dict)
    recognitions: dict[int, Recognition] = field(default_factory=dict)
    recommended: dict[int, Resolution | None] = field(default_factory=dict)
    decided: dict[int, Resolution | None] = field(default_factory=dict)
    loaded: Counter[str] = field(default_factory=Counter)
