"""Thai needs a dictionary to break words and a collation to sort them; ICU has both."""

import unicodedata
from functools import lru_cache

import icu
from django.utils.translation import get_language

from nagara.toolkit.days import arabic_digits

_DROPPED = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@lru_cache
def _collator(lang: str) -> icu.Collator:
    return icu.Collator.createInstance(icu.Locale(lang))


def sort_key(text: str, lang: str = "th") -> str:
    """A key whose plain byte order is the language's own order, for a column that both databases sort alike.

    Code-point order is wrong for Thai: a vowel written before its consonant (เ แ โ ใ ไ) sorts after it.
    """
    return _collator(lang).getSortKey(text).hex()


def fold(text: str) -> str:
    """Text as a search sees it: one form of each mark, no case, Arabic digits, single spaces, no invisible characters."""
    plain = unicodedata.normalize("NFKC", text.translate(_DROPPED)).casefold()
    # NFKC takes the Thai SARA AM apart; people type it whole.
    return " ".join(arabic_digits(plain.replace("\u0e4d\u0e32", "\u0e33")).split())


def pieces(text: str, lang: str = "th") -> list[str]:
    """`text` cut at the word breaks of ICU's dictionary, spaces and punctuation included: joined, they are `text` again."""
    breaker = icu.BreakIterator.createWordInstance(icu.Locale(lang))
    # ICU counts UTF-16 units; its own string type does the cutting, so that a character outside the first plane stays whole.
    whole = icu.UnicodeString(text)
    breaker.setText(whole)
    found, start = [], breaker.first()
    for end in breaker:
        found.append(str(whole[start:end]))
        start = end
    return found


def words(text: str, lang: str = "th") -> list[str]:
    """The words of `text`, without spaces and punctuation."""
    trimmed = (piece.strip() for piece in pieces(text, lang))
    return [piece for piece in trimmed if piece and any(letter.isalnum() for letter in piece)]


def alphabet(row: str = "") -> str:
    """The column whose plain order is that of the reader's alphabet: `sort_th` or `sort_en`, on `row` where one is named ("area")."""
    column = "sort_en" if (get_language() or "th").startswith("en") else "sort_th"
    return f"{row}__{column}" if row else column
