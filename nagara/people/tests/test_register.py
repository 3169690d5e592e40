"""The register of persons, organisations, posts and terms: dated, never overwritten, kept by the programme office."""

from datetime import date, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from nagara.audit.models import Entry
from nagara.people import registering
from nagara.people.models import Organisation, Person, Post, Term, User
from nagara.people.registering import Names
from nagara.people.roles import Role
from nagara.people.tests.cast import make_organisation, make_person, make_user
from nagara.people.tests.signed_in import come_in
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db

HOLDER, ACTING = Term.Capacity.HOLDER, Term.Capacity.ACTING


@pytest.fixture
def office() -> User:
    return make_user("office", Role.OFFICE)


@pytest.fixture
def post() -> Post:
    return Post.objects.create(code="mayor-of-rayong", title={"th": "นายกเทศมนตรี", "en": "Mayor"}, organisation=make_organisation("rayong"))


def terms(post: Post) -> list[tuple[str, date | None, date | None]]:
    return [(str(term.person.given["en"]), term.since, term.ended) for term in post.terms.order_by("since", "pk")]


# Names


@pytest.mark.parametrize(
    ("rank", "title", "thai", "english"),
    [
        ({"th": "พล.อ.", "en": "Gen."}, {"th": "นาย", "en": "Mr"}, "พล.อ.ประวิตร วงษ์สุวรรณ", "Gen. Prawit Wongsuwan"),
        ({"th": "ผศ.ดร.", "en": "Asst. Prof. Dr."}, {}, "ผศ.ดร.ประวิตร วงษ์สุวรรณ", "Asst. Prof. Dr. Prawit Wongsuwan"),
        ({}, {"th": "นาย", "en": "Mr"}, "นายประวิตร วงษ์สุวรรณ", "Mr Prawit Wongsuwan"),
        ({}, {}, "ประวิตร วงษ์สุวรรณ", "Prawit Wongsuwan"),
    ],
)
def test_a_name_reads_as_papers_write_it(rank, title, thai: str, english: str):
    person = Person(given={"th": "ประวิตร", "en": "Prawit"}, family={"th": "วงษ์สุวรรณ", "en": "Wongsuwan"}, rank=rank, title=title)
    assert (person.full_name("th"), person.full_name("en")) == (thai, english)


def test_persons_stand_in_the_order_of_the_thai_alphabet(office: User):
    """A vowel that is written before its consonant does not lead: เกษม stands with ก."""
    for given in ("แดง", "ขวัญ", "เกษม", "กานดา"):
        Person.objects.create(given={"th": given, "en": given})
    page = come_in(office).get("/people/persons").content.decode()
    places = [page.index(given) for given in ("กานดา", "เกษม", "ขวัญ", "แดง")]
    assert places == sorted(places)


def test_persons_are_found_by_any_part_of_either_name(office: User):
    Person.objects.create(given={"th": "มะลิ", "en": "Mali"}, family={"th": "ใจดี", "en": "Jaidee"})
    for typed in ("ะลิ", "jaid", "MALI"):
        assert "มะลิ" in come_in(office).get("/people/persons", {"q": typed}).content.decode()
    assert "มะลิ ใจดี" not in come_in(office).get("/people/persons", {"q": "สมชาย"}).content.decode()


# Terms


def test_a_new_holder_ends_the_term_before_and_overwrites_nothing(post: Post, office: User, noon: datetime):
    first, second = make_person("first"), make_person("second")
    registering.appoint(post, first, capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    registering.appoint(post, second, capacity=HOLDER, since=date(2025, 4, 1), by=office, at=noon, why="election of 30 March 2025")
    assert terms(post) == [("first", date(2021, 4, 1), date(2025, 4, 1)), ("second", date(2025, 4, 1), None)]
    assert [entry.did for entry in Entry.objects.order_by("seq")] == ["people.appoint", "people.end_term", "people.appoint"]
    ended = Entry.objects.get(did="people.end_term")
    assert ('"ended":null' in ended.before, '"ended":"2025-04-01"' in ended.after) == (True, True)
    assert "first" not in ended.before + ended.after


def test_who_held_a_post_on_any_day_is_still_known(post: Post, office: User, noon: datetime):
    for name, since in (("first", date(2017, 1, 1)), ("second", date(2021, 4, 1)), ("third", date(2025, 4, 1))):
        registering.appoint(post, make_person(name), capacity=HOLDER, since=since, by=office, at=noon)
    for day, name in ((date(2020, 6, 1), "first"), (date(2021, 3, 31), "first"), (date(2021, 4, 1), "second"), (date(2026, 1, 1), "third")):
        assert [term.person.given["en"] for term in post.terms.on(day)] == [name]


def test_somebody_acting_pushes_nobody_out(post: Post, office: User, noon: datetime):
    registering.appoint(post, make_person("holder"), capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    registering.appoint(post, make_person("acting"), capacity=ACTING, since=date(2022, 4, 1), ended=date(2022, 5, 1), by=office, at=noon)
    assert len(post.terms.on(date(2022, 4, 15))) == 2


def test_entering_a_term_twice_enters_it_once(post: Post, office: User, noon: datetime):
    person = make_person("first")
    for _ in range(2):
        registering.appoint(post, person, capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    assert (post.terms.count(), Entry.objects.count()) == (1, 1)


@pytest.mark.parametrize(("since", "ended"), [(date(2020, 1, 1), None), (date(2021, 4, 1), None), (date(2020, 1, 1), date(2022, 1, 1))])
def test_terms_that_would_overlap_are_refused(since: date, ended: date | None, post: Post, office: User, noon: datetime):
    registering.appoint(post, make_person("first"), capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    with pytest.raises(Refusal) as refused:
        registering.appoint(post, make_person("second"), capacity=HOLDER, since=since, ended=ended, by=office, at=noon)
    assert refused.value.code == "terms-overlap"
    assert terms(post) == [("first", date(2021, 4, 1), None)]


def test_an_earlier_term_that_had_ended_may_be_entered_later(post: Post, office: User, noon: datetime):
    registering.appoint(post, make_person("second"), capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    registering.appoint(post, make_person("first"), capacity=HOLDER, since=date(2017, 4, 1), ended=date(2021, 4, 1), by=office, at=noon)
    assert terms(post) == [("first", date(2017, 4, 1), date(2021, 4, 1)), ("second", date(2021, 4, 1), None)]


def test_a_term_is_ended_with_its_reason(post: Post, office: User, noon: datetime):
    term = registering.appoint(post, make_person("first"), capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    registering.end_term(term, ended=date(2026, 1, 1), by=office, at=noon, why="resigned")
    assert terms(post) == [("first", date(2021, 4, 1), date(2026, 1, 1))]
    assert Entry.objects.latest("seq").why == "resigned"
    with pytest.raises(Refusal) as refused:
        registering.end_term(term, ended=date(2026, 2, 1), by=office, at=noon, why="again")
    assert refused.value.code == "term-ended"


def test_a_wrong_day_is_corrected_with_a_reason_and_the_record_keeps_it(post: Post, office: User, noon: datetime):
    term = registering.appoint(post, make_person("first"), capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    with pytest.raises(Refusal):
        registering.correct_term(term, since=date(2021, 5, 1), ended=None, by=office, at=noon, why=" ")
    registering.correct_term(term, since=date(2021, 5, 1), ended=None, by=office, at=noon, why="the gazette says 1 May")
    entry = Entry.objects.latest("seq")
    assert (entry.did, '"since":"2021-04-01"' in entry.before, '"since":"2021-05-01"' in entry.after) == ("people.correct_term", True, True)


def test_a_term_does_not_end_before_it_begins(post: Post, office: User, noon: datetime):
    with pytest.raises(Refusal):
        registering.appoint(post, make_person("x"), capacity=HOLDER, since=date(2021, 4, 1), ended=date(2021, 3, 1), by=office, at=noon)
    term = registering.appoint(post, make_person("first"), capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    with pytest.raises(Refusal):
        registering.end_term(term, ended=date(2021, 3, 1), by=office, at=noon, why="x")


# Organisations


def test_an_organisation_is_no_part_of_itself(office: User, noon: datetime):
    def keep(row: Organisation, parent: Organisation | None) -> Organisation:
        return registering.keep_organisation(row, code=row.code, name=row.name, short={}, kind=row.kind, parent=parent, by=office, at=noon)

    a, b = make_organisation("a"), make_organisation("b")
    keep(b, a)
    with pytest.raises(Refusal) as refused:
        keep(a, b)
    assert refused.value.code == "circle"


def test_a_code_is_given_once(office: User):
    make_organisation("depa")
    data = {"code": "depa", "name_th": "สำนักงาน", "kind": "agency"}
    page = come_in(office).post("/en/people/organisations/new", data)
    assert "This code is taken." in page.content.decode()
    assert Organisation.objects.count() == 1


def test_a_changed_organisation_keeps_its_code_and_the_old_name_in_the_record(office: User):
    row = make_organisation("depa")
    come_in(office).post(reverse("people:organisation", args=[row.pk]), {"code": "other", "name_th": "ชื่อใหม่", "kind": "agency"})
    row.refresh_from_db()
    assert (row.code, row.name) == ("depa", {"th": "ชื่อใหม่"})
    assert '"name":{"en":"depa","th":"depa"}' in Entry.objects.get(did="people.change_organisation").before


# Who may

PAGES = ["people:persons", "people:organisations", "people:posts"]
KEEPING = ["people:enter_person", "people:enter_organisation", "people:enter_post"]


@pytest.mark.parametrize("name", PAGES + KEEPING)
@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.ASSESSOR, Role.MEMBER])
def test_the_register_is_closed_to_those_who_do_not_work_with_it(role: Role, name: str):
    assert come_in(make_user("other", role)).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECRETARY, Role.AUDITOR])
def test_others_read_the_register_and_do_not_keep_it(role: Role, post: Post, noon: datetime):
    other = make_user("other", role)
    assert [come_in(other).get(reverse(name)).status_code for name in PAGES] == [200, 200, 200]
    assert [come_in(other).get(reverse(name)).status_code for name in KEEPING] == [403, 403, 403]
    with pytest.raises(PermissionDenied):
        registering.appoint(post, make_person("x"), capacity=HOLDER, since=None, by=other, at=noon)
    assert not Term.objects.exists()


def test_one_writes_ones_own_name_but_nobody_elses(noon: datetime):
    mali, other = make_user("mali"), make_person("other")
    names = Names(given={"th": "มะลิ"}, family={}, title={}, rank={})
    registering.rename(mali.person, names, by=mali, at=noon)
    with pytest.raises(PermissionDenied):
        registering.rename(other, names, by=mali, at=noon)


# The pages


def test_a_person_is_entered_and_appointed_on_the_pages(post: Post, office: User):
    client = come_in(office)
    client.post(
        "/en/people/persons/new", {"given_th": "มะลิ", "given_en": "Mali", "family_th": "ใจดี", "family_en": "Jaidee", "title_en": "Ms"}
    )
    person = Person.objects.get(given__en="Mali")
    page = f"/en/people/posts/{post.pk}/appoint?q=mali"
    assert "Ms Mali Jaidee" in client.get(page).content.decode()
    answer = client.post(page, {"person": person.pk, "capacity": "holder", "since": "1 เม.ย. 2568", "until": ""})
    assert answer.status_code == 302
    assert terms(post) == [("Mali", date(2025, 4, 1), None)]
    assert "1 Apr 2025" in client.get(f"/en/people/posts/{post.pk}").content.decode()
    term = Term.objects.get()
    client.post(reverse("people:end_term", args=[term.pk]), {"last_day": "31/12/2568", "why": "resigned"})
    assert terms(post) == [("Mali", date(2025, 4, 1), date(2026, 1, 1))]
    assert "until 31 December 2025" in client.get(f"/en/people/posts/{post.pk}").content.decode()
    assert "31 Dec 2025" in client.get(f"/en/people/persons/{person.pk}").content.decode()


def test_what_was_typed_stays_when_the_days_overlap(post: Post, office: User, noon: datetime):
    first, second = make_person("first"), make_person("second")
    registering.appoint(post, first, capacity=HOLDER, since=date(2021, 4, 1), by=office, at=noon)
    data = {"person": second.pk, "capacity": "holder", "since": "1/1/2563", "why": "order 4"}
    page = come_in(office).post(f"/en/people/posts/{post.pk}/appoint?q=second", data).content.decode()
    assert "first holds this post from 1 April 2021 until now" in page
    assert 'value="1/1/2563"' in page
    assert 'value="order 4"' in page


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("people:persons", 7), ("people:organisations", 6), ("people:posts", 7)])
def test_the_lists_ask_the_database_as_often_for_three_as_for_one(
    name: str, queries: int, count: int, office: User, django_assert_num_queries
):
    for number in range(count):
        organisation = make_organisation(f"o{number}")
        post = Post.objects.create(code=f"p{number}", title={"en": "Mayor"}, organisation=organisation)
        Term.objects.create(post=post, person=make_person(f"p{number}", organisation=organisation))
    client = come_in(office)
    client.get(reverse(name))
    with django_assert_num_queries(queries):
        client.get(reverse(name))
