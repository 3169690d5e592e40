"""Addresses of data, without a language."""

from django.urls import URLPattern

app_name = "plans_data"
urlpatterns: list[URLPattern] = []
