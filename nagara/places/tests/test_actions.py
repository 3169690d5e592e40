"""Keeping the record of places: who may, what is kept, what is refused."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from shapely.geometry import box

from nagara.audit.models import Entry
from nagara.people.roles import Role
from nagara.people.tests.cast import fresh_proof, make_user
from nagara.places.actions import (
    AreaFacts,
    accept_boundary,
    add_area,
    add_former_name,
    edit_area,
    propose_boundary,
    seen,
    set_boundary,
    set_population,
)
from nagara.places.models import Area, Boundary, FormerName, Population, ProposedBoundary
from nagara.places.queries import (
    area_called,
    areas_matching,
    boundaries_of,
    boundary_on,
    by_name,
    former_names,
    population_on,
    proposal_of,
    province,
    waiting_proposals,
)
from nagara.places.tasks import tasks
from nagara.places.tests.world import make_area, make_province, make_source
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db
OUTLINE = box(101.2, 12.6, 101.3, 12.7)
LARGER = box(101.2, 12.6, 101.4, 12.7)


@pytest.fixture
def office():
    return make_user("office", Role.OFFICE)


def facts(area: Area, **changes) -> AreaFacts:
    said = {"name": area.name, "short": area.short, "kind": area.kind, "subdivision": area.subdivision}
    return AreaFacts(**{**said, **changes})


def changed(area: Area, noon, office, *, seen_digest: str = "", **more) -> Area:
    options = {key: more.pop(key) for key in ("why", "renamed_on", "correction") if key in more}
    return edit_area(
        area, facts(area, **more), seen_digest=seen_digest or seen(area), by=office, at=noon, proof=fresh_proof(noon), **options
    )


# Areas


def test_the_office_adds_an_area_with_an_address_of_its_own(noon, office):
    first = add_area(AreaFacts({"th": "แสนสุข", "en": "Saen Suk"}, make_province()), by=office, at=noon, proof=fresh_proof(noon))
    second = add_area(AreaFacts({"th": "แสนสุข 2", "en": "Saen Suk"}, make_province()), by=office, at=noon, proof=fresh_proof(noon))
    third = add_area(AreaFacts({"th": "บ้านฉาง"}, make_province()), by=office, at=noon, proof=fresh_proof(noon))
    assert [area.slug for area in (first, second, third)] == ["saen-suk", "saen-suk-2", "th-21"]
    assert first.registered_on == noon.date()
    assert Entry.objects.filter(did="places.add_area").count() == 3


def test_an_area_of_the_same_name_in_the_same_province_is_refused(noon, office):
    area = make_area()
    with pytest.raises(Refusal) as refused:
        add_area(facts(area), by=office, at=noon, proof=fresh_proof(noon))
    assert refused.value.code == "area-exists"


@pytest.mark.parametrize("roles", [(), ((Role.CITY_OFFICER, "area:1"),), (Role.ASSESSOR,), (Role.ADMINISTRATOR,), (Role.AUDITOR,)])
def test_nobody_but_the_office_changes_an_area(noon, roles):
    area = make_area()
    other = make_user("somebody else", *roles)
    proof = fresh_proof(noon)
    for act in (
        lambda: add_area(AreaFacts({"th": "ใหม่"}, area.subdivision), by=other, at=noon, proof=proof),
        lambda: edit_area(area, facts(area, kind="campus"), seen_digest=seen(area), by=other, at=noon, proof=proof),
        lambda: add_former_name(area, {"th": "เก่า"}, until=None, by=other, at=noon, proof=proof),
        lambda: set_population(area, 5, on=date(2026, 1, 1), source=make_source(), by=other, at=noon, proof=proof),
        lambda: set_boundary(area, OUTLINE, since=None, by=other, at=noon, proof=proof),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not Entry.objects.exists()


def test_changing_needs_a_fresh_second_factor(noon, office):
    area = make_area()
    for proof in (None, fresh_proof(noon - timedelta(hours=2))):
        with pytest.raises(Refusal) as refused:
            edit_area(area, facts(area, kind="campus"), seen_digest=seen(area), by=office, at=noon, proof=proof)
        assert refused.value.code == "second-factor-needed"


def test_a_new_name_keeps_the_old_one_and_both_are_found(noon, office):
    area = make_area("เมืองพัทยา", "Pattaya")
    changed(area, noon, office, name={"th": "นครพัทยา", "en": "Pattaya City"}, renamed_on=date(2026, 10, 1))
    area.refresh_from_db()
    assert [(name.name["en"], name.until) for name in former_names(area)] == [("Pattaya", date(2026, 10, 1))]
    assert [list(areas_matching(text)) for text in ("นครพัทยา", "เมืองพัทยา")] == [[area], [area]]
    entry = Entry.objects.get()
    assert entry.changes == [("name", {"th": "เมืองพัทยา", "en": "Pattaya"}, {"th": "นครพัทยา", "en": "Pattaya City"})]


def test_a_name_that_was_only_written_wrongly_leaves_no_former_name(noon, office):
    changed(make_area("พัทยาา"), noon, office, name={"th": "พัทยา"}, correction=True, why="สะกดผิด")
    assert not FormerName.objects.exists()
    assert Entry.objects.get().why == "สะกดผิด"


def test_saving_without_a_change_records_nothing(noon, office):
    changed(make_area(), noon, office)
    assert not Entry.objects.exists()


def test_two_people_editing_one_area_do_not_overwrite_each_other(noon, office):
    area = make_area()
    opened = seen(area)
    changed(area, noon, office, kind="municipality")
    with pytest.raises(Refusal) as refused:
        changed(area, noon, make_user("other", Role.OFFICE), seen_digest=opened, kind="campus")
    assert refused.value.code == "changed-meanwhile"
    area.refresh_from_db()
    assert area.kind == "municipality"


def test_pressing_save_twice_is_saving_once(noon, office):
    area = make_area()
    opened = seen(area)
    changed(area, noon, office, seen_digest=opened, kind="campus")
    area.refresh_from_db()
    changed(area, noon, office, seen_digest=opened, kind="campus")
    assert Entry.objects.count() == 1


def test_a_former_name_is_found_at_once(noon, office):
    area = make_area()
    for _ in range(2):
        add_former_name(area, {"th": "ตำบลเชิงเนิน"}, until=date(2010, 1, 1), by=office, at=noon, proof=fresh_proof(noon))
    assert list(areas_matching("เชิงเนิน")) == [area]
    assert FormerName.objects.count() == Entry.objects.count() == 1


def test_an_old_address_leads_to_the_area():
    area = make_area()
    FormerName.objects.create(area=area, name={"en": "Old"}, slug="old")
    assert area_called("nakhon-rayong") == (area, False)
    assert area_called("old") == (area, True)
    assert area_called("nowhere") is None


# Populations


def test_a_population_has_its_day_and_source_and_is_corrected_on_the_same_day(noon, office):
    area = make_area()
    day = date(2025, 12, 31)
    for value in (61_000, 61_000, 62_000):
        set_population(area, value, on=day, source=make_source(), by=office, at=noon, proof=fresh_proof(noon))
    assert Population.objects.get().value == 62_000
    assert [entry.changes[1][1:] for entry in Entry.objects.order_by("seq")] == [(None, 61_000), (61_000, 62_000)]
    assert population_on(area, date(2025, 12, 30)) is None
    counted = population_on(area, date(2026, 6, 1))
    assert counted is not None
    assert counted.value == 62_000


def test_a_population_of_tomorrow_is_refused(noon, office):
    with pytest.raises(Refusal) as refused:
        set_population(make_area(), 5, on=date(2026, 11, 22), source=make_source(), by=office, at=noon, proof=fresh_proof(noon))
    assert refused.value.code == "population-in-future"


# Boundaries


def test_a_new_boundary_ends_the_one_before_and_both_stay_on_record(noon, office):
    area = make_area()
    first = set_boundary(area, OUTLINE, since=date(2020, 1, 1), by=office, at=noon, proof=fresh_proof(noon))
    second = set_boundary(area, LARGER, since=date(2024, 1, 1), by=office, at=noon, proof=fresh_proof(noon), why="พ.ร.ฎ. 2567")
    assert boundary_on(area, date(2019, 12, 31)) is None
    assert boundary_on(area, date(2023, 12, 31)) == first
    assert boundary_on(area, date(2024, 1, 1)) == second
    assert [boundary.ended for boundary in boundaries_of(area)] == [None, date(2024, 1, 1)]
    assert (second.square_kilometres, second.west, second.north) == (pytest.approx(240.2, abs=0.5), 101.2, 12.7)
    entry = Entry.objects.order_by("seq").last()
    assert entry is not None
    assert (entry.did, entry.why) == ("places.set_boundary", "พ.ร.ฎ. 2567")
    assert second.digest in entry.after
    assert "coordinates" not in entry.after


def test_the_same_boundary_again_changes_nothing(noon, office):
    area = make_area()
    first = set_boundary(area, OUTLINE, since=date(2020, 1, 1), by=office, at=noon, proof=fresh_proof(noon))
    assert set_boundary(area, OUTLINE, since=date(2021, 1, 1), by=office, at=noon, proof=fresh_proof(noon)) == first
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("since", [None, date(2019, 1, 1), date(2020, 1, 1)])
def test_a_boundary_cannot_begin_before_the_one_it_follows(noon, office, since):
    area = make_area()
    set_boundary(area, OUTLINE, since=date(2020, 1, 1), by=office, at=noon, proof=fresh_proof(noon))
    with pytest.raises(Refusal) as refused:
        set_boundary(area, LARGER, since=since, by=office, at=noon, proof=fresh_proof(noon))
    assert refused.value.code == "boundary-begins-too-early"
    assert Boundary.objects.filter(area=area).count() == 1


def test_the_database_lets_only_one_boundary_hold(noon, office):
    area = make_area()
    first = set_boundary(area, OUTLINE, since=date(2020, 1, 1), by=office, at=noon, proof=fresh_proof(noon))
    first.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


def test_the_team_of_an_area_proposes_and_the_office_accepts(noon, office):
    area = make_area()
    team = make_user("officer", (Role.CITY_OFFICER, f"area:{area.pk}"))
    proposal = propose_boundary(area, OUTLINE, by=team, at=noon)
    assert boundary_on(area, noon.date()) is None, "a proposal holds nothing"
    assert list(waiting_proposals()) == [proposal] == [proposal_of(area)]
    boundary = accept_boundary(proposal, since=date(2026, 11, 1), by=office, at=noon, proof=fresh_proof(noon))
    assert (boundary.digest, boundary.made_by) == (proposal.digest, team.audit_key)
    assert boundary_on(area, noon.date()) == boundary
    assert list(waiting_proposals()) == []
    proposal.refresh_from_db()
    assert accept_boundary(proposal, since=None, by=office, at=noon, proof=fresh_proof(noon)) == boundary, "pressed twice"


def test_only_the_newest_proposal_waits(noon):
    area = make_area()
    team = make_user("officer", (Role.CITY_OFFICER, f"area:{area.pk}"))
    first = propose_boundary(area, OUTLINE, by=team, at=noon)
    assert propose_boundary(area, OUTLINE, by=team, at=noon) == first, "the same again is the same"
    second = propose_boundary(area, LARGER, by=team, at=noon)
    assert list(waiting_proposals()) == [second]
    assert ProposedBoundary.objects.count() == 2


def test_the_team_of_another_area_may_not_propose(noon):
    area, other = make_area(), make_area("บ้านฉาง", "Ban Chang")
    team = make_user("officer of another area", (Role.CITY_OFFICER, f"area:{other.pk}"))
    with pytest.raises(PermissionDenied):
        propose_boundary(area, OUTLINE, by=team, at=noon)
    assert not ProposedBoundary.objects.exists()


def test_the_team_may_not_accept_its_own_proposal(noon):
    area = make_area()
    team = make_user("officer", (Role.CITY_OFFICER, f"area:{area.pk}"))
    proposal = propose_boundary(area, OUTLINE, by=team, at=noon)
    with pytest.raises(PermissionDenied):
        accept_boundary(proposal, since=None, by=team, at=noon, proof=fresh_proof(noon))


# Lists


def test_a_search_finds_any_part_of_a_word_in_any_writing():
    smart = make_area("ภูเก็ตเมืองอัจฉริยะ", "Phuket Smart City")
    other = make_area("เมืองเก่า ๒", "Old Town 2")
    found = {text: list(areas_matching(text)) for text in ("อัจฉริยะ", "SMART", "smart phuket", "เก่า 2", "ระยอง", "th-21", "ไม่มี")}
    assert found["อัจฉริยะ"] == found["SMART"] == found["smart phuket"] == [smart]
    assert found["เก่า 2"] == [other]
    assert set(found["ระยอง"]) == set(found["th-21"]) == {smart, other}
    assert found["ไม่มี"] == []


def test_search_words_are_not_patterns():
    make_area()
    assert list(areas_matching("100%")) == list(areas_matching("_")) == []


def test_thai_names_stand_in_the_order_of_the_dictionary():
    for th in ("เกาะ", "กาญจนา", "ไชยา", "ชลบุรี", "แม่สอด", "มหาชัย"):
        make_area(th, th.encode().hex()[:8], slug=th.encode().hex())
    assert [area.name["th"] for area in by_name(Area.objects.all(), "th")] == ["กาญจนา", "เกาะ", "ชลบุรี", "ไชยา", "มหาชัย", "แม่สอด"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_province_takes_three_queries_however_many_areas_it_has(django_assert_num_queries, noon, rows):
    for number in range(rows):
        make_area(f"พื้นที่ {number}", f"Area {number}")
    with django_assert_num_queries(3):
        found = province("TH-21", on=noon.date(), lang="th")
    assert found is not None
    assert (len(found.areas), found.outline["type"]) == (rows, "Polygon")
    assert province("TH-99", on=noon.date(), lang="th") is None


# My tasks


def test_a_proposed_boundary_waits_for_the_office_and_its_team_sees_that_it_does(noon, office, django_assert_num_queries):
    area, other = make_area(), make_area("บ้านฉาง", "Ban Chang")
    team = make_user("officer", (Role.CITY_OFFICER, f"area:{area.pk}"))
    stranger = make_user("officer of another area", (Role.CITY_OFFICER, f"area:{other.pk}"))
    propose_boundary(area, OUTLINE, by=team, at=noon)
    assessor = make_user("assessor", Role.ASSESSOR)
    for user in (office, team, stranger, assessor):
        user.grants()
    with django_assert_num_queries(1):
        assert [(task.mine, task.url) for task in tasks(office, noon)] == [(True, "/areas/nakhon-rayong/boundary")]
    assert [task.mine for task in tasks(team, noon)] == [False]
    assert tasks(stranger, noon) == []
    with django_assert_num_queries(0):
        assert tasks(assessor, noon) == []
