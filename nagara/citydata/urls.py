"""Addresses of pages."""

from django.urls import path

from nagara.citydata.views import bindings, datasets, endpoints, entities, loads, sources, spaces

app_name = "citydata"
urlpatterns = [
    path("data-spaces", spaces.index, name="index"),
    path("data-spaces/new", spaces.new, name="new"),
    path("data-spaces/<slug:slug>", spaces.space, name="space"),
    path("data-spaces/<slug:slug>/describe", spaces.describe, name="describe"),
    path("data-spaces/<slug:slug>/keys", spaces.keys, name="keys"),
    path("data-spaces/<slug:slug>/keys/<slug:key>/revoke", spaces.revoke_key, name="revoke_key"),
    path("data-spaces/<slug:slug>/sources", sources.index, name="sources"),
    path("data-spaces/<slug:slug>/sources/<int:pk>/<slug:verb>", sources.step, name="step_source"),
    path("data-spaces/<slug:slug>/tables", loads.begin, name="loads"),
    path("data-spaces/<slug:slug>/tables/<int:pk>", loads.load, name="load"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/state", loads.state, name="load_state"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/load", loads.send, name="send_load"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/give-up", loads.give_up, name="give_up_load"),
    path("data-spaces/<slug:slug>/tables/<int:pk>/faults.csv", loads.faults_csv, name="load_faults"),
    path("data-spaces/<slug:slug>/datasets/new", datasets.edit, name="new_dataset"),
    path("data-spaces/<slug:slug>/datasets/<slug:dataset>", datasets.dataset, name="dataset"),
    path("data-spaces/<slug:slug>/datasets/<slug:dataset>/edit", datasets.edit, name="edit_dataset"),
    path("data-spaces/<slug:slug>/datasets/<slug:dataset>/publish", datasets.publish, name="publish_dataset"),
    path("data-spaces/<slug:slug>/datasets/<slug:dataset>/withdraw", datasets.withdraw, name="withdraw_dataset"),
    path("data-spaces/<slug:slug>/endpoints/new", endpoints.new, name="new_endpoint"),
    path("data-spaces/<slug:slug>/endpoints/<int:pk>", endpoints.endpoint, name="endpoint"),
    path("data-spaces/<slug:slug>/endpoints/<int:pk>/probe", endpoints.probe, name="probe"),
    path("data-spaces/<slug:slug>/endpoints/<int:pk>/end", endpoints.end, name="end_endpoint"),
    path("data-spaces/<slug:slug>/indicators", bindings.index, name="bindings"),
    path("data-spaces/<slug:slug>/indicators/new", bindings.edit, name="new_binding"),
    path("data-spaces/<slug:slug>/indicators/<int:pk>", bindings.binding, name="binding"),
    path("data-spaces/<slug:slug>/indicators/<int:pk>/edit", bindings.edit, name="edit_binding"),
    path("data-spaces/<slug:slug>/indicators/<int:pk>/end", bindings.end, name="end_binding"),
    path("data-spaces/<slug:slug>/values/<int:pk>", bindings.value, name="value"),
    path("data-spaces/<slug:slug>/entities", entities.entities, name="entities"),
    path("data-spaces/<slug:slug>/entities/<path:id>", entities.entity, name="entity"),
]
