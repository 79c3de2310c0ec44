"""Rows that one home owns and another's statement writes: for the few places where a round trip counts.

The home of a table offers its row as a ``Part``; the statement that takes it in adds where the row comes from.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """``insert into ... select ...`` without its ``from``, and the parameters it names."""

    sql: str
    values: dict[str, Any]
