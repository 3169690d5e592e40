"""What programs and wallets read, without sign-in, from any origin: credentials, status lists, the issuer and its keys."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from nagara.recognition import credential, jws, keys
from nagara.recognition.certificates import criteria_in_words
from nagara.recognition.models import Certificate, Recognition
from nagara.rulebook.keep import kept
from nagara.rulebook.models import Edition
from nagara.toolkit.pages import open_page


def _open(response: HttpResponse, *, seconds: int = 300) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={seconds}"
    return response


def _json(body: dict[str, Any], *, kind: str = "application/json", seconds: int = 300) -> HttpResponse:
    return _open(JsonResponse(body, json_dumps_params={"ensure_ascii": False}, content_type=kind), seconds=seconds)


def _certificate(number: str) -> Certificate:
    found = Certificate.objects.filter(number=number).first()
    if found is None:
        raise Http404
    return found


@open_page
@require_safe
def credential_jwt(request: HttpRequest, number: str) -> HttpResponse:
    """The signed credential, as it was issued."""
    return _open(HttpResponse(_certificate(number).credential, content_type="application/vc+jwt"))


@open_page
@require_safe
def credential_json(request: HttpRequest, number: str) -> HttpResponse:
    """What the credential says, for reading: the signature is on the other address."""
    return _json(jws.read(_certificate(number).credential)[1])


@open_page
@require_safe
def status_list(request: HttpRequest, purpose: str) -> HttpResponse:
    """The list of today, signed now."""
    if purpose not in credential.PURPOSES:
        raise Http404
    now = timezone.now()
    key = keys.ensure(at=now)
    body = credential.status_list(purpose, at=now)
    token = jws.sign({**body, "iss": credential.did(), "jti": body["id"]}, key=key, kid=credential.kid_of(key), typ="vc+jwt")
    return _open(HttpResponse(token, content_type="application/vc+jwt"), seconds=int(credential.LIST_AGE.total_seconds()))


@open_page
@require_safe
def issuer(request: HttpRequest) -> HttpResponse:
    return _json({"@context": credential.CONTEXT, **credential.issuer()})


@open_page
@require_safe
def achievement(request: HttpRequest, tier: str, edition: date) -> HttpResponse:
    """What is certified, by tier and edition of the criteria."""
    row = Edition.objects.filter(in_force=edition, recognitions__tier=tier).first()
    if row is None:
        raise Http404
    words = criteria_in_words(kept(row))
    return _json({"@context": credential.CONTEXT, **credential.achievement(Recognition(tier=tier, edition=row), words)})


@open_page
@require_safe
def did_document(request: HttpRequest) -> HttpResponse:
    return _json(credential.did_document(), kind="application/did+json")


@open_page
@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    return _json(credential.key_set(), kind="application/jwk-set+json")
