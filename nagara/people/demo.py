"""Sign-ins of the demonstration, named by role. A real installation has no row of them, and so no such door."""

import time

from allauth.account.models import EmailAddress
from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db import transaction

from nagara.people.models import DemoSignIn, Person, User
from nagara.toolkit.texts import Texts


@transaction.atomic
def make_sign_in(email: str, *, label: Texts, task: Texts, position: int, person: Person | None = None, language: str = "th") -> User:
    """An account without a password that opens from the sign-in page, with an authenticator as a real one has it.

    `label` names it by its role; `task` says in one sentence what to try. Safe to call again: the account is found by its
    address. Its roles are given by `actions.grant_role(…, by=System("demo"))`.
    """
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email, person=person, language=language)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sign_in = DemoSignIn.objects.filter(user=user).first()
    if sign_in is None:
        secret = generate_totp_secret()
        TOTP.activate(user, secret)
        DemoSignIn.objects.create(user=user, label=label, task=task, position=position, totp_secret=secret)
    else:
        sign_in.label, sign_in.task, sign_in.position = label, task, position
        sign_in.save(update_fields=["label", "task", "position"])
    return user


def code_now(user: User) -> str | None:
    """The code that the authenticator of a demonstration account shows now, and that has not been used; None for a real account.

    A code works once. Where it has been used, the next one is shown: a clock may be one step ahead.
    """
    sign_in = DemoSignIn.objects.filter(user=user).first()
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if sign_in is None or authenticator is None:
        return None
    step = int(time.time()) // mfa.TOTP_PERIOD
    codes = [format_hotp_value(hotp_value(sign_in.totp_secret, step + ahead)) for ahead in (0, 1, -1)]
    used = authenticator.wrap()._get_used_cache_key
    return next((code for code in codes if used(code) not in cache), None)
