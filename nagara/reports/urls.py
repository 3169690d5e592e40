"""Addresses of pages."""

from django.urls import path

from nagara.reports.views import office, papers, public, reconciliation

app_name = "reports"
urlpatterns = [
    path("reports", public.index, name="reports"),
    path("reports/reconciliation", reconciliation.reconciliation, name="reconciliation"),
    path("reports/preview", office.preview, name="preview"),
    path("reports/freeze", office.freeze, name="freeze"),
    path("reports/<slug:number>", public.report, name="report"),
    path("reports/<slug:number>/correct", office.correct, name="correct"),
    path("reports/<slug:number>/paper.<slug:form>", papers.paper, name="paper"),
    path("reports/<slug:number>/members", public.members, name="members"),
    path("reports/<slug:number>/rows", public.rows, name="rows"),
    path("reports/<slug:number>/rows/<slug:kind>/<int:position>", public.row, name="row"),
]
