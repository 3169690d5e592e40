"""Addresses of this part."""

from django.urls import path, re_path

from nagara.recognition.views import business, public, register

app_name = "recognition"

_ROW = "recognitions/<int:pk>"
_PROPOSAL = "recognitions/proposals/<int:pk>"
_APPEAL = "recognitions/appeals/<int:pk>"

urlpatterns = [
    path("verify", public.verify, name="ask"),
    path("verify/<str:number>.json", public.verify_data, name="verify_data"),
    path("verify/<str:number>/slip.pdf", public.verify_slip, name="slip"),
    re_path(r"^verify/(?P<number>[^/]+)/certificate-(?P<lang>th|en)\.pdf$", public.certificate_paper, name="paper"),
    path("verify/<str:number>", public.verify_number, name="verify"),
    path("recognitions", register.register, name="register"),
    path("recognitions/expiring", register.expiring, name="expiring"),
    path("recognitions/sign", register.sign, name="sign"),
    path("recognitions/certificates/<str:number>/reissue", register.reissue_certificate, name="reissue"),
    path(_ROW, register.recognition, name="recognition"),
    path(f"{_ROW}/hand-over", register.present, name="present"),
    path(f"{_ROW}/propose/<str:business>", business.propose, name="propose"),
    path(f"{_ROW}/renew", business.renew, name="renew"),
    path(f"{_ROW}/appeal", business.lodge_appeal, name="lodge"),
    path("recognitions/designate", business.designate, name="designate"),
    path("recognitions/proposals", business.proposals, name="proposals"),
    path(_PROPOSAL, business.proposal, name="proposal"),
    path(f"{_PROPOSAL}/agenda", business.proposal_to_agenda, name="proposal_to_agenda"),
    path(f"{_PROPOSAL}/take-up", business.take_up, name="take_up"),
    path(f"{_PROPOSAL}/return", business.return_to_area, name="return"),
    path(f"{_PROPOSAL}/again", business.ask_again, name="ask_again"),
    path(f"{_PROPOSAL}/withdraw", business.withdraw_proposal, name="withdraw_proposal"),
    path("recognitions/appeals", business.appeals, name="appeals"),
    path("recognitions/appeals/of-application/<int:pk>", business.lodge_appeal_of_application, name="lodge_for_application"),
    path(_APPEAL, business.appeal, name="appeal"),
    path(f"{_APPEAL}/agenda", business.appeal_to_agenda, name="appeal_to_agenda"),
    path(f"{_APPEAL}/withdraw", business.withdraw_appeal, name="withdraw_appeal"),
]
