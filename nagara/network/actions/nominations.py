"""From the first draft to the endorsement: the representative begins, the city writes, the representative endorses."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from nagara.audit.record import record
from nagara.documents.models import StoredFile
from nagara.governance.models import Resolution
from nagara.network.actions.common import day_of, locked, refuse_stale, require_text, step
from nagara.network.criteria import edition_of, keep_in_force, unanswered
from nagara.network.letters import officers, representatives, secretariat, tell_all
from nagara.network.models import (
    Answer,
    AnswerRevision,
    CityMembership,
    Evidence,
    Network,
    NetworkPost,
    Nomination,
    NominationStep,
    StateMembership,
)
from nagara.network.states import RUNNING, NominationState, PostKind
from nagara.people.models import Post, User
from nagara.people.second_factor import Proof, require_proof
from nagara.places.models import City
from nagara.toolkit import access
from nagara.toolkit.periods import holds_on
from nagara.toolkit.refusal import Refusal
from nagara.toolkit.texts import Texts, in_each, text


def named(nomination: Nomination) -> dict[str, str]:
    return {"city": str(nomination.city), "network": str(nomination.network), "state": text(nomination.state_of.name)}


@transaction.atomic
def nominate(network: Network, city: City, *, by: User, at: datetime, invented: bool = False) -> Nomination:
    """The representative of the city's state begins a nomination; the city is asked to write its part. Pressed twice, it is one."""
    access.require(by, "network.nominate", city)
    city = City.objects.select_for_update().get(pk=city.pk)
    day = day_of(at)
    if not StateMembership.objects.filter(holds_on(day), network=network, state=city.state_id).exists():
        raise Refusal(
            _("%(state)s is not a member state of %(network)s on this day.") % {"state": city.state, "network": network},
            rule=_("Terms of Reference §7: through the National Representative of a member state"),
            code="state-not-a-member",
            fields={"city": _("Its state is not a member.")},
        )
    if CityMembership.objects.filter(holds_on(day), network=network, city=city).exists():
        raise Refusal(
            _("%(city)s is a member of %(network)s already.") % {"city": city, "network": network},
            code="member-already",
            fields={"city": _("It is a member already.")},
        )
    running = Nomination.objects.filter(network=network, city=city, state__in=RUNNING).first()
    if running is not None:
        return running
    nomination = Nomination.objects.create(
        network=network,
        city=city,
        state_of=city.state,
        edition=keep_in_force(network, on=day, at=at),
        invented=invented,
        made_at=at,
        made_by=by.audit_key,
    )
    NominationStep.objects.create(nomination=nomination, verb="begin", state=nomination.state, on=day, at=at, by=by.audit_key)
    record(by=by, did="network.nominate", about=nomination, at=at, on_behalf_of=city, after={"network": network.code, "city": city.slug})
    tell_all(
        officers(city, at),
        "write",
        nomination,
        subject=in_each(lambda: _("Write your part of the nomination to %(network)s") % named(nomination)),
        body=in_each(
            lambda: _("%(city)s is to be nominated to %(network)s. Answer what the criteria ask, then hand it over.") % named(nomination)
        ),
        at=at,
    )
    return nomination


@dataclass(frozen=True)
class Clash:
    """Somebody else wrote in the same field meanwhile: both texts."""

    mine: str
    theirs: str
    by: str
    revision: int


@dataclass
class Wrote:
    saved: int = 0
    clashes: dict[str, Clash] = field(default_factory=dict)


@transaction.atomic
def write(nomination: Nomination, texts: dict[str, tuple[str, int]], *, by: User, at: datetime) -> Wrote:
    """The city saves answers: {code: (text, the revision it was written over)}. What another wrote meanwhile is not overwritten."""
    nomination = locked(nomination)
    access.require(by, "network.write", nomination)
    if nomination.state != NominationState.WITH_CITY:
        raise Refusal(
            _("The nomination is “%(state)s” and is not written in now.") % {"state": nomination.get_state_display()},
            who=_("The National Representative can send it back to the city."),
            code="not-with-the-city",
        )
    edition, wrote, changed = edition_of(nomination), Wrote(), []
    for code, (words, base) in texts.items():
        asked = edition.one(code)
        if asked is None:
            continue
        words = words.replace("\x00", "").replace("\r\n", "\n").strip()
        if len(words) > asked.most:
            message = _("%(n)s characters; %(most)s at most.") % {"n": len(words), "most": asked.most}
            raise Refusal(message, code="too-long", status=422, fields={code: message})
        answer = Answer.objects.select_for_update().filter(nomination=nomination, code=code).first()
        if answer is None and not words:
            continue
        if answer is not None and answer.text == words:
            continue
        if answer is not None and answer.revision != base:
            wrote.clashes[code] = Clash(words, answer.text, str(answer.saved_by), answer.revision)
            continue
        answer = _keep(nomination, code, answer, words, by, at)
        changed.append([code, answer.revision])
    wrote.saved = len(changed)
    if changed:
        record(by=by, did="network.write", about=nomination, at=at, on_behalf_of=nomination.city, after={"answers": changed})
    return wrote


def _keep(nomination: Nomination, code: str, answer: Answer | None, words: str, by: User, at: datetime) -> Answer:
    if answer is None:
        answer = Answer(nomination=nomination, code=code, revision=0)
    answer.text, answer.revision, answer.saved_at, answer.saved_by = words, answer.revision + 1, at, by
    answer.save()
    AnswerRevision.objects.create(answer=answer, revision=answer.revision, text=words, saved_at=at, saved_by=by)
    return answer


@transaction.atomic
def add_evidence(nomination: Nomination, code: str, file: StoredFile, *, pages: str = "", by: User, at: datetime) -> Evidence:
    """A file under one element or criterion. The same file twice is one."""
    nomination = locked(nomination)
    access.require(by, "network.write", nomination)
    if nomination.state != NominationState.WITH_CITY or edition_of(nomination).one(code) is None:
        raise Refusal(_("Documents are added while the city writes."), code="not-with-the-city")
    row, new = Evidence.objects.get_or_create(
        nomination=nomination, code=code, file=file, removed_at=None, defaults={"pages": pages[:60], "added_at": at, "added_by": by}
    )
    if new:
        record(by=by, did="network.add_evidence", about=nomination, at=at, after={"code": code, "file": file.digest})
    return row


@transaction.atomic
def remove_evidence(row: Evidence, *, by: User, at: datetime) -> None:
    """Take a document off while the city writes; the file stays on record."""
    nomination = locked(row.nomination)
    access.require(by, "network.write", nomination)
    if nomination.state != NominationState.WITH_CITY:
        raise Refusal(_("Documents are added while the city writes."), code="not-with-the-city")
    if row.removed_at is None:
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        record(by=by, did="network.remove_evidence", about=nomination, at=at, before={"code": row.code, "file": row.file.digest})


def _require_answers(nomination: Nomination) -> None:
    if missing := unanswered(nomination):
        raise Refusal(
            _("Not answered yet: %(names)s.") % {"names": "; ".join(text(asked.title) for asked in missing)},
            rule=_("Terms of Reference §7 and the criteria of the edition"),
            next_step=_("Answer these, then hand the nomination over."),
            code="answers-missing",
            status=422,
            fields={asked.code: _("Not answered yet.") for asked in missing},
        )


@transaction.atomic
def hand_over(nomination: Nomination, *, by: User, at: datetime) -> Nomination:
    """The city has written its part: it goes to the representative."""
    nomination = locked(nomination)
    access.require(by, "network.write", nomination)
    if nomination.state == NominationState.WITH_REPRESENTATIVE:  # pressed twice
        return nomination
    _require_answers(nomination)
    nomination.question, nomination.question_about = "", ""
    step(nomination, "hand_over", by=by, at=at, fields=("question", "question_about"))
    tell_all(
        representatives([nomination.state_of], at),
        "nomination",
        nomination,
        subject=in_each(lambda: _("%(city)s has written its part of the nomination") % named(nomination)),
        body=in_each(lambda: _("Read it, ask for more, or endorse it with a resolution of the record.")),
        at=at,
    )
    return nomination


@transaction.atomic
def send_back(nomination: Nomination, *, question: str, about: str = "", by: User, at: datetime) -> Nomination:
    """The representative asks the city for more, about one criterion or the whole."""
    nomination = locked(nomination)
    access.require(by, "network.represent", nomination)
    question = require_text(question, "question", _("Say what is missing: the city reads it."))
    if about and edition_of(nomination).one(about) is None:
        about = ""
    nomination.question, nomination.question_about = question, about
    step(nomination, "send_back", by=by, at=at, note=question, fields=("question", "question_about"), after={"about": about})
    tell_all(
        officers(nomination.city, at),
        "write",
        nomination,
        subject=in_each(lambda: _("The National Representative asks for more: nomination of %(city)s") % named(nomination)),
        body={"th": question, "en": question},
        at=at,
    )
    return nomination


def post_of(nomination: Nomination, by: User, at: datetime) -> Post:
    """The office in which the account endorses: the post that its person holds, else the first of its state."""
    day = day_of(at)
    posts = NetworkPost.objects.filter(
        holds_on(day), network=nomination.network, state=nomination.state_of, kind=PostKind.REPRESENTATIVE
    ).select_related("post")
    own = posts.filter(holds_on(day, "post__terms__"), post__terms__person=by.person_id).order_by("pk").first() if by.person_id else None
    found = own or posts.order_by("pk").first()
    if found is None:
        raise Refusal(
            _("No post of a National Representative of %(state)s is on record.") % named(nomination),
            who=_("The network secretariat"),
            next_step=_("Ask the secretariat to enter the post, then endorse."),
            code="no-post",
        )
    return found.post


def citable(network: Network) -> QuerySet[Resolution]:
    """What a representative may cite: adopted resolutions of any body but the network's own."""
    found = Resolution.objects.filter(draft=False, corrections__isnull=True)
    return found.exclude(item__meeting__body=network.body_id) if network.body_id else found


@transaction.atomic
def endorse(
    nomination: Nomination,
    *,
    resolution: Resolution | None,
    letter: str = "",
    by: User,
    at: datetime,
    proof: Proof | None,
    revision: int | None = None,
) -> Nomination:
    """The representative nominates the city in the name of the state, under a national resolution of the record."""
    nomination = locked(nomination)
    access.require(by, "network.represent", nomination)
    if nomination.state == NominationState.ENDORSED:  # pressed twice
        return nomination
    proof = require_proof(proof, at)
    refuse_stale(nomination, revision)
    _require_answers(nomination)
    if resolution is None or not citable(nomination.network).filter(pk=resolution.pk).exists():
        words = _("Pick the national resolution under which you nominate.")
        raise Refusal(words, code="resolution-needed", status=422, fields={"resolution": words})
    nomination.national_resolution, nomination.nominated_on = resolution, day_of(at)
    nomination.post, nomination.letter = post_of(nomination, by, at), letter.replace("\x00", "").strip()
    step(
        nomination,
        "endorse",
        by=by,
        at=at,
        proof=proof,
        fields=("national_resolution", "nominated_on", "post", "letter"),
        after={"resolution": resolution.pk, "post": nomination.post.pk},
    )
    tell_all(
        secretariat(nomination.network, at),
        "nomination",
        nomination,
        subject=in_each(lambda: _("%(city)s has been nominated by %(state)s") % named(nomination)),
        body=in_each(lambda: _("Check that the dossier is complete, then take it up as a candidate.")),
        at=at,
    )
    return nomination


@transaction.atomic
def withdraw(nomination: Nomination, *, reason: str, by: User, at: datetime, proof: Proof | None) -> Nomination:
    """The representative takes the nomination back. What was, stays on record."""
    nomination = locked(nomination)
    access.require(by, "network.represent", nomination)
    if nomination.state == NominationState.WITHDRAWN:  # pressed twice
        return nomination
    proof = require_proof(proof, at)
    reason = require_text(reason, "reason", _("Say why it is withdrawn."))
    for running in nomination.consultations.filter(concluded_on__isnull=True):
        running.concluded_on, running.outcome = day_of(at), "no_consensus"
        running.save(update_fields=["concluded_on", "outcome"])
    step(nomination, "withdraw", by=by, at=at, note=reason, proof=proof)
    told: list[User] = officers(nomination.city, at)
    if nomination.nominated_on is not None:
        told += secretariat(nomination.network, at)
    words: Texts = in_each(lambda: _("The nomination of %(city)s was withdrawn") % named(nomination))
    tell_all(told, "nomination", nomination, subject=words, body={"th": reason, "en": reason}, at=at, but=by)
    return nomination
