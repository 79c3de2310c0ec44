"""The ways to reach somebody: mailbox and phone number."""

from core.leads import identity
from core.sourcing.normalise.reasons import Reason

EMPTY = frozenset({"", "none", "null", "na", "n/a", "nan", "nil", "unknown", "-", "--"})


def read_mailbox(text: str | None) -> tuple[str | None, tuple[Reason, ...]]:
    """An e-mail address in normal form; reserved domains are welcome in the demo and in tests only (SPEC 10.2)."""
    bare = (text or "").strip().removeprefix("mailto:")
    if bare.casefold() in EMPTY:
        return None, ()
    email = identity.read_email(bare)
    if email is None:
        code = "email_reserved" if "@" in bare and identity.reserved_domain(bare) else "email_invalid"
        return None, (Reason("email", code),)
    if identity.reserved_domain(email) and not identity.reserved_allowed():
        return None, (Reason("email", "email_reserved"),)
    return email, (Reason("email", "email_disposable"),) if identity.disposable_domain(email) else ()


def read_number(text: str | None) -> tuple[str | None, tuple[Reason, ...]]:
    """A phone number in E.164; without a country code it is a US one. Made-up numbers are refused."""
    bare = (text or "").strip()
    if bare.casefold() in EMPTY:
        return None, ()
    phone = identity.read_phone(bare.removesuffix(".0"))
    if phone is None or identity.fake_phone(phone):
        return None, (Reason("phone", "phone_invalid" if phone is None else "phone_fake"),)
    return phone, () if phone.startswith("+1") else (Reason("phone", "phone_foreign"),)
