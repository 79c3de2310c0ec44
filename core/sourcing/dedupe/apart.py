"""Who was told to be two people stays two: also when a record makes a lead anew, or never made one before (SPEC 8.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.sql_values import array
from core.sourcing.dedupe.match import Candidate, Verdict, note_question
from core.sourcing.dedupe.merging import note_split

_APART = text("""
select w.lead, case when p.first_id = w.was then p.second_id else p.first_id end as other, p.id
from unnest(cast(:leads as uuid[]), cast(:was as uuid[])) w (lead, was)
join duplicate_pair p on p.state = 'apart' and (p.first_id = w.was or p.second_id = w.was)""")
_STAY = text("""
insert into duplicate_pair (id, niche_id, first_id, second_id, probability, reasons, found_by, state, found_at, decided_at,
  decided_by)
select dated_id(:now), p.niche_id, least(a.id, b.id), greatest(a.id, b.id), p.probability, p.reasons, p.found_by, 'apart', :now,
  p.decided_at, p.decided_by
from unnest(cast(:leads as uuid[]), cast(:others as uuid[]), cast(:pairs as uuid[])) w (lead, other, pair)
join duplicate_pair p on p.id = w.pair join lead a on a.id = w.lead join lead b on b.id = w.other
where a.niche_id = p.niche_id and b.niche_id = p.niche_id on conflict do nothing""")


class Apart(NamedTuple):
    """A lead to be, somebody it is not, and the pair by which a person said so."""

    lead_id: UUID
    other_id: UUID
    pair_id: UUID


def apart_from(session: Session, was: Mapping[UUID, UUID]) -> list[Apart]:
    """Whom leads to be must not be taken for; ``was``: by their ids, the leads that their records had before."""
    if not was:
        return []
    rows = session.execute(_APART, {"leads": array(was), "was": array(was.values())}).all()
    found = [Apart(row.lead, row.other, row.id) for row in rows]
    anew = {before: lead for lead, before in was.items()}  # both came back in one batch
    return found + [one._replace(other_id=anew[one.other_id]) for one in found if one.other_id in anew]


def stay_apart(session: Session, apart: Sequence[Apart], *, now: datetime) -> None:
    """What was decided of the leads before holds for those that were made now."""
    if apart:
        leads, others, pairs = zip(*apart, strict=True)
        session.execute(_STAY, {"leads": array(leads), "others": array(others), "pairs": array(pairs), "now": now})


def note_apart(session: Session, *, actor: Actor, one: Candidate, first_id: UUID, verdict: Verdict, now: datetime) -> None:
    """Keep that a lead that was just made is not whom its record was taken for: as a pair kept apart, and in the log."""
    told = Verdict("review", first_id, verdict.probability, verdict.reasons)
    note_question(session, lead_id=one.lead_id, niche_id=one.niche_id, verdict=told, found_by="insert", now=now)
    note_split(session, actor, one.lead_id, first_id, probability=round(verdict.probability, 4) or None, now=now)
