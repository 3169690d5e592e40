"""Plans, projects, money and imports."""

from nagara.plans.models.imports import SheetImport
from nagara.plans.models.plan import ActionPlan, PlanFocus, PlanVersion, PriorityProject, Target
from nagara.plans.models.project import (
    BudgetLine,
    ExchangeRate,
    Milestone,
    MoneyKind,
    Partner,
    Photo,
    Project,
    ProjectFocus,
    Risk,
    StageChange,
    StageSpan,
)

__all__ = [
    "ActionPlan",
    "BudgetLine",
    "ExchangeRate",
    "Milestone",
    "MoneyKind",
    "Partner",
    "Photo",
    "PlanFocus",
    "PlanVersion",
    "PriorityProject",
    "Project",
    "ProjectFocus",
    "Risk",
    "SheetImport",
    "StageChange",
    "StageSpan",
    "Target",
]
