"""Who visits a closed page."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from nagara.people.models import User


def visitor(request: HttpRequest) -> User:
    """The account of a page that is closed to strangers."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
