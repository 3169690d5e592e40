"""Addresses of pages."""

from django.urls import path

from nagara.citydata.views import entities, loads, spaces

app_name = "citydata"
urlpatterns = [
    path("data-spaces", spaces.index, name="index"),
    path("data-spaces/new", spaces.new, name="new"),
    path("data-spaces/<slug:slug>", spaces.space, name="space"),
    path("data-spaces/<slug:slug>/describe", spaces.describe, name="describe"),
    path("data-spaces/<slug:slug>/keys", spaces.keys, name="keys"),
    path("data-spaces/<slug:slug>/keys/<slug:key>/revoke", spaces.revoke_key, name="revoke_key"),
    path("data-spaces/<slug:slug>/tables", loads.begin, name="loads"),
    path("data-spaces/<slug:slug>/tables/<int:pk>", loads.load, name="load"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/state", loads.state, name="load_state"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/load", loads.send, name="send_load"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/give-up", loads.give_up, name="give_up_load"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/faults.csv", loads.faults_csv, name="load_faults"),
    path("data-spaces/<slug:slug>/entities", entities.entities, name="entities"),
    path("data-spaces/<slug:slug>/entities/<path:id>", entities.entity, name="entity"),
]
