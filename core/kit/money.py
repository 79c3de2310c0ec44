"""Money is integer US cents (SPEC, Words: 1 credit = 1 USD)."""

import re
from typing import NewType

from core.kit.errors import Invalid

Cents = NewType("Cents", int)

_AMOUNT = re.compile(r"^\$?\s?(\d{1,3}(?:,?\d{3})*|\d+)(?:\.(\d{1,2}))?$", re.ASCII)


def format_usd(cents: int) -> str:
    """``124050`` -> ``$1,240.50``; negative amounts carry a minus sign before the dollar sign."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def parse_usd(text: str, *, field: str = "amount") -> Cents:
    """``$1,240.5`` -> ``124050``; raises ``Invalid`` for anything else than a plain positive amount."""
    match = _AMOUNT.match(text.strip())
    if not match:
        raise Invalid("money.invalid", "Enter an amount such as 12.50.", fields={field: "Enter an amount such as 12.50."})
    dollars, fraction = match.groups()
    return Cents(int(dollars.replace(",", "")) * 100 + int((fraction or "0").ljust(2, "0")))
