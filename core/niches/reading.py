"""An answer of a form as people read it."""

from typing import Any

from core.kit.db import Json

# From here on a number that is no amount gets its commas: below, it may be a year or the number of a house.
WITH_COMMAS = 10_000


def is_money(field: Json) -> bool:
    """True for a question about an amount: a number whose example begins with a dollar sign."""
    return field["type"] == "number" and str(field.get("placeholder") or "").lstrip().startswith("$")


def in_words(field: Json, value: Any) -> str:
    """``560000`` as ``$560,000`` where the question is about money, ``True`` as ``Yes``, choices as a list."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int | float) and is_money(field):
        return f"${value:,}" if isinstance(value, int) or value.is_integer() else f"${value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and abs(value) >= WITH_COMMAS else str(value)
