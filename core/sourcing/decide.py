"""What becomes of each record of a batch, decided under its locks: new, changed, the same as another, or not a lead (SPEC 8.3).

Decisions are made one after the other in memory, so that two records of one batch meet as two batches would.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.sql_values import texts
from core.leads import Held, Landed
from core.sourcing.decision import Decision, Ground, Known
from core.sourcing.prepare import Item

AGAIN = " again "  # between a version and when it came back
LONGEST_AGAIN = 150  # characters of a version that has room for that


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
