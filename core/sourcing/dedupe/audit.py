"""The nightly second opinion: Splink resolves the leads of the window by itself and asks about the pairs we missed (SPEC 8.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit as trail
from core import ops
from core.kit.actor import SYSTEM
from core.sourcing.dedupe.columns import Columns, columns
from core.sourcing.dedupe.compare import Comparison, Levels
from core.sourcing.dedupe.match import Verdict, note_questions, reasons_of, shape_of
from core.sourcing.dedupe.shape import Shape
from core.sourcing.dedupe.splink_pairs import predict

MOST = 200_000  # leads of one night; the newest ones
AT_ONCE = 2_000  # rows on their way from the server
LEAST = 10  # below, there is nothing to learn from

Ids = tuple[UUID, UUID]  # a lead and its niche

_LEADS = text("""
select l.id, l.niche_id, c.full_name, c.email, c.phone, c.street, c.unit, c.city, c.state, l.zip
from lead l join contact c on c.id = l.contact_id
where l.submitted_at > :since and l.status not in ('duplicate', 'erased', 'expired', 'rejected', 'withdrawn')
  and (:house_alone or l.submitted_at > cast(:now as timestamptz)
       - make_interval(days => coalesce((policy_of_lead(l.id, :now)).dedupe_days, :house)))
order by l.id desc limit :most
""")


# The longest window of a policy in force, or nothing.
_LONGEST = text("""
select max(p.dedupe_days) from (
  select distinct on (niche_id, state) dedupe_days from policy_period where from_at <= :now
   order by niche_id, state, from_at desc) p
""")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a night found: leads looked at, pairs that Splink takes for the same, and those of them that are new questions."""

    leads: int
    pairs: int
    asked: int


def resolve_entities(session: Session, *, now: datetime) -> Resolved:
    """Run Splink over the live leads of the duplicate window and ask about every likely pair nobody asked about yet.

    A policy's window holds for the leads of its niche and state, the setting of the house for the others (SPEC 2.6).
    Nothing is merged. Raises ``Unavailable`` when the backend of ``HOTLEADS_SPLINK_BACKEND`` is not installed.
    """
    ids, table = _read(session, _window(session, now))
    if len(ids) < LEAST:
        return Resolved(len(ids), 0, 0)
    found = predict(table, [str(niche_id) for _, niche_id in ids])
    asked = note_questions(session, list(questions(ids, table, found)), found_by="audit", now=now)
    done = Resolved(len(ids), len(found), asked)
    after = {"leads": done.leads, "pairs": done.pairs, "asked": done.asked}
    trail.record(session, SYSTEM, "duplicates.audited", entity_type="duplicates", entity_id=SYSTEM.user_id, now=now, after=after)
    return done


def _window(session: Session, now: datetime) -> dict[str, Any]:
    house = ops.threshold(session, "duplicate_window_days")
    longest = session.execute(_LONGEST, {"now": now}).scalar_one()
    since = now - timedelta(days=max(house, longest or 0))
    return {"since": since, "now": now, "house": house, "house_alone": longest is None}


def _read(session: Session, window: dict[str, Any]) -> tuple[list[Ids], Columns]:
    """Leads and niches, and what is compared of them, read by and by: no row is held, and each text once."""
    ids: list[Ids] = []
    niches: dict[UUID, UUID] = {}

    def shapes() -> Iterator[Shape]:
        for row in session.execute(_LEADS, window | {"most": MOST}, execution_options={"yield_per": AT_ONCE}):
            ids.append((row.id, niches.setdefault(row.niche_id, row.niche_id)))
            yield _shape(row)

    return ids, columns(shapes())


def more_than_a_phone(degrees: dict[str, Levels]) -> NDArray[np.bool_]:
    """Where some part of the name, the mailbox or the home agrees."""
    name = (degrees["first"] > 0) & (degrees["first"] < 5) | (degrees["last"] > 0) & (degrees["last"] < 4)
    name |= (degrees["org"] > 0) & (degrees["org"] < 4) | (degrees["crossed_first"] == 1) | (degrees["crossed_last"] == 1)
    home = (degrees["number"] == 1) & ((degrees["street"] == 1) | (degrees["street"] == 2))
    found: NDArray[np.bool_] = name | home | (degrees["email"] == 1)
    return found


def _shape(row: Any) -> Shape:
    return shape_of(
        name=row.full_name, email=row.email, phone=row.phone, street=row.street, unit=row.unit, city=row.city, state=row.state,
        zip=row.zip,
    )  # fmt: skip


def questions(ids: list[Ids], table: Columns, found: list[tuple[int, int, float]]) -> Iterator[tuple[UUID, UUID, Verdict]]:
    """Splink's pairs, with the degrees of agreement by our own comparison. Whom nothing but a phone connects nobody is asked
    about: a rare number is all that Splink needs, and a household or an office gives one number for all (SPEC 8.4)."""
    if not found:
        return
    left, right = np.array([a for a, _, _ in found]), np.array([b for _, b, _ in found])
    degrees = Comparison(table).degrees(left, right)
    told = more_than_a_phone(degrees)
    for at, (a, b, p) in enumerate(found):
        if not told[at]:
            continue
        yield *ids[a], Verdict("review", ids[b][0], p, reasons_of(degrees, at))
