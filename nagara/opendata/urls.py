"""Addresses of data. They have no language: a file holds both."""

from django.urls import path

from nagara.opendata.views import files, network, projects, values

app_name = "opendata"
urlpatterns = [
    path("register.csv", files.register_csv, name="register_csv"),
    path("register.json", files.register_json, name="register_json"),
    path("areas/<slug:slug>.csv", files.area_csv, name="area_csv"),
    path("areas/<slug:slug>.json", files.area_json, name="area_json"),
    path("resolutions.csv", files.resolutions_csv, name="resolutions_csv"),
    path("resolutions.json", files.resolutions_json, name="resolutions_json"),
    path("figures.csv", files.figures_csv, name="figures_csv"),
    path("figures.json", files.figures_json, name="figures_json"),
    path("projects.csv", projects.projects_csv, name="projects_csv"),
    path("projects.json", projects.projects_json, name="projects_json"),
    path("oc4ids.json", projects.oc4ids_json, name="oc4ids"),
    path("cities/<slug:slug>/projects.csv", projects.projects_csv, name="city_projects_csv"),
    path("cities/<slug:slug>/projects.json", projects.projects_json, name="city_projects_json"),
    path("cities/<slug:slug>/oc4ids.json", projects.oc4ids_json, name="city_oc4ids"),
    path("cities/<slug:slug>/plan.json", projects.plan, name="city_plan_json"),
    path("values.csv", values.values_csv, name="values_csv"),
    path("values.json", values.values_json, name="values_json"),
    path("values.sdmx.csv", values.values_sdmx, name="values_sdmx"),
    path("cities/<slug:slug>/values.csv", values.values_csv, name="city_values_csv"),
    path("cities/<slug:slug>/values.json", values.values_json, name="city_values_json"),
    path("networks/<slug:code>/members.csv", network.members_csv, name="members_csv"),
    path("networks/<slug:code>/members.json", network.members_json, name="members_json"),
    path("networks/<slug:code>/nominations.csv", network.nominations_csv, name="nominations_csv"),
    path("networks/<slug:code>/nominations.json", network.nominations_json, name="nominations_json"),
    path("provinces.geojson", files.provinces_geojson, name="provinces_geojson"),
]
