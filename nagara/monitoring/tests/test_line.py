"""The whole line: a city claims, its office verifies, the network publishes; each level is kept with who and when."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from nagara.audit.models import Entry
from nagara.monitoring.actions import extensions, handing_in, publishing, verifying, writing
from nagara.monitoring.actions.writing import Clash, Written
from nagara.monitoring.asked import asking
from nagara.monitoring.models import Level, Return
from nagara.monitoring.offers import Offer, forget, register
from nagara.monitoring.states import LevelName, Origin, ReturnState
from nagara.monitoring.tests.make import DUE, LOCKS, NOON, make_city
from nagara.monitoring.tests.world import (
    ASCN,
    NATIONAL,
    begun,
    fill,
    handed_in,
    make_period,
    national_office,
    number,
    officer,
    proof,
    published,
    put,
    return_of,
    secretariat,
)
from nagara.notices.models import Notice
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.plans.tests.make import make_project
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

CLAIMED, VERIFIED, PUBLISHED = LevelName.CLAIMED, LevelName.VERIFIED, LevelName.PUBLISHED
DAY = timedelta(days=1)


def acts(answer: Return) -> list[str]:
    return list(Entry.objects.filter(about=f"monitoring.return:{answer.pk}").order_by("seq").values_list("did", flat=True))


def test_one_answer_serves_every_set_that_asks_for_it():
    period = make_period(sets=(NATIONAL, "u4ssc"))
    asked = asking(period)
    codes = [(use.programme, use.code) for use in asked.by_measure["household-internet-access"].uses]
    assert codes == [(NATIONAL, "PEO-1"), ("u4ssc", "EC: ICT: ICT: 1C")]
    assert len(asked.by_measure) == 91 + 2
    assert asked.by_measure["household-internet-access"].section == f"{NATIONAL}.people"


def test_a_later_edition_changes_no_period_that_is_open(monkeypatch):
    period = make_period()
    monkeypatch.setattr("nagara.rulebook.indicators.all_sets", lambda folder=None: [])
    assert len(asking(period).by_measure) == 13


def test_what_is_handed_in_is_claimed_verified_and_published_with_who_and_when():
    city, office, network = officer(), national_office(), secretariat()
    answer = handed_in(city)
    verifying.verify(
        answer, "green-areas", number=Decimal("9.5"), why="the park is outside the city", by=office, at=NOON + DAY, proof=proof(NOON + DAY)
    )
    verifying.verify_rest(answer, by=office, at=NOON + DAY, proof=proof(NOON + DAY))
    answer = publishing.publish(answer, by=network, at=NOON + 2 * DAY, proof=proof(NOON + 2 * DAY))
    rows = Level.objects.filter(value__of=answer, measure="green-areas").order_by("at")
    assert [(row.level, row.number, row.by, row.at) for row in rows] == [
        ("claimed", Decimal(10), city, NOON),
        ("verified", Decimal("9.5"), office, NOON + DAY),
        ("published", Decimal("9.5"), network, NOON + 2 * DAY),
    ]
    assert answer.state == ReturnState.PUBLISHED
    assert acts(answer) == [
        "monitoring.begin",
        "monitoring.submit",
        "monitoring.verify",
        "monitoring.verify_rest",
        "monitoring.finish_verifying",
        "monitoring.publish",
    ]


def test_another_number_than_the_claim_needs_its_reason():
    answer = handed_in(officer())
    with pytest.raises(Refusal, match="needs its reason"):
        verifying.verify(answer, "green-areas", number=Decimal(9), by=national_office(), at=NOON, proof=proof())
    assert number(answer, VERIFIED) is None


def test_the_office_returns_one_value_and_verifies_the_rest():
    city, office = officer(), national_office()
    answer = handed_in(city)
    verifying.question(answer, "green-areas", text="Is the lake in it?", by=office, at=NOON)
    answer = verifying.verify_rest(answer, by=office, at=NOON, proof=proof())
    assert (answer.state, number(answer, VERIFIED), number(answer, VERIFIED, "physicians")) == ("submitted", None, Decimal(10))
    answer = verifying.send_back(answer, by=office, at=NOON)
    assert answer.state == ReturnState.RETURNED
    with pytest.raises(Refusal, match="not open for writing"):
        put(answer, "physicians", "11", by=city)
    put(answer, "green-areas", "8", by=city, reply="It was; it is taken out.")
    answer = handing_in.submit(answer, by=city, at=NOON + DAY)
    assert (number(answer, CLAIMED), number(answer, CLAIMED, "physicians")) == (Decimal(8), Decimal(10))
    answer = verifying.verify_rest(answer, by=office, at=NOON + DAY, proof=proof(NOON + DAY))
    assert answer.state == ReturnState.VERIFIED


def test_a_question_wants_a_reply_before_the_return_is_handed_in_again():
    city, office = officer(), national_office()
    answer = handed_in(city)
    verifying.question(answer, "green-areas", text="Why?", by=office, at=NOON)
    answer = verifying.send_back(answer, by=office, at=NOON)
    with pytest.raises(Refusal, match="still wants an answer"):
        handing_in.submit(answer, by=city, at=NOON)


def test_a_published_return_can_come_back_and_keeps_what_is_published_until_then():
    city, office, network = officer(), national_office(), secretariat()
    answer = published(city, office, network)
    verifying.question(answer, "green-areas", text="A journalist doubts it.", by=office, at=NOON + DAY)
    answer = verifying.send_back(answer, by=office, at=NOON + DAY)
    put(answer, "green-areas", "7", by=city, reply="Corrected.", at=NOON + DAY)
    answer = handing_in.submit(answer, by=city, at=NOON + DAY)
    assert (number(answer, CLAIMED), number(answer, PUBLISHED)) == (Decimal(7), Decimal(10))


# Late, locked, more time


def test_late_is_noted_and_locked_is_refused():
    city = officer()
    answer = begun(city)
    fill(answer, by=city)
    late = handing_in.submit(answer, by=city, at=DUE + DAY)
    assert (late.handed_in, late.submitted_at) == ("late", DUE + DAY)


def test_after_the_lock_only_an_extension_opens_this_return_alone():
    city, office = officer(), national_office()
    other = make_city("phuket")
    period = make_period(cities=(make_city("rayong"), other))
    answer = begun(city, period=period)
    fill(answer, by=city)
    after = LOCKS + DAY
    with pytest.raises(Refusal, match="was locked on"):
        handing_in.submit(answer, by=city, at=after)
    asked = extensions.ask(answer, until=after + 7 * DAY, why="flood", by=city, at=after)
    extensions.reply(asked, granted=True, by=office, at=after)
    answer = handing_in.submit(answer, by=city, at=after + 2 * DAY)
    assert answer.handed_in == "extended"
    assert return_of(period, "phuket").locks_at == LOCKS
    period.refresh_from_db()
    assert (period.due_at, period.locks_at) == (DUE, LOCKS)


def test_an_extension_that_is_refused_says_why_and_changes_no_day():
    city, office = officer(), national_office()
    answer = begun(city)
    asked = extensions.ask(answer, until=LOCKS + 9 * DAY, why="holidays", by=city, at=NOON)
    with pytest.raises(Refusal) as refusal:
        extensions.reply(asked, granted=False, by=office, at=NOON)
    assert refusal.value.fields == {"words": "Say why it is refused."}
    extensions.reply(asked, granted=False, words="The report is due.", by=office, at=NOON)
    answer.refresh_from_db()
    assert (answer.due_at, answer.locks_at) == (DUE, LOCKS)


def test_asking_twice_keeps_one_open_request():
    city = officer()
    answer = begun(city)
    extensions.ask(answer, until=DUE + DAY, why="a", by=city, at=NOON)
    extensions.ask(answer, until=DUE + 2 * DAY, why="b", by=city, at=NOON)
    assert [(row.until, row.why) for row in answer.extensions.all()] == [(DUE + 2 * DAY, "b")]


# Writing


def test_the_answers_of_the_last_period_are_filled_in_to_be_confirmed():
    city, office, network = officer(), national_office(), secretariat()
    published(city, office, network, period=make_period("early", last_day=date(2026, 3, 31)), at=NOON - timedelta(days=183))
    answer = begun(city)
    value = answer.values.get(measure="green-areas")
    assert (value.number, value.source, value.origin) == (Decimal(10), "survey of the city", Origin.CARRIED)
    with pytest.raises(Refusal, match="still want an answer"):
        handing_in.submit(answer, by=city, at=NOON)
    writing.confirm(answer, list(asking(answer.period).cells), by=city, at=NOON)
    assert handing_in.submit(answer, by=city, at=NOON).state == ReturnState.SUBMITTED


def test_of_two_who_write_one_value_both_are_kept():
    first, second = officer(), officer(name="second officer")
    answer = begun(first)
    writing.save(answer, "green-areas", "", Written(0, typed="10", source="survey"), by=first, at=NOON)
    with pytest.raises(Clash) as clash:
        writing.save(answer, "green-areas", "", Written(0, typed="12", source="register"), by=second, at=NOON)
    writing.keep_aside(clash.value, by=second, at=NOON)
    value = answer.values.get(measure="green-areas")
    assert (value.typed, value.saved_by) == ("10", first)
    assert [(row.content["typed"], row.by) for row in value.asides.all()] == [("12", second)]


def test_the_same_answer_saved_twice_is_no_clash():
    city = officer()
    answer = begun(city)
    written = Written(0, typed="10", source="survey")
    writing.save(answer, "green-areas", "", written, by=city, at=NOON)
    assert writing.save(answer, "green-areas", "", written, by=city, at=NOON).revision == 1


def test_what_cannot_be_read_is_kept_as_typed_and_named():
    city = officer()
    answer = begun(city)
    fill(answer, by=city)
    assert put(answer, "green-areas", "12,5", by=city).number is None
    with pytest.raises(Refusal, match="1 value still wants an answer"):
        handing_in.submit(answer, by=city, at=NOON)
    assert put(answer, "green-areas", "๑๒.๕", by=city).number == Decimal("12.5")


def test_projects_are_counted_not_typed():
    city = officer()
    make_project(make_city("rayong"), "P-1")
    make_project(make_city("rayong"), "P-2", stage="ongoing")
    answer = begun(city, period=make_period(sets=(ASCN,)))
    value = answer.values.get(measure="projects-by-stage", part="planning")
    assert (value.number, value.lineage["projects"]) == (Decimal(1), ["P-1"])
    assert answer.values.get(measure="projects-in-record").number == Decimal(2)
    with pytest.raises(Refusal, match="counted from the record"):
        put(answer, "projects-in-record", "5", by=city)


def test_an_offered_value_is_taken_with_its_lineage():
    city = officer()
    answer = begun(city)
    offer = Offer("green-areas", Decimal("11.5"), NOON, "area of parks / population", lineage={"dataset": "parks"}, link="/data/parks")
    register("test", lambda place, first, last, measures: [offer])
    try:
        value = writing.take_offer(answer, "green-areas", "", "test", by=city, at=NOON)
    finally:
        forget("test")
    assert (value.number, value.origin, value.lineage["rows"]) == (Decimal("11.5"), Origin.OFFERED, {"dataset": "parks"})
    fill_rest = [cell for cell in asking(answer.period).cells if cell[0] != "green-areas"]
    for measure, part in fill_rest:
        put(answer, measure, "10", by=city, part=part)
    handing_in.submit(answer, by=city, at=NOON)
    assert Level.objects.get(value=value, level=CLAIMED).lineage["by"] == "test"


# Who must be refused


def test_the_officer_of_another_city_neither_writes_nor_hands_in():
    answer = begun(officer())
    other = officer("phuket")
    with pytest.raises(PermissionDenied):
        put(answer, "green-areas", "10", by=other)
    with pytest.raises(PermissionDenied):
        handing_in.submit(answer, by=other, at=NOON)
    with pytest.raises(PermissionDenied):
        extensions.ask(answer, until=LOCKS + DAY, why="x", by=other, at=NOON)
    assert answer.values.filter(measure="green-areas").count() == 0


def test_a_city_verifies_no_value_of_its_own_even_with_both_roles():
    make_city("rayong")
    both = make_user("both", (Role.CITY_OFFICER, "city:rayong"), Role.OFFICE)
    answer = handed_in(both)
    with pytest.raises(PermissionDenied):
        verifying.verify_rest(answer, by=both, at=NOON, proof=proof())
    assert number(answer, VERIFIED) is None


def test_whoever_handed_a_return_in_never_verifies_it_later():
    city = officer()
    answer = handed_in(city)
    city.role_grants.update(role=Role.OFFICE, scope="state:TH")
    del city._grants_today
    with pytest.raises(PermissionDenied, match="handed in themselves"):
        verifying.verify_rest(answer, by=city, at=NOON, proof=proof())


def test_the_office_of_another_state_the_city_and_the_office_do_not_publish():
    city, office, other = officer(), national_office(), national_office("ID")
    answer = handed_in(city)
    with pytest.raises(PermissionDenied):
        verifying.verify_rest(answer, by=other, at=NOON, proof=proof())
    answer = verifying.verify_rest(answer, by=office, at=NOON, proof=proof())
    for person in (city, office):
        with pytest.raises(PermissionDenied):
            publishing.publish(answer, by=person, at=NOON, proof=proof())


def test_verifying_and_publishing_ask_for_the_second_factor():
    answer = handed_in(officer())
    office = national_office()
    with pytest.raises(Refusal) as refusal:
        verifying.verify_rest(answer, by=office, at=NOON)
    assert refusal.value.code == "second-factor-needed"
    answer = verifying.verify_rest(answer, by=office, at=NOON, proof=proof())
    with pytest.raises(Refusal) as refusal:
        publishing.publish(answer, by=secretariat(), at=NOON)
    assert refusal.value.code == "second-factor-needed"


def test_each_step_tells_those_whose_turn_it_is():
    city, office, network = officer(), national_office(), secretariat()
    published(city, office, network)
    told = list(Notice.objects.order_by("pk").values_list("recipient", flat=True))
    assert told == [office.audit_key, network.audit_key, city.audit_key]
