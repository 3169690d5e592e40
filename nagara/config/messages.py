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


HEADER = r"""msgid ""
msgstr ""
"Language: th\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"""


def settle(source: Path) -> None:
    """Give a catalogue the header that says only what counts: no time of making, so that two people's changes do not collide.

    A header without its language and plural form would lose the plural texts when it is compiled.
    """
    text = source.read_text(encoding="utf-8")
    start = text.index('msgid ""\nmsgstr ""')
    end = text.find("\n\n", start)
    source.write_text(HEADER + (text[end + 1 :].rstrip("\n") + "\n" if end >= 0 else ""), encoding="utf-8")


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
