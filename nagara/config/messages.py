"""The texts in two languages: `.po` files of each part, compiled at set-up by Babel, so that no tool outside Python is needed."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]


def catalogues() -> list[Path]:
    return sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django.po"))


def compile_all() -> int:
    """Compile what is newer than its compiled form; answer how many."""
    count = 0
    for source in catalogues():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        with target.open("wb") as file:
            write_mo(file, catalogue)
        count += 1
    return count


def untranslated() -> list[str]:
    """ "<part>: <text>" for each text without a Thai translation, and for each fuzzy one."""
    found = []
    for source in catalogues():
        with source.open("rb") as file:
            for message in read_po(file):
                empty = not message.string if isinstance(message.string, str) else not all(message.string or [""])
                if message.id and (empty or message.fuzzy):
                    found.append(f"{source.parts[-5]}: {message.id}")
    return found
