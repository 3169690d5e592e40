"""What a verb of the record is called on the screen. Each part names its own; an unnamed one shows as it is written."""

from django.utils.functional import Promise

_words: dict[str, str | Promise] = {}


def name_verbs(words: dict[str, str | Promise]) -> None:
    """Give verbs their words: name_verbs({"people.grant_role": _("granted a role")})."""
    for did in words:
        if did in _words:
            raise ValueError(f"two parts name the verb {did}")
    _words.update(words)


def words_of(did: str) -> str:
    return str(_words.get(did, did))


def named() -> set[str]:
    return set(_words)
