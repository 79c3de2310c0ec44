"""Tell hammered keys from words, by rules that leave Nguyen, Krzysztof and Schwartz alone."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_SAME = re.compile(r"(.)\1{3,}")
_REPEATED = re.compile(r"(.{2,4})\1{2,}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{7,}")
_VOWELS = frozenset("aeiouyáàâäãåæéèêëíìîïóòôöõøúùûüýÿ")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghij")
# Pairs of letters that English, Spanish and the common surnames of the markets practically never write.
_NEVER_AFTER = {
    "b": "qx",
    "c": "jvx",
    "d": "x",
    "f": "qvxz",
    "g": "qx",
    "h": "x",
    "j": "bcdfghjklmnpqrstvwxz",
    "k": "qxz",
    "m": "qx",
    "p": "qx",
    "q": "bcdefghjklmnopqrstvwxyz",
    "s": "x",
    "t": "qx",
    "v": "bcfghjkmnpqtvwxz",
    "w": "qvxz",
    "x": "djkrxz",
    "y": "q",
    "z": "bcfgjpqrx",
}
_NEVER = frozenset(first + second for first, seconds in _NEVER_AFTER.items() for second in seconds)


def gibberish(text: str) -> float:
    """Share of the words (of three letters or more) that look typed at random, 0 to 1; 0 for no words."""
    words = [word for word in _WORD.findall(text.casefold()) if len(word) >= 3]
    return sum(map(_looks_random, words)) / len(words) if words else 0.0


def _looks_random(word: str) -> bool:
    if _SAME.search(word) or _REPEATED.search(word) or _CONSONANTS.search(word) or _walks_the_keyboard(word):
        return True
    if not word.isascii():
        return False  # the rules below know Latin letters only
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    never = sum(pair in _NEVER for pair in pairs)
    return never >= 2 or (len(word) >= 5 and not _VOWELS & set(word))


def _walks_the_keyboard(word: str) -> bool:
    return any(row[i : i + 4] in word for row in _ROWS for i in range(len(row) - 3))
