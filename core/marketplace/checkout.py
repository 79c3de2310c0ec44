"""Buy what is in the cart: one transaction, all of it or nothing, once per key (SPEC 9.3).

The moment of the press counts: a hold that was alive then is honoured, because from the lock of its lead on nobody
else can take the slot. Locks are taken in the order leads by id, wallet.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, leads, ledger, providers
from core.kit import idempotency, live
from core.kit.actor import Actor
from core.kit.errors import HotleadsError
from core.kit.ids import uuid7
from core.marketplace import ceilings, events
from core.marketplace.errors import BalanceTooLow, CartEmpty, CheckoutRefused, NotOnSale
from core.marketplace.holds import Hold, lock_own

_FIRST = text("select asked, assignment_ids, total_cents, at from checkout where provider_id = :provider and key = :key")
_MINE = text("""
    select s.lead_id from slot s
     where s.provider_id = :provider and s.state = 'held' and s.expires_at >= :now order by s.lead_id""")
_SELL = text("""
    with sold as (
      update slot set state = 'sold', expires_at = null, quote = null, held_at = null, extended_at = null
       where lead_id = :lead and provider_id = :provider and state = 'held' returning slot_no
    )
    insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, transfer_id, receipt, assigned_at,
                            search_bits)
    select :id, l.id, :provider, sold.slot_no, 'marketplace', l.niche_id, :price, :transfer, cast(:receipt as jsonb), :now,
           c.search_bits
      from sold, lead l join contact c on c.id = l.contact_id where l.id = :lead""")
_OPEN = text("select exists (select from slot where lead_id = :lead and state in ('free', 'held'))")
_CLOSE = text("update listing set state = 'closed', closed_at = :now where lead_id = :lead and state = 'open'")


@dataclass(frozen=True, slots=True)
class Checkout:
    """What was bought: the assignments, by the order of their leads, and what they cost in cents."""

    assignment_ids: tuple[UUID, ...]
    total_cents: int
    at: datetime
    repeated: bool = False


def checkout(
    session: Session, *, actor: Actor, idempotency_key: str, lead_ids: Sequence[UUID] | None = None, now: datetime
) -> Checkout:
    """Buy these held leads, or the whole cart, at the prices they were held at (SPEC 9.3).

    Raises ``CheckoutRefused`` with a sentence per lead that can't be bought, ``BalanceTooLow``, ``CeilingReached`` or
    ``CartEmpty``; nothing is bought then. A repeated key gives the first answer, and ``KeyReused`` for other leads.
    """
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    idempotency.check_key(idempotency_key)
    asked = None if lead_ids is None else sorted(set(lead_ids))
    first = _first(session, provider_id, idempotency_key, asked)
    if first is not None:
        return first
    wanted = _wanted(session, provider_id, asked, now=now)
    held = _lock(session, provider_id, wanted, now=now)
    # Again, since the locks may have been long in coming.
    providers.require_active(session, provider_id)
    total = sum(each.price_cents for each in held)
    _check_money(session, provider_id, total, now=now)
    bought = tuple(_buy(session, actor, provider_id, each, now=now) for each in held)
    _remember(session, actor, provider_id, idempotency_key, asked, bought, total, now=now)
    live.touch(session, "marketplace", f"cart:{provider_id}", f"inbox:{provider_id}")
    return Checkout(bought, total, now)


def _first(session: Session, provider_id: UUID, key: str, asked: list[UUID] | None) -> Checkout | None:
    """What the first press with this key bought; a second one at the same time waits here for it."""
    lock = text("select pg_advisory_xact_lock(hashtextextended('checkout:' || :provider || ':' || :key, 0))")
    session.execute(lock, {"provider": str(provider_id), "key": key})
    row = session.execute(_FIRST, {"provider": provider_id, "key": key}).one_or_none()
    if row is None:
        return None
    if row.asked != asked:
        raise idempotency.KeyReused(
            "idempotency.reused", "This purchase was sent before with other leads. Look into your cart, then press Buy again."
        )
    return Checkout(tuple(row.assignment_ids), row.total_cents, row.at, repeated=True)


def _wanted(session: Session, provider_id: UUID, asked: Sequence[UUID] | None, *, now: datetime) -> list[UUID]:
    if asked is None:
        asked = session.execute(_MINE, {"provider": provider_id, "now": now}).scalars().all()
    if not asked:
        raise CartEmpty
    return list(asked)


def _lock(session: Session, provider_id: UUID, wanted: Sequence[UUID], *, now: datetime) -> list[Hold]:
    """The holds, each under its lead's lock, in the order of the leads; raises with the reason of each that can't be sold."""
    held, reasons = [], {}
    for lead_id in wanted:
        try:
            mine = lock_own(session, provider_id, lead_id, now=now)
            _check_on_sale(session, lead_id)
            leads.check_may_be_sold(session, lead_id, now=now)
            leads.check_own_lists(session, lead_id=lead_id, provider_id=provider_id, now=now)
            leads.check_names(session, lead_id=lead_id, provider_id=provider_id, now=now)
            held.append(mine)
        except HotleadsError as refusal:
            reasons[lead_id] = refusal.message
    if reasons:
        raise CheckoutRefused(reasons)
    return held


def _check_on_sale(session: Session, lead_id: UUID) -> None:
    """Raise ``NotOnSale`` for a locked lead that was withdrawn or set aside while it lay in the cart (SPEC 2.7)."""
    if session.get_one(leads.Lead, lead_id).status != "approved":
        raise NotOnSale


def _check_money(session: Session, provider_id: UUID, total: int, *, now: datetime) -> None:
    balance: int = session.execute(
        text("select balance_cents from wallet where provider_id = :provider for no key update"), {"provider": provider_id}
    ).scalar_one()
    if balance < total:
        raise BalanceTooLow(needed_cents=total, balance_cents=balance)
    ceilings.check(session, provider_id, total, now=now)


def _buy(session: Session, actor: Actor, provider_id: UUID, mine: Hold, *, now: datetime) -> UUID:
    """Charge one held lead and make it the company's; the lead is sold out with its last slot."""
    assignment_id = uuid7()
    transfer = ledger.post(
        session,
        actor=actor,
        debit=ledger.wallet_account(session, provider_id),
        credit=ledger.house_account(session, "revenue", now=now),
        amount_cents=mine.price_cents,
        kind="lead_charge",
        idempotency_key=f"sale:{mine.lead_id}:{provider_id}",
        reference_type="assignment",
        reference_id=assignment_id,
        now=now,
    )
    values = {"id": assignment_id, "lead": mine.lead_id, "provider": provider_id, "price": mine.price_cents, "now": now}
    session.execute(_SELL, values | {"transfer": transfer.id, "receipt": json.dumps(mine.quote)})
    after = {"lead_id": str(mine.lead_id), "provider_id": str(provider_id), "price_cents": mine.price_cents}
    audit.record(session, actor, "lead.bought", entity_type="assignment", entity_id=assignment_id, now=now, after=after)
    events.record(session, actor=actor, kind="purchase", lead_id=mine.lead_id, now=now)
    if not session.execute(_OPEN, {"lead": mine.lead_id}).scalar_one():
        leads.move(session, leads.lock(session, mine.lead_id), "sold_out", now=now)
        session.execute(_CLOSE, {"lead": mine.lead_id, "now": now})
    return assignment_id


def _remember(
    session: Session,
    actor: Actor,
    provider_id: UUID,
    key: str,
    asked: list[UUID] | None,
    bought: tuple[UUID, ...],
    total: int,
    *,
    now: datetime,
) -> None:
    values = {"id": uuid7(), "provider": provider_id, "key": key, "asked": asked, "bought": list(bought), "total": total}
    session.execute(
        text("""insert into checkout (id, provider_id, key, asked, assignment_ids, total_cents, bought_by, at)
                values (:id, :provider, :key, :asked, :bought, :total, :by, :now)"""),
        values | {"by": actor.user_id, "now": now},
    )
