"""Visitors of the tests: signed in, and with a second factor shown just now where the page asks for one."""

import time

from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY, AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from nagara.people.models import User


def come_in(user: User, *, confirmed: bool = False) -> Client:
    """A browser in which `user` is signed in; `confirmed`: has shown a second factor just now."""
    client = Client()
    client.force_login(user)
    if confirmed:
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
        session.save()
    return client
