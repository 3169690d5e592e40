"""Addresses for machines. They have no language."""

from django.urls import path

from nagara.citydata.views import machine
from nagara.citydata.views.notify import notify

app_name = "citydata_machine"
urlpatterns = [
    path("catalogue.<slug:ending>", machine.catalogue, name="catalogue"),
    path("api/3/action/<slug:name>", machine.action, name="action"),
    path("api/action/<slug:name>", machine.action, name="action_unversioned"),
    path("data-spaces/<slug:slug>/catalogue.<slug:ending>", machine.catalogue, name="space_catalogue"),
    path("data-spaces/<slug:slug>/api/3/action/<slug:name>", machine.action, name="space_action"),
    path("data-spaces/<slug:slug>/api/action/<slug:name>", machine.action, name="space_action_unversioned"),
    path("data-spaces/<slug:slug>/sources/<int:pk>/notify", notify, name="notify"),
    path("data-spaces/<slug:slug>/datasets/<slug:dataset>.<slug:ending>", machine.download, name="download"),
]
