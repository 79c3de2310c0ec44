"""The reminder that a wallet runs low: one mail per crossing (SPEC 6.4), which a trigger in ``07_ledger.sql`` finds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ledger, providers
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.payments.errors import ThresholdInvalid

MOST_CENTS = 1_000_000_00


def set_low_balance(
    session: Session, *, actor: Actor, threshold_cents: int, provider_id: UUID | None = None, now: datetime
) -> None:
    """Choose the balance, in cents, below which the provider's people get a reminder; 0 is never (SPEC 6.4).

    Their own for providers, any one's for admins; raises ``ThresholdInvalid``.
    """
    owner = actor.require_provider() if actor.role == "provider" else provider_id
    if actor.role != "provider":
        actor.require("admin")
    if owner is None:
        raise ledger.WalletMissing("wallet.missing", "There is no such wallet.")
    if not 0 <= threshold_cents <= MOST_CENTS:
        wanted = f"Enter an amount from $0.00 to {format_usd(MOST_CENTS)}."
        raise ThresholdInvalid("wallet.threshold", wanted, fields={"threshold_cents": wanted})
    before = ledger.balance(session, actor=actor, provider_id=owner).low_balance_cents
    if before == threshold_cents:
        return
    session.execute(
        text("update wallet set low_balance_cents = :cents, updated_at = :now where provider_id = :id"),
        {"cents": threshold_cents, "now": now, "id": owner},
    )
    was, is_ = {"low_balance_cents": before}, {"low_balance_cents": threshold_cents}
    audit.record(
        session, actor, "wallet.threshold_changed", entity_type="provider", entity_id=owner, now=now, before=was, after=is_
    )


def announce_low_balance(
    session: Session, *, crossing: str, provider_id: UUID, balance_cents: int, threshold_cents: int, now: datetime
) -> None:
    """Mail the provider's people about one crossing, unless they switched this mail off; amounts as they were then."""
    if providers.wants_mail(session, provider_id=provider_id, template="low_balance"):
        request_mail(
            session,
            "low_balance",
            key=crossing,
            now=now,
            provider_id=provider_id,
            context={
                "balance": format_usd(balance_cents),
                "threshold": format_usd(threshold_cents),
                "link": f"{settings().base_url}/wallet",
            },
        )
