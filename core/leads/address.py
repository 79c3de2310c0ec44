"""US postal addresses: one normal form where it can be read, the typed one with a review flag where not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.leads.identity import name_key

LONGEST = 200
_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\s*$")
_LINE = re.compile(r"^(?P<street>.+?),\s*(?P<city>[^,\d]+?),?\s+(?P<state>[A-Za-z]{2})(?:,?\s+(?P<zip>\d{5})(?:-\d{4})?)?$")
_SPACE = re.compile(r"\s+")
PARTS = ("street", "unit", "city", "state", "zip")


@dataclass(frozen=True, slots=True)
class Address:
    """What is kept of an address; ``review`` is set when it could only be kept as it was typed."""

    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    review: bool = False

    def key(self, name: str) -> str | None:
        """Name and address as one comparable text, ``None`` without a street (SPEC 2.6)."""
        if not self.street:
            return None
        place = _SPACE.sub(" ", f"{self.street} {self.unit or ''}").strip().casefold()
        return f"{name_key(name)}|{place}|{self.zip or ''}"


def read(given: Any) -> tuple[Address, dict[str, str]]:
    """An address as it was typed, from one line of text or from parts, and what is wrong with it by field."""
    if given is None or given == "":
        return Address(), {}
    if isinstance(given, str) and not _wrong(given):
        given = _from_line(given)
    if not isinstance(given, Mapping):
        return Address(), {"address": _wrong(given) or "Give the address as street, unit, city, state and zip."}
    errors = {f"address.{part}": why for part in PARTS if (why := _wrong(given.get(part)))}
    if errors:
        return Address(), errors
    street, unit, city, state, zip_ = (_SPACE.sub(" ", given.get(part) or "").strip() or None for part in PARTS)
    return Address(street, unit, city, state.upper() if state else None, zip_), {}


def normalised(typed: Address, *, city: str, state: str, zip: str) -> Address:
    """USPS form by scourgify, city and state taken from the ZIP where they were left out.

    It refuses about 2 % of real addresses: those are kept as typed and flagged for review.
    """
    whole = replace(typed, city=typed.city or city, state=typed.state or state, zip=zip)
    if not whole.street:
        return whole
    # Imported on first use: the model file behind it takes 0.1 s and pages that never see an address don't pay.
    from scourgify import normalize_address_record
    from scourgify.exceptions import AddressNormalizationError

    parts = {"address_line_1": whole.street, "address_line_2": whole.unit, "city": whole.city, "state": whole.state}
    try:
        normal = normalize_address_record(parts | {"postal_code": zip})
    except AddressNormalizationError:
        return replace(whole, review=True)
    return replace(whole, street=normal["address_line_1"], unit=normal["address_line_2"])


def _wrong(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return "This must be text."
    if len(value) > LONGEST:
        return f"Use at most {LONGEST} characters."
    return None if value.isprintable() else "Remove line breaks and characters that can't be printed."


def _from_line(line: str) -> dict[str, str | None]:
    """Parts of ``123 Main St, Las Vegas, NV 89109``; of anything else at least its ZIP."""
    found = _LINE.match(line.strip())
    if found:
        return dict(found.groupdict())
    zip_ = _ZIP.search(line)
    return {"street": line[: zip_.start()].rstrip(" ,") if zip_ else line, "zip": zip_.group(1) if zip_ else None}
