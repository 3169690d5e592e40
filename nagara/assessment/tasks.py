"""What waits for a person in an assessment, and what of theirs waits for others."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from nagara.assessment.models import (
    Application,
    Assignment,
    Feedback,
    InformationRequest,
    ProposedArea,
    Query,
    Result,
    Round,
)
from nagara.assessment.queries import edition_of
from nagara.assessment.sheets import my_sheets
from nagara.assessment.states import ApplicationState, AssignmentState, RoundState
from nagara.people.models import User
from nagara.people.roles import Role
from nagara.toolkit import access
from nagara.toolkit.tasks import Task

OPEN_SHEETS = (AssignmentState.ASSIGNED, AssignmentState.OPEN, AssignmentState.REOPENED)
MOST = 50
"""Beyond this many of a kind, the list of the round is the place to work."""


def tasks(user: User, at: datetime) -> list[Task]:
    """Those of the team, the assessor and the office; a person may be more than one."""
    found: list[Task] = []
    if user.holds(Role.CITY_OFFICER):
        found += [*_of_the_team(user), *_invited(user)]
    if user.holds(Role.ASSESSOR):
        found += [*_appointments(user), *_of_the_assessor(user)]
    if user.holds(Role.OFFICE):
        found += _of_the_office(user, at)
    return found


def _task(thing: Application | Assignment | Round, title: str, url: str, **more: object) -> Task:
    return Task(title, url, str(thing.state), str(thing.get_state_display()), **more)  # type: ignore[arg-type]


def _of_the_team(user: User) -> Iterator[Task]:
    waiting = InformationRequest.objects.filter(application=OuterRef("pk"), answered_at__isnull=True)
    rows = (
        access.visible(user, "assessment.write")
        .filter(
            state__in=(
                ApplicationState.DRAFT,
                ApplicationState.RETURNED,
                ApplicationState.IN_PRINCIPLE,
                ApplicationState.SUBMITTED,
                ApplicationState.IN_REVIEW,
            )
        )
        .select_related("round", "area", "city")
        .annotate(asked_until=waiting.values("due")[:1])
        .order_by("-started_at", "-pk")
    )
    for row in rows[:MOST]:
        url = reverse("assessment:application", args=[row.pk])
        place = {"place": row.place}
        if row.state == ApplicationState.DRAFT:
            if row.round.state == RoundState.OPEN:
                yield _task(row, _("Hand in the application of %(place)s") % place, url, due=row.round.closes_at, note=str(row.round))
        elif row.state == ApplicationState.RETURNED:
            yield _task(row, _("Answer the programme office: %(place)s") % place, url, due=row.asked_until)
        elif row.state == ApplicationState.IN_PRINCIPLE:
            due = row.conditions_due
            end = datetime.combine(due + timedelta(days=1), time(), tzinfo=row.round.zone) if due else None
            yield _task(row, _("Revise the application of %(place)s") % place, url, due=end)
        else:
            title = _("The application of %(place)s") % place
            note = _("waits for the programme office") if row.state == ApplicationState.SUBMITTED else _("assessors read it")
            yield _task(row, title, url, note=note, mine=False)


def _invited(user: User) -> Iterator[Task]:
    for row in access.visible(user, "assessment.join").select_related("round", "area", "city")[:MOST]:
        title = _("Join the team of %(place)s") % {"place": row.place}
        yield _task(row, title, reverse("assessment:join", args=[row.pk]), due=row.round.closes_at, note=str(row.round))


def _appointments(user: User) -> Iterator[Task]:
    rows = access.visible(user, "assessment.answer_appointment").filter(accepted_at__isnull=True, declined_at__isnull=True)
    for row in rows.select_related("round")[:MOST]:
        title = _("Accept or decline: assessor of %(round)s") % {"round": row.round}
        yield Task(title, reverse("assessment:appointment", args=[row.round.slug]), "draft", _("asked"), due=row.round.assess_until)


def _of_the_assessor(user: User) -> Iterator[Task]:
    for sheet in my_sheets(user).filter(state__in=OPEN_SHEETS)[:MOST]:
        due, place = sheet.application.round.assess_until, {"place": sheet.application.place}
        if sheet.state == AssignmentState.ASSIGNED:
            title = _("Declare your interests: %(place)s") % place
            yield _task(sheet, title, reverse("assessment:declare", args=[sheet.pk]), due=due)
        elif sheet.application.state != ApplicationState.IN_REVIEW:
            title = _("Score %(place)s") % place
            note = _("waits for the applicant's answer")
            yield _task(sheet, title, reverse("assessment:sheet", args=[sheet.pk]), note=note, mine=False)
        elif sheet.state == AssignmentState.REOPENED:
            title = _("Look again at %(place)s") % place
            yield _task(sheet, title, reverse("assessment:sheet", args=[sheet.pk]), due=due)
        else:
            wanted = len(edition_of(sheet.application).cells(tuple(sheet.application.dimensions)))
            note = _("%(here)s of %(cells)s") % {"here": sheet.scored, "cells": wanted}  # type: ignore[attr-defined]
            yield _task(sheet, _("Score %(place)s") % place, reverse("assessment:sheet", args=[sheet.pk]), due=due, note=note)


def _of_the_office(user: User, at: datetime) -> list[Task]:
    return [*_rounds(user, at), *_screening(user), *_proposed(user)]


def _rounds(user: User, at: datetime) -> Iterator[Task]:
    rows = access.visible(user, "assessment.run").exclude(state__in=(RoundState.FINISHED, RoundState.CANCELLED))
    unfinished = (ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.IN_REVIEW)
    for row in rows.annotate(waiting=Count("applications", filter=Q(applications__state__in=unfinished))).order_by("closes_at", "pk"):
        url = reverse("assessment:office", args=[row.slug])
        if row.state == RoundState.PLANNED:
            yield _task(row, _("Open the round: %(round)s") % {"round": row}, url, due=row.opens_at)
        elif row.state == RoundState.OPEN and at >= row.closes_at:
            yield _task(row, _("Close the round and assess: %(round)s") % {"round": row}, url, due=row.closes_at)
        elif row.state == RoundState.ASSESSING and not row.waiting:
            yield _task(row, _("Finish the round: %(round)s") % {"round": row}, url, due=row.assess_until)


def _screening(user: User) -> Iterator[Task]:
    """What the office decides next on each application that was handed in."""
    sheets = Assignment.objects.filter(application=OuterRef("pk"))
    counted = Q(assignments__state__in=[*OPEN_SHEETS, AssignmentState.SUBMITTED])
    queries = Query.objects.filter(assignment__application=OuterRef("pk"), request__isnull=True, dismissed_at__isnull=True)
    newest = Result.objects.filter(application=OuterRef("pk")).order_by("-number").values("number")[:1]
    unreleased = Feedback.objects.filter(result__application=OuterRef("pk"), result__number=OuterRef("newest"), released_at__isnull=True)
    decided = (ApplicationState.AWARDED, ApplicationState.DECLINED, ApplicationState.IN_PRINCIPLE)
    rows = (
        access.visible(user, "assessment.screen")
        .filter(state__in=(ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.IN_REVIEW, *decided))
        .select_related("round", "area", "city")
        .annotate(
            newest=Subquery(newest),
            given=Count("assignments", filter=counted),
            open_sheets=Exists(sheets.filter(state__in=OPEN_SHEETS)),
            handed_in=Exists(sheets.filter(state=AssignmentState.SUBMITTED)),
            asked=Exists(queries),
            unreleased=Exists(unreleased),
        )
        .order_by(F("submitted_at").asc(nulls_last=True), "pk")
    )
    for row in rows.exclude(state__in=decided, unreleased=False)[:MOST]:
        yield _next_of(row)


def _next_of(row: Application) -> Task:
    url = reverse("assessment:screening", args=[row.pk])
    place, due = {"place": row.place}, row.round.assess_until
    facts = vars(row)
    if row.state == ApplicationState.SUBMITTED:
        return _task(row, _("Screen the application of %(place)s") % place, url, note=str(row.round))
    if row.state == ApplicationState.RETURNED:
        return _task(row, _("The answer of %(place)s") % place, url, note=_("waits for the team"), mine=False)
    if row.state != ApplicationState.IN_REVIEW:
        return _task(row, _("Release the feedback to %(place)s") % place, url)
    if facts["asked"]:
        return _task(row, _("Assessors ask about %(place)s") % place, url, due=due)
    if facts["given"] < row.round.assessors_each:
        lacking = row.round.assessors_each - facts["given"]
        note = ngettext("%(count)s assessor is missing", "%(count)s assessors are missing", lacking) % {"count": lacking}
        return _task(row, _("Give %(place)s to assessors") % place, url, due=due, note=note)
    if facts["handed_in"] and not facts["open_sheets"]:
        return _task(row, _("Close the panel of %(place)s") % place, url, due=due)
    return _task(row, _("The scores of %(place)s") % place, url, due=due, note=_("wait for assessors"), mine=False)


def _proposed(user: User) -> Iterator[Task]:
    rows = ProposedArea.objects.filter(round__in=access.visible(user, "assessment.run"), answered_at__isnull=True)
    for row in rows.select_related("round")[:MOST]:
        title = _("Add a proposed area or refuse it: %(area)s") % {"area": row}
        yield Task(
            title, reverse("assessment:office", args=[row.round.slug]), "submitted", pgettext("area", "proposed"), due=row.round.closes_at
        )
