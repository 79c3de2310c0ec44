"""An admin's hand on a wallet: with a reason, never below zero (SPEC 6.3)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.ledger.accounts import house_account, wallet_account
from core.ledger.errors import InvalidTransfer
from core.ledger.models import Transfer
from core.ledger.post import post

SHORTEST_MEMO, LONGEST_MEMO = 10, 500


def credit_manually(
    session: Session, *, actor: Actor, provider_id: UUID, amount_cents: int, memo: str, idempotency_key: str, now: datetime
) -> Transfer:
    """Put money into a provider's wallet from the adjustments account (SPEC 6.3); admins only, memo of 10..500 characters."""
    actor.require("admin")
    return post(
        session,
        actor=actor,
        debit=house_account(session, "adjustments", now=now),
        credit=wallet_account(session, provider_id),
        amount_cents=amount_cents,
        kind="manual_credit",
        idempotency_key=idempotency_key,
        now=now,
        memo=_checked(memo),
    )


def debit_manually(
    session: Session, *, actor: Actor, provider_id: UUID, amount_cents: int, memo: str, idempotency_key: str, now: datetime
) -> Transfer:
    """Take money out of a provider's wallet (SPEC 6.3); raises ``InsufficientBalance`` rather than go below zero."""
    actor.require("admin")
    return post(
        session,
        actor=actor,
        debit=wallet_account(session, provider_id),
        credit=house_account(session, "adjustments", now=now),
        amount_cents=amount_cents,
        kind="manual_debit",
        idempotency_key=idempotency_key,
        now=now,
        memo=_checked(memo),
    )


def _checked(memo: str) -> str:
    memo = memo.strip()
    if not SHORTEST_MEMO <= len(memo) <= LONGEST_MEMO:
        words = f"Say why in {SHORTEST_MEMO} to {LONGEST_MEMO} characters."
        raise InvalidTransfer("transfer.memo", words, fields={"memo": words})
    return memo
