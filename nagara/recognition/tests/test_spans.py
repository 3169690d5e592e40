"""The spans against a calendar that is walked day by day."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nagara.recognition.spans import Fact, Span, spans
from nagara.recognition.states import Status, Tier, Verb

FIRST_DAY = date(2024, 1, 1)
DAYS = 60


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


AFTER = {
    "suspend": {"recognised": "suspended", "zone": "suspended"},
    "revoke": {"recognised": "revoked", "zone": "revoked", "suspended": "revoked"},
    "renew": {"recognised": "recognised", "expired": "recognised", "zone": "zone"},
    "supersede": {"zone": "superseded"},
}


def walked(tier: str, facts: list[Fact]) -> list[str | None]:
    """The status of each day, by walking from the first day anew for each day: slow, and built from nothing of ours."""
    own = "recognised" if tier == "label" else "zone"
    found: list[str | None] = []
    for today in (day(n) for n in range(DAYS)):
        known = {fact.key: fact for fact in facts if fact.on is not None and fact.on <= today}

        def holds(key: int, known: dict[int, Fact] = known) -> bool:
            return key in known and not any(other.undoes == key and holds(other.key) for other in known.values())

        status: str | None = None
        last: date | None = None
        for now in (day(n) for n in range((today - FIRST_DAY).days + 1)):
            if last and now > last and status in ("recognised", "zone", "suspended"):
                status = "expired"
            for fact in sorted(facts, key=lambda fact: fact.key):
                if fact.on != now or not holds(fact.key):
                    continue
                if fact.verb in ("grant", "designate"):
                    if status is None:
                        status, last = ("recognised" if fact.verb == "grant" else "zone"), fact.valid_until
                elif fact.verb == "reinstate" and status in ("suspended", "revoked"):
                    status = own
                elif fact.verb == "renew" and status == "expired":
                    status, last = own, fact.valid_until
                elif status in AFTER.get(fact.verb, {}) and not (fact.verb == "supersede" and tier == "label"):
                    status = AFTER[fact.verb][status]
                    last = fact.valid_until if fact.verb == "renew" else last
                if last and now > last and status in ("recognised", "zone", "suspended"):
                    status = "expired"
        found.append(status)
    return found


@st.composite
def lives(draw: st.DrawFn) -> tuple[str, list[Fact]]:
    tier = draw(st.sampled_from(["label", "zone"]))
    days = st.integers(0, DAYS - 2)
    limits = st.one_of(st.none(), days.map(day))
    facts = [Fact(1, "grant" if tier == "label" else "designate", day(draw(days)), draw(limits))]
    for key in range(2, 2 + draw(st.integers(0, 6))):
        verb = draw(st.sampled_from(["present", "renew", "suspend", "reinstate", "revoke", "supersede", "uphold", "correct"]))
        on = draw(st.one_of(st.none(), days.map(day))) if verb != "correct" else day(draw(days))
        undoes = draw(st.integers(1, key - 1)) if verb == "correct" or draw(st.integers(0, 5)) == 0 else None
        facts.append(Fact(key, verb, on, draw(limits) if verb == "renew" else None, undoes))
    return tier, facts


@given(lives())
def test_every_day_has_the_status_that_walking_the_calendar_gives(life):
    tier, facts = life
    found = spans(tier, facts)
    by_day = []
    for today in (day(n) for n in range(DAYS)):
        holding = [span.status for span in found if span.since <= today and (span.ended is None or today < span.ended)]
        assert len(holding) <= 1
        by_day.append(str(holding[0]) if holding else None)
    assert by_day == walked(tier, facts)


@given(lives())
def test_spans_are_in_order_and_each_differs_from_the_one_before(life):
    found = spans(*life)
    for earlier, later in pairwise(found):
        assert earlier.ended is not None
        assert earlier.since < earlier.ended <= later.since
        assert earlier.status != later.status or earlier.ended < later.since
    assert all(span.ended is None or span.since < span.ended for span in found)


def test_a_grant_that_runs_out_has_its_end_from_the_first_day():
    assert spans(Tier.LABEL, [Fact(1, Verb.GRANT, date(2024, 3, 1), date(2026, 2, 28))]) == [
        Span(Status.RECOGNISED, date(2024, 3, 1), date(2026, 3, 1)),
        Span(Status.EXPIRED, date(2026, 3, 1), None),
    ]


def test_a_renewal_before_the_end_leaves_no_gap():
    facts = [Fact(1, Verb.GRANT, date(2024, 3, 1), date(2026, 2, 28)), Fact(2, Verb.RENEW, date(2026, 1, 15), date(2028, 2, 29))]
    assert spans(Tier.LABEL, facts) == [
        Span(Status.RECOGNISED, date(2024, 3, 1), date(2028, 3, 1)),
        Span(Status.EXPIRED, date(2028, 3, 1), None),
    ]


def test_a_renewal_after_the_end_leaves_the_days_between_expired():
    facts = [Fact(1, Verb.GRANT, date(2024, 3, 1), date(2026, 2, 28)), Fact(2, Verb.RENEW, date(2026, 4, 1), date(2028, 3, 31))]
    assert [(span.status, span.since) for span in spans(Tier.LABEL, facts)] == [
        (Status.RECOGNISED, date(2024, 3, 1)),
        (Status.EXPIRED, date(2026, 3, 1)),
        (Status.RECOGNISED, date(2026, 4, 1)),
        (Status.EXPIRED, date(2028, 4, 1)),
    ]


def test_what_was_revoked_does_not_run_out():
    facts = [Fact(1, Verb.GRANT, date(2024, 3, 1), date(2026, 2, 28)), Fact(2, Verb.REVOKE, date(2025, 6, 1))]
    assert spans(Tier.LABEL, facts)[-1] == Span(Status.REVOKED, date(2025, 6, 1), None)


def test_a_revocation_undone_from_its_own_day_never_was():
    facts = [
        Fact(1, Verb.GRANT, date(2024, 3, 1)),
        Fact(2, Verb.REVOKE, date(2025, 6, 1)),
        Fact(3, Verb.CORRECT, date(2025, 6, 1), undoes=2),
    ]
    assert spans(Tier.LABEL, facts) == [Span(Status.RECOGNISED, date(2024, 3, 1), None)]


def test_a_revocation_undone_later_leaves_the_days_between_revoked():
    facts = [
        Fact(1, Verb.GRANT, date(2024, 3, 1)),
        Fact(2, Verb.REVOKE, date(2025, 6, 1)),
        Fact(3, Verb.CORRECT, date(2025, 9, 1), undoes=2),
    ]
    assert [(span.status, span.since) for span in spans(Tier.LABEL, facts)] == [
        (Status.RECOGNISED, date(2024, 3, 1)),
        (Status.REVOKED, date(2025, 6, 1)),
        (Status.RECOGNISED, date(2025, 9, 1)),
    ]


def test_a_grant_undone_from_its_own_day_leaves_no_status():
    assert spans(Tier.LABEL, [Fact(1, Verb.GRANT, date(2024, 3, 1)), Fact(2, Verb.CORRECT, date(2024, 3, 1), undoes=1)]) == []


def test_a_step_whose_day_is_not_on_record_changes_no_status():
    facts = [Fact(1, Verb.GRANT, date(2021, 11, 5)), Fact(2, Verb.RENEW, None), Fact(3, Verb.REVOKE, None)]
    assert spans(Tier.LABEL, facts) == [Span(Status.RECOGNISED, date(2021, 11, 5), None)]
