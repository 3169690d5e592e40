"""Organisations and accounts."""

from datetime import timedelta

from benchmarks.pages.build import Stage, keep
from nagara.people.models import Organisation, Person, RoleGrant, User
from nagara.people.roles import Role
from nagara.toolkit.texts import text
from nagara.toolkit.thai import fold, sort_key

WORDS = [
    "นคร",
    "เมือง",
    "ปาก",
    "ท่า",
    "บาง",
    "หนอง",
    "บึง",
    "ดอน",
    "โคก",
    "เขา",
    "ป่า",
    "คลอง",
    "แก่ง",
    "สระ",
    "วัง",
    "นา",
    "โพธิ์",
    "ทุ่ง",
    "เกาะ",
    "หาด",
]
ENDS = [
    "ใหม่",
    "ทอง",
    "แก้ว",
    "งาม",
    "สูง",
    "ใหญ่",
    "น้อย",
    "ขาว",
    "แดง",
    "ดำ",
    "หลวง",
    "ชัย",
    "สุข",
    "เย็น",
    "ใส",
    "ลึก",
    "กลาง",
    "เหนือ",
    "ใต้",
    "ตะวัน",
]
LATIN = [
    "Nakhon",
    "Mueang",
    "Pak",
    "Tha",
    "Bang",
    "Nong",
    "Bueng",
    "Don",
    "Khok",
    "Khao",
    "Pa",
    "Khlong",
    "Kaeng",
    "Sa",
    "Wang",
    "Na",
    "Pho",
    "Thung",
    "Ko",
    "Hat",
]
LATIN_ENDS = [
    "Mai",
    "Thong",
    "Kaeo",
    "Ngam",
    "Sung",
    "Yai",
    "Noi",
    "Khao",
    "Daeng",
    "Dam",
    "Luang",
    "Chai",
    "Suk",
    "Yen",
    "Sai",
    "Luek",
    "Klang",
    "Nuea",
    "Tai",
    "Tawan",
]


def named(number: int, th: str = "", en: str = "") -> dict[str, str]:
    """A name in both languages: what follows differs, so that the alphabet has work to do."""
    word, end = number * 7 % 20, number * 13 // 20 % 20
    return {"th": f"{th}{WORDS[word]}{ENDS[end]} {number}", "en": f"{en}{LATIN[word]} {LATIN_ENDS[end]} {number}"}


def make(stage: Stage) -> str:
    count = max(20, stage.size.areas // 5)
    organisations = []
    for number in range(count):
        name = named(number, "เทศบาลเมือง", "Municipality of ")
        row = Organisation(code=f"size-{number}", name=name, kind=Organisation.Kind.LOCAL)
        row.sort_th, row.sort_en = sort_key(text(name, "th"), "th"), sort_key(text(name, "en"), "en")
        row.folded = fold(" ".join([*name.values(), row.code]))
        organisations.append(row)
    stage.organisations = keep(organisations)
    stage.officers = accounts(stage, "officer", max(20, stage.size.areas // 10))
    stage.assessors = accounts(stage, "assessor", max(12, stage.size.areas // 50))
    since = (stage.at - timedelta(days=400)).date()
    keep(RoleGrant(user=user, role=Role.ASSESSOR, since=since) for user in stage.assessors)
    return f"{count} organisations, {len(stage.officers)} officers, {len(stage.assessors)} assessors"


def accounts(stage: Stage, key: str, count: int) -> list[User]:
    persons = []
    for number in range(count):
        given, family = named(number), named(number * 3 + 1)
        person = Person(title={"th": "นาง", "en": "Ms"}, given=given, family=family, organisation=stage.organisations[number])
        person.sort_th = sort_key(f"{given['th']} {family['th']}", "th")
        person.sort_en = sort_key(f"{family['en']} {given['en']}", "en")
        person.folded = fold(f"{person.full_name('th')} {person.full_name('en')}")
        persons.append(person)
    return keep(
        User(email=f"{key}-{number}@size.example", person=person, password="!", date_joined=stage.at)
        for number, person in enumerate(keep(persons))
    )
