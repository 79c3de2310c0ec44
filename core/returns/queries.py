"""Reports as lists: a provider's own, and the admins' queue by clock; one statement a page (SPEC 7.3, 7.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.returns.claims import OPEN, REASONS, STATUSES
from core.returns.errors import ClaimInvalid

PAGE, LARGEST_PAGE = 25, 100
WAITING = "open"  # a status that pages ask for: pending or appealed

COLUMNS = """
select c.id, c.assignment_id, c.lead_id, c.provider_id, c.reason, c.status, c.resolution, c.reported_at, c.due_at, c.escalated_at,
  c.appealed_at, c.decided_at, (select n.name from niche n where n.id = l.niche_id) as niche,
  (select m.timezone from market m where m.id = l.market_id) as timezone,
  (select z.city from market_zip z where z.zip = l.zip) as city, l.zip, a.price_cents, a.assigned_at, a.refunded_at
"""
FROM = "from claim c join assignment a on a.id = c.assignment_id join lead l on l.id = c.lead_id"
_QUEUE = f"""{COLUMNS}, p.company_name as company {FROM} join provider p on p.id = c.provider_id where {{where}}
 order by {{order}} limit :limit"""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One line of the admins' queue."""

    id: UUID
    assignment_id: UUID
    lead_id: UUID
    provider_id: UUID
    reason: str
    status: str
    resolution: str | None
    reported_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    appealed_at: datetime | None
    decided_at: datetime | None
    niche: str
    timezone: str
    city: str | None
    zip: str
    price_cents: int
    assigned_at: datetime
    refunded_at: datetime | None
    company: str


def list_claims(
    session: Session,
    *,
    actor: Actor,
    status: str | None = WAITING,
    reason: str | None = None,
    niche_id: UUID | None = None,
    provider_id: UUID | None = None,
    overdue: bool = False,
    after_id: UUID | None = None,
    limit: int = PAGE,
    now: datetime,
) -> list[ClaimRow]:
    """Reports for staff. ``open`` ones (waiting for an answer) by clock, most urgent first; others newest first.

    ``after_id`` is the last row of the page before. Raises ``ClaimInvalid`` for an unknown status or reason.
    """
    actor.require("admin", "analyst")
    waiting = status in (WAITING, *OPEN)
    wanted: dict[str, Any] = {
        status_in_sql(status): None,
        "c.reason = :reason": _known("reason", reason, REASONS),
        "l.niche_id = :niche": niche_id,
        "c.provider_id = :provider": provider_id,
        "c.due_at <= :now": now if overdue else None,
        "(c.due_at, c.id) > (select b.due_at, b.id from claim b where b.id = :after)": after_id if waiting else None,
        "c.id < :after": None if waiting else after_id,
    }
    used = [sql for sql, value in wanted.items() if value is not None or sql == status_in_sql(status)]
    values = {"reason": reason, "niche": niche_id, "provider": provider_id, "now": now, "after": after_id}
    query = _QUEUE.format(where=" and ".join(used), order="c.due_at, c.id" if waiting else "c.id desc")
    rows = session.execute(text(query), values | {"limit": max(1, min(limit, LARGEST_PAGE))})
    return [ClaimRow(*row) for row in rows]


def status_in_sql(status: str | None) -> str:
    """The condition for a status, of constants only."""
    if status is None:
        return "true"
    if status == WAITING:
        return "c.status in ('pending', 'appealed')"
    return f"c.status = '{_known('status', status, STATUSES)}'"


def _known(field: str, value: str | None, values: tuple[str, ...]) -> str | None:
    if value is not None and value not in values:
        raise ClaimInvalid(field, f"Choose one of: {', '.join(values)}.")
    return value
