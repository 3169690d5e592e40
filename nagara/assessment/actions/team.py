"""Who works on an application: a lead, and co-applicants by invitation."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from nagara.assessment.actions.applications import locked
from nagara.assessment.actions.assessors import recuse_found
from nagara.assessment.models import Application, TeamMember
from nagara.audit.record import System, record
from nagara.people.actions import end_role, write_grant
from nagara.people.invitations import invite
from nagara.people.models import Invitation, User
from nagara.people.roles import Role, scope
from nagara.toolkit import access
from nagara.toolkit.refusal import Refusal


def scope_of(application: Application) -> str:
    """The scope of a role that is held for one application."""
    return scope("application", application.pk)


@transaction.atomic
def invite_co_applicant(application: Application, email: str, *, by: User, at: datetime, language: str = "th") -> Invitation:
    """The lead asks a colleague to work on the application. The link expires; whoever accepts it joins the team."""
    access.require(by, "assessment.lead", application)
    invitation, _token = invite(email, Role.CITY_OFFICER, scope_of(application), by=by, at=at, language=language, why=str(application))
    return invitation


@transaction.atomic
def join(application: Application, *, by: User, at: datetime) -> TeamMember:
    """Whoever accepted an invitation joins the team. Assessors who become tied to the application by this are recused."""
    application = locked(application)
    standing = application.team.filter(user=by, left_at__isnull=True).first()
    if standing:
        return standing
    access.require(by, "assessment.join", application)
    used = TeamMember.objects.filter(invitation__isnull=False).values("invitation")
    invitation = (
        Invitation.objects.filter(accepted_by=by, scope=scope_of(application)).exclude(pk__in=used).order_by("-accepted_at").first()
    )
    member = TeamMember.objects.create(
        application=application, user=by, part=TeamMember.Part.CO_APPLICANT, invitation=invitation, joined_at=at
    )
    record(by=by, did="assessment.join_team", about=application, at=at, after={"member": member.pk, "user": by.pk})
    recuse_found(application, by=by, at=at)
    return member


@transaction.atomic
def leave(member: TeamMember, *, by: User, at: datetime) -> TeamMember:
    """A co-applicant leaves, or is taken out by the lead. What they wrote stays; they see the application no longer."""
    application = locked(member.application)
    member = TeamMember.objects.select_for_update(of=("self",)).select_related("user").get(pk=member.pk)
    if member.user_id != by.pk:
        access.require(by, "assessment.lead", application)
    else:
        access.require(by, "assessment.write", application)
    if member.left_at:
        return member
    if member.part == TeamMember.Part.LEAD:
        raise Refusal(
            _("The lead cannot leave the application without somebody to lead it."),
            next_step=_("Hand the lead over to a co-applicant first."),
            code="lead-stays",
        )
    member.left_at = at
    member.save(update_fields=["left_at"])
    record(by=by, did="assessment.leave_team", about=application, at=at, after={"member": member.pk, "user": member.user_id})
    day = at.astimezone(settings.ZONE).date()
    for grant in member.user.role_grants.filter(scope=scope_of(application), ended__isnull=True):
        end_role(grant, by=System("assessment"), at=at, why=_("left the team"), ended=max(day, grant.since or day))
    return member


@transaction.atomic
def hand_over(application: Application, *, to: TeamMember, by: User, at: datetime) -> TeamMember:
    """The lead goes to a co-applicant. The lead does it, or the office where the lead is gone."""
    application = locked(application)
    if not access.allowed(by, "assessment.lead", application):
        access.require(by, "assessment.see_team", application)
    to = TeamMember.objects.select_for_update(of=("self",)).select_related("user").get(pk=to.pk)
    if to.application_id != application.pk or to.left_at:
        raise Refusal(_("This person is not in the team."), code="not-in-team")
    before = application.team.filter(part=TeamMember.Part.LEAD, left_at__isnull=True).first()
    application.team.filter(part=TeamMember.Part.LEAD, left_at__isnull=True).update(part=TeamMember.Part.CO_APPLICANT)
    to.part = TeamMember.Part.LEAD
    to.save(update_fields=["part"])
    write_grant(to.user, Role.CITY_OFFICER, scope_of(application), by=by, giver=None, at=at, why=_("leads the application"))
    record(
        by=by,
        did="assessment.hand_over",
        about=application,
        at=at,
        before={"lead": before.pk if before else None},
        after={"lead": to.pk},
    )
    return to
