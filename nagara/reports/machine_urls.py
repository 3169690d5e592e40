"""Addresses of data. They have no language: a file holds both."""

from django.urls import path

from nagara.reports.views import files

app_name = "report-data"
urlpatterns = [
    path("reports/<slug:number>.json", files.document_json, name="json"),
    path("reports/<slug:number>.csv", files.figures_csv, name="csv"),
    path("reports/<slug:number>/projects.csv", files.projects_csv, name="projects_csv"),
    path("reports/<slug:number>/values.csv", files.values_csv, name="values_csv"),
]
