"""What a camera wrote into a photograph, and the same picture without any of it."""

import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from nagara.toolkit.refusal import Refusal

LONGEST = 1920
"""Pixels of the longer side of a published picture."""

_MOST_PIXELS = 80_000_000


@dataclass(frozen=True)
class Written:
    """The day and the point that a camera wrote; None where it wrote none that can be read."""

    taken_on: date | None = None
    latitude: float | None = None
    longitude: float | None = None


def written(file: BinaryIO) -> Written:
    with _open(file) as picture:
        exif = picture.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        stamp = inner.get(ExifTags.Base.DateTimeOriginal) or inner.get(ExifTags.Base.DateTimeDigitized) or exif.get(ExifTags.Base.DateTime)
        latitude, longitude = _point(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return Written(_day(stamp), latitude, longitude)


def clean_copy(file: BinaryIO) -> bytes:
    """The picture as a JPEG that holds pixels and nothing else: upright, at most `LONGEST` pixels, no place, no camera, no name."""
    with _open(file) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((LONGEST, LONGEST))
        bare = Image.new("RGB", upright.size)
        bare.paste(upright)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=84, optimize=True, progressive=True)
    return out.getvalue()


def _open(file: BinaryIO) -> Image.Image:
    file.seek(0)
    try:
        picture = Image.open(file, formats=("JPEG", "PNG"))
        if picture.width * picture.height > _MOST_PIXELS:
            raise Refusal(
                _("The picture has more than 80 million pixels."), next_step=_("Save it smaller."), code="too-many-pixels", status=422
            )
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Refusal(
            _("This picture could not be opened."), next_step=_("Save it again as JPEG."), code="broken-picture", status=422
        ) from None
    return picture


def _day(stamp: Any) -> date | None:
    if not isinstance(stamp, str):
        return None
    try:
        found = datetime.strptime(stamp.strip("\x00 ")[:10], "%Y:%m:%d").date()  # noqa: DTZ007 - a day, as the camera's clock had it
    except ValueError:
        return None
    return found if found.year >= 1990 else None


def _point(gps: dict[int, Any]) -> tuple[float | None, float | None]:
    try:
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    # Cameras without a fix write nought and nought, a place in the sea.
    if not (abs(latitude) <= 90 and abs(longitude) <= 180) or (latitude == 0 and longitude == 0):
        return None, None
    return round(latitude, 6), round(longitude, 6)


def _degrees(parts: Any, side: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(side).strip("\x00 ").upper() == negative else value
