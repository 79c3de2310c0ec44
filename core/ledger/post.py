"""Post one transfer: the only way money moves, whoever asks (SPEC 6.1)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit
from core.kit import metrics
from core.kit.actor import Actor, Role
from core.kit.money import format_usd
from core.ledger.errors import InsufficientBalance, InvalidTransfer, TransferKeyReused, WalletFrozen
from core.ledger.models import Transfer, Wallet

Kind = Literal[
    "lead_charge", "refund", "deposit", "bonus", "manual_credit", "manual_debit", "plan_fee", "chargeback", "correction",
    "partner_share", "partner_payout",
]  # fmt: skip
KIND_WORDS: dict[str, str] = {
    "lead_charge": "Lead",
    "refund": "Refund",
    "deposit": "Deposit",
    "bonus": "Bonus",
    "manual_credit": "Credit by the house",
    "manual_debit": "Debit by the house",
    "plan_fee": "Plan",
    "chargeback": "Chargeback",
    "correction": "Correction",
    "partner_share": "Partner share",
    "partner_payout": "Payout to a partner",
}
# Who may cause a transfer of a kind; the system may cause any.
MAY_POST: dict[Kind, tuple[Role, ...]] = {
    "lead_charge": ("provider",),
    "refund": ("admin",),
    "bonus": ("admin",),
    "manual_credit": ("admin",),
    "manual_debit": ("admin",),
    "chargeback": ("admin",),
    "plan_fee": ("provider", "admin"),
    "partner_payout": ("admin",),
}
CONTENT = ("debit_account_id", "credit_account_id", "amount_cents", "kind", "reference_type", "reference_id", "memo")
REFUSALS = (InsufficientBalance, WalletFrozen)


def post(
    session: Session,
    *,
    actor: Actor,
    debit: UUID,
    credit: UUID,
    amount_cents: int,
    kind: Kind,
    idempotency_key: str,
    now: datetime,
    memo: str | None = None,
    reference_type: str | None = None,
    reference_id: UUID | None = None,
) -> Transfer:
    """Move ``amount_cents`` from the debited to the credited account, exactly once per key (SPEC 6.1).

    Returns the first transfer when the key is repeated with the same content. Raises ``TransferKeyReused``
    for other content, ``InsufficientBalance``, ``WalletFrozen``, ``InvalidTransfer``, ``Forbidden``.
    """
    actor.require(*MAY_POST.get(kind, ()))
    if amount_cents <= 0:
        raise InvalidTransfer("transfer.amount", "Enter an amount above zero.", fields={"amount": "Enter an amount above zero."})
    wanted = Transfer(debit_account_id=debit, credit_account_id=credit, amount_cents=amount_cents, kind=kind, memo=memo)
    wanted.reference_type, wanted.reference_id, wanted.idempotency_key = reference_type, reference_id, idempotency_key
    with metrics.BILLING_SECONDS.time(), metrics.BILLING_FAILURES.count_exceptions(REFUSALS):
        first = _first_with_key(session, idempotency_key)
        if first is not None:
            return _same(first, wanted)
        # The id is made under the wallets' locks, so that a wallet's transfers sort in the order they happened.
        wanted.wallet_balance_cents = _balance_after(_lock_wallets(session, debit, credit), wanted)
        wanted.id = session.execute(select(func.dated_id(now))).scalar_one()
        wanted.actor_id, wanted.at = actor.user_id, now
        session.add(wanted)
        session.flush()
    _record(session, actor, wanted, now)
    return wanted


def _first_with_key(session: Session, key: str) -> Transfer | None:
    """The transfer that already has the key; a second caller with the same key waits here for the first."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"transfer:{key}", 0))))
    return session.scalars(select(Transfer).filter_by(idempotency_key=key)).one_or_none()


def _same(first: Transfer, wanted: Transfer) -> Transfer:
    if any(getattr(first, name) != getattr(wanted, name) for name in CONTENT):
        raise TransferKeyReused("transfer.key_reused", "This key belongs to another transfer. Use a new key for a new transfer.")
    return first


def _lock_wallets(session: Session, *accounts: UUID) -> dict[UUID, Wallet]:
    """The wallets among the accounts, locked in the order of their providers and read as they are now."""
    query = select(Wallet).where(Wallet.account_id.in_(accounts)).order_by(Wallet.provider_id).with_for_update(key_share=True)
    return {wallet.account_id: wallet for wallet in session.scalars(query.execution_options(populate_existing=True))}


def _balance_after(wallets: dict[UUID, Wallet], wanted: Transfer) -> int | None:
    """What the wallet touched will hold; raises when the debited one can't or may not pay."""
    payer, payee = wallets.get(wanted.debit_account_id), wallets.get(wanted.credit_account_id)
    if payer is None:
        return payee.balance_cents + wanted.amount_cents if payee else None
    if payer.frozen_at is not None:
        raise WalletFrozen(
            "wallet.frozen", "This wallet is frozen while its balance is checked. An administrator must release it."
        )
    if payer.balance_cents < wanted.amount_cents:
        raise InsufficientBalance(
            "wallet.insufficient_balance",
            f"The wallet holds {format_usd(payer.balance_cents)}; this takes {format_usd(wanted.amount_cents)}. Add money first.",
        )
    return payer.balance_cents - wanted.amount_cents


def _record(session: Session, actor: Actor, transfer: Transfer, now: datetime) -> None:
    after = {name: str(getattr(transfer, name)) for name in ("debit_account_id", "credit_account_id")}
    figures = {"amount_cents": transfer.amount_cents, "wallet_balance_cents": transfer.wallet_balance_cents}
    audit.record(
        session,
        actor,
        f"ledger.{transfer.kind}",
        entity_type="transfer",
        entity_id=transfer.id,
        now=now,
        after=after | figures,
        memo=transfer.memo,
    )
