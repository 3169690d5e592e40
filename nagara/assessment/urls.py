"""Addresses of this part."""

from django.urls import URLPattern, path

from nagara.assessment.views import assessing, team

app_name = "assessment"
urlpatterns: list[URLPattern] = [
    path("applications/<int:pk>", team.application, name="application"),
    path("applications/<int:pk>/feedback", team.feedback, name="feedback"),
    path("assess", assessing.assess, name="assess"),
    path("assess/<int:pk>", assessing.sheet, name="sheet"),
    path("assess/<int:pk>/declare", assessing.declare, name="declare"),
    path("assess/<int:pk>/hand-in", assessing.hand_in, name="hand_in"),
    path("assess/<int:pk>/panel", assessing.panel, name="panel"),
    path("assess/<int:pk>/documents/<int:evidence>", assessing.document, name="assessed_document"),
    path("assess/<int:pk>/<str:key>", assessing.score, name="score"),
    path("assess/<int:pk>/<str:key>/ask", assessing.ask, name="ask"),
    path("rounds/<slug:slug>/appointment", assessing.appointment, name="appointment"),
]
