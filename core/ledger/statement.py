"""A month of a wallet on one page: what it began with, what moved it by kind and by day, what it ended with (SPEC 6.5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.clock import in_zone
from core.kit.errors import Invalid
from core.ledger.errors import NoStatement, WalletMissing
from core.ledger.history import WALLET, own_provider


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All movements of one kind in the month: how many, and cents into and out of the wallet, both positive."""

    kind: str
    movements: int
    in_cents: int
    out_cents: int


@dataclass(frozen=True, slots=True)
class DayTotal:
    """One day with movements on the calendar of the statement's zone, and the balance at its end."""

    day: date
    movements: int
    in_cents: int
    out_cents: int
    closing_cents: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One calendar month, from ``since`` up to but not including ``until``; amounts in cents."""

    provider_id: UUID
    company_name: str
    month: date
    zone: str
    since: datetime
    until: datetime
    made_at: datetime
    opening_cents: int
    kinds: list[KindTotal]
    days: list[DayTotal]

    @property
    def in_cents(self) -> int:
        """Everything that came in."""
        return sum(kind.in_cents for kind in self.kinds)

    @property
    def out_cents(self) -> int:
        """Everything that went out."""
        return sum(kind.out_cents for kind in self.kinds)

    @property
    def closing_cents(self) -> int:
        """What the wallet held at the end of the month, or holds now while the month is running."""
        return self.opening_cents + self.in_cents - self.out_cents

    @property
    def complete(self) -> bool:
        """True once the month is over: from then on the statement never changes."""
        return self.made_at >= self.until


# The zone is that of the provider's markets while they share one, else UTC. Sums are of the transfers themselves,
# never of cached balances, so a statement agrees with the books by construction.
_WHOSE = text("""
    select w.account_id, p.company_name, a.created_at,
           (select case when count(distinct m.timezone) = 1 then min(m.timezone) else 'UTC' end
              from provider_interest i join market m on m.id = i.market_id where i.provider_id = p.id) as zone
      from wallet w join provider p on p.id = w.provider_id join ledger_account a on a.id = w.account_id
     where w.provider_id = :provider and (cast(:own as uuid) is null or w.provider_id = :own)""")
_SUMS = text("""
    with line as (
      select kind, at, -amount_cents as cents from transfer where debit_account_id = :account and at < :until
      union all
      select kind, at, amount_cents from transfer where credit_account_id = :account and at < :until
    )
    select coalesce((select sum(cents) from line where at < :since), 0)::bigint as opening_cents,
           (select coalesce(jsonb_agg(k order by k.kind), '[]') from (
              select kind, count(*) as movements, coalesce(sum(cents) filter (where cents > 0), 0) as in_cents,
                     coalesce(-sum(cents) filter (where cents < 0), 0) as out_cents
                from line where at >= :since group by kind) k) as kinds,
           (select coalesce(jsonb_agg(d order by d.day), '[]') from (
              select timezone(cast(:zone as text), at)::date as day, count(*) as movements,
                     coalesce(sum(cents) filter (where cents > 0), 0) as in_cents,
                     coalesce(-sum(cents) filter (where cents < 0), 0) as out_cents
                from line where at >= :since group by 1) d) as days""")

_BY_DAY = text("""
    with line as (
      select at, -amount_cents as cents from transfer where debit_account_id = :account
      union all
      select at, amount_cents from transfer where credit_account_id = :account
    ), day as (
      select generate_series(cast(:first as date), cast(:last as date), interval '1 day')::date as day
    ), moved as (
      select greatest(timezone(cast(:zone as text), at)::date, cast(:first as date)) as day, sum(cents) as cents
        from line group by 1)
    select day.day, (sum(coalesce(moved.cents, 0)) over (order by day.day))::bigint as balance_cents
      from day left join moved on moved.day = day.day order by day.day""")
LONGEST_CHART = 400


def statement(
    session: Session, *, actor: Actor, provider_id: UUID, month: date, zone: str | None = None, now: datetime
) -> Statement:
    """A wallet's month in a time zone (the one its provider's markets share, unless named): their own for providers.

    That staff read a company's is recorded. Raises ``WalletMissing`` for another tenant's, ``NoStatement`` for a month before
    the wallet or still to come, ``Invalid`` for an unknown zone.
    """
    whose = _whose(session, actor, provider_id)
    audit.record_reading(session, actor, WALLET, entity_id=provider_id, now=now)
    named = zone or str(whose.zone)
    since, until = bounds(month, named)
    if until <= whose.created_at or since > now:
        raise NoStatement(f"There is no statement of {month:%B %Y}. Choose a month from the list of your statements.")
    row = session.execute(_SUMS, {"account": whose.account_id, "since": since, "until": until, "zone": named}).one()
    return Statement(
        provider_id=provider_id,
        company_name=whose.company_name,
        month=month.replace(day=1),
        zone=named,
        since=since,
        until=until,
        made_at=now,
        opening_cents=row.opening_cents,
        kinds=[KindTotal(**kind) for kind in row.kinds],
        days=_days(row.days, row.opening_cents),
    )


def statement_months(session: Session, *, actor: Actor, provider_id: UUID, now: datetime) -> list[date]:
    """The months that have a statement, the running one first."""
    whose = _whose(session, actor, provider_id)
    first, month = in_zone(whose.created_at, whose.zone).date(), in_zone(now, whose.zone).date().replace(day=1)
    months = []
    while month >= first.replace(day=1):
        months.append(month)
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return months


def balance_by_day(
    session: Session, *, actor: Actor, provider_id: UUID, days: int, zone: str = "UTC", now: datetime
) -> list[tuple[date, int]]:
    """What the wallet held in cents at the end of each of the last ``days`` days (at most 400), today as it is now."""
    whose = _whose(session, actor, provider_id)
    bounds(date(2026, 1, 1), zone)
    last = in_zone(now, zone).date()
    first = last - timedelta(days=min(max(days, 1), LONGEST_CHART) - 1)
    values = {"account": whose.account_id, "zone": zone, "first": first, "last": last}
    return [(row.day, row.balance_cents) for row in session.execute(_BY_DAY, values)]


def month_of(words: str) -> date:
    """``2026-10`` -> the first of October 2026; raises ``Invalid``."""
    try:
        return date.fromisoformat(f"{words}-01")
    except ValueError as error:
        raise Invalid("statement.month", "Name a month such as 2026-10.", fields={"month": "Such as 2026-10."}) from error


def bounds(month: date, zone: str) -> tuple[datetime, datetime]:
    """First moment of the month and of the one after it, on the clock of a zone; raises ``Invalid`` for an unknown zone."""
    try:
        where = ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise Invalid("statement.zone", "There is no such time zone.", fields={"zone": "Such as America/Phoenix."}) from error
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return datetime(month.year, month.month, 1, tzinfo=where), datetime(after.year, after.month, 1, tzinfo=where)


def _whose(session: Session, actor: Actor, provider_id: UUID) -> Any:
    row = session.execute(_WHOSE, {"provider": provider_id, "own": own_provider(actor)}).one_or_none()
    if row is None:
        raise WalletMissing("wallet.missing", "There is no such wallet.")
    return row


def _days(rows: list[dict[str, Any]], opening: int) -> list[DayTotal]:
    days, closing = [], opening
    for row in rows:
        closing += row["in_cents"] - row["out_cents"]
        days.append(DayTotal(**row | {"day": date.fromisoformat(row["day"])}, closing_cents=closing))
    return days
