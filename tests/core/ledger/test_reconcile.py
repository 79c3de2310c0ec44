"""Drift is found, small drift corrected, larger drift frozen until an admin decides (SPEC 6.1)."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import ledger
from core.kit import metrics
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.providers.models import Provider
from tests.builders import a_level, a_niche, a_provider, a_subscription
from tests.core.audit.chain import behind_the_back

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


def test_a_balance_tampered_with_behind_everybodys_back(database: Engine, now: datetime) -> None:
    """As a superuser with triggers off: found, told to the admins, corrected up to a cent, frozen above (SPEC 6.1)."""
    with transaction() as session:
        companies = [a_provider(session, now, balance_cents=1000) for _ in range(4)]
    with behind_the_back() as session:
        for company, cents in zip(companies[:3], (1001, 1100, 400), strict=True):
            session.execute(text("update wallet set balance_cents = :c where provider_id = :p"), {"c": cents, "p": company.id})
    with transaction() as session:
        wrong = [check for check in ledger.verify(session) if not check.ok]
        assert [check.name for check in wrong] == ["wallet balances"]
        assert str(min(company.id for company in companies[:3])) in wrong[0].detail and "3 wallets in all" in wrong[0].detail
        told_before = metric("corrected"), metric("frozen")
        drifts = ledger.reconcile(session, now=now)
    assert [(drift.cached_cents, drift.corrected) for drift in drifts] == [(1001, True), (1100, False), (400, False)]
    assert (metric("corrected"), metric("frozen")) == (told_before[0] + 1, told_before[1] + 2)
    with transaction() as session:
        wallets = [ledger.balance(session, actor=ADMIN, provider_id=company.id) for company in companies]
        assert [(wallet.balance_cents, wallet.frozen_at is not None) for wallet in wallets] == [
            (1000, False),
            (1100, True),
            (400, True),
            (1000, False),
        ]
        mails = session.execute(text("select payload from outbox where key like 'ledger_drift:%' order by id")).scalars().all()
        assert [mail["context"]["difference"] for mail in mails] == ["$0.01", "$1.00", "$6.00"]
        assert companies[1].company_name in mails[1]["context"]["finding"] and "provider_id" not in mails[1]
        assert actions(session, companies[1]) == ["wallet.frozen"]
        with pytest.raises(ledger.WalletFrozen):
            given = {"amount_cents": 100, "memo": "a memo of the test", "idempotency_key": "x", "now": now}
            ledger.debit_manually(session, actor=ADMIN, provider_id=companies[1].id, **given)
        for company in companies[1:3]:
            memo = "looked at the transfers, they are right"
            assert ledger.unfreeze(session, actor=ADMIN, provider_id=company.id, memo=memo, now=now) == 1000
        assert all(check.ok for check in ledger.verify(session))


def test_drift_of_a_wallet_frozen_for_another_reason_is_told_once(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=1000)
    ledger.freeze(session, actor=ADMIN, provider_id=provider.id, reason="A payment was taken back.", now=now)
    falsify(session, provider, 5000)
    assert ledger.reconcile(session, now=now) == [ledger.Drift(provider.id, 5000, 1000, corrected=False)]
    assert ledger.reconcile(session, now=now) == []
    reason = ledger.balance(session, actor=ADMIN, provider_id=provider.id).frozen_reason
    assert reason is not None and reason.startswith("The cached balance was $50.00") and "A payment was taken back." in reason


def metric(outcome: str) -> float:
    return metrics.LEDGER_DRIFTS.labels(outcome)._value.get()
