"""Lists of leads for staff: the review queue, the explorer, the figures above them (SPEC 3.1, 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid
from core.leads import contact, identity
from core.leads.lifecycle import STATUSES, Status

Sort = Literal["oldest", "newest", "quality", "fraud"]
MOST = 200

# Each sort is an order over (value, id) that a page can be continued in from the last row it showed.
_SORTS: dict[Sort, tuple[str, str]] = {
    "oldest": ("l.submitted_at", "asc"),
    "newest": ("l.submitted_at", "desc"),
    "quality": ("coalesce(l.quality, -1)", "desc"),
    "fraud": ("coalesce(l.fraud, -1)", "desc"),
}
_ROWS = """
select l.id, l.status, n.id as niche_id, n.name as niche, m.id as market_id, m.name as market, m.timezone, l.zip, c.city,
  l.source, l.submitted_at, l.confirmed_at, l.reviewed_at, l.quality::float8 as quality, l.fraud::float8 as fraud, l.duplicate_of,
  l.do_not_sell, c.full_name, c.email, c.phone, ST_X(l.public_location) as lon, ST_Y(l.public_location) as lat
from lead l join niche n on n.id = l.niche_id join market m on m.id = l.market_id join contact c on c.id = l.contact_id"""


# What a source sent was never asked to confirm: it waits from its arrival.
_FIGURES = text("""
select (select count(*) from lead where status = 'pending_approval') as waiting,
  (select extract(epoch from cast(:now as timestamptz) - min(coalesce(confirmed_at, submitted_at)))::float8 from lead
     where status = 'pending_approval') as oldest_wait_s,
  count(*) filter (where today and approved) as approved_today, count(*) filter (where today and not approved) as rejected_today,
  avg(waited_s)::float8 as mean_wait_s
from (select l.verdict = 'approved' as approved,
        extract(epoch from l.reviewed_at - coalesce(l.confirmed_at, l.submitted_at)) as waited_s,
        l.reviewed_at >= date_trunc('day', cast(:now as timestamptz) at time zone m.timezone) at time zone m.timezone as today
      from lead l join market m on m.id = l.market_id where l.reviewed_at between :week and :now) decided""")


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead in a list: contact masked for everyone, place blurred; its page shows the rest to who may see it."""

    id: UUID
    status: Status
    niche_id: UUID
    niche: str
    market_id: UUID
    market: str
    timezone: str
    zip: str
    city: str | None
    source: str
    submitted_at: datetime
    confirmed_at: datetime | None
    reviewed_at: datetime | None
    quality: float | None
    fraud: float | None
    duplicate_of: UUID | None
    do_not_sell: bool
    name: str
    email: str
    phone: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What to show; everything left out does not restrict. ``search``: e-mail, phone or name, for admins only."""

    niche_id: UUID | None = None
    market_id: UUID | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None
    min_quality: float | None = None
    max_quality: float | None = None
    min_fraud: float | None = None
    max_fraud: float | None = None
    zip: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """Figures above the queue; the mean wait is from confirmation (or arrival) to decision, over the last seven days."""

    waiting: int
    oldest_wait_s: float | None
    approved_today: int
    rejected_today: int
    mean_wait_s: float | None


def queue(
    session: Session,
    *,
    actor: Actor,
    where: LeadFilter | None = None,
    sort: Sort = "oldest",
    after: UUID | None = None,
    limit: int = 50,
) -> list[LeadRow]:
    """Leads that wait for approval, oldest first unless sorted otherwise; ``after`` is the last row of the page before."""
    return explore(session, actor=actor, where=where, statuses=("pending_approval",), sort=sort, after=after, limit=limit)


def explore(
    session: Session,
    *,
    actor: Actor,
    where: LeadFilter | None = None,
    statuses: Sequence[Status] = (),
    sort: Sort = "newest",
    after: UUID | None = None,
    limit: int = 50,
) -> list[LeadRow]:
    """Leads of any status for staff, newest first unless sorted otherwise (SPEC 3.1)."""
    actor.require("admin", "analyst", "scientist")
    conditions, values = _conditions(actor, where or LeadFilter(), statuses)
    if sort not in get_args(Sort):
        raise Invalid("lead.sort", f"Sort by one of {', '.join(get_args(Sort))}.", fields={"sort": "There is no such order."})
    value, direction = _SORTS[sort]
    if after is not None:
        than = ">" if direction == "asc" else "<"
        conditions.append(f"({value}, l.id) {than} (select {value}, l.id from lead l where l.id = :after)")  # noqa: S608
    sql = f"{_ROWS} where {' and '.join(conditions) or 'true'} order by {value} {direction}, l.id {direction} limit :limit"
    rows = session.execute(text(sql), values | {"after": after, "limit": min(max(limit, 1), MOST)})
    return [_row(row) for row in rows]


def count(
    session: Session, *, actor: Actor, where: LeadFilter | None = None, statuses: Sequence[Status] = (), most: int = 1000
) -> int:
    """How many leads match, counted up to ``most``: enough to say "1,000+"."""
    actor.require("admin", "analyst", "scientist")
    conditions, values = _conditions(actor, where or LeadFilter(), statuses)
    inner = f"select from lead l join contact c on c.id = l.contact_id where {' and '.join(conditions) or 'true'} limit :most"
    return int(session.execute(text(f"select count(*) from ({inner}) found"), values | {"most": most}).scalar_one())  # noqa: S608


def review_figures(session: Session, *, actor: Actor, now: datetime) -> ReviewFigures:
    """Waiting, decided today, mean wait (SPEC 3.3); today is by the clock of each lead's market, as in all reports."""
    actor.require("admin", "analyst")
    return ReviewFigures(*session.execute(_FIGURES, {"now": now, "week": now - timedelta(days=7)}).one())


def _conditions(actor: Actor, f: LeadFilter, statuses: Sequence[Status]) -> tuple[list[str], dict[str, Any]]:
    """Constant SQL for each filter in use; the values travel as parameters."""
    strange = [status for status in statuses if status not in STATUSES]
    if strange:
        raise Invalid("lead.status", f"There is no status {strange[0]}.", fields={"status": "There is no such status."})
    used = {
        "l.status = any (:statuses)": list(statuses) or None,
        "l.niche_id = :niche": f.niche_id,
        "l.market_id = :market": f.market_id,
        "l.source = :source": f.source,
        "l.zip = :zip": f.zip,
        "l.submitted_at >= :since": f.since,
        "l.submitted_at < :until": f.until,
        "l.quality >= :min_quality": f.min_quality,
        "l.quality <= :max_quality": f.max_quality,
        "l.fraud >= :min_fraud": f.min_fraud,
        "l.fraud <= :max_fraud": f.max_fraud,
    }
    conditions = [sql for sql, value in used.items() if value is not None]
    values = {sql.split(":")[1].rstrip(")"): value for sql, value in used.items()}
    if f.search and f.search.strip():
        if actor.role not in ("admin", "system"):
            raise Forbidden("access.forbidden", "Only admins can search by contact data.")
        sql, wanted = _search(f.search.strip())
        conditions.append(sql)
        values["search"] = wanted
    return conditions, values


def _search(words: str) -> tuple[str, str]:
    """By the indexed key when the words are a whole address or number, else by a fragment."""
    email, phone = identity.read_email(words), identity.read_phone(words)
    if email:
        return "c.email_key = :search", identity.email_key(email)
    if phone:
        return "c.phone_key = :search", phone
    fragment = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return "(c.email ilike :search or c.phone ilike :search or c.full_name ilike :search)", f"%{fragment}%"


def _row(row: Row[Any]) -> LeadRow:
    values = row._asdict()
    masked = {
        "name": contact.mask_name(values.pop("full_name")),
        "email": contact.mask_email(values["email"]),
        "phone": contact.mask_phone(values["phone"]),
    }
    return LeadRow(**(values | masked))
