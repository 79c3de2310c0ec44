"""The week in figures, by mail on Monday morning: received, won, spent, missed and why (SPEC 11.2)."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core import distribution, ledger, providers
from core.inbox.kpis import Kpis
from core.inbox.results import results
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.clock import in_zone
from core.kit.config import settings
from core.kit.ids import named_uuid7
from core.kit.mail import request_mail
from core.kit.money import format_usd

WEEK = timedelta(days=7)
HOUR = 8  # on the company's own clock
CATCH_UP = timedelta(hours=24)  # a worker that was down on Monday makes up for it until Tuesday
MOST_REASONS = 3


def ask_digests(session: Session, *, now: datetime) -> int:
    """Queue the digest of every active company whose Monday, 08:00, has come; returns how many were new.

    Asked once per company and week, however often this runs.
    """
    return sum(_ask(session, provider_id, zone, now) for provider_id, zone in providers.zones(session).items())


def send_digest(session: Session, *, provider_id: UUID, week: date, zone: str, now: datetime) -> bool:
    """Mail a company its week that began on ``week``, a Monday; ``False`` when nothing happened in it."""
    since, until = _midnight(week, zone), _midnight(week + WEEK, zone)
    own = results(session, actor=SYSTEM, provider_id=provider_id, since=since, until=until, zone=zone, with_market=False, now=now)
    missed, why = _missed(session, provider_id, until)
    changes = _changes(session, provider_id, since, until)
    if not (own.whole.received or missed):
        return False
    context = _words(session, provider_id, own.whole, missed, now) | {"week": _span(week), "why": why, "changes": changes}
    key = f"{provider_id}:{week}"
    request_mail(session, "weekly_digest", key=key, now=now, provider_id=provider_id, context=context, job_id=_id(until, key))
    return True


def _ask(session: Session, provider_id: UUID, zone: str, now: datetime) -> bool:
    here = in_zone(now, zone)
    monday = here.date() - timedelta(days=here.weekday())
    due = datetime.combine(monday, time(HOUR), ZoneInfo(zone)).astimezone(UTC)
    if not due <= now < due + CATCH_UP:
        return False
    key = f"{provider_id}:{monday}"
    payload = {"provider_id": str(provider_id), "week": str(monday - WEEK), "zone": zone}
    job = outbox.enqueue(session, "digest.weekly", key=key, now=now, payload=payload, priority=7, job_id=_id(due, f"ask:{key}"))
    return job is not None


def _missed(session: Session, provider_id: UUID, until: datetime) -> tuple[int, str]:
    """Leads of the company's niches that went by, and the reasons that kept most of them away.

    Each niche counts once, by the subscription that saw most of its leads.
    """
    seen: dict[UUID, distribution.Missed] = {}
    for held in providers.subscriptions_of(session, actor=SYSTEM, provider_id=provider_id):
        found = distribution.missed(session, actor=SYSTEM, subscription_id=held.id, days=WEEK.days, now=until)
        if held.niche_id not in seen or found.leads > seen[held.niche_id].leads:
            seen[held.niche_id] = found
    reasons = Counter[str]()
    for found in seen.values():
        reasons.update({reason.sentence: reason.leads for reason in found.reasons})
    why = " ".join(f"{sentence.rstrip('.')} ({leads})." for sentence, leads in reasons.most_common(MOST_REASONS))
    return sum(found.leads - found.received for found in seen.values()), why


def _changes(session: Session, provider_id: UUID, since: datetime, until: datetime) -> str:
    """The changes that would have won most of the week's leads, each on its own, with how many."""
    counted = Counter[str]()
    for held in providers.subscriptions_of(session, actor=SYSTEM, provider_id=provider_id):
        won = distribution.changes_that_win(session, actor=SYSTEM, subscription_id=held.id, since=since, now=until)
        counted.update(dict(won))
    return " ".join(f"{change} ({leads})." for change, leads in counted.most_common(MOST_REASONS))


def _words(session: Session, provider_id: UUID, own: Kpis, missed: int, now: datetime) -> dict[str, str]:
    company = providers.get_provider(session, actor=SYSTEM, provider_id=provider_id, now=now).company_name
    balance = ledger.balance(session, actor=SYSTEM, provider_id=provider_id).balance_cents
    return {
        "company": company,
        "received": f"{own.received:,}",
        "won": f"{own.won:,}",
        "spent": format_usd(own.net_spend_cents),
        "missed": f"{missed:,}",
        "balance": format_usd(balance),
        "link": f"{settings().base_url}/results",
    }


def _span(week: date) -> str:
    last = week + timedelta(days=6)
    return f"{week.day} {week:%B}{'' if week.year == last.year else f' {week.year}'} to {last.day} {last:%B %Y}"


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def _id(moment: datetime, name: str) -> UUID:
    """One id for each company and week: asked again, it is there already."""
    return named_uuid7(int(moment.timestamp() * 1000), f"weekly_digest:{name}")
