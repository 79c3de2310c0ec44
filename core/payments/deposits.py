"""Start a deposit and have the gateway opened for it (SPEC 6.2).

The row comes first and by itself; the gateway is asked afterwards, by an edge or a job, while no transaction is
open. ``opening`` and ``note_opened`` are the two short transactions around that call.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.ids import uuid7
from core.kit.money import format_usd
from core.payments import gateways
from core.payments.errors import DepositInvalid, DepositNotFound, DepositNotPayable, NoSavedMethod
from core.payments.gateways import Opened, Order
from core.payments.gateways.notices import Notice
from core.payments.models import Deposit
from core.payments.packs import get_pack

PURPOSE = "deposit"


@dataclass(frozen=True, slots=True)
class StartedDeposit:
    """A deposit that waits for its payment: send the person to ``redirect_url``."""

    deposit_id: UUID
    redirect_url: str


def start_deposit(
    session: Session,
    *,
    actor: Actor,
    gateway: str,
    amount_cents: int | None = None,
    pack_id: UUID | None = None,
    save_method: bool = False,
    now: datetime,
) -> StartedDeposit:
    """Note that the actor's provider wants to pay in an amount in cents, or a pack with its bonus (SPEC 6.2, 6.6).

    Nothing is charged and the gateway is not asked yet: ``redirect_url`` does that. ``save_method`` keeps the card
    for automatic top-ups. Raises ``DepositInvalid``, ``PackNotFound``, ``GatewayNotConfigured``, ``NoSavedMethod``.
    """
    provider_id = actor.require_provider()
    known = gateways.require(gateway)
    if save_method and known != "stripe":
        raise NoSavedMethod("payment_method.gateway", "Only a card can be saved for automatic top-ups. Choose card instead.")
    amount, bonus = _amount(session, amount_cents, pack_id)
    deposit = Deposit(
        id=uuid7(),
        provider_id=provider_id,
        gateway=known,
        amount_cents=amount,
        bonus_cents=bonus,
        pack_id=pack_id,
        save_method=save_method,
        started_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(deposit)
    session.flush()
    figures = {"gateway": known, "amount_cents": amount, "bonus_cents": bonus, "provider_id": str(provider_id)}
    audit.record(session, actor, "deposit.started", entity_type="deposit", entity_id=deposit.id, now=now, after=figures)
    return StartedDeposit(deposit.id, pay_url(deposit.id))


def opening(session: Session, *, deposit_id: UUID, key: str) -> Order | Opened:
    """What to ask the gateway for, or what it answered before; ``key`` is the signature in the deposit's own links.

    Raises ``DepositNotFound`` for a wrong key, ``DepositNotPayable`` once it is paid or failed.
    """
    deposit = _by_link(session, deposit_id, key)
    if deposit.status != "pending":
        raise DepositNotPayable("deposit.not_payable", f"This deposit is {deposit.status} already. See your wallet.")
    if deposit.gateway_ref and deposit.gateway_url:
        return Opened(deposit.gateway_ref, deposit.gateway_url)
    return Order(
        deposit_id=deposit.id,
        amount_cents=deposit.amount_cents,
        return_url=f"{_base(deposit.id)}/done?key={key}",
        cancel_url=f"{_base(deposit.id)}/cancelled?key={key}",
        save_method=deposit.save_method,
    )


def gateway_of(session: Session, deposit_id: UUID) -> gateways.Gateway:
    """Which gateway a deposit goes through; raises ``DepositNotFound``."""
    name = session.scalar(select(Deposit.gateway).where(Deposit.id == deposit_id))
    if name is None:
        raise DepositNotFound("deposit.not_found", "There is no such deposit.")
    return gateways.require(name)


def note_opened(session: Session, *, deposit_id: UUID, opened: Opened, now: datetime) -> None:
    """Keep the gateway's name for a deposit; the first one stands, since the gateway gives the same one again."""
    deposit = lock(session, deposit_id)
    if deposit.gateway_ref is None:
        deposit.gateway_ref, deposit.gateway_url, deposit.updated_at = opened.gateway_ref, opened.url, now
        session.flush()


def state_by_link(session: Session, *, deposit_id: UUID, key: str) -> Deposit:
    """The deposit behind a return page; raises ``DepositNotFound`` for a wrong key."""
    return _by_link(session, deposit_id, key)


def lock(session: Session, deposit_id: UUID) -> Deposit:
    """The deposit's row, held until the transaction ends; raises ``DepositNotFound``."""
    query = select(Deposit).where(Deposit.id == deposit_id).with_for_update().execution_options(populate_existing=True)
    deposit = session.scalar(query)
    if deposit is None:
        raise DepositNotFound("deposit.not_found", "There is no such deposit.")
    return deposit


def find_and_lock(session: Session, gateway: gateways.Gateway, notice: Notice) -> Deposit | None:
    """The deposit that an event is about, its row held: by our id in it, else by the gateway's own names."""
    query = select(Deposit).where(Deposit.gateway == gateway)
    if notice.deposit_id:
        query = query.where(Deposit.id == notice.deposit_id)
    elif notice.gateway_ref:
        query = query.where(Deposit.gateway_ref == notice.gateway_ref)
    elif notice.payment_ref:
        query = query.where(Deposit.payment_ref == notice.payment_ref)
    else:
        return None
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def pay_url(deposit_id: UUID) -> str:
    """Our own link that leads to the gateway's page: signed, so that it needs no sign-in and can't be guessed."""
    return f"{_base(deposit_id)}?key={crypto.sign(str(deposit_id), purpose=PURPOSE)}"


def _base(deposit_id: UUID) -> str:
    return f"{settings().base_url}/pay/{deposit_id}"


def _by_link(session: Session, deposit_id: UUID, key: str) -> Deposit:
    deposit = session.get(Deposit, deposit_id) if crypto.signature_ok(str(deposit_id), key, purpose=PURPOSE) else None
    if deposit is None:
        raise DepositNotFound("deposit.link", "This payment link is not valid. Start the deposit again from your wallet.")
    return deposit


def _amount(session: Session, amount_cents: int | None, pack_id: UUID | None) -> tuple[int, int]:
    """Amount and bonus in cents: those of the pack, or the amount within its bounds."""
    if (amount_cents is None) == (pack_id is None):
        words = "Name an amount or choose a pack, one of the two."
        raise DepositInvalid("deposit.amount", words, fields={"amount_cents": words})
    if pack_id is not None:
        pack = get_pack(session, pack_id=pack_id)
        return pack.amount_cents, pack.bonus_cents
    assert amount_cents is not None
    least, most = ops.threshold(session, "deposit_least_cents"), ops.threshold(session, "deposit_most_cents")
    if not least <= amount_cents <= most:
        words = f"Enter an amount from {format_usd(least)} to {format_usd(most)}."
        raise DepositInvalid("deposit.amount", words, fields={"amount_cents": words})
    return amount_cents, 0
