"""Money that does not add up, for the alarm of operations (SPEC 6.1, 13.4)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.metrics import LEDGER_DRIFT, Reading

# Nightly reconciliation freezes what differs; looking at frozen wallets alone costs next to nothing.
_OPEN = text("""
    select coalesce(sum(abs(balance_cents - booked_balance(account_id))), 0)::bigint from wallet where frozen_at is not null""")


def open_drift_cents(session: Session) -> int:
    """Cents by which frozen wallets differ from their transfers; zero once an admin has settled them."""
    return int(session.execute(_OPEN).scalar_one())


def gauges(session: Session) -> list[Reading]:
    """The open drift as Prometheus reads it."""
    return [Reading(LEDGER_DRIFT, open_drift_cents(session))]
