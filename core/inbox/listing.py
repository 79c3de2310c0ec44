"""The provider's list of leads: own assignments only, newest first, one statement a page (SPEC 7.1)."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.inbox.errors import InboxInvalid
from core.inbox.own import own_provider
from core.kit import words
from core.kit.actor import Actor
from core.kit.alone import rows_alone
from core.kit.metrics import INBOX_SECONDS

Status = Literal["new", "viewed", "accepted", "rejected", "refunded"]
STATUSES: tuple[Status, ...] = get_args(Status)
PAGE, LARGEST_PAGE = 25, 100
SHORTEST_SEARCH = 3  # the least that ``search_bits`` knows a bit of

# The one definition of an assignment's status, and the same as conditions that an index scan can stop on.
STATUS_SQL = """case when a.refunded_at is not null then 'refunded' when a.decision is not null then a.decision
                     when a.viewed_at is not null then 'viewed' else 'new' end"""
_STATUS_IS: dict[str, str] = {
    "new": "a.refunded_at is null and a.decision is null and a.viewed_at is null",
    "viewed": "a.refunded_at is null and a.decision is null and a.viewed_at is not null",
    "accepted": "a.refunded_at is null and a.decision = 'accepted'",
    "rejected": "a.refunded_at is null and a.decision = 'rejected'",
    "refunded": "a.refunded_at is not null",
}
# Names come by lookups, not joins: a page has 25 rows, and nine joined tables take longer to plan than to read.
_ROWS = f"""
select a.id, a.lead_id, a.niche_id, (select n.name from niche n where n.id = a.niche_id) as niche,
       l.market_id, (select m.name from market m where m.id = l.market_id) as market,
       (select m.timezone from market m where m.id = l.market_id) as timezone,
       (select z.city from market_zip z where z.zip = l.zip) as city, l.zip, a.channel,
       (select v.name from competition_level v where v.id = a.level_id) as level,
       a.price_cents, {STATUS_SQL} as status, a.assigned_at, a.viewed_at, a.decided_at, a.outcome, a.rating,
       {{name}} as contact_name
  from page join assignment a on a.id = page.id join lead l on l.id = a.lead_id join contact c on c.id = l.contact_id
 order by a.id desc"""  # noqa: S608
# First name and initial: enough to tell leads apart. The contact itself is read one lead at a time, recorded.
_NAME = "case when c.full_name like '_% _%' then split_part(c.full_name, ' ', 1) || ' ' || left(substring(c.full_name from '[^ ]+$'), 1) || '.' else coalesce(c.full_name, '') end"  # noqa: E501
_PLAIN = "page as (select a.id from assignment a {lead} where {where} order by a.id desc limit :limit)"
# The provider's own leads, newest first, out of the index alone; whatever has the bits of the fragment is read and asked
# for the fragment itself. The inner list keeps its order and is not merged with the outer: `offset 0` holds it apart.
_SEARCH = """
needle as materialized (select search_bits(:words) as words, search_bits(:digits) as digits),
page as (
  select a.id from (
    select own.id, own.lead_id from assignment own
     where own.provider_id = :provider{before} and (own.search_bits is null
       or own.search_bits & (select words from needle) = (select words from needle)
       or own.search_bits & (select digits from needle) = (select digits from needle))
     order by own.id desc offset 0) fits
    join assignment a on a.id = fits.id join lead l on l.id = a.lead_id join contact c on c.id = l.contact_id
   where {like} and {where} order by fits.id desc limit :limit)"""


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """One line of the inbox; ``id`` is the assignment's. The contact is a first name and an initial here."""

    id: UUID
    lead_id: UUID
    niche_id: UUID
    niche: str
    market_id: UUID
    market: str
    timezone: str
    city: str | None
    zip: str
    channel: str
    level: str | None
    price_cents: int
    status: Status
    assigned_at: datetime
    viewed_at: datetime | None
    decided_at: datetime | None
    outcome: str | None
    rating: int | None
    contact_name: str


def list_assignments(
    session: Session,
    *,
    actor: Actor,
    status: str | None = None,
    niche_id: UUID | None = None,
    market_id: UUID | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str | None = None,
    before_id: UUID | None = None,
    limit: int = PAGE,
) -> list[AssignmentRow]:
    """A page of the provider's own leads, newest first; the last row's ``id`` as ``before_id`` gives the next (SPEC 7.1).

    ``search`` is a part of the consumer's e-mail or phone, at least 3 characters. Raises ``InboxInvalid``.
    """
    provider_id = own_provider(session, actor)
    where, values = _conditions(
        {
            "a.provider_id = :provider": provider_id,
            "a.id < :before": before_id,
            "a.niche_id = :niche": niche_id,
            "a.channel = :channel": channel,
            "a.assigned_at >= :since": since,
            "a.assigned_at < :until": until,
            "l.market_id = :market": market_id,
        },
        status,
    )
    found, more = _page(where, search, needs_lead=market_id is not None)
    values |= more | {"limit": max(1, min(limit, LARGEST_PAGE))}
    with INBOX_SECONDS.time():
        rows = rows_alone(session, _statement(found), values)
    return [AssignmentRow(*row) for row in rows]


def newest_id(session: Session, *, actor: Actor) -> UUID | None:
    """Id of the provider's newest assignment: when it changes, an open page has something to show (SPEC 7.1)."""
    provider_id = own_provider(session, actor)
    newest: UUID | None = session.execute(
        text("select id from assignment where provider_id = :provider order by id desc limit 1"), {"provider": provider_id}
    ).scalar_one_or_none()
    return newest


def count_by_status(session: Session, *, actor: Actor) -> dict[Status, int]:
    """How many of the provider's own leads are in each status, zeros included."""
    provider_id = own_provider(session, actor)
    rows = session.execute(
        text(f"select {STATUS_SQL}, count(*) from assignment a where a.provider_id = :provider group by 1"),  # noqa: S608
        {"provider": provider_id},
    )
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())


@lru_cache(maxsize=256)
def _statement(found: str) -> TextClause:
    """The page's statement; kept, since there are only so many ways to ask."""
    return text(f"with {found} {_ROWS.format(name=_NAME)}")


def _conditions(wanted: dict[str, Any], status: str | None) -> tuple[str, dict[str, Any]]:
    """The conditions that were asked for, joined, with their values."""
    used = {sql: value for sql, value in wanted.items() if value is not None}
    values = {sql.rsplit(":", 1)[1]: value for sql, value in used.items()}
    if status is None:
        return " and ".join(used), values
    if status not in _STATUS_IS:
        raise InboxInvalid("status", f"Choose one of: {', '.join(STATUSES)}.")
    return " and ".join([*used, _STATUS_IS[status]]), values


def _page(where: str, search: str | None, *, needs_lead: bool) -> tuple[str, dict[str, Any]]:
    """The expression that finds the ids of a page, with its own values."""
    if search and search.strip():
        like, fragments = _like(search)
        before = " and own.id < :before" if ":before" in where else ""
        return _SEARCH.format(like=like, where=where, before=before), fragments
    return _PLAIN.format(lead="join lead l on l.id = a.lead_id" if needs_lead else "", where=where), {}


def _like(search: str) -> tuple[str, dict[str, str | None]]:
    """The condition on ``contact`` for a fragment: of the e-mail, and of the phone when it looks like one; and its values."""
    fragment = words.tidy(search)[:100]
    if len(fragment) < SHORTEST_SEARCH:
        raise InboxInvalid("search", f"Type at least {SHORTEST_SEARCH} characters of the e-mail or phone number.")
    escaped = fragment.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values: dict[str, str | None] = {"words": fragment, "digits": None, "email": f"%{escaped}%"}
    digits = re.sub(r"\D", "", fragment)
    if re.fullmatch(r"[\d\s().+-]+", fragment) and len(digits) >= SHORTEST_SEARCH:
        return "(c.email ilike :email or c.phone like :phone)", values | {"digits": digits, "phone": f"%{digits}%"}
    return "c.email ilike :email", values
