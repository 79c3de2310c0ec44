"""What nobody sees in a text: characters that only steer how it is shown, control characters, blanks of other widths."""

import re
import unicodedata

_STEERING = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_AROUND = re.compile(rf"\A(?:\s|{_STEERING.pattern})+|(?:\s|{_STEERING.pattern})+\Z")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def seen(text: str | None) -> str:
    """The text as a reader sees it: nothing invisible, one blank between words, full-width letters as usual ones."""
    if not text:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFC", "".join(map(_usual, _STEERING.sub("", text))))
    return _BLANK.sub(" ", text).strip()


def bare(text: str) -> str:
    """The text without what nobody sees around it; what stands inside is left as it is."""
    return text.strip() if text.isascii() else _AROUND.sub("", text)


def _usual(char: str) -> str:
    return unicodedata.normalize("NFKC", char) if "\uff01" <= char <= "\uff5e" else char
