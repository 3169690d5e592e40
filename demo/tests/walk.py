"""The people of the demonstration walk the line from the called meetings to the certificate, by the actions that the pages call."""

from datetime import datetime, timedelta

from django.utils import timezone

from nagara.governance import actions as governance
from nagara.governance.models import AgendaItem, Meeting, Resolution, SeatHolder
from nagara.people.models import User
from nagara.people.second_factor import Proof
from nagara.recognition.certificates import sign_all, unsigned
from nagara.recognition.models import Recognition


def person(key: str) -> User:
    return User.objects.get(email=f"{key}@demo.example")


def proof(at: datetime) -> Proof:
    return Proof("totp", at)


def sit(code: str, secretary: User, *, at: datetime) -> Meeting:
    """Open the invented meeting of a body, with every holder of a seat in the room."""
    meeting = Meeting.objects.get(body__code=code, invented=True)
    governance.open_meeting(meeting, by=secretary, at=at)
    for holder in SeatHolder.objects.filter(seat__body=meeting.body, capacity="holder").select_related("seat", "person"):
        governance.enter_attendance(meeting, person=holder.person, seat=holder.seat, kind="join", by=secretary, at=at)
    return meeting


def resolve(item: AgendaItem, *, by: User, at: datetime, verb: str = "approve") -> Resolution:
    """Adopt a resolution on an item, in words that a secretary would write."""
    words = {"th": "เห็นชอบมอบตราสัญลักษณ์เมืองอัจฉริยะประเทศไทย", "en": "Approved the award of the Smart City Thailand logo."}
    governance.open_item(item, by=by, at=at)
    draft = governance.save_draft(item, verb=verb, words=words, revision=0, by=by, at=at)
    return governance.adopt(draft.draft, by=by, at=at + timedelta(minutes=5), proof=proof(at))


def walk(*, at: datetime) -> Recognition:
    """Subcommittee, then committee, on one day: the assessed place becomes a recognised area."""
    secretary = person("subcommittee-secretary")
    first = sit("smart-city-subcommittee", secretary, at=at)
    resolve(first.items.get(kind="for_consideration"), by=secretary, at=at + timedelta(minutes=10))
    secretary, later = person("committee-secretary"), at + timedelta(hours=2)
    second = sit("smart-city-committee", secretary, at=later)
    matters = [(row.kind, row.ref) for row in first.items.get(kind="for_consideration").matters.all()]
    title = {"th": "การมอบตราสัญลักษณ์", "en": "Award of the logo"}
    item = governance.put_on_agenda(second, "for_consideration", title, matters=matters, by=secretary, at=later)
    resolve(item, by=secretary, at=later + timedelta(minutes=10))
    signed = later + timedelta(minutes=30)
    certificates = sign_all(list(unsigned(timezone.localdate(signed))), by=person("office"), at=signed, proof=proof(signed))
    return certificates[0].recognition
