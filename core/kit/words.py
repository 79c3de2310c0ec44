"""Words that people type: what may be stored of them, checked for length, and slugs made of them."""

import re
import unicodedata

from core.kit.errors import Invalid

# Never stored: control characters (PostgreSQL refuses NUL), lone surrogates (no encoding takes them) and the
# marks that turn the direction of text around, which let one name look like another.
_REFUSED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
# Ids and correlation ids are hexadecimal, and some of them hold ten digits in a row: they stay as they are.
_ID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b"
_DIGITS = re.compile(r"\d{7}|\d{3}\D{1,2}\d{4}")
_PHONE = re.compile(rf"(?P<id>{_ID})|\+?1?[\s.(-]*\d{{3}}[\s.)-]*\d{{3}}[\s.-]*\d{{4}}\b")


def without_contact(text: str) -> str:
    """The text with e-mail addresses and phone numbers taken out, for logs and for readers of masked data."""
    return _PHONE.sub(lambda found: found["id"] or "[phone]", _EMAIL.sub("[email]", text))


def page_address(url: str | None) -> str | None:
    """The address of a page without what forms and campaigns hang on it: query, fragment, mailboxes and numbers in its path."""
    if url is None:
        return None
    plain = url.split("#", 1)[0].split("?", 1)[0]
    head, _, path = plain.partition("://")
    parts = [part for part in path.split("/") if "@" not in part and "%40" not in part and not _DIGITS.search(part)]
    return f"{head}://{'/'.join(parts)}"


def tidy(text: str) -> str:
    """The text in Unicode's composed form (NFC) without characters that can't be stored or shown; outer blanks gone."""
    if not text.isprintable():
        text = _REFUSED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text).strip()


def one_line(text: str, *, field: str, least: int = 0, most: int) -> str:
    """A tidy text on one line; raises ``Invalid`` naming ``field`` unless it has ``least`` to ``most`` characters."""
    return _fitting(" ".join(tidy(text).split()), field=field, least=least, most=most)


def paragraphs(text: str, *, field: str, least: int = 0, most: int) -> str:
    """A tidy text that keeps its line breaks; raises ``Invalid`` like ``one_line``."""
    return _fitting(tidy(text), field=field, least=least, most=most)


def slug(text: str, *, most: int = 60) -> str:
    """``Dallas/Ft. Worth`` -> ``dallas-ft-worth``; empty when nothing of the text can stand in an address."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:most].strip("-")


def _fitting(text: str, *, field: str, least: int, most: int) -> str:
    if least <= len(text) <= most:
        return text
    wanted = f"at least {least}" if len(text) < least else f"at most {most}"
    message = "Please fill this in." if not text else f"Please use {wanted} characters; these are {len(text)}."
    raise Invalid("text.length", message, fields={field: message})


def inline(name: str) -> str:
    """A name as it stands inside a sentence: ``Home seller`` becomes ``home seller``, ``HVAC`` stays."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
