"""The answer to "was it recognised on that day?", with everything that stands behind it: for a page, a slip and a program alike."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from nagara.assessment.models import Result
from nagara.assessment.queries import result_of
from nagara.documents.models import Source
from nagara.governance.models import Resolution
from nagara.recognition import checks, credential
from nagara.recognition.certificates import BEGINNINGS, Decision
from nagara.recognition.keep import facts
from nagara.recognition.models import Certificate, Recognition, RecognitionStep, StatusSpan
from nagara.recognition.numbers import Called, recognition_called
from nagara.recognition.spans import in_effect
from nagara.recognition.states import COUNTS, RUNNING, Status, Verb
from nagara.rulebook.keep import kept
from nagara.toolkit.texts import Texts

QUIET = (Verb.PRESENT, Verb.APPEAL, Verb.UPHOLD, Verb.CORRECT)
"""Steps that are not themselves the ground of a status."""


@dataclass
class Event:
    """A line of the history: a step, or the day on which the validity ran out or will."""

    on: date | None
    verb: str
    label: str
    state: str
    step: RecognitionStep | None = None
    undone: bool = False
    ahead: bool = False


@dataclass
class Answer:
    """What the register says about one recognition on one day, as it knows it at `at`."""

    recognition: Recognition
    asked: Certificate | None
    day: date
    today: date
    at: datetime
    steps: list[RecognitionStep]
    spans: list[StatusSpan]
    certificates: list[Certificate]
    faults: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.asked.number if self.asked else self.recognition.reference

    @cached_property
    def span(self) -> StatusSpan | None:
        return next((s for s in self.spans if (s.since is None or s.since <= self.day) and (s.ended is None or s.ended > self.day)), None)

    @property
    def status(self) -> str | None:
        return self.span.status if self.span else None

    @property
    def in_force(self) -> bool:
        """Does the recognition count on that day?"""
        return self.status == COUNTS[self.recognition.tier]

    @property
    def before(self) -> bool:
        """Was the day before everything that is on record?"""
        return not self.spans or (self.spans[0].since is not None and self.day < self.spans[0].since)

    @property
    def limited(self) -> bool:
        """Does the end of validity matter to the status of the day? Not to what was revoked or gave way."""
        return self.status in RUNNING or self.status == Status.EXPIRED

    @property
    def past(self) -> bool:
        return self.day < self.today

    @property
    def state_label(self) -> str:
        if self.span is not None:
            return str(self.span.get_status_display())
        return _("not yet recognised") if self.before and self.spans else _("no status")

    @property
    def meaning(self) -> str:
        """What the status means for whoever relies on it."""
        if self.span is None:
            if self.before and self.spans:
                return _("The decision took effect later.")
            return _("The grant was undone by a later resolution: it never took effect.")
        return {
            Status.ZONE: _("The area was a promotion zone. That is not yet a recognition."),
            Status.RECOGNISED: _("The area was recognised on this day."),
            Status.SUSPENDED: _("The recognition was suspended: it did not count on this day."),
            Status.REVOKED: _("The recognition had been revoked: it did not count on this day."),
            Status.EXPIRED: _("The validity had ended: it did not count on this day."),
            Status.SUPERSEDED: _("The promotion zone had ended: the area was recognised by then."),
        }[Status(self.span.status)]

    @cached_property
    def counting(self) -> list[RecognitionStep]:
        """The steps that count on the day, oldest first."""
        by_key = {step.pk: step for step in self.steps}
        return [by_key[fact.key] for fact in in_effect(facts(self.steps), self.day)]

    @cached_property
    def ground(self) -> RecognitionStep | None:
        """The step that the status of the day rests on."""
        return next((step for step in reversed(self.counting) if step.verb not in QUIET), None)

    @cached_property
    def begin(self) -> RecognitionStep | None:
        """The grant that everything rests on."""
        return next((step for step in self.steps if step.verb in (Verb.GRANT, Verb.DESIGNATE)), None)

    @property
    def valid_until(self) -> date | None:
        """The last day of validity as it stood on the day."""
        found = [step.valid_until for step in self.counting if step.verb in BEGINNINGS]
        return found[-1] if found else None

    def decision_of(self, step: RecognitionStep | None) -> Decision | None:
        return Decision(step.resolution) if step is not None and step.resolution is not None else None

    @cached_property
    def decision(self) -> Decision | None:
        return self.decision_of(self.ground)

    @cached_property
    def granted(self) -> Decision | None:
        return self.decision_of(self.begin)

    @property
    def source(self) -> Source | None:
        return self.recognition.source

    @cached_property
    def criteria(self) -> Texts:
        return dict(kept(self.recognition.edition).title) if self.recognition.edition else {}

    @cached_property
    def dimensions(self) -> list[Texts]:
        """The dimensions that the application chose, by their titles of the edition."""
        application, edition = self.recognition.application, self.recognition.edition
        if application is None or edition is None:
            return []
        return [dict(d.title) for d in kept(edition).dimensions if d.code in application.dimensions]

    @cached_property
    def documents(self) -> int:
        """How many documents the application rests on."""
        application = self.recognition.application
        return application.evidence.filter(removed_at__isnull=True).count() if application else 0

    @cached_property
    def result(self) -> Result | None:
        """What the scores of its application came to."""
        application = self.recognition.application
        return result_of(application) if application else None

    @cached_property
    def certificate(self) -> Certificate | None:
        """The certificate asked for; else the newest one."""
        return self.asked or (self.certificates[-1] if self.certificates else None)

    @cached_property
    def in_force_certificate(self) -> Certificate | None:
        """The certificate that covered the day, if any did."""
        if not self.in_force:
            return None
        covering = [
            row
            for row in self.certificates
            if not row.withdrawn and row.valid_from <= self.day and (row.valid_until is None or self.day <= row.valid_until)
        ]
        return covering[-1] if covering else None

    @property
    def followed_by(self) -> Certificate | None:
        """The certificate that took the place of the one asked for."""
        if self.asked is None or self.asked.superseded_at is None:
            return None
        return next((row for row in self.certificates if row.version > self.asked.version), None)

    @cached_property
    def history(self) -> list[Event]:
        """Every step, newest first, with those that ran out of themselves put in; days not on record last."""
        undone = {step.undoes_id for step in self.steps if step.undoes_id} & {step.pk for step in self.steps}
        alive = {fact.key for fact in in_effect(facts(self.steps), date.max)}
        events = [
            Event(step.on, step.verb, str(step.get_verb_display()), STATE_OF.get(step.verb, "draft"), step, step.pk in undone - alive)
            for step in self.steps
        ]
        events += [
            Event(
                span.since,
                Verb.LAPSE,
                str(Verb.LAPSE.label) if span.since <= self.today else _("runs out"),
                Status.EXPIRED,
                ahead=span.since > self.today,
            )
            for span in self.spans
            if span.status == Status.EXPIRED and span.since is not None
        ]
        return sorted(
            events, key=lambda event: (event.on is not None, event.on or date.min, event.step.pk if event.step else 0), reverse=True
        )

    @property
    def path(self) -> str:
        return f"/verify/{self.reference}"


STATE_OF: dict[str, str] = {
    Verb.DESIGNATE: Status.ZONE,
    Verb.GRANT: Status.RECOGNISED,
    Verb.RENEW: Status.RECOGNISED,
    Verb.REINSTATE: Status.RECOGNISED,
    Verb.PRESENT: Status.RECOGNISED,
    Verb.SUSPEND: Status.SUSPENDED,
    Verb.REVOKE: Status.REVOKED,
    Verb.SUPERSEDE: Status.SUPERSEDED,
    Verb.APPEAL: "submitted",
    Verb.UPHOLD: "expired",
    Verb.CORRECT: "deferred",
}
"""In which ink and shape a step is drawn: by its value, never by its label."""


def answer(called: Called, *, day: date, today: date, at: datetime) -> Answer:
    """Everything that the register knows about it, in a fixed number of queries; the certificate is checked now."""
    recognition, certificate = called
    steps = recognition.steps.select_related("resolution__item__meeting__body", "source").order_by("on", "pk")
    certificates = recognition.certificates.select_related("key", "file_th", "file_en").order_by("version")
    found = Answer(
        recognition=recognition,
        asked=certificate,
        day=day,
        today=today,
        at=at,
        steps=list(steps),
        spans=list(recognition.spans.order_by("since", "pk")),
        certificates=list(certificates),
    )
    if found.certificate is not None:
        found.faults = checks.certificate_faults(found.certificate)
    return found


def answer_for(typed: str, *, day: date, today: date, at: datetime) -> Answer | None:
    called = recognition_called(typed)
    return answer(called, day=day, today=today, at=at) if called else None


def _decision(resolution: Resolution | None) -> dict[str, Any] | None:
    if resolution is None:
        return None
    found = Decision(resolution)
    return {
        "body": found.body,
        "meeting": found.meeting,
        "item": found.item or None,
        "day": found.day.isoformat() if found.day else None,
        "verb": resolution.verb,
        "quorum": found.quorum,
        "resolution": credential.address(found.address),
    }


def as_data(found: Answer) -> dict[str, Any]:
    """The answer for a program: ISO days, stable keys, both languages. Documented in docs/verify.md."""
    recognition, area, certificate = found.recognition, found.recognition.area, found.certificate
    edition, span = recognition.edition, found.span
    labels = {}
    for code in ("th", "en"):
        with translation.override(code):
            labels[code] = str(found.state_label)
    return {
        "number": found.reference,
        "recognition": recognition.reference,
        "tier": recognition.tier,
        "on": found.day.isoformat(),
        "status": found.status,
        "status_label": labels,
        "in_force": found.in_force,
        "since": span.since.isoformat() if span and span.since else None,
        "until": date.fromordinal(span.ended.toordinal() - 1).isoformat() if span and span.ended else None,
        "valid_until": found.valid_until.isoformat() if found.valid_until else None,
        "area": {"name": area.name, "slug": area.slug, "page": credential.address(f"/areas/{area.slug}")},
        "province": {"name": area.subdivision.name, "iso_3166_2": area.subdivision_id},
        "decided_on": recognition.decided_on.isoformat() if recognition.decided_on else None,
        "effective_on": recognition.effective_on.isoformat(),
        "presented_on": recognition.presented_on.isoformat() if recognition.presented_on else None,
        "granted_by": _decision(found.begin.resolution if found.begin else None),
        "status_by": _decision(found.ground.resolution if found.ground else None),
        "criteria": {
            "programme": edition.programme,
            "in_force": edition.in_force.isoformat(),
            "digest": edition.digest,
            "title": found.criteria,
        }
        if edition
        else None,
        "source": {
            "code": found.source.code,
            "title": found.source.title,
            "address": found.source.address,
            "certainty": recognition.certainty,
        }
        if found.source
        else None,
        "certificate": _certificate(found, certificate) if certificate else None,
        "steps": [
            {
                "on": event.on.isoformat() if event.on else None,
                "verb": event.verb,
                "undone": event.undone,
                "by": _decision(event.step.resolution) if event.step else None,
                "reason": event.step.reason if event.step and event.step.verb != Verb.APPEAL else {},
                "valid_until": event.step.valid_until.isoformat() if event.step and event.step.valid_until else None,
            }
            for event in reversed(found.history)
        ],
        "invented": recognition.invented,
        "known_at": found.at.isoformat(timespec="seconds"),
        "page": credential.address(found.path),
    }


def _certificate(found: Answer, certificate: Certificate) -> dict[str, Any]:
    return {
        "number": certificate.number,
        "version": certificate.version,
        "issued_at": certificate.issued_at.isoformat(timespec="seconds"),
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": certificate.valid_until.isoformat() if certificate.valid_until else None,
        "superseded_at": certificate.superseded_at.isoformat(timespec="seconds") if certificate.superseded_at else None,
        "withdrawn": certificate.withdrawn,
        "sound": not found.faults,
        "faults": found.faults,
        "credential": credential.address(f"/credentials/{certificate.number}"),
        "credential_sha256": certificate.credential_digest,
        "papers": {
            lang: {"address": credential.address(f"/verify/{certificate.number}/certificate-{lang}.pdf"), "sha256": stored.digest}
            for lang, stored in (("th", certificate.file_th), ("en", certificate.file_en))
        },
        "key": certificate.key_id,
    }
