"""What a model of meaning learns from: the words of what is on sale, the newest first (SPEC 9.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import STAFF, Actor
from core.recommendations.vectors import WORDS


@dataclass(frozen=True, slots=True)
class Heard:
    """A listing's words, free of contact data, and when it went on sale."""

    lead_id: UUID
    words: str
    at: datetime


def words_on_sale(session: Session, *, actor: Actor, until: datetime, most: int) -> list[Heard]:
    """The words of the newest ``most`` listings that went on sale up to ``until``, oldest first; staff only."""
    actor.require(*STAFF)
    rows = session.execute(
        text(f"""select s.lead_id, {WORDS} as words, s.opened_at
                   from on_sale s join niche n on n.id = s.niche_id join market m on m.id = s.market_id
                  where s.opened_at <= :until order by s.opened_at desc, s.lead_id limit :most"""),  # noqa: S608 -- constants
        {"until": until, "most": most},
    )
    return [Heard(*row) for row in rows][::-1]
