"""What the shell of every page needs: where the other language is, which entries the menu has, is this the demonstration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils import timezone

from nagara.web.menu import entries


def shell(request: HttpRequest) -> dict[str, Any]:
    address = request.get_full_path()
    return {
        "address_th": translate_url(address, "th"),
        "address_en": translate_url(address, "en"),
        "site_address": settings.SITE_ADDRESS,
        "menu": entries(request),
        "theme": request.COOKIES.get("theme", "light"),
        "server_now": timezone.now(),
    }
