"""A level's price: lower at once, higher after notice to those who subscribe already (SPEC 4.1).

A level has one price for everybody. A rise is announced and applies when the notice (threshold
``price_notice_days``) is over, or as soon as every provider who subscribed before the announcement has consented.
Who subscribes later has seen the announced price beside the present one.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit.actor import SYSTEM, Actor
from core.kit.config import settings
from core.kit.db import Json
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.kit.tenant import for_everybody
from core.niches import queries
from core.niches.errors import NoPendingPrice
from core.niches.lock import lock_level
from core.niches.models import CompetitionLevel, Niche, PriceConsent
from core.niches.queries import LevelView


def change_price(session: Session, *, actor: Actor, level: CompetitionLevel, price_cents: int, now: datetime) -> None:
    """Set or announce the price of a locked level; nothing happens for the present or the announced one (SPEC 4.1).

    Subscribers are mailed about every change. A new announcement takes the place of an older one.
    """
    if price_cents in (level.price_cents, level.next_price_cents):
        return
    before = _state(level)
    notice = timedelta(days=ops.threshold(session, "price_notice_days"))
    subscribers = _subscribers(session, level.id)
    old_price = level.price_cents
    if price_cents > level.price_cents and subscribers and notice:
        due = now + notice
        _set(session, level, level.price_cents, announced=(price_cents, due, now), now=now)
        action = "level.price_announced"
    else:
        due = now
        _set(session, level, price_cents, announced=None, now=now)
        action = "level.price_changed"
    _record(session, actor, action, level, before, now)
    _tell(session, level, subscribers, old_price, price_cents, due, now)


def cancel_price_change(session: Session, *, actor: Actor, level_id: UUID, now: datetime) -> LevelView:
    """Take an announced price back; subscribers are mailed that the present one stays (SPEC 4.1). Admins only."""
    actor.require("admin")
    level = lock_level(session, level_id)
    if level.next_price_cents is None:
        raise NoPendingPrice
    before = _state(level)
    _set(session, level, level.price_cents, announced=None, now=now)
    _record(session, actor, "level.price_kept", level, before, now)
    _tell(session, level, _subscribers(session, level_id), level.price_cents, level.price_cents, now, now)
    return queries.get_level(session, level_id)


def consent_to_price(session: Session, *, actor: Actor, level_id: UUID, now: datetime) -> LevelView:
    """A subscriber takes the announced price at once; it applies when the last one has (SPEC 4.1).

    For providers. Raises ``NoPendingPrice`` when nothing is announced or the provider does not subscribe.
    """
    provider_id = actor.require_provider()
    level = lock_level(session, level_id)
    if level.next_price_cents is None or provider_id not in _subscribers(session, level_id):
        raise NoPendingPrice
    consent = {"level_id": level_id, "provider_id": provider_id, "price_cents": level.next_price_cents, "consented_at": now}
    session.execute(insert(PriceConsent).values(**consent).on_conflict_do_nothing())
    audit.record(
        session,
        actor,
        "level.price_consented",
        entity_type="competition_level",
        entity_id=level_id,
        after={"price_cents": level.next_price_cents},
        now=now,
    )
    if _all_consented(session, level):
        with for_everybody(session):
            _take_effect(session, actor, level, now)
    return queries.get_level(session, level_id)


def apply_due_prices(session: Session, *, now: datetime) -> list[UUID]:
    """For the schedule: put announced prices into force whose notice is over; returns the levels (SPEC 4.1)."""
    due = select(CompetitionLevel.id).where(CompetitionLevel.next_price_at <= now).order_by(CompetitionLevel.id)
    applied = []
    for level_id in session.scalars(due).all():
        level = lock_level(session, level_id)
        if level.next_price_at is not None and level.next_price_at <= now:  # still so, now that it is locked
            _take_effect(session, SYSTEM, level, now)
            applied.append(level_id)
    return applied


def _take_effect(session: Session, actor: Actor, level: CompetitionLevel, now: datetime) -> None:
    before = _state(level)
    assert level.next_price_cents is not None
    _set(session, level, level.next_price_cents, announced=None, now=now)
    _record(session, actor, "level.price_changed", level, before, now)


def _set(
    session: Session,
    level: CompetitionLevel,
    price_cents: int,
    *,
    announced: tuple[int, datetime, datetime] | None,
    now: datetime,
) -> None:
    """The price in force, and the announced one with its day and the day of its announcement."""
    level.price_cents = price_cents
    level.next_price_cents, level.next_price_at, level.next_price_since = announced or (None, None, None)
    level.updated_at = now
    session.execute(delete(PriceConsent).where(PriceConsent.level_id == level.id))
    session.flush()


def _subscribers(session: Session, level_id: UUID) -> list[UUID]:
    """Providers with a live subscription; that table belongs to a chapter above this one, so it is asked by name."""
    rows = session.execute(
        text("select distinct provider_id from subscription where level_id = :level and ended_at is null order by 1"),
        {"level": level_id},
    )
    return list(rows.scalars())


def _all_consented(session: Session, level: CompetitionLevel) -> bool:
    waiting = session.execute(
        text("""select exists (
                  select from subscription s where s.level_id = :level and s.ended_at is null and s.created_at <= :since
                  and not exists (
                    select from price_consent c where c.level_id = s.level_id and c.provider_id = s.provider_id))"""),
        {"level": level.id, "since": level.next_price_since},
    ).scalar_one()
    return not waiting


def _tell(
    session: Session,
    level: CompetitionLevel,
    subscribers: list[UUID],
    old_cents: int,
    new_cents: int,
    due: datetime,
    now: datetime,
) -> None:
    niche = session.scalars(select(Niche.name).where(Niche.id == level.niche_id)).one()
    context = {
        "level": level.name,
        "niche": niche,
        "old_price": format_usd(old_cents),
        "new_price": format_usd(new_cents),
        "effective": f"{due.day} {due:%B %Y}",
        "link": f"{settings().base_url}/subscriptions",
    }
    for provider_id in subscribers:
        key = f"{level.id}:{provider_id}:{now.isoformat()}"
        request_mail(session, "level_price_change", key=key, now=now, provider_id=provider_id, context=context)


def _state(level: CompetitionLevel) -> Json:
    due = level.next_price_at
    return {
        "price_cents": level.price_cents,
        "next_price_cents": level.next_price_cents,
        "next_price_at": due.isoformat() if due else None,
    }


def _record(session: Session, actor: Actor, action: str, level: CompetitionLevel, before: Json, now: datetime) -> None:
    audit.record(
        session,
        actor,
        action,
        entity_type="competition_level",
        entity_id=level.id,
        before=before,
        after=_state(level),
        now=now,
    )
