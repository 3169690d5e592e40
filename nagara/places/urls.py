"""Addresses of this part."""

from django.urls import path

from nagara.places.views import areas, boundary

app_name = "places"
urlpatterns = [
    path("places", areas.areas, name="areas"),
    path("places/add", areas.add, name="add"),
    path("areas/<slug:slug>/edit", areas.edit, name="edit"),
    path("areas/<slug:slug>/edit/former-name", areas.add_former_name, name="add_former_name"),
    path("areas/<slug:slug>/edit/population", areas.set_population, name="set_population"),
    path("areas/<slug:slug>/boundary", boundary.boundary, name="boundary"),
    path("areas/<slug:slug>/boundary/accept", boundary.accept, name="accept"),
    path("areas/<slug:slug>/boundary.geojson", boundary.geojson, name="geojson"),
]
