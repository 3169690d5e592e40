"""The published criteria of Smart City Thailand as plain values, for a test to change one thing and see what is said of it."""

import copy
from pathlib import Path
from typing import Any

from django.conf import settings

from nagara.rulebook.editions import plain

PUBLISHED = Path(settings.BASE_DIR) / "rulebook" / "smart-city-thailand" / "2019-03-08.yaml"


def raw() -> Any:
    return copy.deepcopy(plain(PUBLISHED))
