"""Addresses of this part."""

from django.urls import path

from nagara.people import views

app_name = "people"
urlpatterns = [
    path("account", views.account, name="account"),
]
