"""Money that a gateway takes back: chargebacks, refunds at the gateway, and their return when they are won (SPEC 6.2).

Every dispute or refund is one row that only moves forward (open, lost, won). What a deposit has lost is worked out
from all rows of its payment, so the order in which they came does not matter; the difference is moved. A pack's bonus
goes the same way as its deposit, share for share: it was given for that money.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, ledger
from core.kit.actor import SYSTEM, Actor
from core.kit.config import settings
from core.kit.ids import uuid7
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.payments.errors import NothingOwed
from core.payments.gateways import NAMES, Gateway
from core.payments.gateways.notices import Notice
from core.payments.models import Deposit

FROZEN = "A payment was taken back by the bank or the gateway. Buying is suspended until it is settled."


# States in order: the later one stands, whichever was told last.
_NOTE = text("""
    insert into payment_reversal as known
           (id, gateway, reversal_ref, payment_ref, kind, state, amount_cents, created_at, updated_at)
    values (:id, :gateway, :ref, :payment, :kind, :state, :cents, :now, :now)
    on conflict on constraint payment_reversal_once do update
       set state = case when array_position(array['open', 'lost', 'won'], excluded.state)
                           > array_position(array['open', 'lost', 'won'], known.state) then excluded.state else known.state end,
           amount_cents = greatest(known.amount_cents, excluded.amount_cents), updated_at = excluded.updated_at""")


def note(session: Session, gateway: Gateway, notice: Notice, *, now: datetime) -> None:
    """Remember a dispute or refund by its own name; the further of two states and the larger of two amounts stand."""
    named = {"ref": notice.reversal_ref, "payment": notice.payment_ref, "kind": notice.reversal_kind, "state": notice.state}
    session.execute(_NOTE, named | {"id": uuid7(), "gateway": gateway, "cents": notice.amount_cents, "now": now})


def settle(session: Session, deposit: Deposit, *, now: datetime) -> bool:
    """Move what the gateway has taken back of a completed deposit, with its share of the bonus, to the provider's
    receivable, or back (SPEC 6.2, 6.6). No wallet pays for it, so none can fall below zero.

    The caller holds the deposit's row. True when something moved: then the wallet is frozen, or released when the
    provider owes nothing any more; what an admin had settled from it meanwhile comes back to it.
    """
    if deposit.status != "completed":
        return False
    asked = {"gateway": deposit.gateway, "payment": deposit.payment_ref, "paid": deposit.amount_cents}
    wanted: int = session.execute(text("select taken_back(:gateway, :payment, :paid)"), asked).scalar_one()
    change = wanted - deposit.reversed_cents
    if change == 0:
        return False
    bonus_before = deposit.bonus_reversed_cents
    deposit.reversed_cents, deposit.reversal_steps, deposit.updated_at = wanted, deposit.reversal_steps + 1, now
    session.flush()
    session.refresh(deposit, ["bonus_reversed_cents"])
    bonus_change = deposit.bonus_reversed_cents - bonus_before
    _move(session, deposit, change, now)
    _move_bonus(session, deposit, bonus_change, now)
    if change > 0:
        _suspend(session, deposit, change, bonus_change, now)
    else:
        _square(session, deposit, now)
    return True


def settle_debt(session: Session, *, actor: Actor, provider_id: UUID, memo: str, now: datetime) -> int:
    """Take what a provider owes out of its wallet, as far as it goes, and release the wallet once nothing is owed.

    Admins only, memo of 10..500. Returns what is still owed, in cents; raises ``NothingOwed``, and ``WalletFrozen`` for a
    wallet that is on hold for another reason, which is to be decided first.
    """
    actor.require("admin")
    # Deposits before wallets, as everywhere: an event of the gateway may come meanwhile.
    held = text("select id from deposit where provider_id = :p and reversed_cents > 0 order by id for update")
    deposits = session.scalars(held, {"p": provider_id}).all()
    _check_hold(session, provider_id)
    # Under the wallet's lock: what another dispute took back meanwhile is owed, too.
    owed = ledger.owed(session, provider_id)
    if owed <= 0:
        raise NothingOwed("receivable.none", "This provider owes nothing.")
    balance = ledger.unfreeze(session, actor=actor, provider_id=provider_id, memo=memo, now=now)
    paid = min(owed, balance)
    if paid:
        _pay_off(session, actor, provider_id, paid, memo, now)
    if paid < owed:
        ledger.freeze(session, actor=actor, provider_id=provider_id, reason=FROZEN, now=now)
        still = text("update deposit set froze_wallet_at = :now where id = any(:ids)")
        session.execute(still, {"ids": list(deposits), "now": now})
    return owed - paid


def _pay_off(session: Session, actor: Actor, provider_id: UUID, cents: int, memo: str, now: datetime) -> None:
    ledger.post(
        session,
        actor=actor,
        debit=ledger.wallet_account(session, provider_id),
        credit=ledger.receivable_account(session, provider_id, now=now),
        amount_cents=cents,
        kind="chargeback",
        idempotency_key=f"settled:{uuid7()}",
        now=now,
        memo=memo.strip(),
    )


def deposit_of(session: Session, gateway: Gateway, payment_ref: str) -> Deposit | None:
    """The deposit that a payment belongs to, its row held, if we know it yet."""
    query = select(Deposit).where(Deposit.gateway == gateway, Deposit.payment_ref == payment_ref)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _move(session: Session, deposit: Deposit, change: int, now: datetime) -> None:
    """Money: from the receivable to the gateway, or back."""
    gateway = ledger.house_account(session, "gateway", name=deposit.gateway, now=now)
    memo = "Taken back at the gateway." if change > 0 else "Given back by the gateway."
    _owe(session, deposit, change, to=gateway, key=f"reversal:{deposit.id}:{deposit.reversal_steps}", memo=memo, now=now)


def _move_bonus(session: Session, deposit: Deposit, change: int, now: datetime) -> None:
    """The bonus: from the receivable to where it came from, or back; nothing when less than a cent of it is due."""
    if change == 0:
        return
    bonus = ledger.house_account(session, "bonus", now=now)
    memo = "Bonus of a deposit that was taken back." if change > 0 else "Bonus of a deposit that was given back."
    _owe(session, deposit, change, to=bonus, key=f"reversal:{deposit.id}:{deposit.reversal_steps}:bonus", memo=memo, now=now)


def _owe(session: Session, deposit: Deposit, change: int, *, to: UUID, key: str, memo: str, now: datetime) -> None:
    """The provider owes that many cents more to an account of the house, or fewer; neither account is a wallet."""
    receivable = ledger.receivable_account(session, deposit.provider_id, now=now)
    ledger.post(
        session,
        actor=SYSTEM,
        debit=receivable if change > 0 else to,
        credit=to if change > 0 else receivable,
        amount_cents=abs(change),
        kind="chargeback",
        idempotency_key=key,
        now=now,
        memo=memo,
        reference_type="deposit",
        reference_id=deposit.id,
    )


def _suspend(session: Session, deposit: Deposit, change: int, bonus_change: int, now: datetime) -> None:
    """Freeze the wallet, which suspends buying, and tell both sides."""
    if ledger.freeze(session, actor=SYSTEM, provider_id=deposit.provider_id, reason=FROZEN, now=now):
        deposit.froze_wallet_at = now
        session.flush()
    after = {"reversed_cents": deposit.reversed_cents, "change_cents": change, "bonus_change_cents": bonus_change}
    audit.record(session, SYSTEM, "deposit.reversed", entity_type="deposit", entity_id=deposit.id, now=now, after=after)
    key = f"{deposit.id}:{deposit.reversal_steps}"
    company = session.execute(text("select company_name from provider where id = :p"), {"p": deposit.provider_id}).scalar_one()
    about = {
        "company": company,
        "amount": format_usd(change),
        "bonus": format_usd(bonus_change) if bonus_change else "",
        "gateway": NAMES["stripe" if deposit.gateway == "stripe" else "paypal"],
        "reference": str(deposit.payment_ref),
        "link": f"{settings().base_url}/providers?provider={deposit.provider_id}",
    }
    request_mail(session, "chargeback", key=key, now=now, context=about)
    and_bonus = f", and with them a bonus of {format_usd(bonus_change)}" if bonus_change else ""
    told = {
        "reason": f"{format_usd(change)} were taken back by the bank or the gateway{and_bonus}.",
        "link": f"{settings().base_url}/wallet",
    }
    request_mail(session, "wallet_frozen", key=key, now=now, provider_id=deposit.provider_id, context=told)


def _square(session: Session, deposit: Deposit, now: datetime) -> None:
    """After money came back: to the wallet goes what was settled from it and is owed no more, and it is released."""
    # Two disputes of a company may be won at once: whoever has the wallet second sees what the first one moved.
    session.execute(text("select from wallet where provider_id = :p for no key update"), {"p": deposit.provider_id})
    owed = ledger.owed(session, deposit.provider_id)
    if owed < 0:
        ledger.post(
            session,
            actor=SYSTEM,
            debit=ledger.receivable_account(session, deposit.provider_id, now=now),
            credit=ledger.wallet_account(session, deposit.provider_id),
            amount_cents=-owed,
            kind="chargeback",
            idempotency_key=f"reversal:{deposit.id}:{deposit.reversal_steps}:settled",
            now=now,
            memo="Paid for a reversal that the gateway has given back.",
            reference_type="deposit",
            reference_id=deposit.id,
        )
    if owed <= 0:
        _release(session, deposit.provider_id, now)


def _check_hold(session: Session, provider_id: UUID) -> None:
    """Raise ``WalletFrozen`` when the wallet's hold has another reason than money that was taken back (SPEC 6.1)."""
    reason = session.execute(
        text("select frozen_reason from wallet where provider_id = :p for no key update"), {"p": provider_id}
    ).scalar_one_or_none()
    if reason not in (None, FROZEN):
        words = f"This wallet is on hold for another reason: {reason} Decide about that and release it, then settle the debt."
        raise ledger.WalletFrozen("wallet.frozen", words)


def _release(session: Session, provider_id: UUID, now: datetime) -> None:
    """Lift a freeze that reversals caused; one that has another reason, or got one more since, stays."""
    ours = text("""select exists (select from wallet w join deposit d on d.provider_id = w.provider_id
                    where w.provider_id = :p and d.froze_wallet_at = w.frozen_at and w.frozen_reason = :ours)""")
    if session.execute(ours, {"p": provider_id, "ours": FROZEN}).scalar_one():
        ledger.unfreeze(session, actor=SYSTEM, provider_id=provider_id, memo="The gateway gave the money back.", now=now)
