"""What a body's resolution does to an application. Called by the programme's matter when the resolution is adopted, in its transaction.

Who may adopt has been asked by governance: these actions ask no rule of their own and have no address.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from nagara.assessment import letters
from nagara.assessment.actions.applications import locked, remind_team
from nagara.assessment.models import Application
from nagara.assessment.states import APPLICATION, ApplicationState
from nagara.audit.record import Actor, record
from nagara.toolkit.days import long_day
from nagara.toolkit.texts import Texts


def _conclude(
    application: Application,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    resolution_text: str,
    subject: Callable[[Application], str],
    **after: object,
) -> Application:
    before = application.state
    application.state = APPLICATION.after(verb, application.state, labels=ApplicationState.choices)
    application.save(update_fields=["state"])
    record(
        by=by,
        did=f"assessment.{verb}",
        about=application,
        at=at,
        why=resolution_text,
        before={"state": before},
        after={"state": application.state, **after},
    )
    letters.send(
        letters.team_of(application),
        subject=lambda: subject(application),
        body=lambda: _("Resolved: %(text)s") % {"text": resolution_text} if resolution_text else subject(application),
        page="assessment:application",
        args=[application.pk],
        about=f"{verb}:{application.pk}",
        at=at,
    )
    return application


def _place(message: str, application: Application) -> str:
    return message % {"place": application.place}


@transaction.atomic
def recommend(application: Application, *, by: Actor, at: datetime, resolution_text: str = "") -> Application:
    """A subcommittee recommends it; the committee considers it after."""
    return _conclude(
        locked(application),
        "recommend",
        by=by,
        at=at,
        resolution_text=resolution_text,
        subject=lambda row: _place(_("Recommended: %(place)s"), row),
    )


@transaction.atomic
def approve_in_principle(
    application: Application,
    *,
    by: Actor,
    at: datetime,
    resolution_text: str = "",
    conditions: Texts | None = None,
    due: date | None = None,
) -> Application:
    """Approved in principle: the application goes back to its team with the conditions and the day by which it is revised.

    Where no conditions are given, the text of the resolution stands for them.
    """
    application = locked(application)
    application.conditions = conditions or ({"th": resolution_text} if resolution_text else {})
    application.conditions_due = due
    application.save(update_fields=["conditions", "conditions_due"])
    concluded = _conclude(
        application,
        "approve_in_principle",
        by=by,
        at=at,
        resolution_text=resolution_text,
        subject=lambda row: (
            _place(_("Approved in principle, to be revised: %(place)s"), row) + (_(" by %(due)s") % {"due": long_day(due)} if due else "")
        ),
        conditions=application.conditions,
        due=due,
    )
    if due:
        remind_team(application, due=datetime.combine(due + timedelta(days=1), time(), tzinfo=application.round.zone), at=at)
    return concluded


@transaction.atomic
def award(application: Application, *, by: Actor, at: datetime, resolution_text: str = "") -> Application:
    """The body that decides has awarded what was applied for."""
    return _conclude(
        locked(application),
        "award",
        by=by,
        at=at,
        resolution_text=resolution_text,
        subject=lambda row: _place(_("Awarded: %(place)s"), row),
    )


@transaction.atomic
def decline(application: Application, *, by: Actor, at: datetime, resolution_text: str = "") -> Application:
    """The body that decides has not awarded it. Team and office can read why."""
    return _conclude(
        locked(application),
        "decline",
        by=by,
        at=at,
        resolution_text=resolution_text,
        subject=lambda row: _place(_("Not awarded: %(place)s"), row),
    )


@transaction.atomic
def reconsider(application: Application, *, recommended: bool, by: Actor, at: datetime, resolution_text: str = "") -> Application:
    """What was decided no longer holds: a resolution was corrected, or an appeal allowed. The application waits for the body again."""
    return _conclude(
        locked(application),
        "reconsider_recommended" if recommended else "reconsider",
        by=by,
        at=at,
        resolution_text=resolution_text,
        subject=lambda row: _place(_("Considered again: %(place)s"), row),
    )
