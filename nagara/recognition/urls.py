"""Addresses of this part."""

from django.urls import URLPattern

app_name = "recognition"
urlpatterns: list[URLPattern] = []
