"""Thai is sorted, searched and broken into words as Thai."""

from nagara.toolkit import thai


def test_a_vowel_written_before_its_consonant_does_not_decide_the_order():
    names = ["เชียงใหม่", "กระบี่", "ขอนแก่น", "เชียงราย", "แพร่", "ชลบุรี", "พะเยา"]
    assert sorted(names, key=thai.sort_key) == ["กระบี่", "ขอนแก่น", "ชลบุรี", "เชียงราย", "เชียงใหม่", "พะเยา", "แพร่"]


def test_folding_forgets_case_digits_marks_order_and_invisible_characters():
    assert thai.fold("Smart  CITY ๒๕๖๕\u200b") == "smart city 2565"
    assert thai.fold("น้ำ") == thai.fold("น้\u0e4d\u0e32")


def test_words_come_from_a_dictionary():
    assert thai.words("เมืองอัจฉริยะน่าอยู่") == ["เมือง", "อัจฉริยะ", "น่า", "อยู่"]
