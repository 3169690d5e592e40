"""What may happen to a round, an application and a score sheet."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from nagara.toolkit.lifecycle import Lifecycle, Step


class RoundState(models.TextChoices):
    PLANNED = "planned", _("planned")
    OPEN = "open", _("open")
    ASSESSING = "assessing", _("in assessment")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


ROUND = Lifecycle(
    Step("open", (RoundState.PLANNED,), RoundState.OPEN),
    Step("begin_assessment", (RoundState.OPEN,), RoundState.ASSESSING),
    Step("finish", (RoundState.ASSESSING,), RoundState.FINISHED),
    Step("cancel", (RoundState.PLANNED, RoundState.OPEN), RoundState.CANCELLED),
)


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned for information")
    IN_REVIEW = "in_review", _("in assessment")
    ASSESSED = "assessed", _("assessed")
    RECOMMENDED = "recommended", _("recommended by the subcommittee")
    IN_PRINCIPLE = "in_principle", _("approved in principle, to be revised")
    AWARDED = "awarded", _("awarded")
    DECLINED = "declined", _("not awarded")
    INELIGIBLE = "ineligible", _("not eligible")
    WITHDRAWN = "withdrawn", _("withdrawn")


_S = ApplicationState

APPLICATION = Lifecycle(
    Step("submit", (_S.DRAFT,), _S.SUBMITTED),
    Step("return", (_S.SUBMITTED, _S.IN_REVIEW), _S.RETURNED),
    Step("resubmit", (_S.RETURNED, _S.IN_PRINCIPLE), _S.SUBMITTED),
    Step("accept", (_S.SUBMITTED,), _S.IN_REVIEW),
    Step("reject", (_S.SUBMITTED, _S.RETURNED), _S.INELIGIBLE),
    Step("close_panel", (_S.IN_REVIEW,), _S.ASSESSED),
    Step("reopen", (_S.ASSESSED,), _S.IN_REVIEW),
    Step("recommend", (_S.ASSESSED,), _S.RECOMMENDED),
    Step("approve_in_principle", (_S.ASSESSED, _S.RECOMMENDED), _S.IN_PRINCIPLE),
    Step("award", (_S.ASSESSED, _S.RECOMMENDED), _S.AWARDED),
    Step("decline", (_S.ASSESSED, _S.RECOMMENDED, _S.IN_PRINCIPLE), _S.DECLINED),
    Step("withdraw", (_S.DRAFT, _S.SUBMITTED, _S.RETURNED, _S.IN_PRINCIPLE), _S.WITHDRAWN),
)


class AssignmentState(models.TextChoices):
    ASSIGNED = "assigned", _("to be declared")
    OPEN = "open", _("open")
    SUBMITTED = "submitted", _("handed in")
    REOPENED = "reopened", _("reopened")
    RECUSED = "recused", _("recused")
    WITHDRAWN = "withdrawn", _("withdrawn")


_A = AssignmentState

ASSIGNMENT = Lifecycle(
    Step("declare_none", (_A.ASSIGNED,), _A.OPEN),
    Step("declare_conflict", (_A.ASSIGNED, _A.OPEN, _A.SUBMITTED, _A.REOPENED), _A.RECUSED),
    Step("submit", (_A.OPEN, _A.REOPENED), _A.SUBMITTED),
    Step("reopen", (_A.SUBMITTED,), _A.REOPENED),
    Step("withdraw", (_A.ASSIGNED, _A.OPEN), _A.WITHDRAWN),
)
