"""The words on the screen in the language of the person who reads them, taken from the catalogues that the pages take them from."""

from django.utils import translation


def say(lang: str, words: str, context: str = "") -> str:
    """`words` as the page shows them in `lang`. In Thai they must be Thai: what is not translated fails here."""
    with translation.override(lang):
        said = translation.pgettext(context, words) if context else translation.gettext(words)
    assert lang != "th" or said != words, f"no Thai for: {words}"
    return said
