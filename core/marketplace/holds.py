"""Holds: one slot of a lead, kept for one company for some minutes at a locked price (SPEC 9.2).

A hold takes a slot under the lead's own lock, like a sale: two who race for the last one queue here, and the second is
told. Locks are taken in the order lead, wallet.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit, leads, ledger, payments, pricing
from core.kit import live
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.marketplace import ceilings, events
from core.marketplace.errors import (
    BalanceTooLow,
    BoughtAlready,
    CartFull,
    EarlyAccess,
    ExtendedAlready,
    HeldAlready,
    HoldGone,
    Lapsed,
    NotOnSale,
    SlotTaken,
)

REHOLD_AFTER = timedelta(minutes=10)
SWEPT_AT_ONCE = 500

_LISTING = text("""
    select l.status, i.state, i.opened_at, i.closes_at, mine.state as mine, lapse.lapsed_at, lapse.extended_at, lapse.released_at,
           (select min(s.slot_no) from slot s where s.lead_id = l.id and s.state = 'free') as free
      from lead l join listing i on i.lead_id = l.id
      left join slot mine on mine.lead_id = l.id and mine.provider_id = :provider
      left join hold_lapse lapse on lapse.lead_id = l.id and lapse.provider_id = :provider
     where l.id = :lead""")
# First the lock, then the look: a statement that waits for a lock still sees what was held before it.
_KEEP_WALLET = text("select from wallet where provider_id = :provider for no key update")
_HELD = text("""
    select count(s.lead_id) as held, coalesce(sum((s.quote ->> 'price_cents')::bigint), 0)::bigint as cents, w.balance_cents,
           w.frozen_at
      from wallet w left join slot s on s.provider_id = :provider and s.state = 'held' and s.expires_at >= :now
     where w.provider_id = :provider group by w.balance_cents, w.frozen_at""")
_FROZEN = text("select frozen_at from wallet where provider_id = :provider")
_TAKE = text("""
    update slot set state = 'held', provider_id = :provider, expires_at = :until, held_at = :now, extended_at = :extended,
           quote = cast(:quote as jsonb)
     where lead_id = :lead and slot_no = :slot and state = 'free'""")
_MINE = text("""
    select s.lead_id, s.slot_no, s.quote, s.held_at, s.expires_at, s.extended_at from slot s
     where s.lead_id = :lead and s.provider_id = :provider and s.state = 'held' and s.expires_at >= :now""")
_EXTEND = text("""
    update slot set expires_at = :until, extended_at = :now
     where lead_id = :lead and provider_id = :provider and state = 'held'""")
_KEEP_CLOCK = text("""
    insert into hold_lapse as h (lead_id, provider_id, lapsed_at, extended_at, released_at)
    select s.lead_id, s.provider_id, s.expires_at, s.extended_at, :now from slot s
     where s.lead_id = :lead and s.provider_id = :provider and s.state = 'held'
    on conflict (lead_id, provider_id) do update
      set lapsed_at = excluded.lapsed_at, extended_at = excluded.extended_at, released_at = excluded.released_at""")
_RELEASE = text("""
    update slot set state = 'free', provider_id = null, expires_at = null, quote = null, held_at = null, extended_at = null
     where lead_id = :lead and provider_id = :provider and state = 'held'""")
_LAPSED = text("""
    select distinct s.lead_id from slot s where s.state = 'held' and s.expires_at < :now order by s.lead_id limit :most""")


@dataclass(frozen=True, slots=True)
class Hold:
    """A slot in a cart: until when, and the price in cents that is honoured until then, with its receipt."""

    lead_id: UUID
    slot_no: int
    price_cents: int
    quote: Json
    held_at: datetime
    expires_at: datetime
    extended: bool


def hold(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> Hold:
    """Reserve one slot of a listing for the actor's company until the hold runs out (SPEC 9.2).

    Raises ``NotOnSale``, ``EarlyAccess``, ``HeldAlready``, ``BoughtAlready``, ``Lapsed``, ``SlotTaken``, ``CartFull``,
    ``WalletFrozen``, ``BalanceTooLow`` or ``CeilingReached``; the price is locked as it is quoted now.
    """
    provider_id = actor.require_provider()
    terms = payments.terms_of(session, provider_id=provider_id)
    found = _free_slot(session, lead_id, provider_id, terms, now=now)
    quote = pricing.quote(session, lead_id=lead_id, provider_id=provider_id, now=now)
    _check_cart(session, provider_id, terms.plan.cart_size, quote.price_cents, now=now)
    # Taken out of the cart and put back: the clock of the first time goes on, or one could hold a lead for ever.
    goes_on = found.lapsed_at is not None and found.lapsed_at > now
    until = found.lapsed_at if goes_on else now + timedelta(minutes=terms.plan.hold_minutes)
    extended = found.extended_at if goes_on else None
    values = {"lead": lead_id, "provider": provider_id, "slot": found.free, "now": now, "until": until, "extended": extended}
    # The quoted price is kept: it is honoured until the hold runs out.
    session.execute(_TAKE, values | {"quote": json.dumps(quote.document())})
    after = {"slot_no": found.free, "price_cents": quote.price_cents, "expires_at": until.isoformat()}
    audit.record(session, actor, "cart.held", entity_type="lead", entity_id=lead_id, now=now, after=after)
    events.record(session, actor=actor, kind="hold", lead_id=lead_id, now=now)
    live.touch(session, "marketplace", f"cart:{provider_id}")
    return Hold(lead_id, found.free, quote.price_cents, quote.document(), now, until, extended=extended is not None)


def extend_hold(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> Hold:
    """Give a hold the plan's minutes once more, counted from its end (SPEC 9.2).

    Raises ``HoldGone``, ``ExtendedAlready``, and ``ProviderNotActive`` or ``WalletFrozen`` for who could not buy it any more.
    """
    provider_id = actor.require_provider()
    terms = payments.terms_of(session, provider_id=provider_id)
    mine = lock_own(session, provider_id, lead_id, now=now)
    if mine.extended:
        raise ExtendedAlready
    _check_not_frozen(session.execute(_FROZEN, {"provider": provider_id}).scalar_one())
    until = mine.expires_at + timedelta(minutes=terms.plan.hold_minutes)
    session.execute(_EXTEND, {"lead": lead_id, "provider": provider_id, "until": until, "now": now})
    after = {"expires_at": until.isoformat()}
    audit.record(session, actor, "cart.extended", entity_type="lead", entity_id=lead_id, now=now, after=after)
    live.touch(session, f"cart:{provider_id}")
    return Hold(lead_id, mine.slot_no, mine.price_cents, mine.quote, mine.held_at, until, extended=True)


def release_hold(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> None:
    """Take a lead out of the cart; somebody else can hold it at once. Raises ``HoldGone``.

    Put back by the same company, it has the minutes that were left, and its extension if that was not used (SPEC 9.2).
    """
    provider_id = actor.require_provider()
    lock_own(session, provider_id, lead_id, now=now)
    session.execute(_KEEP_CLOCK, {"lead": lead_id, "provider": provider_id, "now": now})
    session.execute(_RELEASE, {"lead": lead_id, "provider": provider_id})
    audit.record(session, actor, "cart.released", entity_type="lead", entity_id=lead_id, now=now)
    live.touch(session, "marketplace", f"cart:{provider_id}")


def sweep_holds(session: Session, *, now: datetime) -> int:
    """Give back the slots whose hold ran out (SPEC 13.1); returns how many leads had one, ``SWEPT_AT_ONCE`` at most.

    Nothing depends on it: every query and every sale treats such a slot as free already.
    """
    stale = session.execute(_LAPSED, {"now": now, "most": SWEPT_AT_ONCE}).scalars().all()
    freed = 0
    for lead_id in stale:
        try:
            leads.lock(session, lead_id, wait=False)
        except leads.LeadNotFound:
            continue  # somebody works on it right now, and frees it there
        freed += bool(session.execute(text("select free_lapsed_holds(:lead, :now)"), {"lead": lead_id, "now": now}).scalar_one())
    session.execute(text("delete from hold_lapse where lapsed_at < :old"), {"old": now - 2 * REHOLD_AFTER})
    if freed:
        audit.record(session, SYSTEM, "cart.swept", entity_type="slot", entity_id=None, now=now, after={"leads": freed})
        live.touch(session, "marketplace")
    return freed


def lock_own(session: Session, provider_id: UUID, lead_id: UUID, *, now: datetime) -> Hold:
    """The company's live hold of a lead, whose row is kept until the transaction ends; raises ``HoldGone``."""
    try:
        leads.lock(session, lead_id)
    except leads.LeadNotFound:
        raise HoldGone from None
    row = session.execute(_MINE, {"lead": lead_id, "provider": provider_id, "now": now}).one_or_none()
    if row is None:
        raise HoldGone
    return hold_of(row)


def hold_of(row: Row[Any]) -> Hold:
    """A row with the slot's own columns."""
    price = row.quote["price_cents"]
    return Hold(row.lead_id, row.slot_no, price, row.quote, row.held_at, row.expires_at, row.extended_at is not None)


def _free_slot(session: Session, lead_id: UUID, provider_id: UUID, terms: payments.Terms, *, now: datetime) -> Row[Any]:
    """A listing with a slot (``free``) that this company may hold now; the lead's row is kept from here on."""
    try:
        leads.lock(session, lead_id)
    except leads.LeadNotFound:
        raise NotOnSale from None
    session.execute(text("select free_lapsed_holds(:lead, :now)"), {"lead": lead_id, "now": now})
    row = session.execute(_LISTING, {"lead": lead_id, "provider": provider_id}).one_or_none()
    if row is not None and row.mine:
        raise BoughtAlready if row.mine == "sold" else HeldAlready
    if row is not None and (row.status == "sold_out" or (row.status == "approved" and row.free is None)):
        raise SlotTaken
    if row is None or row.status != "approved" or row.state != "open" or row.closes_at <= now:
        raise NotOnSale
    _check_moment(row, terms, now=now)
    leads.check_may_be_sold(session, lead_id, now=now)
    return row


def _check_moment(row: Row[Any], terms: payments.Terms, *, now: datetime) -> None:
    """Raise ``EarlyAccess`` before the listing opens for the plan, ``Lapsed`` when the last hold ran out just now."""
    opens = row.opened_at + terms.wait
    if now < opens:
        raise EarlyAccess(ceil((opens - now).total_seconds() / 60))
    if row.lapsed_at is not None and row.lapsed_at <= now:
        again = (row.released_at or row.lapsed_at) + REHOLD_AFTER
        if now < again:
            raise Lapsed(ceil((again - now).total_seconds() / 60))


def _check_cart(session: Session, provider_id: UUID, size: int, price_cents: int, *, now: datetime) -> None:
    """Raise unless the cart has room and wallet and ceilings can bear all of it; the wallet's row is kept."""
    session.execute(_KEEP_WALLET, {"provider": provider_id})
    row = session.execute(_HELD, {"provider": provider_id, "now": now}).one()
    _check_not_frozen(row.frozen_at)
    if row.held >= size:
        raise CartFull(size)
    needed = row.cents + price_cents
    if needed > row.balance_cents:
        raise BalanceTooLow(needed_cents=needed, balance_cents=row.balance_cents)
    ceilings.check(session, provider_id, needed, now=now)


def _check_not_frozen(frozen_at: datetime | None) -> None:
    """Who may not buy takes no place from those who may."""
    if frozen_at is not None:
        raise ledger.WalletFrozen("wallet.frozen", "Your wallet is on hold: nothing can be bought. Your wallet's page says why.")
