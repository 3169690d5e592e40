"""Minutes say what happened, in Thai official form and in English, and stay as they were read."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pypdf import PdfReader

from nagara.documents.files import open_file
from nagara.governance import actions
from nagara.governance.models import Heading, MinutesCorrection, Seat
from nagara.governance.states import CorrectionState, MeetingState, MinutesState, Verb
from nagara.governance.tests.stage import DAY, clock, close, come, draft, make_stage, plan, put, resolve, sit
from nagara.notices.models import Notice
from nagara.people.tests.cast import fresh_proof, make_organisation
from nagara.toolkit.digests import digest
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import texts

pytestmark = pytest.mark.django_db

AFTER = clock(14)


@pytest.fixture
def stage():
    return make_stage()


def held(stage, *, day=DAY):
    """A meeting in which the alternate of seat 2 left at 11.20, seat 3 came late and online, seat 4 was excused, the others of 1 to 7 sat."""
    meeting = plan(stage, day=day)
    item = put(stage, meeting, "แผนน้ำ")
    put(stage, meeting, "ผลงาน", kind=Heading.FOR_INFORMATION)
    actions.excuse(meeting, stage.seat(4), reason="ติดราชการ", by=stage.secretary, at=clock(8, day=day))
    sit(stage, meeting, 1, 5, 6, 7)
    come(stage, meeting, 2, clock(9, 30, day=day), user=stage.alternate)
    come(stage, meeting, 2, clock(11, 20, day=day), user=stage.alternate, kind="leave")
    come(stage, meeting, 3, clock(9, 45, day=day), online=True)
    actions.enter_attendance(
        meeting,
        person=None,
        named={"rank": texts("ดร.", "Dr"), "given": texts("วิทยา", "Wittaya")},
        position_title=texts("ที่ปรึกษา", "Adviser"),
        kind="join",
        when=clock(9, 30, day=day),
        by=stage.secretary,
        at=clock(9, 30, day=day),
    )
    resolve(
        stage,
        item,
        clock(10, day=day),
        Verb.ASSIGN,
        words="มอบหมายให้จัดทำแผน",
        owner=make_organisation("water"),
        due=day + timedelta(days=30),
    )
    close(stage, meeting, clock(12, 5, day=day))
    meeting.refresh_from_db()
    return meeting


def content_of(minutes, lang="th"):
    return json.loads(minutes.content)[lang]


def test_present_absent_and_in_attendance_are_listed_each_with_what_happened(stage):
    minutes = actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER)
    th = content_of(minutes)
    assert [(entry["lines"][0]["name"], entry["lines"][0]["instead"], entry["lines"][0]["notes"]) for entry in th["attended"]] == [
        ("holder 1 of committee", "", []),
        ("alternate 2 of committee", "(แทน) ที่นั่ง 2", ["ออกจากที่ประชุมเวลา 11.20 น."]),
        ("holder 3 of committee", "", ["ผ่านสื่ออิเล็กทรอนิกส์", "มาประชุมเวลา 09.45 น."]),
        ("holder 5 of committee", "", []),
        ("holder 6 of committee", "", []),
        ("holder 7 of committee", "", []),
    ]
    assert [entry["part"] for entry in th["attended"]][:2] == ["ประธานกรรมการ", "กรรมการ"]
    assert [(entry["name"], entry["reason"]) for entry in th["absent"]] == [
        ("holder 4 of committee", "ติดราชการ"),
        ("holder 8 of committee", ""),
        ("holder 9 of committee", ""),
        ("holder 10 of committee", ""),
    ]
    assert [(entry["name"], entry["position"]) for entry in th["guests"]] == [("ดร.วิทยา", "ที่ปรึกษา")]


def test_the_words_are_those_of_the_regulation(stage):
    th = content_of(actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER))
    assert [th[key] for key in ("title", "number", "when", "where", "opened", "closed")] == [
        "รายงานการประชุมคณะกรรมการ committee",
        "ครั้งที่ 1/2569",
        "เมื่อวันที่ 20 พฤศจิกายน 2569 เวลา 09.30 น.",
        "ณ ห้องประชุม 1 และผ่านสื่ออิเล็กทรอนิกส์",
        "เริ่มประชุมเวลา 09.30 น.",
        "เลิกประชุมเวลา 12.05 น.",
    ]
    assert [(row["number"], row["label"]) for row in th["headings"]] == [
        ("1", "เรื่องที่ประธานแจ้งให้ที่ประชุมทราบ"),
        ("2", "เรื่องรับรองรายงานการประชุม"),
        ("3", "เรื่องสืบเนื่อง"),
        ("4", "เรื่องเพื่อทราบ"),
        ("5", "เรื่องเพื่อพิจารณา"),
        ("6", "เรื่องอื่น ๆ"),
    ]
    assert (th["taken_by"]["label"], th["taken_by"]["name"]) == ("ผู้จดรายงานการประชุม", "secretary of committee")
    assert th["checked_by"]["label"] == "ผู้ตรวจรายงานการประชุม"
    [item] = th["headings"][4]["items"]
    assert item["resolutions"] == [
        {
            "verb": "มอบหมาย",
            "text": ["มอบหมายให้จัดทำแผน"],
            "task": "ผู้รับผิดชอบ: water ภายใน 20 ธันวาคม 2569",
            "quorum": "ร่วมพิจารณา 6 จาก 10 ที่นั่ง ต้องมีอย่างน้อย 5",
            "corrected": False,
            "corrects": False,
        }
    ]
    [left] = th["headings"][3]["items"]
    assert left["fate"] == "ที่ประชุมยังมิได้พิจารณา ให้นำไปพิจารณาในการประชุมครั้งต่อไป"


def test_english_says_the_same_in_the_same_order(stage):
    minutes = actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER)
    th, en = content_of(minutes), content_of(minutes, "en")
    assert en["when"] == "on 20 November 2026 at 09:30"
    assert en["attended"][1]["lines"][0]["notes"] == ["left the meeting at 11:20"]
    assert [len(th[key]) for key in ("attended", "absent", "guests", "headings")] == [
        len(en[key]) for key in ("attended", "absent", "guests", "headings")
    ]


def test_when_the_holder_came_both_stand_under_one_number(stage):
    meeting = plan(stage)
    sit(stage, meeting, 1)
    come(stage, meeting, 2, clock(9, 30), user=stage.alternate)
    come(stage, meeting, 2, clock(10))
    close(stage, meeting, clock(12))
    [_chair, second] = content_of(actions.draft_minutes(meeting, by=stage.secretary, at=AFTER))["attended"]
    assert [(line["name"], line["notes"]) for line in second["lines"]] == [
        ("alternate 2 of committee", ["ถึงเวลา 10.00 น. เมื่อผู้ดำรงตำแหน่งมาประชุม"]),
        ("holder 2 of committee", ["มาประชุมเวลา 10.00 น."]),
    ]


def test_members_of_a_subcommittee_are_called_so():
    below = make_stage("sub", kind="subcommittee")
    th = content_of(actions.draft_minutes(held(below), by=below.secretary, at=AFTER))
    assert [entry["part"] for entry in th["attended"]][:2] == ["ประธานอนุกรรมการ", "อนุกรรมการ"]


def test_thai_digits_stand_in_the_thai_paper_where_the_body_wants_them():
    stage = make_stage(thai_digits=True)
    minutes = actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER)
    assert content_of(minutes)["number"] == "ครั้งที่ ๑/๒๕๖๙"
    assert content_of(minutes)["attended"][1]["lines"][0]["notes"] == ["ออกจากที่ประชุมเวลา ๑๑.๒๐ น."]
    assert content_of(minutes, "en")["number"] == "Meeting 1/2569"


def test_composing_again_without_a_change_gives_the_same_version(stage):
    meeting = held(stage)
    first = actions.draft_minutes(meeting, by=stage.secretary, at=AFTER)
    assert actions.draft_minutes(meeting, by=stage.secretary, at=AFTER) == first
    assert first.digest == digest(json.loads(first.content))
    item = meeting.items.get(kind=Heading.FOR_CONSIDERATION)
    actions.write_discussion(item, discussion=texts("ที่ประชุมอภิปราย"), revision=1, by=stage.secretary, at=AFTER)
    second = actions.draft_minutes(meeting, by=stage.secretary, at=AFTER)
    first.refresh_from_db()
    assert (second.version, second.state, first.state) == (2, MinutesState.DRAFT, MinutesState.SUPERSEDED)


def test_circulating_keeps_both_papers_and_tells_those_who_have_a_seat(stage):
    minutes = actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER)
    Notice.objects.all().delete()
    minutes = actions.circulate(minutes, corrections_until=DAY + timedelta(days=7), by=stage.secretary, at=AFTER)
    assert minutes.state == MinutesState.CIRCULATED
    for file in (minutes.file_th, minutes.file_en):
        paper = PdfReader(open_file(file))
        assert minutes.digest in paper.pages[0].extract_text()
    assert {notice.recipient for notice in Notice.objects.all()} == {user.audit_key for user in [*stage.holders, stage.alternate]}


def test_a_member_asks_for_a_correction_until_the_day_and_gets_an_answer(stage):
    minutes = actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER)
    with pytest.raises(Refusal) as refused:
        actions.propose_correction(minutes, wanted="ตัวเลขผิด", by=stage.holder(3), at=AFTER)
    assert refused.value.code == "not-circulated"
    minutes = actions.circulate(minutes, corrections_until=DAY + timedelta(days=7), by=stage.secretary, at=AFTER)
    for _press in range(2):
        wish = actions.propose_correction(minutes, wanted="ตัวเลขผิด", by=stage.holder(3), at=AFTER)
    assert MinutesCorrection.objects.count() == 1
    with pytest.raises(Refusal) as refused:
        actions.propose_correction(minutes, wanted="สายไป", by=stage.holder(3), at=AFTER + timedelta(days=8))
    assert refused.value.code == "too-late"
    with pytest.raises(Refusal):
        actions.settle_correction(wish, take=False, answer=" ", by=stage.secretary, at=AFTER)
    wish = actions.settle_correction(wish, take=False, answer="ตรวจสอบแล้วถูกต้อง", by=stage.secretary, at=AFTER)
    assert (wish.state, wish.answer) == (CorrectionState.DECLINED, "ตรวจสอบแล้วถูกต้อง")


def test_nobody_from_outside_asks_for_a_correction(stage):
    other = make_stage("other")
    minutes = actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER)
    minutes = actions.circulate(minutes, corrections_until=None, by=stage.secretary, at=AFTER)
    for user in (other.chair, other.secretary, stage.office):
        with pytest.raises(PermissionDenied):
            actions.propose_correction(minutes, wanted="no", by=user, at=AFTER)


def adopting(stage, meeting):
    """The next meeting, at the item that adopts the minutes."""
    day = DAY + timedelta(days=14)
    later = plan(stage, at=AFTER, day=day)
    sit(stage, later, *range(1, 8))
    item = later.items.get(kind=Heading.ADOPT_MINUTES)
    assert item.minutes_of == meeting
    return item, clock(9, 40, day=day)


def test_a_later_meeting_adopts_them_and_they_change_no_more(stage):
    meeting = held(stage)
    minutes = actions.draft_minutes(meeting, by=stage.secretary, at=AFTER)
    actions.circulate(minutes, corrections_until=None, by=stage.secretary, at=AFTER)
    item, at = adopting(stage, meeting)
    resolution = resolve(stage, item, at)
    minutes.refresh_from_db()
    meeting.refresh_from_db()
    assert (minutes.state, minutes.adopted_by, meeting.state) == (MinutesState.ADOPTED, resolution, MeetingState.MINUTED)
    assert resolution.effects[0]["en"] == "The minutes of meeting 1/2569 were adopted, version 1."
    for act in (
        lambda: actions.draft_minutes(meeting, by=stage.secretary, at=at),
        lambda: come(stage, meeting, 8, clock(10), entered=at),
        lambda: actions.write_discussion(meeting.items.first(), discussion=texts("x"), revision=1, by=stage.secretary, at=at),
    ):
        with pytest.raises(Refusal):
            act()


def test_minutes_that_were_not_circulated_or_whose_corrections_wait_are_not_adopted(stage):
    meeting = held(stage)
    minutes = actions.draft_minutes(meeting, by=stage.secretary, at=AFTER)
    item, at = adopting(stage, meeting)
    actions.open_item(item, by=stage.secretary, at=at)
    words = draft(stage, item, at)
    with pytest.raises(Refusal) as refused:
        actions.adopt(words, by=stage.secretary, at=at, proof=fresh_proof(at))
    assert refused.value.code == "minutes-not-circulated"
    minutes = actions.circulate(minutes, corrections_until=None, by=stage.secretary, at=at)
    actions.propose_correction(minutes, wanted="แก้", by=stage.holder(3), at=at)
    with pytest.raises(Refusal) as refused:
        actions.adopt(words, by=stage.secretary, at=at, proof=fresh_proof(at))
    assert refused.value.code == "corrections-waiting"


def test_a_draft_is_the_secretarys_own(stage):
    meeting = held(stage)
    actions.draft_minutes(meeting, by=stage.secretary, at=AFTER)
    secretary, member = Client(), Client()
    secretary.force_login(stage.secretary)
    member.force_login(stage.holder(3))
    page = f"/meetings/{meeting.pk}/minutes"
    assert "รายงานการประชุมคณะกรรมการ committee" in secretary.get(page).content.decode()
    assert "รายงานการประชุมคณะกรรมการ committee" not in member.get(page).content.decode()
    assert secretary.get(f"{page}/1.pdf")["Content-Type"] == "application/pdf"
    assert member.get(f"{page}/1.pdf").status_code == 404


def test_a_vacant_seat_is_not_absent_and_one_that_does_not_count_is_listed(stage):
    Seat.objects.create(body=stage.body, position=11, part=Seat.Part.MEMBER, title=texts("ว่าง"), since=DAY)
    th = content_of(actions.draft_minutes(held(stage), by=stage.secretary, at=AFTER))
    assert "ว่าง" not in [entry["position"] for entry in th["absent"]]
