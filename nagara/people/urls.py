"""Addresses of this part."""

from django.urls import path

from nagara.people.views import account, signing_in

app_name = "people"
urlpatterns = [
    path("account", account.account, name="account"),
    path("account/confirm", signing_in.confirm, name="confirm"),
    path("account/again", signing_in.again, name="again"),
    path("people/invitations/<str:token>", signing_in.invitation, name="invitation"),
    path("people/demo/<int:pk>", signing_in.demo_sign_in, name="demo_sign_in"),
]
