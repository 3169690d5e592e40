"""Posts with terms, the chair and the Shepherd; a change reaches the secretariat."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from nagara.audit.models import Entry
from nagara.network import queries
from nagara.network.actions import posts
from nagara.network.actions.posts import Change
from nagara.network.models import NetworkPost
from nagara.network.tests.world import BEGUN, make_world
from nagara.notices.models import Notice
from nagara.people.models import Term
from nagara.people.registering import Names
from nagara.people.tests.cast import sign_in
from nagara.toolkit.access import visible
from nagara.toolkit.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def change(name, since=date(2026, 9, 1), capacity="holder"):
    names = Names(given={"th": name, "en": name}, family={"th": "ทดสอบ", "en": "Test"}, title={}, rank={})
    return Change(names, capacity, since)


def post(world, number=1):
    return NetworkPost.objects.get(post__code=f"nr-th-{number}")


def test_a_state_has_several_representatives_each_with_an_alternate(world):
    for number in (1, 2):
        posts.report_change(post(world, number), change(f"ผู้แทน {number}"), by=world["nr TH"], at=BEGUN)
        posts.report_change(post(world, number), change(f"สำรอง {number}", capacity="alternate"), by=world["nr TH"], at=BEGUN)
    assert list(Term.objects.filter(ended=None).order_by("pk").values_list("capacity", flat=True)) == ["holder", "alternate"] * 2


def test_a_new_holder_ends_the_term_of_the_one_before(world):
    posts.report_change(post(world), change("คนแรก", date(2025, 1, 1)), by=world["nr TH"], at=BEGUN)
    posts.report_change(post(world), change("คนใหม่"), by=world["nr TH"], at=BEGUN)
    assert list(post(world).post.terms.order_by("since").values_list("since", "ended")) == [
        (date(2025, 1, 1), date(2026, 9, 1)),
        (date(2026, 9, 1), None),
    ]


def test_a_change_reaches_the_secretariat_without_a_name(world):
    posts.report_change(post(world), change("ชื่อลับ"), by=world["nr TH"], at=BEGUN)
    notice = Notice.objects.get()
    assert (notice.address, notice.link) == ("secretariat@example.org", "/networks/ascn/contacts")
    assert "ชื่อลับ" not in f"{notice.subject}{notice.body}"
    assert "ชื่อลับ" not in "".join(Entry.objects.values_list("after", flat=True))


def test_pressed_twice_it_is_one_term(world):
    one = posts.report_change(post(world), change("คนแรก"), by=world["nr TH"], at=BEGUN)
    assert posts.report_change(post(world), change("คนแรก"), by=world["nr TH"], at=BEGUN) == one


def test_the_representative_of_another_state_and_an_officer_enter_nobody(world):
    for who in ("nr MY", "nan"):
        with pytest.raises(PermissionDenied):
            posts.report_change(post(world), change("คนแรก"), by=world[who], at=BEGUN)
    assert not Term.objects.exists()


def test_posts_are_entered_by_the_secretariat_alone(world):
    with pytest.raises(PermissionDenied):
        posts.enter_post(
            world.network,
            kind="representative",
            state=world.states["MY"],
            code="nr-my",
            title={"th": "ผู้แทน"},
            organisation=post(world).post.organisation,
            by=world["nr MY"],
            at=BEGUN,
        )


def test_the_secretariat_enters_a_post_on_its_page_once_and_reads_what_is_wrong(world, client):
    organisation = post(world).post.organisation
    typed = {"state": "MY", "organisation": organisation.pk, "title_th": "ผู้แทนระดับชาติ: ปลัดกระทรวง", "title_en": ""}
    page = "/networks/ascn/contacts/new"
    sign_in(client, world["nr MY"])
    assert client.post(page, typed | {"kind": "representative"}).status_code == 404
    sign_in(client, world["secretariat"])
    for kind, city, field in (("city_officer", "", "city"), ("representative", world.cities["phuket"].pk, "city")):
        answer = client.post(page, typed | {"kind": kind, "city": city})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    for _press in range(2):
        assert client.post(page, typed | {"kind": "representative"}).status_code == 302
    made = NetworkPost.objects.get(state="MY", kind="representative", post__title__th="ผู้แทนระดับชาติ: ปลัดกระทรวง")
    assert made.post.organisation == organisation
    assert "ผู้แทนระดับชาติ: ปลัดกระทรวง" in client.get("/networks/ascn/contacts").content.decode()


def test_names_are_read_inside_the_network_only(world):
    assert visible(world["nr MY"], "network.see_posts").count() == 2
    assert visible(world["nan"], "network.see_posts").count() == 0


def test_a_shepherd_serves_two_years_and_is_renewed_once(world):
    keeper = world["secretariat"]
    first = posts.enter_term(world.network, world.states["MY"], office="shepherd", since=date(2023, 7, 12), by=keeper, at=BEGUN)
    second = posts.renew_shepherd(first, by=keeper, at=BEGUN)
    assert (first.ended, second.since, second.ended) == (date(2025, 7, 12), date(2025, 7, 12), date(2027, 7, 12))
    assert posts.renew_shepherd(first, by=keeper, at=BEGUN) == second
    with pytest.raises(Refusal) as refused:
        posts.renew_shepherd(second, by=keeper, at=BEGUN)
    assert refused.value.code == "renewed-once"
    with pytest.raises(PermissionDenied):
        posts.enter_term(world.network, world.states["TH"], office="chair", since=date(2026, 1, 1), by=world["nr TH"], at=BEGUN)


def test_the_chair_passes_from_state_to_state(world):
    for code, year in (("MY", 2025), ("VN", 2026)):
        posts.enter_term(world.network, world.states[code], office="chair", since=date(year, 1, 1), by=world["secretariat"], at=BEGUN)
    assert [row.state_id for row in queries.terms_on(world.network, date(2025, 12, 31))] == ["MY"]
    assert [row.state_id for row in queries.terms_on(world.network, date(2026, 1, 1))] == ["VN"]
    with pytest.raises(Refusal):
        posts.enter_term(world.network, world.states["TH"], office="chair", since=date(2025, 6, 1), by=world["secretariat"], at=BEGUN)
