"""Open the accounts between which money moves."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import ops
from core.kit.ids import uuid7
from core.ledger.errors import WalletMissing
from core.ledger.models import LedgerAccount, Wallet

HouseAccount = Literal["gateway", "revenue", "refunds", "bonus", "adjustments", "partner_payable"]


def open_wallet(session: Session, *, provider_id: UUID, now: datetime) -> Wallet:
    """The provider's wallet, opened empty unless it exists, with the house's reminder threshold (SPEC 6.1, 6.4)."""
    account = insert(LedgerAccount).values(id=uuid7(), kind="wallet", provider_id=provider_id, name="wallet", created_at=now)
    session.execute(account.on_conflict_do_nothing())
    account_id = session.scalars(select(LedgerAccount.id).filter_by(kind="wallet", provider_id=provider_id)).one()
    low = ops.threshold(session, "low_balance_cents")
    wallet = insert(Wallet).values(provider_id=provider_id, account_id=account_id, low_balance_cents=low, updated_at=now)
    session.execute(wallet.on_conflict_do_nothing())
    return session.scalars(select(Wallet).filter_by(provider_id=provider_id)).one()


def house_account(session: Session, kind: HouseAccount, *, now: datetime, name: str | None = None) -> UUID:
    """Id of the house's account of a kind, opened unless it exists; ``name`` tells several of a kind apart."""
    named = {"kind": kind, "name": name or kind}
    known = select(LedgerAccount.id).filter_by(provider_id=None, **named)
    found = session.scalar(known)
    if found is None:
        session.execute(insert(LedgerAccount).values(id=uuid7(), created_at=now, **named).on_conflict_do_nothing())
        found = session.scalars(known).one()
    return found


def wallet_account(session: Session, provider_id: UUID) -> UUID:
    """Id of the account behind a provider's wallet; raises ``WalletMissing``."""
    account = session.scalar(select(Wallet.account_id).filter_by(provider_id=provider_id))
    if account is None:
        raise WalletMissing("wallet.missing", "This provider has no wallet.")
    return account
