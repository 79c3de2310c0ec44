"""One record in normal form, with one standing and the reasons for it."""

from dataclasses import dataclass

from core.leads import identity
from core.sourcing.normalise.names import Name, read_name
from core.sourcing.normalise.places import Home, read_home
from core.sourcing.normalise.reaches import read_mailbox, read_number
from core.sourcing.normalise.reasons import Reason, Standing


@dataclass(frozen=True, slots=True)
class Normal:
    """What a record says of somebody, in normal forms; a value that is useless is absent and has its reason.

    ``email_key`` is the mailbox behind the address, ``phone`` is E.164.
    """

    name: Name
    home: Home
    email: str | None
    phone: str | None
    status: Standing
    reasons: tuple[Reason, ...]

    @property
    def email_key(self) -> str | None:
        """The mailbox behind the address: without case, tags and dots that do not count."""
        return identity.email_key(self.email) if self.email else None


def normalise(
    *,
    name: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    street: str | None = None,
    unit: str | None = None,
    city: str | None = None,
    state: str | None = None,
    zip: str | None = None,
    business: bool | None = None,
) -> Normal:
    """Every given part in its normal form (SPEC 8.3). Any part may be missing; nothing raises. ``business`` settles whether the
    name is one of a business.

    ``unusable``: nothing that was given is of use. ``review``: something is doubtful or useless. ``ok``: the rest.
    """
    who = read_name(name, first=first_name, last=last_name, business=business)
    home = read_home(street, unit, city, state, zip)
    mailbox, mail_reasons = read_mailbox(email)
    number, phone_reasons = read_number(phone)
    reasons = (*who.reasons, *home.reasons, *mail_reasons, *phone_reasons)
    useful = any((who.full, mailbox, number, home.street, home.zip))
    if not useful and not reasons:
        reasons = (Reason("name", "nothing_given"),)
    status: Standing = "unusable" if not useful else "review" if reasons else "ok"
    return Normal(who, home, mailbox, number, status, reasons)
