"""Addresses of this part."""

from django.urls import path

from nagara.rulebook import views

app_name = "rulebook"
urlpatterns = [
    path("criteria", views.criteria, name="criteria"),
    path("criteria/<slug:programme>/<str:day>.json", views.as_json, name="json"),
    path("criteria/<slug:programme>/<str:day>.yaml", views.as_yaml, name="yaml"),
    path("criteria/<slug:programme>/<str:day>", views.edition, name="edition"),
]
