"""What enrichment may cost in a day, held also when many ask at once (SPEC 8.5).

Money here is millionths of a US cent: tokens times the price of a million tokens in cents.
"""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.config import settings

MICROCENTS = 1_000_000


def cost(input_tokens: int, output_tokens: int) -> int:
    """What so many tokens cost by the prices set, in millionths of a cent."""
    given = settings()
    return input_tokens * (given.enrichment_input_price or 0) + output_tokens * (given.enrichment_output_price or 0)


def reserve(session: Session, *, microcents: int, now: datetime) -> bool:
    """Take the most a question can cost out of the day's budget; ``False`` when it does not fit any more.

    The day's row is locked until the transaction ends: keep it short.
    """
    budget = settings().enrichment_daily_budget_cents * MICROCENTS
    if microcents > budget:
        return False
    taken = session.execute(
        text("""insert into enrichment_day as d (day, spent_microcents) values (:day, :most)
                on conflict (day) do update set spent_microcents = d.spent_microcents + :most
                  where d.spent_microcents + :most <= :budget returning 1"""),
        {"day": now.astimezone(UTC).date(), "most": microcents, "budget": budget},
    )
    return taken.scalar_one_or_none() is not None


def settle(session: Session, *, reserved: int, spent: int, asked_at: datetime) -> None:
    """Replace a reservation by what the question did cost, on the day on which it was reserved."""
    session.execute(
        text(
            """update enrichment_day set spent_microcents = greatest(0, spent_microcents - :reserved + :spent) where day = :day"""
        ),
        {"day": asked_at.astimezone(UTC).date(), "reserved": reserved, "spent": spent},
    )


def spent(session: Session, *, now: datetime) -> int:
    """Spent today, with what is reserved at this moment, in millionths of a cent."""
    found = session.execute(
        text("select spent_microcents from enrichment_day where day = :day"), {"day": now.astimezone(UTC).date()}
    )
    return int(found.scalar_one_or_none() or 0)
