"""The plain functions: numbers, answers, the check, differences, spread, words of a result."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagara.assessment.actions.evidence import first_page, read_pages
from nagara.assessment.differences import differences, word_difference
from nagara.assessment.findings import Paper, findings
from nagara.assessment.slots import cells, chosen, every_key, html_id, slot_of, understand
from nagara.assessment.spread import beside
from nagara.assessment.wording import feedback, reasons
from nagara.rulebook import reader
from nagara.rulebook.schema import Field
from nagara.rulebook.score import compute
from nagara.toolkit.numbers import number_text, read_number
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.thai import pieces

EDITION = reader.editions("smart-city-thailand")[0]


# Numbers


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1200", "1200"),
        ("๑,๒๐๐", "1200"),
        (" 1,250,000.50 ", "1250000.50"),
        ("150 ล้าน", "150000000"),
        ("150 ล้านบาท", "150000000"),
        ("1.2 พันล้านบาท", "1200000000.0"),
        ("2.5 million", "2500000.0"),
        ("-3", "-3"),
        ("๐", "0"),
    ],
)
def test_numbers_are_understood_as_people_type_them(typed, value):
    assert read_number(typed, units=("บาท", "baht")) == Decimal(value)


@pytest.mark.parametrize("typed", ["1.200,50", "1,20", "12,34,567", "1 2 ก", "ประมาณ 100", "12e5", "", "--3", "9" * 25])
def test_what_is_not_clear_is_refused_in_words(typed):
    with pytest.raises(Refusal) as refused:
        read_number(typed)
    assert refused.value.message


@given(st.integers(-(10**15), 10**15))
def test_a_number_shown_with_commas_is_read_back(value):
    assert read_number(number_text(Decimal(value))) == value


# Answers


def field(kind, **more):
    return Field(code="f", label={"th": "ช่อง"}, kind=kind, **more)


def test_an_answer_says_how_it_was_read():
    assert understand(field("money", unit={"th": "บาท", "en": "baht"}), "๑๕๐ ล้านบาท").reading == "อ่านว่า 150,000,000 บาท"
    assert understand(field("day"), "9/11/2569").reading == "อ่านว่า 9 พฤศจิกายน 2569 (2026-11-09)"
    assert understand(field("day"), "2026-11-09").value == understand(field("day"), "๙ พ.ย. ๒๕๖๙").value == "2026-11-09"


def test_a_fault_is_said_and_nothing_is_guessed():
    assert understand(field("day"), "29 กุมภาพันธ์ 2566").fault.startswith("ไม่มีวันดังกล่าว")
    assert understand(field("number"), "12.5").fault
    assert understand(field("number", most=100), "101").fault == "ต้องไม่เกิน 100"
    assert understand(field("number"), "-1").fault == "ต้องไม่น้อยกว่า 0"
    assert understand(field("line"), "ก" * 501).fault
    assert understand(field("yes_no"), "maybe").fault
    assert understand(field("text"), "  ") == understand(field("text"), None)


# Slots


def test_compulsory_dimensions_are_always_chosen_and_in_order():
    assert chosen(EDITION, ["mobility", "nothing"]) == ["environment", "mobility"]


def test_every_key_names_a_field_or_documents():
    keys = every_key(EDITION, ["environment", "energy"])
    assert keys[:2] == ["about.city_type", "about.dimensions"]
    assert "C4:energy.goal" in keys and "C4:energy.evidence" in keys and "C4:mobility.goal" not in keys
    assert slot_of(EDITION, "C4:mobility.goal").cell.key == "C4:mobility"
    assert slot_of(EDITION, "C9.goal") is None
    assert len({html_id(key) for key in keys}) == len(keys)


def test_the_weights_of_what_an_applicant_answers_add_up_to_a_hundred():
    weights = {cell.key: cell.weight for cell in cells(EDITION, ["environment", "mobility"])}
    assert (weights["C1"], weights["C4:environment"], weights["C4:mobility"]) == (Decimal(20), Decimal(10), Decimal(10))
    assert sum(weights.values()) == 100


# The check


def test_an_empty_draft_lists_everything_that_is_missing_as_errors_before_warnings():
    found = findings(EDITION, city_type="", dimensions=["environment"], answers={}, papers=[])
    errors = [finding for finding in found if finding.error]
    assert found[: len(errors)] == errors
    wanted = [slot for cell in cells(EDITION, ["environment"]) for slot in cell.slots]
    asked = [entry for cell in cells(EDITION, ["environment"]) for entry in cell.wanted]
    required = sum(slot.field.required for slot in wanted) + sum(entry.asked.required for entry in asked)
    assert len(errors) == required + 2, "every required field and document, the city type, and a second dimension"
    assert {finding.key for finding in errors} >= {"about.city_type", "about.dimensions", "C1.vision", "C1.evidence"}


def test_a_full_draft_has_no_errors_and_a_long_paper_without_pages_a_warning():
    dims = ["environment", "mobility"]
    all_cells = cells(EDITION, dims)
    answers = {
        slot.key: {"number": "1", "money": "1", "day": "2026-01-01"}.get(slot.field.kind, "ก") for c in all_cells for slot in c.slots
    }
    links = tuple((c.criterion.code, c.dimension_code, entry.asked.code, "") for c in all_cells for entry in c.wanted)
    found = findings(
        EDITION, city_type="new", dimensions=dims, answers=answers, papers=[Paper(1, "แผน", 40, links), Paper(2, "ลอย", 1, ())]
    )
    assert [finding for finding in found if finding.error] == []
    assert sum("แผน" in finding.message for finding in found) == len(links)
    assert [finding.cell for finding in found if "ลอย" in finding.message] == ["evidence"]


# Pages of a document


@pytest.mark.parametrize(("typed", "shown"), [("12-19, ๒๓", "12–19, 23"), ("หน้า 4", "4"), ("", ""), ("3 – 5", "3–5")])
def test_pages_are_read_as_people_write_them(typed, shown):
    assert read_pages(typed, of=30) == shown


@pytest.mark.parametrize("typed", ["19-12", "31", "0", "หน้าแรก", "4;5"])
def test_pages_that_are_not_there_are_refused(typed):
    with pytest.raises(Refusal):
        read_pages(typed, of=30)


def test_a_document_opens_at_its_first_page():
    assert [first_page(pages) for pages in ("12–19, 23", "4", "")] == [12, 4, 1]


# Differences


def test_a_changed_word_of_a_thai_sentence_is_found():
    before, after = word_difference("เมืองมีแผนแพลตฟอร์มข้อมูล", "เมืองมีระบบแพลตฟอร์มข้อมูล")
    assert [piece.text for piece in before if piece.changed] == ["แผน"]
    assert [piece.text for piece in after if piece.changed] == ["ระบบ"]


words = st.text(alphabet="กขคเมืองอัจฉริยะ ab12\n😀", max_size=60)


@given(words, words)
def test_both_sides_of_a_difference_are_the_whole_texts(before, after):
    left, right = word_difference(before, after)
    assert "".join(piece.text for piece in left) == before
    assert "".join(piece.text for piece in right) == after
    assert [piece.text for piece in left if not piece.changed] == [piece.text for piece in right if not piece.changed]


@given(words)
def test_pieces_joined_are_the_text(text):
    assert "".join(pieces(text)) == text


def test_differences_name_fields_and_documents():
    link = {"criterion": "C1", "dimension": "", "asked": "map", "pages": "1", "note": ""}
    old = {"city_type": "new", "dimensions": ["environment"], "answers": {"C1.vision": {"typed": "ก"}}, "evidence": []}
    new = old | {
        "answers": {"C1.vision": {"typed": "ก"}, "C2.plan": {"typed": "ข"}},
        "evidence": [{"title": "แผนที่", "file": {"name": "a.pdf"}, "links": [link]}],
    }
    assert [change.key for change in differences(old, new)] == ["C2.plan", "C1.evidence"]
    assert differences(new, new) == []


# Beside the panel


def test_mean_and_difference_are_over_what_both_scored():
    found = beside({"a": 5, "b": 4, "c": 0}, [{"a": 3, "b": 4}, {"a": 3, "b": 2}])
    assert (found.scored, found.compared) == (3, 2)
    assert (found.mean, found.panel_mean, found.difference) == (Decimal("3.00"), Decimal("3.00"), Decimal("1.50"))
    assert (found.above, found.below) == (2, 0)


def test_an_assessor_alone_has_no_panel():
    found = beside({"a": 5}, [])
    assert (found.panel_mean, found.difference, found.compared) == (None, None, 0)


# Words


def test_feedback_says_the_level_and_what_the_next_one_asks():
    cell = cells(EDITION, ["environment"])[0]
    anchors = cell.criterion.anchors
    assert feedback(EDITION, cell, [3, 3, 4]) == f"ผลอยู่ที่ระดับ 3 จาก 5: {anchors[3]['th']} ระดับ 4 ต้องมี: {anchors[4]['th']}"
    assert "ระดับ 6" not in feedback(EDITION, cell, [5, 5])


def test_reasons_name_each_failed_gate():
    sheet = dict.fromkeys(EDITION.cells(["mobility"]), 5)
    found = compute(EDITION, ["mobility"], [sheet])
    gates = {gate.code: gate.title["th"] for gate in EDITION.gates}
    assert reasons(EDITION, found).splitlines()[1:3] == [
        f"{gates['environment']}: ไม่ได้เลือก: สิ่งแวดล้อมอัจฉริยะ",
        f"{gates['two_dimensions']}: เลือกไว้ 1 ด้าน",
    ]
