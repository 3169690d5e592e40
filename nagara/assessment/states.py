"""What may happen to a round, an application and a score sheet."""

from django.db import models
from django.utils.translation import pgettext_lazy

from nagara.toolkit.lifecycle import Lifecycle, Step


class RoundState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("round", "planned")
    OPEN = "open", pgettext_lazy("round", "open")
    ASSESSING = "assessing", pgettext_lazy("round", "in assessment")
    FINISHED = "finished", pgettext_lazy("round", "finished")
    CANCELLED = "cancelled", pgettext_lazy("round", "cancelled")


ROUND = Lifecycle(
    Step("open", (RoundState.PLANNED,), RoundState.OPEN),
    Step("begin_assessment", (RoundState.OPEN,), RoundState.ASSESSING),
    Step("finish", (RoundState.ASSESSING,), RoundState.FINISHED),
    Step("cancel", (RoundState.PLANNED, RoundState.OPEN), RoundState.CANCELLED),
)


class ApplicationState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("application", "draft")
    SUBMITTED = "submitted", pgettext_lazy("application", "submitted")
    RETURNED = "returned", pgettext_lazy("application", "returned for information")
    IN_REVIEW = "in_review", pgettext_lazy("application", "in assessment")
    ASSESSED = "assessed", pgettext_lazy("application", "assessed")
    RECOMMENDED = "recommended", pgettext_lazy("application", "recommended by the subcommittee")
    IN_PRINCIPLE = "in_principle", pgettext_lazy("application", "approved in principle, to be revised")
    AWARDED = "awarded", pgettext_lazy("application", "awarded")
    DECLINED = "declined", pgettext_lazy("application", "not awarded")
    INELIGIBLE = "ineligible", pgettext_lazy("application", "not eligible")
    WITHDRAWN = "withdrawn", pgettext_lazy("application", "withdrawn")


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
    # A resolution was corrected, or an appeal allowed: the body considers the application again, with or without its recommendation.
    Step("reconsider", (_S.RECOMMENDED, _S.AWARDED, _S.DECLINED, _S.IN_PRINCIPLE), _S.ASSESSED),
    Step("reconsider_recommended", (_S.AWARDED, _S.DECLINED, _S.IN_PRINCIPLE), _S.RECOMMENDED),
)


class AssignmentState(models.TextChoices):
    ASSIGNED = "assigned", pgettext_lazy("sheet", "to be declared")
    OPEN = "open", pgettext_lazy("sheet", "open")
    SUBMITTED = "submitted", pgettext_lazy("sheet", "handed in")
    REOPENED = "reopened", pgettext_lazy("sheet", "reopened")
    RECUSED = "recused", pgettext_lazy("sheet", "recused")
    WITHDRAWN = "withdrawn", pgettext_lazy("sheet", "withdrawn")


_A = AssignmentState

ASSIGNMENT = Lifecycle(
    Step("declare_none", (_A.ASSIGNED,), _A.OPEN),
    Step("declare_conflict", (_A.ASSIGNED, _A.OPEN, _A.SUBMITTED, _A.REOPENED), _A.RECUSED),
    Step("submit", (_A.OPEN, _A.REOPENED), _A.SUBMITTED),
    Step("reopen", (_A.SUBMITTED,), _A.REOPENED),
    Step("withdraw", (_A.ASSIGNED, _A.OPEN), _A.WITHDRAWN),
)
