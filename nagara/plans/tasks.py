"""What waits for the people of a city: milestones that are due, drafts of a plan, workbooks that want a hand."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nagara.people.models import User
from nagara.people.roles import EVERYWHERE, Role
from nagara.plans.actions.projects import today
from nagara.plans.models import Milestone, PlanVersion, SheetImport
from nagara.plans.states import BUSY, ImportState, PlanState
from nagara.toolkit import access
from nagara.toolkit.tasks import Task
from nagara.toolkit.texts import text
from nagara.toolkit.thai import alphabet

SOON = timedelta(days=14)
MOST = 50


def tasks(user: User, at: datetime) -> Iterator[Task]:
    yield from _milestones(user, at)
    yield from _drafts(user)
    yield from _sheets(user)


def _milestones(user: User, at: datetime) -> Iterator[Task]:
    """One line for each city with milestones that are due. The office of a programme keeps all cities and is asked by none."""
    if user.holds(Role.OFFICE, EVERYWHERE):
        return
    day = today(at)
    expected = Coalesce("forecast_on", "planned_on")
    due = (
        Milestone.objects.filter(project__left_on=None, actual_on=None)
        .filter(Q(project__city__in=access.visible(user, "plans.write_for_city").values("pk")))
        .annotate(expected=expected)
        .filter(expected__lte=day + SOON)
        .values("project__city__slug", "project__city__name", "project__city__sort_th")
        .annotate(count=Count("pk"), first=Min("expected"))
        .order_by(alphabet("project__city"), "project__city__slug")
    )
    for row in due[:MOST]:
        late = row["first"] < day
        title = ngettext("Report %(count)s milestone of %(city)s", "Report %(count)s milestones of %(city)s", row["count"])
        yield Task(
            title=title % {"count": row["count"], "city": text(row["project__city__name"])},
            url=reverse("plans:progress", args=[row["project__city__slug"]]),
            state="returned" if late else "submitted",
            state_label=_("overdue") if late else _("due soon"),
            due=datetime.combine(row["first"], time(23, 59, 59), tzinfo=settings.ZONE),
        )


def _drafts(user: User) -> Iterator[Task]:
    if user.holds(Role.OFFICE, EVERYWHERE):
        return
    drafts = PlanVersion.objects.filter(state=PlanState.DRAFT, plan__in=access.visible(user, "plans.edit_plan").values("pk"))
    for version in drafts.select_related("plan__city").order_by(alphabet("plan__city"), "pk")[:MOST]:
        yield Task(
            title=_("Finish the draft of the plan of %(city)s") % {"city": version.plan.city},
            url=reverse("plans:edit_plan", args=[version.pk]),
            state="draft",
            state_label=_("draft"),
        )


def _sheets(user: User) -> Iterator[Task]:
    open_states = (ImportState.FAULTY, ImportState.SOUND, *BUSY)
    for sheet in SheetImport.objects.filter(by=user, state__in=open_states).select_related("file").order_by("-uploaded_at", "-pk")[:MOST]:
        busy = sheet.state in BUSY
        if sheet.state == ImportState.FAULTY:
            title = _("Mend the workbook “%(name)s”") % {"name": sheet.file.name}
        elif busy:
            title = _("The workbook “%(name)s” is being worked on") % {"name": sheet.file.name}
        else:
            title = _("Load the workbook “%(name)s”, or lay it aside") % {"name": sheet.file.name}
        yield Task(
            title=title,
            url=reverse("plans:import", args=[sheet.pk]),
            state="returned" if sheet.state == ImportState.FAULTY else "submitted",
            state_label=str(sheet.get_state_display()),
            mine=not busy,
        )
