"""What the bindings of a city computed, offered to the return of that city. Registered with `monitoring.offers`, which knows nothing of us."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from nagara.citydata.binding.question import Method
from nagara.citydata.models import ComputedValue
from nagara.monitoring.offers import Offer
from nagara.places.models import City
from nagara.toolkit.days import short_day


def offered(city: City, first_day: date, last_day: date, measures: Sequence[str]) -> Iterable[Offer]:
    """The newest value of each binding for exactly this period. One query."""
    rows = (
        ComputedValue.objects.filter(since=first_day, until=last_day + timedelta(days=1), value__isnull=False)
        .filter(version__binding__measure__in=list(measures), version__binding__ended_at__isnull=True)
        .filter(Q(version__binding__space__city=city) | Q(version__binding__space__area__city=city))
        .select_related("version__binding__space")
        .order_by("version__binding", "-version__number", "-computed_at", "-pk")
    )
    seen: set[int] = set()
    for row in rows:
        binding = row.version.binding
        if binding.pk in seen:
            continue
        seen.add(binding.pk)
        yield Offer(
            measure=binding.measure,
            part=binding.part,
            number=row.value or Decimal(0),
            computed_at=row.computed_at,
            how=in_words(row),
            source=str(binding.space),
            lineage={**row.lineage, "digest": row.digest, "invented": binding.space.invented},
            link=reverse("citydata:value", args=[binding.space.slug, row.pk]),
        )


def in_words(row: ComputedValue) -> str:
    """What was computed, in one line: the method, what from, and how much of the time was seen."""
    told = row.lineage
    facts = {
        "method": Method(told["question"]["method"]).label,
        "attribute": told["question"]["attribute"] or told["question"]["condition"],
        "things": told["entities"],
        "count": f"{told['observations']:,}",
        "coverage": f"{100 * told['coverage']:.0f}",
    }
    if told["question"]["method"] == Method.SHARE and told.get("as_of"):
        facts["day"] = short_day(row.last_day)
        return _("%(method)s: %(attribute)s, of %(things)s things, as they were at the end of %(day)s") % facts
    if told["question"]["method"] == Method.SHARE:
        return _("%(method)s: %(attribute)s, of %(things)s things") % facts
    return _("%(method)s: %(attribute)s of %(things)s things, %(count)s observations, %(coverage)s%% of the days covered") % facts
