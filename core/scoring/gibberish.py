"""Tell hammered keys from words, by rules that leave Nguyen, Krzysztof and Schwartz alone."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_SAME = re.compile(r"(.)\1{3,}")
_REPEATED = re.compile(r"(.{2,4})\1{2,}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{7,}")
_VOWELS = frozenset("aeiouyáàâäãåæéèêëíìîïóòôöõøúùûüýÿ")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghij")
# Four keys in a row that words have, too: "property", "Doherty", "powertrain". A hand on the keys leaves others beside them.
_IN_WORDS = ("wert", "erty")
_RUNS = tuple(run for row in _ROWS for run in (row[i : i + 4] for i in range(len(row) - 3)) if run not in _IN_WORDS)
# Written without a vowel by people in earnest.
_SHORT_FORMS = frozenset({"https", "bdrms"})
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
    if word in _SHORT_FORMS:
        return False
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    never = sum(pair in _NEVER for pair in pairs)
    return never >= 2 or (len(word) >= 5 and not _VOWELS & set(word))


def _walks_the_keyboard(word: str) -> bool:
    return any(run in word for run in _RUNS)
