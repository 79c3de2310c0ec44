"""What is known of a batch and what is decided about each of its records."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.leads import Held, Landed
from core.sourcing.prepare import Item
from core.sourcing.quarantine import Reason

Outcome = Literal["fresh", "changed", "duplicate", "unchanged", "kept", "test", "withdrawn", "stale", "quarantined", "discarded"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a record from earlier."""

    lead_id: UUID | None
    founder: bool
    said_at: datetime
    gone: bool
    orphaned: bool = False  # it repeats the lead of a record that is gone from its own source


@dataclass(slots=True)
class Decision:
    """What becomes of one record; ``lead_id`` is its lead, its own or the one that it repeats."""

    item: Item
    outcome: Outcome
    lead_id: UUID | None = None
    founder: bool = False
    landed: Landed | None = None
    reasons: tuple[Reason, ...] = ()
    review: bool = False
    was: UUID | None = None  # the lead that its record had before, when it makes one anew

    @property
    def said_at(self) -> datetime:
        """When the source said it, at the latest when we heard of it: a source whose clock is ahead, or that once wrote a year
        too many, would otherwise make whatever it says later older than what it said before."""
        parsed, heard = self.item.parsed, self.item.record.fetched_at
        return min(parsed.at, heard) if parsed and parsed.at else heard


@dataclass(slots=True)
class Ground:
    """What the database knows of a batch's records and people, read once under the locks."""

    seen: set[tuple[str, str]]
    known: dict[str, Known]
    latest: dict[str, str] = field(default_factory=dict)  # version that each record came in last
    held: dict[UUID, dict[str, Held]] = field(default_factory=dict)
    blocked: set[UUID] = field(default_factory=set)
