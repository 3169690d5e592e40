"""Pages: what everyone reads, who is refused, how many questions a page asks the database, and what is typed is never lost."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from nagara.governance.states import Verb
from nagara.governance.tests.stage import clock, resolve
from nagara.monitoring.models import Return
from nagara.monitoring.tests.make import NOON, bare_period
from nagara.network.actions import consultation, nominations, posts
from nagara.network.actions.posts import Change
from nagara.network.models import Consultation, NetworkPost, Nomination, Reply
from nagara.network.states import NominationState as S
from nagara.network.states import Position
from nagara.network.tasks import tasks
from nagara.network.tests.world import BEGUN, annual_meeting, bring, make_world, national_resolution, on
from nagara.people.registering import Names
from nagara.people.tests.cast import fresh_proof, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def visit(world, who, *, second_factor=False):
    return sign_in(Client(), world[who], second_factor=second_factor)


def page(client, name, *args, **query):
    with override("th"):
        path = reverse(f"network:{name}", args=args)
    return client.get(f"/en{path}", query)


# The public


def test_the_public_list_says_by_whom_when_and_by_which_resolution(world, client):
    nan, trang = bring(world, "nan", S.CONSULTED), bring(world, "trang", S.CONSULTED)
    _meeting, (first, second) = annual_meeting(world, nan, trang)
    resolve(world.stage, first, clock(10))
    resolve(world.stage, second, clock(10, 30), Verb.DEFER, words="เลื่อนไปก่อน")
    said = page(client, "nominations", "ascn", as_of="2026-11-20").content.decode()
    for words in (
        "Nan",
        "Trang",
        "Thailand",
        "National Representative 1",
        "2 Sep 2026",
        "admitted",
        "deferred",
        "Committee annual-meeting",
    ):
        assert words in said
    assert "representative of Thailand" not in said


def test_the_csv_and_the_json_say_what_the_page_says(world, client):
    nan = bring(world, "nan", S.CONSULTED)
    _meeting, (item,) = annual_meeting(world, nan)
    resolution = resolve(world.stage, item, clock(10))
    rows = list(
        csv.DictReader(
            io.StringIO(b"".join(client.get("/networks/ascn/nominations.csv?as_of=2026-11-20").streaming_content).decode("utf-8-sig"))
        )
    )
    assert [(row["city"], row["nominated_by"], row["office"], row["nominated_on"], row["state"]) for row in rows] == [
        ("nan", "TH", "nr-th-1", "2026-09-02", "admitted")
    ]
    assert rows[0]["resolution"].endswith(f"/resolutions/{resolution.pk}")
    members = client.get("/networks/ascn/members.json?as_of=2026-11-20")
    found = json.loads(b"".join(members.streaming_content))
    assert (found["count"], [row["city"] for row in found["members"]], len(found["states"])) == (2, ["phuket", "nan"], 3)
    before = json.loads(b"".join(client.get("/networks/ascn/members.json?as_of=2026-11-19").streaming_content))
    assert before["count"] == 1


def test_the_page_of_an_earlier_day_knows_nothing_of_what_came_later(world, client):
    bring(world, "nan", S.CONSULTED)
    assert "No nomination was on record on this day." in page(client, "nominations", "ascn", as_of="2026-09-01").content.decode()
    assert "candidate" in page(client, "nominations", "ascn", as_of="2026-09-03").content.decode()


def test_nothing_is_public_before_the_endorsement(world, client):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    assert page(client, "nomination", nomination.pk).status_code == 404
    assert "Nan" not in page(client, "nominations", "ascn").content.decode()


def test_answers_objections_and_names_are_not_public(world, client):
    nomination = bring(world, "nan", S.CONSULTATION)
    at = on(9, 10)
    consultation.reply(
        nomination, world.states["MY"], position=Position.OBJECT, reasons="เหตุลับ", by=world["nr MY"], at=at, proof=fresh_proof(at)
    )
    names = Names(given={"th": "ชื่อลับ"}, family={"th": "สกุลลับ"}, title={}, rank={})
    posts.report_change(NetworkPost.objects.first(), Change(names, "holder", BEGUN.date()), by=world["nr TH"], at=BEGUN)
    for path in (f"/nominations/{nomination.pk}", "/networks/ascn/nominations", "/networks/ascn/posts", "/cities/nan", "/networks/ascn"):
        said = client.get(path).content.decode()
        for secret in ("คำตอบ vision", "เหตุลับ", "ชื่อลับ", "สกุลลับ"):
            assert secret not in said, path


def test_lists_ask_the_same_few_questions_for_one_row_and_for_three(world, client, django_assert_num_queries):
    bring(world, "nan", S.CANDIDATE)
    with django_assert_num_queries(3):
        page(client, "nominations", "ascn")
    bring(world, "trang", S.CONSULTED)
    with django_assert_num_queries(3):
        page(client, "nominations", "ascn")


def test_the_pages_of_a_network_and_of_a_city_keep_to_their_questions(world, client, django_assert_max_num_queries):
    bring(world, "nan", S.CANDIDATE)
    with django_assert_max_num_queries(15):
        assert client.get("/networks/ascn").status_code == 200
    with django_assert_max_num_queries(15):
        assert client.get("/cities/nan").status_code == 200


def test_there_is_no_page_for_what_does_not_exist(client, world):
    for path in ("/networks/none", "/networks/none/nominations", "/networks/none/posts", "/nominations/999", "/cities/none"):
        assert client.get(path).status_code == 404


# Doors


def test_who_is_refused_at_which_door(world):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    doors = {
        "write": ("nr TH", "nr MY", "trang", "secretariat"),
        "endorse": ("nr MY", "nan", "secretariat"),
        "send_back": ("nr MY", "nan", "secretariat"),
        "withdraw": ("nr MY", "nan", "secretariat"),
        "consult": ("nr TH", "nr MY", "nan", "secretariat"),
        "nomination": ("nr MY", "trang", "secretariat"),
    }
    for name, people in doors.items():
        for who in people:
            assert page(visit(world, who, second_factor=True), name, nomination.pk).status_code == 404, (name, who)


def test_the_desk_says_how_many_returns_are_in_and_late(world, client):
    period = bare_period("2026")
    for slug, state in (("phuket", "published"), ("nan", "waiting"), ("trang", "verified")):
        settled = {"first_submitted_at": NOON, "submitted_at": NOON, "verified_at": NOON, "published_at": NOON, "handed_in": "on_time"}
        days = {"due_at": period.due_at, "locks_at": period.locks_at}
        Return.objects.create(period=period, city=world.cities[slug], state=state, **days, **(settled if state != "waiting" else {}))
    desk = page(visit(world, "secretariat"), "desk", "ascn")
    (row,) = desk.context["periods"]
    assert (row.all, row.handed_in, row.verified, row.overdue) == (3, 2, 1, 1)
    assert "how=overdue" in desk.content.decode()


def test_the_desks_are_for_those_who_sit_there(world):
    assert page(visit(world, "nr TH"), "represent").status_code == 200
    assert page(visit(world, "nan"), "represent").status_code == 403
    assert page(visit(world, "secretariat"), "desk", "ascn").status_code == 200
    assert page(visit(world, "nr TH"), "desk", "ascn").status_code == 404
    assert page(visit(world, "nan"), "contacts", "ascn").status_code == 403
    assert page(visit(world, "nr VN"), "contacts", "ascn").status_code == 200
    assert page(visit(world, "nr MY"), "change_post", NetworkPost.objects.first().pk).status_code == 404


def test_a_stranger_is_sent_to_sign_in(world, client):
    assert page(client, "represent").status_code == 302
    assert client.post(f"/nominations/{bring(world, 'nan', S.ENDORSED).pk}/accept").status_code == 302


# Walking


def test_the_line_is_walked_by_pages_alone(world):
    nr, city, keeper, other = (visit(world, who, second_factor=True) for who in ("nr TH", "nan", "secretariat", "nr MY"))
    nr.post("/networks/ascn/nominations/new", {"city": world.cities["nan"].pk})
    nomination = Nomination.objects.get()
    answers = {asked.code: f"คำตอบ {asked.code}" for asked in nominations.edition_of(nomination).asked()}
    bases = {f"base:{code}": "0" for code in answers}
    assert city.post(f"/nominations/{nomination.pk}/write", {**answers, **bases, "hand_over": "1"}).status_code == 302
    nr.post(f"/nominations/{nomination.pk}/send-back", {"about": "vision", "question": "เมื่อใด"})
    assert "เมื่อใด" in page(city, "write", nomination.pk).content.decode()
    city.post(f"/nominations/{nomination.pk}/write", {"vision": "ปี 2578", "base:vision": "1", "hand_over": "1"})
    resolution = national_resolution(world)
    nomination.refresh_from_db()
    nr.post(f"/nominations/{nomination.pk}/endorse", {"resolution": resolution.pk, "letter": "", "revision": nomination.revision})
    keeper.post(f"/nominations/{nomination.pk}/accept")
    keeper.post(f"/nominations/{nomination.pk}/consult", {"rule": "no_objection", "until": "1 ม.ค. 2580", "words": ""})
    assert Consultation.objects.get().until.isoformat() == "2037-01-01"
    for who, code in (("nr MY", "MY"), ("nr VN", "VN")):
        visit(world, who, second_factor=True).post(
            f"/nominations/{nomination.pk}/consultation/reply", {"state": code, "position": "agree", "reasons": ""}
        )
    assert "agrees" in page(other, "consultation", nomination.pk).content.decode()
    keeper.post(f"/nominations/{nomination.pk}/consultation/conclude")
    nomination.refresh_from_db()
    assert nomination.state == S.CONSULTED
    assert Reply.objects.count() == 2


def test_without_the_second_factor_the_page_asks_for_it_and_nothing_is_done(world):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    client = visit(world, "nr TH")
    assert page(client, "endorse", nomination.pk).status_code == 302
    answer = client.post(f"/nominations/{nomination.pk}/endorse", {"resolution": national_resolution(world).pk, "revision": 1})
    assert answer.status_code in (302, 403)
    nomination.refresh_from_db()
    assert nomination.state == S.WITH_REPRESENTATIVE


def test_what_was_typed_is_never_lost(world):
    nomination = bring(world, "nan", S.WITH_CITY)
    city = visit(world, "nan")
    answer = city.post(
        f"/en/nominations/{nomination.pk}/write", {"vision": "ก" * 7000, "base:vision": "0", "focus": "ด้านนี้", "base:focus": "0"}
    )
    assert answer.status_code == 422
    assert "ก" * 7000 in answer.content.decode()
    assert "ด้านนี้" in answer.content.decode()
    nominations.write(nomination, {"vision": ("ของผู้อื่น", 0)}, by=world["nan"], at=BEGUN)
    answer = city.post(f"/en/nominations/{nomination.pk}/write", {"vision": "ของฉัน", "base:vision": "0"})
    assert answer.status_code == 409
    assert "ของผู้อื่น" in answer.content.decode()
    assert "ของฉัน" in answer.content.decode()
    assert city.post(f"/nominations/{nomination.pk}/write", {"vision": "ของฉัน", "base:vision": "1"}).status_code == 302


def test_one_field_saves_itself(world):
    nomination = bring(world, "nan", S.WITH_CITY)
    city = visit(world, "nan")
    assert city.post(f"/nominations/{nomination.pk}/save", {"code": "vision", "value": "หนึ่ง", "base": "0"}).json()["revision"] == 1
    clash = city.post(f"/nominations/{nomination.pk}/save", {"code": "vision", "value": "สอง", "base": "0"})
    assert (clash.status_code, clash.json()["clash"]["theirs"]) == (409, "หนึ่ง")
    assert city.post(f"/nominations/{nomination.pk}/save", {"code": "vision", "value": "สอง", "base": "x" * 30}).status_code == 409


def test_a_document_is_kept_and_opened_by_those_who_read_the_dossier(world):
    nomination = bring(world, "nan", S.WITH_CITY)
    city = visit(world, "nan")
    upload = SimpleUploadedFile("แผน.txt", "แผนของเมือง".encode(), content_type="text/plain")
    assert city.post(f"/nominations/{nomination.pk}/documents/vision", {"file": upload, "pages": "1-2"}).status_code == 302
    row = nomination.evidence.get()
    assert page(city, "document", row.pk).status_code == 200
    assert page(visit(world, "nr TH"), "document", row.pk).status_code == 200
    assert page(visit(world, "trang"), "document", row.pk).status_code == 404
    city.post(f"/nomination-documents/{row.pk}/remove")
    row.refresh_from_db()
    assert row.removed_at is not None


def test_a_search_for_a_resolution_survives_odd_words(world):
    nomination = bring(world, "nan", S.WITH_REPRESENTATIVE)
    national_resolution(world)
    nr = visit(world, "nr TH", second_factor=True)
    assert "เสนอเมืองเข้าเครือข่าย" in page(nr, "endorse", nomination.pk, q="เครือข่าย").content.decode()
    for words in ("ไม่มีคำนี้", "\x00", "%", "'\""):
        assert page(nr, "endorse", nomination.pk, q=words).status_code == 200


def test_tasks_say_whose_turn_it_is(world):
    def mine(who):
        return [task.state for task in tasks(world[who], on(9, 5)) if task.mine]

    bring(world, "nan", S.WITH_CITY)
    assert (mine("nan"), mine("nr TH"), mine("secretariat")) == (["with_city"], [], [])
    bring(world, "trang", S.CONSULTATION)
    assert mine("nr MY") == ["consultation"]
    assert mine("nr VN") == ["consultation"]
    assert mine("secretariat") == []
