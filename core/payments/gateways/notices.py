"""What an event of a gateway means to us, in one vocabulary for both gateways."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

Meaning = Literal["paid", "failed", "approved", "processing", "reversal", "ignored"]
ReversalKind = Literal["chargeback", "refund", "reversal"]
State = Literal["open", "lost", "won"]
# Told in any order, the later of two states in this list stands.
STATES: tuple[State, ...] = ("open", "lost", "won")


@dataclass(frozen=True, slots=True)
class Notice:
    """One event: which deposit or payment it is about, and what it says of it; amounts in cents."""

    meaning: Meaning
    deposit_id: UUID | None = None
    gateway_ref: str | None = None
    payment_ref: str | None = None
    amount_cents: int | None = None
    currency: str | None = None
    reason: str | None = None
    reversal_ref: str | None = None
    reversal_kind: ReversalKind | None = None
    state: State | None = None


IGNORED = Notice("ignored")


def deposit_id(value: Any) -> UUID | None:
    """The id of a deposit as we had given it to the gateway, ``None`` for anything else."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def at(data: Any, *path: str | int) -> Any:
    """The value at a path of keys and positions, ``None`` when it leads nowhere: events vary by version."""
    for step in path:
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and len(data) > step else None
        else:
            data = data.get(step) if isinstance(data, Mapping) else None
    return data


def words(value: Any) -> str | None:
    """A non-empty text, ``None`` for anything else."""
    return value[:200] if isinstance(value, str) and value else None
