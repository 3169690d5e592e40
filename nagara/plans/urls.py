"""Addresses of pages."""

from django.urls import path

from nagara.plans.views import editing, imports, listing, parts, photos, plan, progress, project, rates

app_name = "plans"
urlpatterns = [
    path("projects", listing.projects, name="projects"),
    path("projects/new", editing.new, name="new"),
    path("projects/export.xlsx", imports.export_xlsx, name="export"),
    path("projects/template.xlsx", imports.template_xlsx, name="template"),
    path("projects/rates", rates.rates, name="rates"),
    path("projects/import", imports.begin, name="imports"),
    path("projects/import/<int:pk>", imports.sheet, name="import"),
    path("projects/import/<int:pk>/state", imports.state, name="import_state"),
    path("projects/import/<int:pk>/load", imports.load, name="load_import"),
    path("projects/import/<int:pk>/give-up", imports.give_up, name="give_up_import"),
    path("projects/import/<int:pk>/faults.xlsx", imports.faults_xlsx, name="faults_xlsx"),
    path("projects/import/<int:pk>/faults.csv", imports.faults_csv, name="faults_csv"),
    path("projects/<int:pk>/edit", editing.edit, name="edit"),
    path("projects/<int:pk>/stage", editing.stage, name="stage"),
    path("projects/<int:pk>/leave", editing.leave, name="leave"),
    path("projects/<int:pk>/photos", photos.add, name="photos"),
    path("projects/<int:pk>/<slug:kind>", parts.edit, name="parts"),
    path("photos/<int:pk>.jpg", project.photo, name="photo"),
    path("photos/<int:pk>", photos.confirm, name="confirm_photo"),
    path("photos/<int:pk>/withdraw", photos.withdraw, name="withdraw_photo"),
    path("plans", listing.plans, name="plans"),
    path("plans/<int:pk>/edit", plan.edit_plan, name="edit_plan"),
    path("plans/<int:pk>/adopt", plan.adopt_plan, name="adopt_plan"),
    path("cities/<slug:slug>/plan", plan.plan, name="plan"),
    path("cities/<slug:slug>/plan/compare", plan.compare, name="compare"),
    path("cities/<slug:slug>/plan/draft", plan.start_draft, name="start_draft"),
    path("cities/<slug:slug>/milestones", progress.milestones, name="progress"),
    path("cities/<slug:slug>/projects/<str:key>", project.project, name="project"),
]
