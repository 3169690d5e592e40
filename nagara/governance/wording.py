"""The standard words of a resolution, by its verb: where a draft begins. Facts of the language of the papers, so both stand here."""

from nagara.governance.states import Verb
from nagara.toolkit.texts import Texts, texts

_STANDARD = {
    Verb.ACKNOWLEDGE: texts("ที่ประชุมรับทราบ", "The meeting took note."),
    Verb.APPROVE: texts(
        "ที่ประชุมพิจารณาแล้ว มีมติเห็นชอบตามที่เสนอ", "Having considered the matter, the meeting resolved to approve it as proposed."
    ),
    Verb.APPROVE_IN_PRINCIPLE: texts(
        "ที่ประชุมพิจารณาแล้ว มีมติเห็นชอบในหลักการ", "Having considered the matter, the meeting resolved to approve it in principle."
    ),
    Verb.ASSIGN: texts("ที่ประชุมมีมติมอบหมายให้หน่วยงานที่รับผิดชอบดำเนินการ", "The meeting resolved to assign this to the agency named."),
    Verb.DISAPPROVE: texts("ที่ประชุมพิจารณาแล้ว มีมติไม่เห็นชอบ", "Having considered the matter, the meeting resolved not to approve it."),
    Verb.DEFER: texts(
        "ที่ประชุมพิจารณาแล้ว มีมติให้เลื่อนการพิจารณาออกไป", "Having considered the matter, the meeting resolved to defer its decision."
    ),
    Verb.WITHDRAW: texts("ที่ประชุมมีมติให้ถอนวาระนี้", "The meeting resolved to withdraw this item from the agenda."),
}


def standard_words(verb: str) -> Texts:
    return _STANDARD[Verb(verb)]
