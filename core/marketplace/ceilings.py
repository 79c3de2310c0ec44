"""What a company lets its own people spend on the marketplace in a day and in a month; the database checks it too."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, providers
from core.kit import live
from core.kit.actor import Actor
from core.marketplace.errors import CeilingInvalid, CeilingReached

LARGEST_CENTS = 100_000_000

_CEILINGS = text("""
    select c.day_cents, c.month_cents, today.zone as timezone,
           coalesce((select s.cents from provider_spend s where s.provider_id = p.id and s.day = today.day), 0) as spent_day,
           coalesce((select sum(s.cents) from provider_spend s where s.provider_id = p.id
                      and s.day between date_trunc('month', today.day)::date and today.day), 0)::bigint as spent_month
      from provider p left join spend_ceiling c on c.provider_id = p.id
     cross join lateral (select zone, timezone(zone, cast(:now as timestamptz))::date as day from spending_zone(p.id) zone) today
     where p.id = :provider""")
_SET = text("""
    insert into spend_ceiling (provider_id, timezone, day_cents, month_cents, updated_at)
    values (:provider, spending_zone(:provider), :day, :month, :now)
    on conflict (provider_id) do update set day_cents = excluded.day_cents, month_cents = excluded.month_cents,
      updated_at = excluded.updated_at""")


@dataclass(frozen=True, slots=True)
class Ceilings:
    """A company's ceilings and what it has spent under them, in cents; ``timezone`` is whose midnight counts."""

    day_cents: int | None
    month_cents: int | None
    spent_day_cents: int
    spent_month_cents: int
    timezone: str


def ceilings_of(session: Session, *, actor: Actor, now: datetime) -> Ceilings:
    """The ceilings of the actor's own company."""
    return _read(session, actor.require_provider(), now=now)


def set_ceilings(
    session: Session, *, actor: Actor, day_cents: int | None = None, month_cents: int | None = None, now: datetime
) -> Ceilings:
    """Set both ceilings, ``None`` for none; what was spent before counts. Raises ``CeilingInvalid``."""
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    for field, cents in (("day", day_cents), ("month", month_cents)):
        if cents is not None and not 100 <= cents <= LARGEST_CENTS:
            raise CeilingInvalid(field, "A ceiling is $1.00 to $1,000,000.00. Leave it empty for none.")
    if day_cents is not None and month_cents is not None and day_cents > month_cents:
        raise CeilingInvalid("day", "The ceiling of a day can't be above the ceiling of a month.")
    before = _read(session, provider_id, now=now)
    session.execute(_SET, {"provider": provider_id, "day": day_cents, "month": month_cents, "now": now})
    audit.record(
        session, actor, "ceilings.changed", entity_type="provider", entity_id=provider_id, now=now,
        before={"day_cents": before.day_cents, "month_cents": before.month_cents},
        after={"day_cents": day_cents, "month_cents": month_cents},
    )  # fmt: skip
    live.touch(session, f"cart:{provider_id}")
    return _read(session, provider_id, now=now)


def check(session: Session, provider_id: UUID, cents: int, *, now: datetime) -> None:
    """Raise ``CeilingReached`` when spending this many cents more now would go beyond a ceiling."""
    found = _read(session, provider_id, now=now)
    if found.day_cents is not None and found.spent_day_cents + cents > found.day_cents:
        raise CeilingReached("day", found.day_cents)
    if found.month_cents is not None and found.spent_month_cents + cents > found.month_cents:
        raise CeilingReached("month", found.month_cents)


def _read(session: Session, provider_id: UUID, *, now: datetime) -> Ceilings:
    row = session.execute(_CEILINGS, {"provider": provider_id, "now": now}).one()
    return Ceilings(row.day_cents, row.month_cents, row.spent_day, row.spent_month, row.timezone)
