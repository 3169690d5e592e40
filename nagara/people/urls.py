"""Addresses of this part."""

from django.urls import path

from nagara.people.views import account, signing_in

app_name = "people"
urlpatterns = [
    path("account", account.account, name="account"),
    path("account/name", account.name, name="name"),
    path("account/preferences", account.preferences, name="preferences"),
    path("account/sign-out-everywhere", account.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/notices", account.notices, name="notices"),
    path("account/notices/read", account.read_all_notices, name="read_all_notices"),
    path("account/notices/<int:pk>/read", account.read_notice, name="read_notice"),
    path("account/confirm", signing_in.confirm, name="confirm"),
    path("account/again", signing_in.again, name="again"),
    path("people/invitations/<str:token>", signing_in.invitation, name="invitation"),
    path("people/demo/<int:pk>", signing_in.demo_sign_in, name="demo_sign_in"),
]
