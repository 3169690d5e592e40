"""Addresses of this part."""

from django.urls import URLPattern, path

from nagara.assessment.views import assessing, office, rounds, team

app_name = "assessment"
urlpatterns: list[URLPattern] = [
]
