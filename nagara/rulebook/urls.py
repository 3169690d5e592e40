"""Addresses of this part."""

from django.urls import URLPattern

app_name = "rulebook"
urlpatterns: list[URLPattern] = []
