"""The seal and the code of a certificate as drawings: lines that follow from its digest, so that no two seals are alike."""

import math
from io import BytesIO

import segno

_SIZE = 240
_CENTRE = _SIZE / 2
_POINTS = 720


def _ring(inner: float, outer: float, petals: int, turn: float, strands: int) -> str:
    """A band of interlaced waves between two radii, as banknotes and share certificates have it."""
    middle, swing = (inner + outer) / 2, (outer - inner) / 2
    paths = []
    for strand in range(strands):
        shift = 2 * math.pi * strand / strands
        points = []
        for step in range(_POINTS + 1):
            angle = 2 * math.pi * step / _POINTS
            radius = middle + swing * math.sin(petals * angle + shift) * (0.72 + 0.28 * math.cos(3 * angle + turn))
            points.append(f"{_CENTRE + radius * math.cos(angle + turn):.2f} {_CENTRE + radius * math.sin(angle + turn):.2f}")
        paths.append(f"M{'L'.join(points)}Z")
    return "".join(paths)


def seal(digest: str, *, colour: str = "#0a5c61") -> str:
    """The seal as SVG: the mark of the register inside rings whose waves are counted from the digest."""
    numbers = bytes.fromhex(digest)
    outer = _ring(84, 114, 24 + numbers[0] % 13, numbers[1] / 40, 5)
    inner = _ring(52, 82, 12 + numbers[2] % 9, numbers[3] / 40, 4)
    ticks = "".join(
        f"M{_CENTRE + 117 * math.cos(a):.2f} {_CENTRE + 117 * math.sin(a):.2f}L{_CENTRE + 119.4 * math.cos(a):.2f} {_CENTRE + 119.4 * math.sin(a):.2f}"
        for a in (2 * math.pi * n / 128 for n in range(128))
        if (numbers[int(a / (2 * math.pi) * 16) % 16] >> (int(a / (2 * math.pi) * 128) % 8)) & 1
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" fill="none" stroke="{colour}">'
        f'<path d="{outer}" stroke-width=".42"/><path d="{inner}" stroke-width=".42"/><path d="{ticks}" stroke-width="1.1"/>'
        f'<circle cx="120" cy="120" r="115.6" stroke-width=".8"/><circle cx="120" cy="120" r="83" stroke-width=".8"/>'
        f'<circle cx="120" cy="120" r="50.5" stroke-width=".8" fill="#ffffff"/><circle cx="120" cy="120" r="47.5" stroke-width=".4"/>'
        f'<g transform="translate(89.4 89.4) scale(1.8)"><path d="M3 3h28v28H3z" stroke-width="2.6"/>'
        f'<path d="M17 3v7M17 24v7M3 17h7M24 17h7" stroke-width="1.5"/><path d="M12 12h10v10H12z" fill="{colour}" stroke="none"/></g></svg>'
    )


def code(address: str) -> str:
    """A QR code of an address as SVG, black on white, with the quiet zone that readers ask for."""
    out = BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True, dark="#13252b", light="#ffffff"
    )
    return out.getvalue().decode()
