"""The ways to reach somebody: mailbox and phone number."""

import re

from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

from core.kit.seen import seen
from core.leads import identity
from core.sourcing.normalise.reasons import Reason

EMPTY = frozenset({"", "none", "null", "na", "n/a", "nan", "nil", "unknown", "-", "--"})
# No domain ends so; mail to it comes back.
MISTYPED = (".con", ".cmo", ".ocm", ".comm", ".vom", ".cim", ".xom", ".nte", ".ogr")
LONGEST_CELL = 500  # characters in which an address or a number is looked for
_ADDRESS = re.compile(r"[^\s<>(),;:\"'|\[\]]+@[^\s<>(),;:\"'|\[\]?]+")
_NEAR_AT = re.compile(r"\s*@\s*")
_DECIMAL = re.compile(r"\d\.\d+[eE]\+?\d+")
_ABROAD = re.compile(r"^00(?=[1-9])")


def read_mailbox(text: str | None) -> tuple[str | None, tuple[Reason, ...]]:
    """An e-mail address in normal form; reserved domains are welcome in the demo and in tests only (SPEC 10.2). What stands
    around an address is left out; of several the first counts."""
    bare = seen(text).removeprefix("mailto:")
    if bare.casefold() in EMPTY:
        return None, ()
    email, reasons = identity.read_email(bare), list[Reason]()
    if email is None:
        found = [one.strip(".") for one in _ADDRESS.findall(_NEAR_AT.sub("@", bare[:LONGEST_CELL]))]
        bare = found[0] if found else bare
        email = identity.read_email(bare)
        reasons = [Reason("email", "email_several")] if len(set(found)) > 1 else []
    if email is None:
        code = "email_reserved" if "@" in bare and identity.reserved_domain(bare) else "email_invalid"
        return None, (Reason("email", code),)
    if identity.reserved_domain(email) and not identity.reserved_allowed():
        return None, (Reason("email", "email_reserved"),)
    if email.casefold().endswith(MISTYPED):
        reasons.append(Reason("email", "email_mistyped"))
    if identity.disposable_domain(email):
        reasons.append(Reason("email", "email_disposable"))
    return email, tuple(reasons)


def read_number(text: str | None) -> tuple[str | None, tuple[Reason, ...]]:
    """A phone number in E.164; without a country code it is a US one. Made-up numbers are refused. What stands around a number
    is left out; of several the first counts."""
    bare = seen(text)
    if bare.casefold() in EMPTY:
        return None, ()
    phone, several = identity.read_phone(_whole(bare)), False
    if phone is None:
        phone, several = _first_number(bare[:LONGEST_CELL])
    if phone is None or identity.fake_phone(phone):
        return None, (Reason("phone", "phone_invalid" if phone is None else "phone_fake"),)
    reasons = [] if phone.startswith("+1") else [Reason("phone", "phone_foreign")]
    return phone, (*reasons, *([Reason("phone", "phone_several")] if several else []))


def _whole(bare: str) -> str:
    """As it was dialled, where a spreadsheet made a decimal of it, or 00 stands for a plus."""
    if _DECIMAL.fullmatch(bare):
        bare = f"{float(bare):.0f}"
    return _ABROAD.sub("+", bare.removesuffix(".0"))


def _first_number(bare: str) -> tuple[str | None, bool]:
    """The first number in words such as ``702 234 5600 (home) or 702 234 5601``, and whether there are more."""
    found = [format_number(match.number, PhoneNumberFormat.E164) for match in PhoneNumberMatcher(bare, "US", Leniency.VALID)]
    return (found[0] if found else None), len(set(found)) > 1
