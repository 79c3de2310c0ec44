"""What becomes of each record of a batch, decided under its locks: new, changed, the same as another, or not a lead (SPEC 8.3).

Decisions are made one after the other in memory, so that two records of one batch meet as two batches would.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.db import texts
from core.leads import Held, Landed, OutsideMarkets
from core.sourcing.prepare import Item
from core.sourcing.quarantine import Reason

Outcome = Literal["fresh", "changed", "duplicate", "unchanged", "kept", "test", "withdrawn", "stale", "quarantined", "discarded"]


AGAIN = " again "  # between a version and when it came back
LONGEST_AGAIN = 150  # characters of a version that has room for that


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


def look(session: Session, source_id: UUID, items: Sequence[Item]) -> Ground:
    """Versions we have already, and what became of the records so far."""
    ids = texts({item.record.record_id for item in items})
    seen = session.execute(
        text("""select record_id, version, outcome from raw_record where source_id = :source
                and record_id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb)))) order by fetched_at, id"""),
        {"source": source_id, "ids": ids},
    ).all()
    known = session.execute(
        text("""select record_id, lead_id, founder, said_at, gone_at is not null as gone,
                  not founder and exists (select from source_record f
                    where f.lead_id = s.lead_id and f.founder and f.gone_at is not null) as orphaned
                from source_record s
                where source_id = :source and record_id = any(array(select jsonb_array_elements_text(cast(:ids as jsonb))))"""),
        {"source": source_id, "ids": ids},
    )
    return Ground(
        {(row.record_id, row.version) for row in seen},
        {row.record_id: Known(row.lead_id, row.founder, row.said_at, row.gone, row.orphaned) for row in known},
        {row.record_id: row.version for row in seen if row.outcome != "stale"},
    )


def as_said_again(items: Iterable[Item], ground: Ground) -> list[Item]:
    """Items that say what they said before the last time, as versions of their own: a price that went up and down again, a page
    that was away and is back. What is older than the last word, or is the last word, stays what it was."""
    return [_said_again(item) if _comes_back(item, ground) else item for item in items]


def _comes_back(item: Item, ground: Ground) -> bool:
    record_id, version = item.record.record_id, item.record.version
    known, latest = ground.known.get(record_id), ground.latest.get(record_id, version)
    if (record_id, version) not in ground.seen or known is None or len(version) > LONGEST_AGAIN:
        return False
    return latest.partition(AGAIN)[0] != version and Decision(item, "changed").said_at >= known.said_at


def _said_again(item: Item) -> Item:
    stamp = item.record.fetched_at.astimezone(UTC).isoformat(timespec="microseconds")
    return item._replace(record=replace(item.record, version=f"{item.record.version}{AGAIN}{stamp}"))


def land_ahead(session: Session, items: Iterable[Item], *, now: datetime) -> list[Item]:
    """Items with the rows of new leads, made before anybody is locked out; ``take`` sees that niche and market still stand.

    What can't be landed now is left to ``take``, which also says why.
    """
    items = list(items)
    reachable = leads.reachable(session, (item.arrival for item in items if item.arrival))
    return [_ahead(session, item, now) if item.arrival and reachable(item.arrival) else item for item in items]


def _ahead(session: Session, item: Item, now: datetime) -> Item:
    assert item.arrival is not None
    try:
        return item._replace(landed=leads.land(session, item.arrival, now=now)[0])
    except OutsideMarkets:
        return item


def land_all(session: Session, items: Iterable[Item], ground: Ground, *, now: datetime) -> dict[UUID, Landed | Decision]:
    """Rows of the arrivals, made for the lead that a record has already or for a new one; or why there can be none."""
    landed = _land_each(session, items, ground, now=now)
    people = [one for one in landed.values() if isinstance(one, Landed)]
    if not leads.still_stands(session, people):
        landed = _land_each(session, [item._replace(landed=None) for item in items], ground, now=now)
        people = [one for one in landed.values() if isinstance(one, Landed)]
    ground.held = leads.holders_of(session, people, now=now) if people else {}
    ground.blocked = leads.blocked_among(session, people) if people else set()
    return landed


def _land_each(session: Session, items: Iterable[Item], ground: Ground, *, now: datetime) -> dict[UUID, Landed | Decision]:
    landed: dict[UUID, Landed | Decision] = {}
    new = [(one, one.arrival) for one in items if one.arrival and (one.record.record_id, one.record.version) not in ground.seen]
    reachable = leads.reachable(session, (arrival for _, arrival in new))
    for item, arrival in new:
        if not reachable(arrival):
            landed[item.id] = Decision(item, "kept")
            continue
        known = ground.known.get(item.record.record_id)
        own = known.lead_id if known and known.founder and not known.gone else None
        if item.landed is not None and own is None:
            landed[item.id] = item.landed.copy()  # a batch that is taken again starts from what was landed
            continue
        try:
            one, wrong = leads.land(session, arrival, lead_id=own, now=now)
        except OutsideMarkets:
            landed[item.id] = Decision(item, "kept")
            continue
        reasons = tuple(Reason("invalid", key, why) for key, why in wrong.items())
        landed[item.id] = one if one is not None else Decision(item, "quarantined", reasons=reasons)
    return landed


def decide(items: Sequence[Item], ground: Ground, landed: dict[UUID, Landed | Decision], *, sells: bool) -> list[Decision]:
    """One decision per record, oldest saying first."""
    decisions = []
    for item in sorted(items, key=lambda item: (Decision(item, "kept").said_at, item.record.version)):
        decision = _decided(item, ground, landed.get(item.id), sells=sells)
        _remember(ground, decision)
        decisions.append(decision)
    return decisions


def _decided(item: Item, ground: Ground, landed: Landed | Decision | None, *, sells: bool) -> Decision:
    record, known = item.record, ground.known.get(item.record.record_id)
    if (record.record_id, record.version) in ground.seen:
        return Decision(item, "unchanged")
    mine = known.lead_id if known else None
    if known and known.said_at > Decision(item, "stale").said_at:
        return Decision(item, "stale", mine, known.founder)
    if record.test:
        return Decision(item, "test", mine, bool(known and known.founder))
    if record.gone:
        return Decision(item, "withdrawn", mine, bool(known and known.founder))
    if isinstance(landed, Decision):
        landed.lead_id, landed.founder = mine, bool(known and known.founder)
        return landed
    if landed is None:
        return Decision(item, "quarantined", mine, bool(known and known.founder), reasons=item.reasons)
    if landed.lead_id in ground.blocked:
        return Decision(item, "discarded", mine, bool(known and known.founder))
    if not sells:
        return Decision(item, "kept", mine, bool(known and known.founder))
    if known and not known.gone and known.lead_id is not None and not known.orphaned:
        return Decision(item, "changed" if known.founder else "duplicate", known.lead_id, known.founder, landed)
    return _new(item, ground, landed, was=mine)


def _new(item: Item, ground: Ground, landed: Landed, *, was: UUID | None) -> Decision:
    """A record seen for the first time, or again after it was gone."""
    held = ground.held.get(landed.niche.id, {})
    first = same_as(landed, held)
    if first is not None:
        return Decision(item, "duplicate", first, False, landed)
    taken = {key for key in landed.keys if key in held}
    if taken:
        landed.values["keys"] = [key for key in landed.keys if key not in taken]  # a phone that another person holds
    return Decision(item, "fresh", landed.lead_id, True, landed, review=bool(taken), was=was)


def same_as(landed: Landed, held: Mapping[str, Held]) -> UUID | None:
    """The live request that this one repeats by its exact keys, of those that are held in its niche (SPEC 2.6).

    A mailbox, or a name at an address, is a person. A phone is shared by households and offices: there the name or the
    home must agree as well.
    """
    for key in landed.keys:
        holder = held.get(key)
        if holder is None or holder.lead_id == landed.lead_id:
            continue
        if not key.startswith("phone:") or leads.same_words(holder, landed) or leads.same_place(holder, landed):
            return holder.lead_id
    return None


def _remember(ground: Ground, decision: Decision) -> None:
    """What later records of the batch have to know."""
    record = decision.item.record
    ground.seen.add((record.record_id, record.version))
    if decision.outcome in ("unchanged", "stale", "quarantined", "discarded"):
        return
    gone = decision.outcome == "withdrawn"
    ground.known[record.record_id] = Known(decision.lead_id, decision.founder, decision.said_at, gone)
    if decision.outcome == "fresh" and decision.landed is not None:
        mine = decision.landed.values
        held = ground.held.setdefault(decision.landed.niche.id, {})
        for key in decision.landed.keys:
            held[key] = Held(
                decision.landed.niche.id, key, decision.landed.lead_id, "pending_approval", mine["name"], mine["street"],
                mine["unit"], mine["zip"],
            )  # fmt: skip
