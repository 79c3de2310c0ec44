"""New records against the leads there are: the same, a question for a person, or new (SPEC 2.6, 8.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops
from core.kit.db import Json
from core.kit.sql_values import array, as_json
from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import columns
from core.sourcing.dedupe.compare import Comparison, Levels
from core.sourcing.dedupe.keys import block_keys, in_niche
from core.sourcing.dedupe.score import Model, Priors, posteriors, stories
from core.sourcing.dedupe.shape import Shape, shape

PER_KEY = 25  # leads met under one key; a key that more share says little
NAMES = ("first", "last", "org")

_MET = text("""
with met as (
 select distinct w.n, b.lead_id from unnest(cast(:places as int[]), cast(:keys as bigint[])) w (n, key)
 cross join lateral (select lead_id from lead_block b where b.key = w.key limit :most) b
)
select m.n, l.id, coalesce(l.duplicate_of, l.id) as first, c.full_name, c.email, c.phone, c.street, c.unit, c.city, c.state, l.zip
from met m join lead l on l.id = m.lead_id join contact c on c.id = l.contact_id
where l.status not in ('expired', 'rejected', 'withdrawn', 'erased') and l.submitted_at > :since
  and not exists (select from unnest(cast(:leads as uuid[])) own where own = l.id)
""")
_REMEMBER = text("""
insert into lead_block (key, lead_id)
select key, lead_id from unnest(cast(:keys as bigint[]), cast(:leads as uuid[])) w (key, lead_id)
""")
_SIZE = text("select greatest(reltuples, 0) from pg_class where oid = 'lead'::regclass")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record on its way to become a lead: the id it would have, its niche, and what it says of its person."""

    lead_id: UUID
    niche_id: UUID
    shape: Shape


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a candidate is. ``first_id`` is the lead it repeats, or may repeat; ``reasons`` are degrees by field."""

    kind: Literal["merge", "review", "new"]
    first_id: UUID | None = None
    probability: float = 0.0
    reasons: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> list[Json]:
        """The reasons as they are stored with a pair; no contact data is in them."""
        return [{"field": field, "degree": degree} for field, degree in self.reasons]


def filed_under(one: Candidate) -> list[int]:
    """The keys of a candidate in its niche."""
    niche = in_niche(one.niche_id)
    return [key ^ niche for key in block_keys(one.shape)]


def shape_of(
    *, name: str | None, email: str | None, phone: str | None, street: str | None, unit: str | None, city: str | None,
    state: str | None, zip: str | None,
) -> Shape:  # fmt: skip
    """A contact as it is compared."""
    given = {"name": name, "email": email, "phone": phone, "address": f"{street or ''} {unit or ''}".strip(), "city": city}
    return shape({key: value for key, value in (given | {"state": state, "zip": zip}).items() if value})


def match(
    session: Session, candidates: Sequence[Candidate], now: datetime, *, apart: Collection[tuple[UUID, UUID]] = ()
) -> list[Verdict]:
    """A verdict for each candidate, in their order; earlier ones of the batch count as leads for the later ones.

    ``apart``: candidates, each with somebody whom a person said it is not. The caller holds the locks on what the candidates
    have in common with other batches. Few statements, whatever the size of the batch.
    """
    if not candidates:
        return []
    keys = [filed_under(one) for one in candidates]
    others = [{other for lead_id, other in apart if lead_id == one.lead_id} for one in candidates]
    met = [row for row in _met(session, candidates, keys, now=now) if not {row.id, row.first} & others[row.n - 1]]
    shapes = [one.shape for one in candidates] + [_shape_of_row(row) for row in met]
    firsts = [one.lead_id for one in candidates] + [row.first for row in met]
    left = [row.n - 1 for row in met]
    right = [len(candidates) + at for at in range(len(met))]
    for newer, older in _met_in_batch(keys):
        if candidates[older].lead_id not in others[newer] and candidates[newer].lead_id not in others[older]:
            left.append(newer)
            right.append(older)
    return _verdicts(session, len(candidates), shapes, firsts, left, right)


def remember(session: Session, candidates: Sequence[Candidate]) -> None:
    """Let later records meet these leads. For leads that are stored already."""
    keys, places = _in_order([filed_under(one) for one in candidates])
    if keys:
        names = [str(one.lead_id) for one in candidates]
        session.execute(_REMEMBER, {"keys": array(keys), "leads": array(names[at - 1] for at in places)})


def note_question(session: Session, *, lead_id: UUID, niche_id: UUID, verdict: Verdict, found_by: str, now: datetime) -> None:
    """Keep a pair for a person to decide; one that was decided before stays decided."""
    note_questions(session, [(lead_id, niche_id, verdict)], found_by=found_by, now=now)


def note_questions(session: Session, found: Sequence[tuple[UUID, UUID, Verdict]], *, found_by: str, now: datetime) -> int:
    """``note_question`` for many at once; returns how many pairs are new."""
    rows = [
        {"niche": niche_id, "a": min(lead_id, verdict.first_id), "b": max(lead_id, verdict.first_id),
         "p": round(min(verdict.probability, 1.0), 4), "reasons": verdict.as_json()}
        for lead_id, niche_id, verdict in found if verdict.first_id is not None and verdict.first_id != lead_id
    ]  # fmt: skip
    if not rows:
        return 0
    done = session.execute(
        text("""insert into duplicate_pair (id, niche_id, first_id, second_id, probability, reasons, found_by, found_at)
                select dated_id(:now), niche, a, b, p, reasons, :by, :now
                from jsonb_to_recordset(cast(:rows as jsonb)) r (niche uuid, a uuid, b uuid, p numeric, reasons jsonb)
                on conflict do nothing returning 1"""),
        {"rows": as_json(rows), "by": found_by, "now": now},
    )
    return len(done.all())


def _met(session: Session, candidates: Sequence[Candidate], keys: Sequence[Sequence[int]], *, now: datetime) -> list[Any]:
    traits, places = _in_order(keys)
    if not traits:
        return []
    since = now - timedelta(days=ops.threshold(session, "duplicate_window_days"))
    wanted = {"keys": array(traits), "places": array(places), "leads": array(one.lead_id for one in candidates)}
    return list(session.execute(_MET, wanted | {"most": PER_KEY, "since": since}))


def _in_order(keys: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Keys in the order of the index, each with the place (from 1) of its candidate."""
    traits = np.array([key for own in keys for key in own], dtype=np.int64)
    places = np.repeat(np.arange(1, len(keys) + 1), [len(own) for own in keys])
    order = np.argsort(traits, kind="stable")
    return traits[order].tolist(), places[order].tolist()


def _met_in_batch(keys: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    book: dict[int, list[int]] = {}
    for n, own in enumerate(keys):
        for key in own:
            if earlier := book.get(key):
                found.update((n, other) for other in earlier[:PER_KEY])
                earlier.append(n)
            else:
                book[key] = [n]
    return found


def _shape_of_row(row: Any) -> Shape:
    return shape_of(
        name=row.full_name, email=row.email, phone=row.phone, street=row.street, unit=row.unit, city=row.city, state=row.state,
        zip=row.zip,
    )  # fmt: skip


def _verdicts(
    session: Session, size: int, shapes: list[Shape], firsts: list[UUID], left: list[int], right: list[int]
) -> list[Verdict]:
    verdicts = [Verdict("new")] * size
    if not left:
        return verdicts
    records = max(float(session.execute(_SIZE).scalar_one()), float(weights.POPULATION))
    # Most of a batch meets nobody: only those who do are compared.
    rows, places = np.unique(np.array([left, right]), return_inverse=True)
    one, other = places.reshape(2, -1)
    table = columns(shapes[at] for at in rows.tolist())
    model = Model(priors=Priors(records=records))
    degrees = Comparison(table).degrees(one, other)
    chances = posteriors(stories(model, table, degrees, one), model.priors)
    for at in np.argsort(chances, kind="stable").tolist():  # the likeliest last, and so the one that stands
        if chances[at] >= weights.REVIEW:
            sure = chances[at] >= weights.MERGE and _may_merge({field: int(found[at]) for field, found in degrees.items()})
            kind: Literal["merge", "review"] = "merge" if sure else "review"
            verdicts[left[at]] = Verdict(kind, firsts[right[at]], float(chances[at]), reasons_of(degrees, at))
    return verdicts


def _may_merge(degree: dict[str, int]) -> bool:
    """What no probability replaces: a way to reach the person that is the same, and a name or a home that agrees with it;
    or the whole name at the whole address. A phone by itself is nobody's identity."""
    name = (degree["first"] in (1, 2, 4) and degree["last"] in (1, 2, 3)) or degree["org"] in (1, 2)
    name = name or (degree["crossed_first"] == 1 and degree["crossed_last"] == 1)
    home = degree["number"] == 1 and degree["street"] in (1, 2)
    reach = degree["phone"] == 1 or degree["email"] == 1
    return name and (reach or home) and degree["suffix"] != 3


def reasons_of(degrees: dict[str, Levels], at: int) -> tuple[tuple[str, str], ...]:
    """The degrees of one pair in words, fields that one side lacks left out."""
    told = ((field, levels[int(degrees[field][at])]) for field, levels in weights.LEVELS.items())
    return tuple((field, word) for field, word in told if word != "unknown")
