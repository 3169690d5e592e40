"""Addresses of this part."""

from django.urls import path, re_path

from nagara.recognition.views import public

app_name = "recognition"
urlpatterns = [
    path("verify", public.verify, name="ask"),
    path("verify/<str:number>.json", public.verify_data, name="verify_data"),
    path("verify/<str:number>/slip.pdf", public.verify_slip, name="slip"),
    re_path(r"^verify/(?P<number>[^/]+)/certificate-(?P<lang>th|en)\.pdf$", public.certificate_paper, name="paper"),
    path("verify/<str:number>", public.verify_number, name="verify"),
]
