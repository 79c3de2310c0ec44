"""Subscriptions stop when the wallet can't pay one lead and start again when it can (SPEC 4.3).

The rule itself stands in the database (``subscription_obstacle``, ``settle_subscriptions``), where the trigger
on wallets applies it at once after every change; here are its callers and the news of it.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.db import read_anew
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.providers.models import Subscription
from core.providers.preferences import wants_mail

Change = Literal["deactivated", "reactivated"]
_CHANGED = text("""
select s.provider_id, s.status, s.inactive_reason, l.name as level, l.price_cents, n.name as niche
from subscription s join competition_level l on l.id = s.level_id join niche n on n.id = s.niche_id where s.id = :id""")


def settle(session: Session, provider_id: UUID, *, now: datetime) -> int:
    """Make the provider's subscriptions agree with its wallet, its status and its levels; returns how many changed."""
    session.flush()
    session.execute(text("select from wallet where provider_id = :p for no key update"), {"p": provider_id})
    changed = session.execute(text("select * from settle_subscriptions(:p, :now)"), {"p": provider_id, "now": now}).all()
    read_anew(session, Subscription)
    return len(changed)


def reactivate_funded(session: Session, *, now: datetime) -> int:
    """The sweep of every 5 minutes: whatever a trigger missed is put right; returns how many changed (SPEC 4.3).

    A wallet that somebody is changing now is left to its own trigger.
    """
    providers = session.scalars(
        text("""select w.provider_id from wallet w where w.provider_id in (
                  select s.provider_id from subscription s
                    join provider p on p.id = s.provider_id
                    join competition_level l on l.id = s.level_id
                    join wallet on wallet.provider_id = s.provider_id
                   where s.status in ('active', 'inactive') and s.inactive_reason is distinct from
                         subscription_obstacle(p.status, l.active, wallet.balance_cents, l.price_cents))
                order by w.provider_id for no key update skip locked""")
    ).all()
    return sum(settle(session, provider_id, now=now) for provider_id in providers)


def announce_subscription_change(session: Session, *, subscription_id: UUID, change: Change, now: datetime) -> None:
    """Record that a subscription stopped or started by itself and mail its provider (SPEC 4.3).

    A stop is mailed when the wallet was the reason and still is: a suspension has a letter of its own.
    """
    row = session.execute(_CHANGED, {"id": subscription_id}).one()
    reason = row.inactive_reason if change == "deactivated" else None
    after, action = {"status": row.status, "reason": reason}, f"subscription.{change}"
    audit.record(session, SYSTEM, action, entity_type="subscription", entity_id=subscription_id, after=after, now=now)
    still_true = row.status == "active" if change == "reactivated" else reason == "insufficient_balance"
    if still_true and wants_mail(session, provider_id=row.provider_id, template=f"subscription_{change}"):
        _mail_change(session, row, subscription_id, change, now)


def _mail_change(session: Session, row: Row[Any], subscription_id: UUID, change: Change, now: datetime) -> None:
    page = "wallet" if change == "deactivated" else "subscriptions"
    context = {"level": row.level, "niche": row.niche, "link": f"{settings().base_url}/{page}"}
    if change == "deactivated":
        context["price"] = format_usd(row.price_cents)
    key = f"{subscription_id}:{now.isoformat()}"
    request_mail(session, f"subscription_{change}", key=key, now=now, provider_id=row.provider_id, context=context)
