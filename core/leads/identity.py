"""Keys by which the same person is known again, without keeping who it is outside ``contact`` (SPEC 2.5, 2.6)."""

import re
import unicodedata
from functools import lru_cache

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, format_number, is_valid_number, parse

from core.kit.config import settings
from core.kit.crypto import keyed_hash
from core.kit.seen import bare, seen

PURPOSE = "contact"
LONGEST_LOCAL = 64  # characters before the @ (RFC 5321)
RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
RESERVED_ENDINGS = (".example", ".test", ".invalid", ".localhost")
# Mail providers where what follows a plus sign is the reader's own tag.
TAGGED = frozenset(
    {"gmail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "fastmail.com", "proton.me", "protonmail.com"}
)
_FICTION = re.compile(r"\+1\d{3}55501\d\d")
_PLAIN_MAIL = re.compile(r"(?P<local>[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+){0,8})@(?P<domain>[A-Za-z0-9.-]{1,180})")
_PLAIN_PHONE = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]?(\d{3})[ .-]?(\d{4})", re.ASCII)
_WORDS = re.compile(r"[^\W\d_]+")


def reserved_allowed() -> bool:
    """Addresses and numbers that reach nobody are welcome in the demo and in tests only (SPEC 10.2)."""
    return settings().demo or settings().env == "test"


def read_email(text: str) -> str | None:
    """The address in its normal form, all ASCII, or ``None`` when it can't be one that mail reaches; nothing is looked up.

    A domain in another script is kept as the network spells it (``xn--``): no two spellings, and none that looks like another.
    """
    typed = bare(text)  # what telephones and web pages copy along is no part of it
    if (plain := _PLAIN_MAIL.fullmatch(typed)) and len(
        plain["local"]
    ) <= LONGEST_LOCAL:  # nearly all: the domain is judged once, not once per person
        domain = _domain(plain["domain"].lower(), reserved_allowed())
        return f"{plain['local']}@{domain}" if domain else None
    return _validated(typed, reserved_allowed())


@lru_cache(maxsize=16_384)
def _domain(domain: str, test: bool) -> str | None:
    whole = _validated(f"a@{domain}", test)
    return whole.removeprefix("a@") if whole else None


def _validated(email: str, test: bool) -> str | None:
    try:
        # Few servers take a mailbox in another script (RFC 6531), and no letter of ours would ever arrive.
        checked = validate_email(email, check_deliverability=False, test_environment=test, allow_smtputf8=False)
        return checked.ascii_email
    except EmailNotValidError:
        return None


def email_key(email: str) -> str:
    """The mailbox behind a normal address: lower case, without the tags and dots that its provider ignores."""
    local, _, domain = email.lower().rpartition("@")
    domain = "gmail.com" if domain == "googlemail.com" else domain
    if domain in TAGGED:
        local = local.split("+", 1)[0] or local
    if domain == "gmail.com":
        local = local.replace(".", "")
    return f"{local}@{domain}"


def reserved_domain(email: str) -> bool:
    """True for domains set aside for examples and tests (RFC 2606)."""
    domain = email.rpartition("@")[2].lower()
    return domain in RESERVED_DOMAINS or domain.endswith(RESERVED_ENDINGS)


def disposable_domain(email: str) -> bool:
    """True for throw-away mail providers, subdomains included."""
    parts = email.rpartition("@")[2].lower().split(".")
    return any(".".join(parts[i:]) in blocklist for i in range(len(parts) - 1))


def read_phone(text: str) -> str | None:
    """The number in E.164, read as a US one unless it says otherwise; ``None`` when no such number can exist."""
    if len(text) > 40:
        return None
    typed = seen(text)
    if (plain := _PLAIN_PHONE.fullmatch(typed)) and _us_numbers().fullmatch("".join(plain.groups())):
        return f"+1{''.join(plain.groups())}"
    try:
        number = parse(typed, "US")
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else None


@lru_cache(maxsize=1)
def _us_numbers() -> re.Pattern[str]:
    """The numbering plan's own pattern of US numbers, so that the plain ones need no parser."""
    plan = PhoneMetadata.metadata_for_region("US", None)
    pattern = plan.fixed_line.national_number_pattern if plan and plan.fixed_line else None
    return re.compile(pattern or "(?!)")  # without one, every number goes to the parser


def fictional_phone(phone: str) -> bool:
    """True for 555-0100 to 555-0199, which the numbering plan keeps for fiction."""
    return _FICTION.fullmatch(phone) is not None


def fake_phone(phone: str) -> bool:
    """True for numbers people make up: fiction's (unless welcome), one digit repeated, a straight run."""
    local = phone[-7:]
    run = any(local in line for line in ("0123456789", "9876543210"))
    return len(set(local)) == 1 or run or (fictional_phone(phone) and not reserved_allowed())


def name_key(name: str) -> str:
    """A name's words in one order and case, without accents: ``García, José`` is ``garcia jose``."""
    if not name.isascii():
        name = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(sorted(_WORDS.findall(name.casefold())))


def hashed(kind: str, value: str) -> str:
    """``email:<hash>`` and so on: comparable by us, not reversible by a dictionary."""
    return f"{kind}:{keyed_hash(value, purpose=PURPOSE)}"


def block_keys(email_key: str | None, phone: str | None) -> list[str]:
    """What the do-not-contact lists know of a person (SPEC 2.5)."""
    return [hashed(kind, value) for kind, value in (("email", email_key), ("phone", phone)) if value]


def identity_keys(email_key: str, phone: str, address_key: str | None) -> list[str]:
    """What makes two requests the same person's (SPEC 2.6), sorted so that racing writers meet in one order."""
    return sorted([*block_keys(email_key, phone), *([hashed("address", address_key)] if address_key else [])])
