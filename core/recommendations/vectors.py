"""Vectors of leads: float32 in the order of the machine's bytes, one per lead and model (SPEC 9.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Told:
    """What an open listing says of itself, free of contact data: words, and answers as ``key:value``."""

    lead_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Vector:
    """An open listing's vector with what a choice is narrowed by."""

    lead_id: UUID
    niche_id: UUID
    market_id: UUID
    quality: float
    vector: bytes


def without_vector(session: Session, *, model: str, most: int) -> list[Told]:
    """Open listings that this model has not read yet, the newest first."""
    rows = session.execute(
        text("""select s.lead_id, n.slug || ' ' || m.slug || ' ' || s.words || ' ' || coalesce((
                   select string_agg(replace((f ->> 'label') || ':' || (f ->> 'value'), ' ', '_'), ' ')
                     from jsonb_array_elements(s.facts) f), '') as words
                  from on_sale s join niche n on n.id = s.niche_id join market m on m.id = s.market_id
                  left join lead_vector v on v.lead_id = s.lead_id and v.model = :model
                 where v.lead_id is null order by s.opened_at desc limit :most"""),
        {"model": model, "most": most},
    )
    return [Told(row.lead_id, row.words) for row in rows]


def keep_vectors(session: Session, vectors: Sequence[tuple[UUID, bytes]], *, model: str, now: datetime) -> None:
    """Keep what a model made of these leads."""
    if vectors:
        session.execute(
            text("""insert into lead_vector (lead_id, model, vector, at) values (:lead, :model, :vector, :now)
                    on conflict (lead_id, model) do update set vector = excluded.vector, at = excluded.at"""),
            [{"lead": lead, "model": model, "vector": vector, "now": now} for lead, vector in vectors],
        )


def vectors_of(session: Session, *, model: str) -> list[Vector]:
    """Vectors of everything on sale, by lead."""
    rows = session.execute(
        text("""select s.lead_id, s.niche_id, s.market_id, coalesce(s.quality, 50)::float8 as quality, v.vector
                  from on_sale s join lead_vector v on v.lead_id = s.lead_id and v.model = :model order by s.lead_id"""),
        {"model": model},
    )
    return [Vector(*row) for row in rows]
