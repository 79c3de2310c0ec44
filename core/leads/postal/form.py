"""What became of a typed street."""

from dataclasses import dataclass
from typing import Literal

How = Literal["plain", "box", "strict", "tagged", "typed"]


@dataclass(frozen=True, slots=True)
class PostalForm:
    """Street and unit in upper case and short forms. ``how`` they were read; ``typed``: only tidied, a person should look.

    ``numbered`` is false for a street without a house or box number.
    """

    street: str | None
    unit: str | None
    how: How
    numbered: bool = True
