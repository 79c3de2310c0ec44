"""Check every field of a submission at once; each error names its field (SPEC 2.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from core import niches
from core.kit import words
from core.kit.db import Json
from core.kit.seen import seen
from core.leads import address, identity, place, wording
from core.leads.address import Address
from core.leads.errors import SubmissionInvalid
from core.leads.grounds import NicheGround
from core.leads.place import Place
from core.leads.submission import Submission
from core.leads.wording import ConsentText

ATTRIBUTION = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "referrer", "partner", "gclid", "fbclid")
LONGEST_EMAIL = 254
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
Errors = dict[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """A contact whose parts were all readable."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Consent:
    """An agreement: the exact words shown, to whom and how, and where it was given."""

    shown: ConsentText
    page_url: str | None
    certificate_url: str | None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A submission that can be stored."""

    person: Person
    address: Address
    place: Place
    form_data: Json
    consent: Consent
    attribution: Json


def clean(session: Session, given: Submission, niche: NicheGround) -> Cleaned:
    """The submission in storable form; raises ``SubmissionInvalid`` naming every wrong field, or ``OutsideMarkets``."""
    person, errors = _person(given.contact)
    consent, wrong = _consent(given.consent, niche)
    errors |= wrong
    form_data, wrong = _form(given.form_data, niche.schema)
    errors |= wrong
    attribution, wrong = _attribution(given.attribution)
    errors |= wrong
    typed, wrong = address.read(given.address)
    errors |= wrong
    where, wrong = _place(session, given, typed)
    errors |= wrong
    if errors or person is None or consent is None or where is None:
        raise SubmissionInvalid(errors)
    home = address.completed(typed, city=where.zip.city, state=where.zip.state, zip=where.zip.zip)
    return Cleaned(person, home, where, form_data, consent, attribution)


def _person(given: Any) -> tuple[Person | None, Errors]:
    if not isinstance(given, Mapping):
        return None, {"contact": "Give name, email and phone."}
    name = _text(given.get("name"), most=200)
    phone = _text(given.get("phone"), most=40)
    email = given.get("email")
    read_email = identity.read_email(email) if isinstance(email, str) and len(email) <= LONGEST_EMAIL else None
    read_phone = identity.read_phone(phone) if phone else None
    errors: Errors = {}
    if name is None or not identity.name_key(name):
        errors["contact.name"] = "Enter your name, up to 200 characters."
    if read_email is None or (identity.reserved_domain(read_email) and not identity.reserved_allowed()):
        errors["contact.email"] = "Enter an e-mail address that can receive mail, such as name@mail.com."
    if read_phone is None or (identity.fictional_phone(read_phone) and not identity.reserved_allowed()):
        errors["contact.phone"] = "Enter a phone number with its area code, such as (702) 234-5678."
    if errors or name is None or read_email is None or read_phone is None:
        return None, errors
    return Person(name, read_email, read_phone), {}


def _consent(given: Any, niche: NicheGround) -> tuple[Consent | None, Errors]:
    if not isinstance(given, Mapping) or given.get("agreed") is not True:
        return None, {"consent.agreed": "We need your agreement to pass the request on."}
    version = _text(given.get("version"), most=100)
    if version is None:
        return None, {"consent.version": "Name the version of the consent text that was shown."}
    errors = {
        f"consent.{key}": "Give a full web address." for key in ("page_url", "certificate_url") if not _is_url(given.get(key))
    }
    shown, wrong = _own_words(given, version, niche) if given.get("text") is not None else _our_words(version, niche)
    errors |= wrong
    if errors or shown is None:
        return None, errors
    return Consent(shown, words.page_address(given.get("page_url") or None), given.get("certificate_url") or None), {}


def _our_words(version: str, niche: NicheGround) -> tuple[ConsentText | None, Errors]:
    shown = wording.consent_text(niche_name=niche.name, max_providers=niche.max_providers, version=version)
    return shown, {} if shown else {"consent.version": "The consent text has changed. Please read it again and agree."}


def _quoted_words(version: str, text: str, niche: NicheGround) -> tuple[ConsentText | None, Errors]:
    """Our own text as its sender quotes it: other words under our version would be no proof of anything (SPEC 2.5)."""
    shown, errors = _our_words(version, niche)
    if shown is not None and seen(text) != shown.text:
        return None, {"consent.version": "This version is ours and reads otherwise. Give your text a version of its own."}
    return shown, errors


def _own_words(given: Mapping[str, Any], version: str, niche: NicheGround) -> tuple[ConsentText | None, Errors]:
    """A sender with a form of its own tells the words it showed."""
    text = _exact_text(given.get("text"), most=5000)
    lists = {key: given.get(key) for key in ("sellers", "channels")}
    errors = {f"consent.{key}": "Give a list of up to 50 texts." for key, value in lists.items() if not _is_texts(value)}
    if text is None:
        errors["consent.text"] = "Give the exact consent text, up to 5,000 characters."
    if errors or text is None:
        return None, errors
    if wording.is_ours(version):
        return _quoted_words(version, text, niche)
    return ConsentText(version, text, *(tuple(map(seen, listed or ())) for listed in lists.values())), {}


def _form(given: Any, schema: Json) -> tuple[Json, Errors]:
    if not isinstance(given, Mapping):
        return {}, {"form_data": "Give the answers as an object of field and value."}
    clean_data, wrong = niches.clean_form(schema, given)
    return clean_data, {f"form_data.{key}": why for key, why in wrong.items()}


def _attribution(given: Any) -> tuple[Json, Errors]:
    """What is known is kept, what is unknown or blank is left out: campaign links carry all sorts of things."""
    if not isinstance(given, Mapping):
        return {}, {"attribution": 'Give an object such as {"utm_source": "news"}.'}
    told = {key: given[key] for key in ATTRIBUTION if given.get(key) is not None and not _is_blank(given[key])}
    kept = {key: _text(value, most=500) for key, value in told.items()}
    return kept, {f"attribution.{key}": "Use text of up to 500 characters." for key, value in kept.items() if value is None}


def _place(session: Session, given: Submission, typed: Address) -> tuple[Place | None, Errors]:
    pin, errors = place.read_pin(given.point)
    field = "zip" if given.zip not in (None, "") or typed.zip is None else "address.zip"
    text = given.zip if field == "zip" else typed.zip
    zip_ = place.read_zip(text)
    if zip_ is None and (text not in (None, "") or pin is None):
        errors |= {field: "Enter a five-digit ZIP code."}
    return (None, errors) if errors else place.find(session, zip=zip_, pin=pin, zip_field=field)


def _text(value: Any, *, most: int) -> str | None:
    """The text as people see it, or ``None`` when it is empty, too long or no text.

    Telephones and web pages copy along what nobody sees: hard blanks, marks of direction. That is no fault of who pastes it.
    """
    if not isinstance(value, str) or len(value.strip()) > most:
        return None
    return seen(value) or None


def _exact_text(value: Any, *, most: int) -> str | None:
    """Trimmed text to the letter, or ``None`` when it is empty, too long, no text, or holds what can't be stored."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= most or _UNSTORABLE.search(value):
        return None
    return value.strip()


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not seen(value)


def _is_url(value: Any) -> bool:
    if value in (None, ""):
        return True
    if not isinstance(value, str) or len(value) > 2000 or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _is_texts(value: Any) -> bool:
    return value is None or (isinstance(value, list | tuple) and len(value) <= 50 and all(_text(v, most=300) for v in value))
