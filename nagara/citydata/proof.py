"""What the probes of a place prove: "has a city data platform", with the day and the way to the findings. For the parts above to show."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from nagara.citydata.models import DataSpace, Endpoint, Probe
from nagara.places.models import Area, City


@dataclass(frozen=True)
class Proof:
    """The best endpoint of a place as its last probe until a day found it."""

    space: DataSpace
    endpoint: Endpoint
    outcome: str
    label: str
    at: datetime
    url: str
    probes: int
    reached: int
    """How many of the probes got an answer: the share in which it was reachable."""

    @property
    def proved(self) -> bool:
        return self.outcome == Probe.Outcome.PASSED

    @property
    def reachable(self) -> float:
        return 100 * self.reached / self.probes if self.probes else 0.0


_RANK = {Probe.Outcome.PASSED: 0, Probe.Outcome.PARTLY: 1, Probe.Outcome.FAILED: 2}


def platform_proof(place: Area | City, *, on: date | None = None) -> Proof | None:
    """What is proved of a place on a day (today where none is named); None where nothing was ever probed.

    Two queries; none for a place without a space that was read with its `data_space`.
    """
    try:
        space = place.data_space
    except DataSpace.DoesNotExist:
        return None
    probes = Probe.objects.filter(endpoint__space=space).select_related("endpoint__space").order_by("endpoint", "-at", "-pk")
    if on is not None:
        probes = probes.filter(at__date__lte=on)
    best: Proof | None = None
    last: dict[int, Probe] = {}
    counts: dict[int, list[int]] = {}
    for probe in probes[:2000]:
        last.setdefault(probe.endpoint_id, probe)
        told = counts.setdefault(probe.endpoint_id, [0, 0])
        told[0] += 1
        told[1] += any(finding["check"] == "reachable" and finding["state"] == "met" for finding in probe.findings)
    for probe in last.values():
        endpoint = probe.endpoint
        if endpoint.ended_at is not None and (on is None or endpoint.ended_at.date() <= on):
            continue
        found = Proof(
            space=endpoint.space,
            endpoint=endpoint,
            outcome=probe.outcome,
            label=str(probe.get_outcome_display()),
            at=probe.at,
            url=reverse("citydata:endpoint", args=[endpoint.space.slug, endpoint.pk]),
            probes=counts[endpoint.pk][0],
            reached=counts[endpoint.pk][1],
        )
        if best is None or _RANK[Probe.Outcome(found.outcome)] < _RANK[Probe.Outcome(best.outcome)]:
            best = found
    return best
