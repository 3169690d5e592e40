"""Addresses of data. They have no language: a file holds both."""

from django.urls import path

from nagara.opendata.views import files

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
    path("provinces.geojson", files.provinces_geojson, name="provinces_geojson"),
]
