"""Drift is found, small drift corrected, larger drift frozen until an admin decides (SPEC 6.1)."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.providers.models import Provider
from tests.builders import a_level, a_niche, a_provider, a_subscription

ADMIN = Actor(user_id=uuid7(), role="admin")


def falsify(session: Session, provider: Provider, cents: int) -> None:
    """Change a cached balance behind the ledger's back, as only the owner of the database can."""
    session.execute(text("set local role none"))
    session.execute(text("update wallet set balance_cents = :c where provider_id = :p"), {"c": cents, "p": provider.id})
    session.execute(text("set local role hotleads_app"))


def actions(session: Session, provider: Provider) -> list[str]:
    query = text("select action from audit_entry where entity_id = :p order by id")
    return list(session.execute(query, {"p": provider.id}).scalars())


def test_books_in_order_need_nothing(session: Session, now: datetime) -> None:
    a_provider(session, now)
    assert ledger.reconcile(session, now=now) == []


@pytest.mark.parametrize("cached", [999, 1001])
def test_one_cent_is_corrected_and_audited(session: Session, now: datetime, cached: int) -> None:
    provider = a_provider(session, now, balance_cents=1000)
    falsify(session, provider, cached)
    assert [check.ok for check in ledger.verify(session)] == [True, False, True, True]
    assert ledger.reconcile(session, now=now) == [ledger.Drift(provider.id, cached, 1000, corrected=True)]
    wallet = ledger.balance(session, actor=ADMIN, provider_id=provider.id)
    assert (wallet.balance_cents, wallet.frozen_at) == (1000, None)
    assert actions(session, provider) == ["wallet.corrected"]
    assert all(check.ok for check in ledger.verify(session))


@pytest.mark.parametrize("cached", [998, 1002, 0, 50_000])
def test_more_freezes_until_an_admin_decides(session: Session, now: datetime, cached: int) -> None:
    provider = a_provider(session, now, balance_cents=1000)
    falsify(session, provider, cached)
    assert ledger.reconcile(session, now=now) == [ledger.Drift(provider.id, cached, 1000, corrected=False)]
    assert ledger.reconcile(session, now=now) == [], "a frozen wallet is not reported again every night"
    wallet = ledger.balance(session, actor=ADMIN, provider_id=provider.id)
    assert (wallet.balance_cents, wallet.frozen_at) == (cached, now)
    released = ledger.unfreeze(session, actor=ADMIN, provider_id=provider.id, memo="restored from the books", now=now)
    assert released == 1000
    assert ledger.balance(session, actor=ADMIN, provider_id=provider.id).frozen_at is None
    assert actions(session, provider) == ["wallet.frozen", "wallet.unfrozen"]
    assert all(check.ok for check in ledger.verify(session))


def test_releasing_takes_an_admin_and_a_reason(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    with pytest.raises(Forbidden):
        analyst = Actor(user_id=uuid7(), role="analyst")
        ledger.unfreeze(session, actor=analyst, provider_id=provider.id, memo="restored from the books", now=now)
    with pytest.raises(ledger.InvalidTransfer):
        ledger.unfreeze(session, actor=ADMIN, provider_id=provider.id, memo="because", now=now)


def test_subscriptions_stop_and_start_with_the_wallet(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=3000)
    niche = a_niche(session, now)
    cheap, dear = a_level(session, now, niche, price_cents=1000), a_level(session, now, niche, price_cents=2000)
    subscriptions = [a_subscription(session, now, provider, level) for level in (cheap, dear)]

    def states() -> list[tuple[str, str | None]]:
        session.expire_all()
        return [(subscription.status, subscription.inactive_reason) for subscription in subscriptions]

    more = {"actor": ADMIN, "provider_id": provider.id, "memo": "a memo of the test", "now": now}
    ledger.debit_manually(session, amount_cents=1001, idempotency_key="1", **more)
    assert states() == [("active", None), ("inactive", "insufficient_balance")]
    ledger.debit_manually(session, amount_cents=1000, idempotency_key="2", **more)
    assert states() == [("inactive", "insufficient_balance")] * 2
    ledger.credit_manually(session, amount_cents=1001, idempotency_key="3", **more)
    assert states() == [("active", None)] * 2
    told = session.execute(text("select key from outbox where kind = 'subscription.changed' order by created_at, key")).scalars()
    assert set(told) == {f"{s.id}:{change}" for s in subscriptions for change in ("deactivated", "reactivated")}
