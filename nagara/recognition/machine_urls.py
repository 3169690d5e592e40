"""Addresses that programs keep: without a language, and never moved."""

from django.urls import path, register_converter

from nagara.recognition.views import machine
from nagara.toolkit.converters import DayConverter

register_converter(DayConverter, "day")

app_name = "credentials"
urlpatterns = [
    path(".well-known/did.json", machine.did_document, name="did"),
    path(".well-known/jwks.json", machine.key_set, name="keys"),
    path("credentials/issuer", machine.issuer, name="issuer"),
    path("credentials/status/<str:purpose>", machine.status_list, name="status"),
    path("credentials/achievements/<str:tier>/<day:edition>", machine.achievement, name="achievement"),
    path("credentials/<str:number>.json", machine.credential_json, name="json"),
    path("credentials/<str:number>", machine.credential_jwt, name="jwt"),
]
