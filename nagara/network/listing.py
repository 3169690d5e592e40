"""The public list of nominations as rows: one reading serves the page, CSV and JSON."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from nagara.governance.models import Meeting, Resolution
from nagara.network.models import Network, Nomination, NominationStep
from nagara.network.queries import nominations_public
from nagara.network.states import STANDING_AFTER, NominationState
from nagara.places.models import City
from nagara.toolkit.texts import Texts


@dataclass(frozen=True)
class NominationRow:
    """A nomination as it stood on a day."""

    nomination: Nomination
    state: NominationState
    steps: list[NominationStep]
    """What happened up to the day, newest first."""

    @property
    def since(self) -> date | None:
        return self.steps[0].day if self.steps else None

    @property
    def day_known(self) -> bool:
        return bool(self.steps and self.steps[0].on)

    @property
    def decided_by(self) -> Resolution | None:
        """The resolution of the annual meeting, where one had been adopted by the day."""
        decided = self.nomination.decided_by
        return decided if decided is not None and self.state in DECIDED else None

    @property
    def national_meeting(self) -> Meeting | None:
        row = self.nomination
        if row.national_resolution is not None:
            return row.national_resolution.item.meeting
        return row.national_item.meeting if row.national_item is not None else None

    @property
    def reason(self) -> Texts:
        return self.steps[0].reason if self.steps and self.state in DECIDED else {}


DECIDED = (NominationState.ADMITTED, NominationState.DEFERRED, NominationState.DECLINED)


def rows(network: Network, day: date) -> list[NominationRow]:
    """The nominations endorsed by a day, newest first, each as it stood then. Two queries."""
    public = NominationStep.objects.filter(verb__in=[*STANDING_AFTER, "admit"]).select_related("source").order_by("pk")
    found = nominations_public(network, day).prefetch_related(Prefetch("steps", public, "said"))
    return [row for nomination in found if (row := row_of(nomination, nomination.said, day)) is not None]


def rows_of_city(network: Network, city: City, day: date) -> list[NominationRow]:
    """The nominations of one city, as they stood on a day."""
    public = NominationStep.objects.filter(verb__in=[*STANDING_AFTER, "admit"]).select_related("source").order_by("pk")
    found = nominations_public(network, day).filter(city=city).prefetch_related(Prefetch("steps", public, "said"))
    return [row for nomination in found if (row := row_of(nomination, nomination.said, day)) is not None]


def row_of(nomination: Nomination, steps: list[NominationStep], day: date) -> NominationRow | None:
    """How one nomination stood on a day; None where it was not known then."""
    known = sorted((step for step in steps if step.day is not None and step.day <= day), key=lambda step: (step.day, step.pk), reverse=True)
    return NominationRow(nomination, NominationState(known[0].state), known) if known else None
