"""How files come in: told apart from too large ones before they travel, watched while they do, checked in the form."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _

from nagara.documents.files import check_upload, cut, too_large
from nagara.documents.kinds import EVIDENCE_KINDS, KINDS, labels, megabytes, suffixes
from nagara.toolkit.middleware import answer_refusal
from nagara.toolkit.numbers import whole
from nagara.toolkit.refusal import Refusal

ROOM_FOR_WORDS = 2 * 1024 * 1024
"""What a form may hold beside its file."""

MOST_DRAINED = 256 * 1024 * 1024
"""A browser shows the answer to a body that is too large only if somebody reads the body: that much is read and thrown away."""


class _Watched:
    """A request's body on its way in: how much of it came, and whether its end did."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0
        self.tail = b""

    def _seen(self, piece: bytes) -> bytes:
        self.count += len(piece)
        self.tail = (self.tail + piece)[-256:]
        return piece

    def read(self, *size: int) -> bytes:
        return self._seen(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._seen(self._stream.readline(*size))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class UploadMiddleware:
    """Stands before whatever reads the body: a body that is too large is refused by its announced length, unread.

    Where our script sends a form, a redirect is answered as the address to go to, so that the script and not the
    request inside it follows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.content_type == "multipart/form-data":
            length = _length(request)
            if length > settings.MAX_UPLOAD_BYTES + ROOM_FOR_WORDS:
                _drain(request, length)
                response = answer_refusal(request, too_large(length))
                response["Connection"] = "close"
                return response
            request._stream = _Watched(request._stream)  # type: ignore[assignment]
        answer = self.get_response(request)
        if request.headers.get("Nagara-Upload") and answer.status_code in (301, 302, 303):
            return JsonResponse({"location": answer["Location"]})
        return answer

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Read the form. A file that broke off in the middle is handed to the form as what it is, so that its words are kept."""
        stream = getattr(request, "_stream", None)
        if not isinstance(stream, _Watched):
            return None
        try:
            files = request.FILES
        except UnreadablePostError:  # the sender has gone
            return answer_refusal(request, cut())
        if _whole(request, stream):
            return None
        broken = [handler for handler in request.upload_handlers if isinstance(handler, WatchedUploadHandler) and handler.unfinished]
        if not broken:
            return answer_refusal(request, cut())
        for handler in broken:
            files.appendlist(handler.field_name, handler.file)
        return None


def _whole(request: HttpRequest, stream: _Watched) -> bool:
    """Did as much arrive as was announced, and does it end with the last boundary?"""
    boundary = (request.content_params or {}).get("boundary", "")
    return stream.count == _length(request) and f"--{boundary}--".encode() in stream.tail


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _drain(request: HttpRequest, length: int) -> None:
    left = min(length, MOST_DRAINED)
    try:
        while left > 0 and (piece := request.read(min(left, 1 << 18))):
            left -= len(piece)
    except OSError:  # the sender has gone: nobody waits for an answer
        return


class WatchedUploadHandler(TemporaryFileUploadHandler):
    """Writes to the disk as it comes, never to the memory, and knows of a file that broke off."""

    unfinished = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.unfinished = True

    def file_complete(self, file_size: int) -> Any:
        self.unfinished = False
        return super().file_complete(file_size)

    def upload_complete(self) -> None:
        if self.unfinished:
            self.file.whole = False  # type: ignore[attr-defined]


class UploadInput(forms.ClearableFileInput):
    """A file input whose limits stand before the button and whose file is checked in the browser before it travels."""

    template_name = "documents/upload_input.html"

    def __init__(self, *, kinds: frozenset[str] = EVIDENCE_KINDS, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "ng-input", **(attrs or {})})
        self.kinds = kinds

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        endings = suffixes(self.kinds)
        context["widget"]["attrs"] |= {
            "accept": ",".join(endings),
            "data-upload": "",
            "data-most": most_bytes(self.kinds),
            "aria-describedby": f"{attrs['id']}_limits" if attrs and "id" in attrs else "",
        }
        return context | {"limits": limits(self.kinds), "messages": messages(self.kinds)}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        upload = files.get(name)
        if isinstance(upload, UploadedFile):
            announce(upload, data.get(f"{name}-digest", ""), data.get(f"{name}-size", ""))
        return upload

    class Media:
        js = ("documents/upload.js",)


def announce(upload: UploadedFile, digest: str, size: str) -> None:
    """Note on the upload what the browser said of the file before it sent it."""
    upload.announced_digest = digest  # type: ignore[attr-defined]
    upload.announced_size = whole(size)  # type: ignore[attr-defined]


def limits(kinds: frozenset[str]) -> str:
    """What is taken, in words, to stand before the button."""
    return _("%(kinds)s; up to %(most)s.") % {"kinds": labels(kinds), "most": megabytes(most_bytes(kinds))}


def most_bytes(kinds: frozenset[str]) -> int:
    """The largest file of any of these kinds."""
    return min(settings.MAX_UPLOAD_BYTES, max(KINDS[kind].most_bytes or settings.MAX_UPLOAD_BYTES for kind in kinds))


def messages(kinds: frozenset[str]) -> dict[str, str]:
    """What the script says, in the language of the page."""
    return {
        "too-large": _("The file has {size}. At most {most} are taken."),
        "wrong-kind": _("Files that end in “{suffix}” are not taken here. Taken: {kinds}.").replace("{kinds}", labels(kinds)),
        "not-that-kind": _("The name ends in “{suffix}”, but the content is something else."),
        "empty": _("The file is empty."),
        "checking": _("Checking {name} …"),
        "ready": _("{name} · {size} · ready to send"),
        "sending": _("Sending: {done} of {size}"),
        "sent": _("Sent. The server is checking the file …"),
        "lost": _("The connection was lost. Trying again in {seconds} seconds. What you wrote is kept."),
        "gave-up": _("The connection does not come back. What you wrote is kept: press the button again later."),
    }


class UploadField(forms.FileField):
    """A file, checked by size and content; `cleaned_data` holds the upload for `files.keep`."""

    def __init__(self, *, kinds: frozenset[str] = EVIDENCE_KINDS, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UploadInput(kinds=kinds))
        super().__init__(**kwargs)
        self.kinds = kinds

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        try:
            check_upload(data, kinds=self.kinds)
        except Refusal as refusal:
            raise ValidationError(
                " ".join(part for part in (refusal.message, refusal.rule, refusal.next_step) if part), code=refusal.code
            ) from None
        return data


__all__ = ["UploadField", "UploadInput", "UploadMiddleware", "WatchedUploadHandler", "announce", "cut", "limits", "messages"]
