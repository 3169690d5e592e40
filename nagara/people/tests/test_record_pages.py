"""Administrators and auditors read the record: by thing, person, act and period, in pages of fifty."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse

from nagara.audit import checkpoints, guards, queries
from nagara.audit.models import Entry, Head
from nagara.audit.queries import Search
from nagara.audit.record import System, record
from nagara.people.roles import Role
from nagara.people.tests.cast import make_user
from nagara.people.tests.signed_in import come_in

pytestmark = pytest.mark.django_db


def write(at: datetime, count: int = 1, *, did: str = "test.act", about: str = "test.thing:1", by: object = None) -> None:
    with transaction.atomic():
        for number in range(count):
            record(
                by=by or System("test"),
                did=did,
                about=about,
                at=at + timedelta(seconds=number),
                after={"n": number},
                why=f"reason {number}",
            )


def seqs(search: Search) -> list[int]:
    return [entry.seq for entry in queries.entries(search).entries]


# The query


def test_the_record_is_narrowed_by_thing_person_act_and_period(noon: datetime):
    mali = make_user("mali")
    write(noon - timedelta(days=2))
    write(noon - timedelta(days=1), did="test.other", about="test.thing:2")
    write(noon, by=mali)
    assert seqs(Search()) == [3, 2, 1]
    assert seqs(Search(about="test.thing:2")) == [2]
    assert seqs(Search(by=mali.audit_key)) == [3]
    assert seqs(Search(did="test.act")) == [3, 1]
    assert seqs(Search(since=noon.date())) == [3]
    assert seqs(Search(until=noon.date() - timedelta(days=1))) == [2, 1]
    assert seqs(Search(by=mali.audit_key, did="test.other")) == []


def test_a_day_is_a_day_in_the_zone_of_the_programme(noon: datetime):
    write(noon.replace(hour=0, minute=30))
    assert seqs(Search(since=noon.date(), until=noon.date())) == [1]


def test_pages_follow_each_other_without_gap_or_repeat(noon: datetime):
    write(noon, 23)
    write(noon, 4)
    found, after = [], ""
    while True:
        page = queries.entries(Search(after=after), size=5)
        found += [entry.seq for entry in page.entries]
        after = page.next
        if not after:
            break
    assert len(found) == len(set(found)) == 27
    assert sorted(found) == list(range(1, 28))


def test_a_page_stays_the_same_while_entries_are_added(noon: datetime):
    write(noon, 10)
    first = queries.entries(Search(), size=5)
    write(noon + timedelta(days=1), 3)
    assert [entry.seq for entry in queries.entries(Search(after=first.next), size=5).entries] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("place", ["x", "2026,1", "2026-11-21T00:00:00,1", ",", "2026-11-21T00:00:00Z,x"])
def test_a_place_that_is_none_is_the_beginning(place: str, noon: datetime):
    write(noon, 2)
    assert seqs(Search(after=place)) == [2, 1]


def test_verbs_are_listed_once(noon: datetime):
    for did in ("b.two", "a.one", "b.two", "c.three"):
        write(noon, did=did)
    assert queries.verbs() == ["a.one", "b.two", "c.three"]


def test_there_are_no_verbs_where_nothing_was_done():
    assert queries.verbs() == []


@pytest.mark.parametrize(
    "search",
    [Search(), Search(by="system:test"), Search(did="test.act"), Search(about="test.thing:1"), Search(by="system:test", did="test.act")],
)
def test_every_search_reads_an_index_and_sorts_nothing(search: Search, noon: datetime):
    """At a million entries, reading them all or sorting them would take seconds."""
    write(noon, 5)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Entry.objects.filter(search.q()).order_by("-at", "-seq")[:51].explain()
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
    assert "audit_by_" in plan


# The pages


def test_the_record_shows_who_did_what(noon: datetime):
    mali = make_user("มะลิ")
    write(noon, by=mali, did="people.grant_role", about="people.user:7")
    page = come_in(make_user("auditor", Role.AUDITOR)).get("/en/admin/record").content.decode()
    assert "มะลิ" in page
    assert "gave a role" in page
    assert Head.objects.get().digest in page


def test_the_record_is_searched_by_the_name_of_a_person(noon: datetime):
    mali, other = make_user("mali"), make_user("other")
    write(noon, by=mali, about="test.thing:71")
    write(noon, by=other, about="test.thing:72")
    client = come_in(make_user("auditor", Role.AUDITOR))
    page = client.get("/en/admin/record", {"who": "Mali"}).content.decode()
    assert ("test.thing:71" in page, "test.thing:72" in page) == (True, False)
    make_user("mali the second")
    page = client.get("/en/admin/record", {"who": "mali"}).content.decode()
    assert "Several accounts fit" in page
    assert f"?who=user%3A{mali.pk}" in page
    assert "No account fits this name" in client.get("/en/admin/record", {"who": "nobody"}).content.decode()


def test_an_unreadable_day_is_answered_at_the_form(noon: datetime):
    page = come_in(make_user("auditor", Role.AUDITOR)).get("/en/admin/record", {"since": "31/2/2569"}).content.decode()
    assert "There is no such day" in page


def test_one_entry_shows_what_changed(noon: datetime):
    with transaction.atomic():
        record(
            by=System("test"), did="test.act", about="test.thing:1", at=noon, before={"a": 1, "b": 2}, after={"a": 1, "b": 3}, why="because"
        )
    page = come_in(make_user("auditor", Role.AUDITOR)).get("/en/admin/record/1").content.decode()
    assert "because" in page
    assert '<th scope="row"><code>b</code></th>' in page
    assert '<th scope="row"><code>a</code></th>' not in page
    assert Entry.objects.get().digest in page


def test_there_is_no_page_of_an_entry_that_is_not_there():
    assert come_in(make_user("auditor", Role.AUDITOR)).get("/en/admin/record/99").status_code == 404


def test_the_history_of_a_thing_leads_back_to_it(noon: datetime):
    mali = make_user("mali")
    write(noon, 2, about=f"people.user:{mali.pk}")
    write(noon, about="test.thing:9")
    page = come_in(make_user("auditor", Role.AUDITOR)).get(f"/en/admin/record/things/people.user:{mali.pk}").content.decode()
    assert page.count("/en/admin/record/1") == 1
    assert page.count("/en/admin/record/2") == 1
    assert "/en/admin/record/3" not in page
    assert reverse("people:admin_account", args=[mali.pk]) in page


@pytest.mark.parametrize("key", ["no.such:1", "people.user:99", "people.user:x", "nonsense", "places.state:TH"])
def test_the_history_of_what_never_was_says_so(key: str):
    answer = come_in(make_user("auditor", Role.AUDITOR)).get(f"/en/admin/record/things/{key}")
    assert answer.status_code == 200
    assert "Nothing is on record about it" in answer.content.decode()


def test_the_record_verifies_itself_on_the_page(noon: datetime):
    write(noon, 3)
    client = come_in(make_user("auditor", Role.AUDITOR))
    answer = client.post(reverse("people:verify_record"), follow=True)
    assert "ตรวจรายการที่ 1 ถึง" in answer.content.decode()
    checkpoints.write(at=noon)
    write(noon, 2)
    with connection.cursor() as cursor:
        guards.remove(cursor)
    Entry.objects.filter(about="test.thing:1").update(why="another")
    assert "ถูกแก้ไข" in client.post(reverse("people:verify_record"), follow=True).content.decode()


@pytest.mark.parametrize("role", [None, Role.OFFICE, Role.SECRETARY, Role.CITY_OFFICER, Role.ASSESSOR, Role.MEMBER])
def test_the_record_is_closed_to_everybody_else(role: Role | None, noon: datetime):
    write(noon)
    client = come_in(make_user("other", *([role] if role else [])))
    for page in ("/admin/record", "/admin/record/1", "/admin/record/things/test.thing:1"):
        assert client.get(page).status_code == 403
    assert client.post("/admin/record/verify").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_record_asks_the_database_as_often_for_three_entries_as_for_one(count: int, noon: datetime, django_assert_num_queries):
    client = come_in(make_user("auditor", Role.AUDITOR))
    for number in range(count):
        write(noon, about=f"test.thing:{number}", by=make_user(f"p{number}"))
    client.get("/admin/record")
    with django_assert_num_queries(7):
        client.get("/admin/record")
