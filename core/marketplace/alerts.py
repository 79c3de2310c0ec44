"""Mail about saved searches: what came on sale since the last time, at most as often as asked (SPEC 9.1, 13.1).

A listing can appear later than it opened (a late job, a hold that ran out), so each run looks a day back and remembers what
it told: nothing is missed and nothing told twice. The row of a search is kept while it is worked on; a second worker passes by.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import providers
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.errors import HotleadsError
from core.kit.logs import logger
from core.kit.mail import request_mail
from core.marketplace.conditions import FREE, VISIBLE
from core.marketplace.eyes import eyes_of
from core.marketplace.saved import readable
from core.marketplace.search import run_search

TEMPLATE = "saved_search_alert"
AT_ONCE, MOST_COUNTED = 2_000, 100
LOOK_BACK = timedelta(days=1)
KEPT = 3 * LOOK_BACK + timedelta(hours=168)  # longer than a listing that was told of can be looked at again

_DUE = text("""
    select s.id, s.provider_id, s.user_id, s.name, s.query, s.alerted_at, s.created_at from saved_search s
      join user_account u on u.id = s.user_id and u.provider_id = s.provider_id and u.status = 'active'
      join provider p on p.id = s.provider_id and p.status = 'active'
     where s.alert_hours is not null and s.alerted_at <= cast(:now as timestamptz) - make_interval(hours => s.alert_hours)
     order by s.alerted_at, s.id limit :most for update of s skip locked""")
_NEW = """
    with {before} insert into saved_search_told (search_id, lead_id, at)
    select :search, o.lead_id, :now from on_sale o
     where {where} and o.opened_at > cast(:after as timestamptz) - (cast(:now as timestamptz) - {visible}) and {free} <> 0
       and not exists (select from slot mine where mine.lead_id = o.lead_id and mine.provider_id = :provider)
       and not exists (select from saved_search_told t where t.search_id = :search and t.lead_id = o.lead_id)
     limit :most
    on conflict do nothing returning lead_id"""
_MOVE = text("update saved_search set alerted_at = greatest(alerted_at, :now) where id = :search")
_FORGET = text("delete from saved_search_told where at < :old")


def run_alerts(session: Session, *, now: datetime) -> int:
    """Tell everybody whose time has come what is new for their saved searches; returns how many mails were asked for.

    Leads the company has or holds are no news. A search that found nothing is asked again after as many hours.
    """
    mails = 0
    for row in session.execute(_DUE, {"now": now, "most": AT_ONCE}).all():
        mails += _tell(session, row, now=now)
        session.execute(_MOVE, {"search": row.id, "now": now})
    session.execute(_FORGET, {"old": now - KEPT})
    return mails


def _tell(session: Session, row: Row[Any], *, now: datetime) -> bool:
    """Ask for one mail when there is news of this search; one that can't be run any more is passed over."""
    try:
        with session.begin_nested():
            found = _news(session, row, now=now)
    except HotleadsError as refusal:
        logger().warning("alert.passed_over", search_id=str(row.id), code=refusal.code)
        return False
    if not found or not providers.wants_mail(session, provider_id=row.provider_id, template=TEMPLATE):
        return False
    link = f"{settings().base_url}/marketplace?saved={row.id}"
    context = {"search": row.name, "count": _words(len(found)), "link": link}
    key = f"{row.id}:{row.alerted_at.isoformat()}"
    return request_mail(session, TEMPLATE, key=key, now=now, user_id=row.user_id, context=context) is not None


def _news(session: Session, row: Row[Any], *, now: datetime) -> list[UUID]:
    """Leads that this company's plan sees since the last time, one more than are counted at most; they are noted as told."""
    query = readable(row.query)
    if query is None:
        return []
    actor = Actor(row.user_id, "provider", row.provider_id)
    asked = eyes_of(actor, now=now).asks(query)
    # What was visible when the search was saved is no news: the plan's own delay counts on both ends.
    after = max(row.alerted_at - LOOK_BACK, row.created_at)
    statement = _NEW.format(before=asked.before, where=asked.sql, visible=VISIBLE, free=FREE)
    found = run_search(session, statement, asked.values | {"search": row.id, "after": after, "most": MOST_COUNTED + 1})
    return [lead_id for (lead_id,) in found]


def _words(found: int) -> str:
    if found > MOST_COUNTED:
        return f"more than {MOST_COUNTED} new listings"
    return "1 new listing" if found == 1 else f"{found} new listings"
