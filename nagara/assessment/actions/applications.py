"""The team starts an application, writes it, and hands it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.assessment import letters
from nagara.assessment.differences import differences
from nagara.assessment.frozen import content_of
from nagara.assessment.models import Answer, AnswerRevision, Application, Round, Submission, TeamMember
from nagara.assessment.queries import check_of, edition_of, label_of, last_submission, open_keys, open_request
from nagara.assessment.slots import CITY_TYPE, DIMENSIONS, chosen, compulsory, slot_of
from nagara.assessment.states import APPLICATION, ApplicationState
from nagara.audit.record import record
from nagara.documents.numbers import next_number
from nagara.people.actions import write_grant
from nagara.people.models import Organisation, User
from nagara.people.roles import EVERYWHERE, Role, scope
from nagara.places.models import Area
from nagara.toolkit import access
from nagara.toolkit.days import clock, instant, long_day
from nagara.toolkit.digests import canonical, digest, digest_of_bytes
from nagara.toolkit.refusal import Refusal

REMINDERS = (timedelta(days=7), timedelta(days=1))
"""How long before a deadline the team is reminded."""

LONGEST_KEPT = 200_000
"""A pasted text of this many characters is kept in a draft, whatever the field takes in the end."""


def locked(application: Application) -> Application:
    """The application as it is now, locked until the end of the transaction."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("round__edition", "organisation")
    return rows.get(pk=application.pk)


def remind_team(application: Application, *, due: datetime, at: datetime) -> None:
    """Reminders before a deadline of the team, with each one's own link; taken back when it hands in."""
    zone = application.round.zone
    for before in REMINDERS:
        if due - before <= at:
            continue
        letters.send(
            letters.team_of(application),
            subject=lambda: _("Due %(when)s: %(place)s") % {"when": instant(due, zone), "place": application.place},
            body=lambda: (
                _("The application of %(place)s is to be handed in before %(when)s.")
                % {"place": application.place, "when": instant(due, zone)}
            ),
            page="assessment:application",
            args=[application.pk],
            about=letters.reminder(application),
            at=at,
            due_at=due - before,
        )


def _may_start_for(user: User, area: Area) -> bool:
    """An officer of everywhere, of the area, or of the organisation responsible for it."""
    if user.holds(Role.CITY_OFFICER, EVERYWHERE) or str(area.pk) in user.scopes(Role.CITY_OFFICER, "area"):
        return True
    return area.organisation_id is not None and str(area.organisation_id) in user.scopes(Role.CITY_OFFICER, "organisation")


@transaction.atomic
def start(round_: Round, *, area: Area, organisation: Organisation, by: User, at: datetime) -> Application:
    """Begin a draft for an area. Whoever begins it leads its team. Beginning twice gives the same draft."""
    access.require(by, "assessment.start")
    round_ = Round.objects.select_for_update(of=("self",)).select_related("edition").get(pk=round_.pk)
    if not _may_start_for(by, area):
        raise Refusal(
            _("You are not an officer of %(area)s.") % {"area": area},
            who=_("The programme office can give you the role for this area."),
            code="other-area",
            status=403,
        )
    if not round_.takes(at):
        raise too_late(round_, at) if at >= round_.closes_at else Refusal(_("This round is not open."), code="round-not-open")
    standing = round_.applications.filter(area=area).exclude(state=ApplicationState.WITHDRAWN).first()
    if standing and standing.team.filter(user=by, left_at__isnull=True).exists():
        return standing
    if standing:
        raise Refusal(
            _("%(area)s has an application in this round already.") % {"area": area},
            who=_("Its lead can invite you."),
            next_step=_("Ask your colleagues who leads it, or the programme office."),
            code="area-taken",
        )
    application = Application.objects.create(round=round_, area=area, organisation=organisation, started_at=at, started_by=by)
    _set_about(application, DIMENSIONS, compulsory(edition_of(application)))
    if area.city_type in [choice.code for choice in edition_of(application).city_types]:
        _set_about(application, CITY_TYPE, area.city_type)
    TeamMember.objects.create(application=application, user=by, part=TeamMember.Part.LEAD, joined_at=at)
    write_grant(by, Role.CITY_OFFICER, scope("application", application.pk), by=by, giver=None, at=at, why=_("leads the application"))
    record(
        by=by,
        did="assessment.start",
        about=application,
        at=at,
        after={"area": area.pk, "organisation": organisation.pk, "round": round_.pk},
    )
    remind_team(application, due=round_.closes_at, at=at)
    return application


@dataclass(frozen=True)
class Written:
    """What somebody wrote in a field, over which revision of it (0: nothing was there), on which open page."""

    value: Any
    base: int
    writer: str = ""


@dataclass(frozen=True)
class Clash:
    """Two people wrote in one field. What stands stays; what came second is kept aside, and its writer chooses."""

    key: str
    mine: Any
    theirs: Any
    theirs_by: str
    theirs_at: datetime
    revision: int


@dataclass(frozen=True)
class Wrote:
    """What became of each field: its revision now, or the clash."""

    revisions: dict[str, int]
    clashes: dict[str, Clash]


@transaction.atomic
def write(application: Application, written: Mapping[str, Written], *, by: User, at: datetime) -> Wrote:
    """Save fields of a draft, or the unlocked ones of a returned application. Nothing is overwritten unseen, nothing is lost."""
    application = locked(application)
    access.require(by, "assessment.write", application)
    edition = edition_of(application)
    if shut := sorted(set(written) - open_keys(application)):
        raise Refusal(
            _("This cannot be changed now: %(fields)s.") % {"fields": ", ".join(_label(edition, key) for key in shut)},
            rule=_("Once an application is handed in, only fields that the programme office unlocked can be changed."),
            who=_("The programme office can return the application for information."),
            code="field-locked",
        )
    there = {answer.field: answer for answer in application.answers.filter(field__in=written).select_related("saved_by__person")}
    revisions: dict[str, int] = {}
    clashes: dict[str, Clash] = {}
    for key, entry in written.items():
        value = _clean(application, key, entry.value)
        answer = there.get(key)
        if answer is None:
            revisions[key] = _first(application, key, value, entry.writer, by=by, at=at)
        elif answer.value == value:
            revisions[key] = answer.revision
        elif entry.base == answer.revision or (entry.writer and entry.writer == answer.writer):
            revisions[key] = _next(application, answer, value, entry.writer, by=by, at=at)
        else:
            clashes[key] = _set_aside(answer, value, by=by, at=at)
    return Wrote(revisions, clashes)


def _label(edition: Any, key: str) -> str:
    known = key in (CITY_TYPE, DIMENSIONS) or slot_of(edition, key) is not None
    return label_of(edition, key) if known else key


def _clean(application: Application, key: str, value: Any) -> Any:
    """The value as it is kept: dimensions in the order of the edition with the compulsory ones, texts with plain line ends."""
    edition = edition_of(application)
    if key == DIMENSIONS:
        return chosen(edition, value if isinstance(value, list) else [])
    text = str(value or "").replace("\r\n", "\n").replace("\x00", "")
    if key == CITY_TYPE:
        return text if text in [choice.code for choice in edition.city_types] else ""
    if len(text) > LONGEST_KEPT:
        raise Refusal(
            _("“%(field)s” is %(here)s characters long. Even a draft takes no more than %(most)s.")
            % {"field": label_of(edition, key), "here": len(text), "most": LONGEST_KEPT},
            next_step=_("Put the text into a document and add it as evidence."),
            code="text-too-long",
        )
    return text


def _first(application: Application, key: str, value: Any, writer: str, *, by: User, at: datetime) -> int:
    if value in ("", []):
        return 0
    answer = Answer.objects.create(application=application, field=key, value=value, writer=writer, saved_at=at, saved_by=by)
    _keep_revision(application, answer, by=by, at=at)
    _set_about(application, key, value)
    return answer.revision


def _next(application: Application, answer: Answer, value: Any, writer: str, *, by: User, at: datetime) -> int:
    before = answer.value
    answer.value, answer.revision, answer.writer, answer.saved_at, answer.saved_by = value, answer.revision + 1, writer, at, by
    answer.save(update_fields=["value", "revision", "writer", "saved_at", "saved_by"])
    last = answer.revisions.filter(set_aside=False).order_by("-revision").first()
    if last and last.saved_by_id == by.pk and at - last.saved_at < timedelta(minutes=10) and _continues(before, value):
        # Typing on: the longer text holds the shorter one, nothing is lost.
        last.value, last.revision = value, answer.revision
        last.save(update_fields=["value", "revision"])
    else:
        _keep_revision(application, answer, by=by, at=at)
    _set_about(application, answer.field, value)
    return answer.revision


def _continues(before: Any, after: Any) -> bool:
    return isinstance(before, str) and isinstance(after, str) and after.startswith(before)


def _keep_revision(application: Application, answer: Answer, *, by: User, at: datetime) -> None:
    AnswerRevision.objects.create(answer=answer, revision=answer.revision, value=answer.value, saved_at=at, saved_by=by)
    record(
        by=by,
        did="assessment.write",
        about=application,
        at=at,
        after={"field": answer.field, "revision": answer.revision, "digest": digest(answer.value)},
    )


def _set_aside(answer: Answer, value: Any, *, by: User, at: datetime) -> Clash:
    aside = answer.revisions.filter(set_aside=True, saved_by=by).order_by("-pk").first()
    if aside is None or aside.value != value:
        AnswerRevision.objects.create(answer=answer, revision=answer.revision, value=value, saved_at=at, saved_by=by, set_aside=True)
        record(
            by=by,
            did="assessment.set_aside",
            about=answer.application,
            at=at,
            after={"field": answer.field, "beside": answer.revision, "digest": digest(value)},
        )
    return Clash(answer.field, value, answer.value, answer.saved_by.display_name(), answer.saved_at, answer.revision)


def put_aside(application: Application, key: str) -> list[AnswerRevision]:
    """Texts of a field that came second, newest first."""
    rows = AnswerRevision.objects.filter(answer__application=application, answer__field=key, set_aside=True)
    return list(rows.select_related("saved_by__person").order_by("-saved_at", "-pk"))


def _set_about(application: Application, key: str, value: Any) -> None:
    """City type and dimensions stand on the application itself as well: lists, rules and the calculation read them there."""
    if key == CITY_TYPE:
        application.city_type = value
        application.save(update_fields=["city_type"])
    elif key == DIMENSIONS:
        application.dimensions = value
        application.save(update_fields=["dimensions"])


def too_late(round_: Round, at: datetime) -> Refusal:
    """The round has closed: with the closing instant and the server's time, and no grace."""
    zone = round_.zone
    return Refusal(
        _("The round closed at %(closing)s. Your application reached the server at %(here)s (%(zone)s).")
        % {
            "closing": instant(round_.closes_at, zone),
            "here": clock(at, zone, seconds=True),
            "zone": round_.time_zone,
        },
        rule=_("An application counts by the server's clock. There is no late grace."),
        next_step=_("What you wrote is kept as a draft. You can copy it into the next round."),
        code="round-closed",
    )


@transaction.atomic
def submit(application: Application, *, by: User, at: datetime) -> Submission:
    """Hand the application in: frozen, numbered, with its digest. Pressed twice, it gives the same receipt.

    `at` is the instant at which the request reached the server.
    """
    application = locked(application)
    access.require(by, "assessment.lead", application)
    last = last_submission(application)
    if last and application.state not in (ApplicationState.RETURNED, ApplicationState.IN_PRINCIPLE):
        return last
    verb = "submit" if application.state == ApplicationState.DRAFT else "resubmit"
    state = APPLICATION.after(verb, application.state, labels=ApplicationState.choices)
    _in_time(application, at)
    errors = [finding for finding in check_of(application) if finding.error]
    if errors:
        raise Refusal(
            ngettext("%(count)s error stands in the way.", "%(count)s errors stand in the way.", len(errors)) % {"count": len(errors)},
            next_step=_("Open the check: each error is a link to its field. What you wrote is kept."),
            fields={finding.key: finding.message for finding in errors[:20]},
            code="not-complete",
        )
    content = canonical(content_of(application, at.astimezone(application.round.zone).date()))
    number = next_number(f"receipt:{application.round.slug}", at.astimezone(application.round.zone).year)
    submission = Submission.objects.create(
        application=application,
        number=last.number + 1 if last else 1,
        receipt=f"{application.round.slug}/{at.astimezone(application.round.zone).year}-{number:04d}",
        content=content.decode(),
        digest=digest_of_bytes([content]),
        submitted_at=at,
        submitted_by=by,
    )
    before = application.state
    request = open_request(application)
    if request:
        request.answered_at = at
        request.save(update_fields=["answered_at"])
    application.state, application.submitted_at = state, at
    application.save(update_fields=["state", "submitted_at"])
    record(
        by=by,
        did="assessment.submit",
        about=application,
        at=at,
        before={"state": before},
        after={
            "state": state,
            "submission": submission.number,
            "receipt": submission.receipt,
            "digest": submission.digest,
            "changed": [change.key for change in differences(last.plain(), submission.plain())] if last else [],
        },
    )
    letters.done(application, at=at)
    letters.send(
        letters.team_of(application),
        subject=lambda: _("Handed in: %(place)s, receipt %(receipt)s") % {"place": application.place, "receipt": submission.receipt},
        body=lambda: (
            _("The application of %(place)s was handed in at %(when)s. Receipt number: %(receipt)s. SHA-256 of its content: %(digest)s")
            % {
                "place": application.place,
                "when": instant(at, application.round.zone),
                "receipt": submission.receipt,
                "digest": submission.digest,
            }
        ),
        page="assessment:application",
        args=[application.pk],
        about=f"submission:{submission.pk}",
        at=at,
    )
    return submission


def _in_time(application: Application, at: datetime) -> None:
    """Refuse what comes too late: a draft by the round's clock, a returned one by its due day, a revision by its conditions."""
    if application.state == ApplicationState.DRAFT:
        if at >= application.round.closes_at:
            raise too_late(application.round, at)
        if not application.round.takes(at):
            raise Refusal(_("This round is not open."), code="round-not-open")
    request = open_request(application)
    if application.state == ApplicationState.RETURNED and request and at >= request.due:
        raise Refusal(
            _("The answer was due before %(due)s; it is %(here)s now.")
            % {"due": instant(request.due, application.round.zone), "here": instant(at, application.round.zone)},
            who=_("The programme office can put the due day later."),
            next_step=_("What you wrote is kept. Ask the office."),
            code="answer-late",
        )
    due = application.conditions_due
    if application.state == ApplicationState.IN_PRINCIPLE and due:
        end = datetime.combine(due + timedelta(days=1), time(), tzinfo=application.round.zone)
        if at >= end:
            raise Refusal(
                _("The revised application was due on %(due)s.") % {"due": long_day(due)},
                who=_("The body that set the day can set another."),
                next_step=_("What you wrote is kept. Ask the office."),
                code="conditions-late",
            )


@transaction.atomic
def withdraw(application: Application, *, why: str = "", by: User, at: datetime) -> Application:
    """The lead takes the application back. What was written stays readable to its team."""
    application = locked(application)
    access.require(by, "assessment.lead", application)
    before = application.state
    application.state = APPLICATION.after("withdraw", application.state, labels=ApplicationState.choices)
    application.save(update_fields=["state"])
    record(
        by=by,
        did="assessment.withdraw",
        about=application,
        at=at,
        why=why,
        before={"state": before},
        after={"state": application.state},
    )
    letters.done(application, at=at)
    return application
