"""Vectors of leads: float32 in the order of the machine's bytes, one per lead and model (SPEC 9.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads


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


# A listing in words: niche, market, what it says, and answers as ``label:value``.
WORDS = """n.slug || ' ' || m.slug || ' ' || s.words || ' ' || coalesce((
  select string_agg(replace((f ->> 'label') || ':' || (f ->> 'value'), ' ', '_'), ' ')
    from jsonb_array_elements(s.facts) f), '')"""


def without_vector(session: Session, *, model: str, most: int) -> list[Told]:
    """Open listings that this model has not read yet, the newest first; then leads of companies that another model has read,
    since what a company had is told in the same model's vectors."""
    rows = session.execute(
        text(f"""select s.lead_id, {WORDS} as words
                   from on_sale s join niche n on n.id = s.niche_id join market m on m.id = s.market_id
                   left join lead_vector v on v.lead_id = s.lead_id and v.model = :model
                  where v.lead_id is null order by s.opened_at desc limit :most"""),  # noqa: S608 -- constants
        {"model": model, "most": most},
    ).all()
    found = [Told(row.lead_id, row.words) for row in rows]
    return found + _gone(session, model=model, most=most - len(found)) if len(found) < most else found


def _gone(session: Session, *, model: str, most: int) -> list[Told]:
    """Leads that are on sale no more, that companies have or spoke of, and that only other models have read."""
    rows = session.execute(
        text("""select distinct o.lead_id, n.slug || ' ' || m.slug || ' ' as place from lead_vector o
                  join lead l on l.id = o.lead_id and l.status <> 'erased'
                  join niche n on n.id = l.niche_id join market m on m.id = l.market_id
                 where not exists (select from on_sale s where s.lead_id = o.lead_id)
                   and not exists (select from lead_vector v where v.lead_id = o.lead_id and v.model = :model)
                   and (exists (select from assignment a where a.lead_id = o.lead_id)
                        or exists (select from feedback f where f.lead_id = o.lead_id and f.subject = 'suits'))
                 order by o.lead_id limit :most"""),
        {"model": model, "most": most},
    ).all()
    place = {row.lead_id: row.place for row in rows}
    requests = leads.public_requests(session, list(place)) if place else []
    return [Told(each.lead_id, f"{place[each.lead_id]}{each.words} {_answers(each)}") for each in requests]


def _answers(request: leads.PublicRequest) -> str:
    return " ".join(f"{fact['label']}:{fact['value']}".replace(" ", "_") for fact in leads.public_facts(request))


def keep_vectors(session: Session, vectors: Sequence[tuple[UUID, bytes]], *, model: str, now: datetime) -> None:
    """Keep what a model made of these leads; nothing of one that was erased while the model read it."""
    if vectors:
        session.execute(
            # One that somebody else works on is left for the next reading: it may be on its way to being erased.
            text("""insert into lead_vector (lead_id, model, vector, at)
                    select l.id, :model, :vector, :now from lead l
                     where l.id = :lead and l.status <> 'erased' for share skip locked
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


def readers(session: Session) -> dict[str, int]:
    """How many listings on sale each model has read."""
    rows = session.execute(
        text("select v.model, count(*) as n from lead_vector v join on_sale s on s.lead_id = v.lead_id group by 1")
    )
    return {row.model: row.n for row in rows}


def forget_other_vectors(session: Session, *, model: str) -> None:
    """Drop what other models made of leads, once this one has read them all."""
    session.execute(text("delete from lead_vector where model <> :model"), {"model": model})
