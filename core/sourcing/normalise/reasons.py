"""Why a value is not simply ok: a code for programs, words for people, and how bad it is."""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["ok", "review", "unusable"]
Field = Literal["name", "email", "phone", "address", "zip"]

REASONS: dict[str, tuple[Standing, str]] = {
    "name_placeholder": ("unusable", "This is not a name."),
    "name_odd": ("review", "This name has digits or signs in it."),
    "name_partial": ("review", "Only one part of a name is given."),
    "email_invalid": ("unusable", "This can't be an e-mail address."),
    "email_reserved": ("unusable", "This domain is reserved for examples and receives no mail."),
    "email_disposable": ("review", "This mailbox is a throw-away one."),
    "email_mistyped": ("review", "No e-mail address ends like this one: it is mistyped."),
    "email_several": ("review", "More than one e-mail address is given; the first is used."),
    "phone_invalid": ("unusable", "There is no such phone number."),
    "phone_fake": ("unusable", "This number is made up."),
    "phone_foreign": ("review", "This number is not in North America."),
    "phone_several": ("review", "More than one phone number is given; the first is used."),
    "address_missing_street": ("review", "There is a place but no street."),
    "address_placeholder": ("unusable", "This is not an address."),
    "address_no_number": ("review", "The street has no house or box number."),
    "address_as_typed": ("review", "The address could only be kept as it was typed."),
    "zip_missing": ("review", "The ZIP code is missing."),
    "zip_invalid": ("review", "This is not a ZIP code."),
    "zip_unknown": ("review", "The postal service does not know this ZIP code."),
    "zip_elsewhere": ("review", "City or state do not belong to this ZIP code."),
    "state_unknown": ("review", "There is no such state."),
    "nothing_given": ("unusable", "The record has no name, address, phone or e-mail."),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong with one field."""

    field: Field
    code: str

    @property
    def level(self) -> Standing:
        """How bad it is for the field."""
        return REASONS[self.code][0]

    @property
    def words(self) -> str:
        """The sentence for people."""
        return REASONS[self.code][1]
