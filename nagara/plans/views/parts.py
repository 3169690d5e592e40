"""The lists of a project, each on a page of its own: milestones, money, partners, risks. One column, row after row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nagara.plans.actions import parts
from nagara.plans.actions.projects import ChangedMeanwhile
from nagara.plans.forms import BudgetForm, MilestoneForm, PartnerForm, RiskForm
from nagara.plans.models import BudgetLine, Milestone, Partner, Project, Risk
from nagara.plans.views.common import project_to_edit, say, to_project, user_of
from nagara.toolkit.days import year_text
from nagara.toolkit.refusal import Refusal

Initial = dict[str, Any]


def _milestone(row: Milestone) -> Initial:
    return {name: getattr(row, name) for name in ("code", "title", "planned_on", "forecast_on", "actual_on", "note")}


def _money(row: BudgetLine) -> Initial:
    year = year_text(row.year) if row.year else ""
    return {"origin": row.origin, "kind": row.kind, "year": year, "amount": row.amount, "currency": row.currency}


def _partner(row: Partner) -> Initial:
    return {"role": row.role, "organisation": row.organisation.code if row.organisation else "", "name": row.name}


def _risk(row: Risk) -> Initial:
    return {name: getattr(row, name) for name in ("text", "likelihood", "impact", "owner", "response", "state")}


@dataclass(frozen=True)
class Kind:
    """One list of a project: its words, its form, where its rows are and the action that keeps them."""

    title: str | Promise
    one: str | Promise
    form: type[Any]
    rows: Callable[[Project], Any]
    initial: Callable[[Any], Initial]
    keep: Callable[..., Project]


KINDS = {
    "milestones": Kind(
        gettext_lazy("Milestones"),
        gettext_lazy("Milestone"),
        MilestoneForm,
        lambda p: p.milestones.all(),
        _milestone,
        parts.keep_milestones,
    ),
    "money": Kind(gettext_lazy("Money"), gettext_lazy("Amount"), BudgetForm, lambda p: p.budget.all(), _money, parts.keep_budget),
    "partners": Kind(
        gettext_lazy("Partners"),
        gettext_lazy("Partner"),
        PartnerForm,
        lambda p: p.partners.select_related("organisation"),
        _partner,
        parts.keep_partners,
    ),
    "risks": Kind(gettext_lazy("Risks"), gettext_lazy("Risk"), RiskForm, lambda p: p.risks.all(), _risk, parts.keep_risks),
}


class Rows(BaseFormSet):
    """Rows with a tick to take one out. An untouched row at the end is no row."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Take this row out")

    def kept(self) -> list[Any]:
        return [form.row() for form in self.forms if (form.initial or form.has_changed()) and form not in self.deleted_forms]


def edit(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    project = project_to_edit(request, pk)
    if kind not in KINDS:
        raise Http404
    what = KINDS[kind]
    held = [what.initial(row) for row in what.rows(project)]
    factory = formset_factory(what.form, formset=Rows, extra=1, can_delete=True, max_num=200)
    posted = request.POST if request.method == "POST" else None
    rows: Any = factory(posted, initial=held, prefix="row")
    revision = int(posted.get("revision") or 0) if posted else project.revision
    refused: Refusal | None = None
    clash = False
    if posted and rows.is_valid():
        try:
            what.keep(project, rows=rows.kept(), revision=revision, by=user_of(request), at=timezone.now())
        except ChangedMeanwhile as changed:
            refused, clash, revision = changed, True, changed.project.revision
        except Refusal as refusal:
            refused = refusal
        else:
            say(request, _("Saved."))
            return to_project(project)
    context = {
        "project": project,
        "kind": kind,
        "what": what,
        "rows": rows,
        "revision": revision,
        "refused": refused,
        "clash": clash,
        "now": [what.form(initial=row, prefix=f"now{number}") for number, row in enumerate(held)] if clash else [],
    }
    return render(request, "plans/parts.html", context, status=409 if clash else 422 if refused or rows.total_error_count() else 200)
