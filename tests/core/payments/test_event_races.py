"""Eight connections with the same event, events of one payment at once, a worker killed in between (SPEC 6.2)."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, exc, text

from core import ledger, payments
from core.kit import clock
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from jobs.work import work
from tests.at_once import each_at_once
from tests.builders import a_user
from tests.core.payments.paying import Headers, Payer, a_deposit, a_payer, accounts, paid_by, ref_of, row, take
from tests.core.payments.stories import STORIES, tell
from tests.eventually import eventually, waits_for

AT_ONCE = 8


def receive(signed: Signed) -> bool:
    now = clock.utc_now()
    delivery = payments.verify_webhook(signed.gateway, Headers(signed.headers), signed.body, now=now)
    with transaction() as session:
        return payments.receive_webhook(session, delivery=delivery, now=now).first


def waiting() -> list[str]:
    with transaction() as session:
        rows = session.execute(
            text("select id from outbox where kind like 'payment.%' and state = 'ready' order by id")
        ).scalars()
        return [str(job) for job in rows]


def begin(gateway: str) -> tuple[Payer, UUID, str]:
    with transaction() as session:
        payer = a_payer(session, clock.utc_now())
        deposit = a_deposit(session, payer, gateway)
        return payer, deposit, ref_of(session, deposit)


def books(payer: Payer) -> dict[str, int]:
    with transaction() as session:
        assert all(check.ok for check in [*payments.verify(session), *ledger.verify(session)])
        return accounts(session, payer)


def test_a_debt_is_settled_while_another_payment_is_taken_back(database: Engine, gateways: Gateways) -> None:
    """Who waits for the wallet then sees what is owed by then; else it would be released with a debt (SPEC 6.2)."""
    with transaction() as session:
        payer = a_payer(session, clock.utc_now())
        admin = Actor(user_id=a_user(session, clock.utc_now()).id, role="admin")
        deposits = [a_deposit(session, payer, cents=cents) for cents in (3_000, 10_000)]
        for deposit in deposits:
            take(session, *paid_by(gateways, session, deposit, "stripe"))
        first, second = (str(row(session, deposit).payment_ref) for deposit in deposits)
        take(session, *gateways.stripe.dispute(first))

    def settle() -> int:
        with transaction() as session:
            return payments.settle_debt(
                session, actor=admin, provider_id=payer.provider, memo="Agreed by telephone.", now=clock.utc_now()
            )

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            take(session, *gateways.stripe.dispute(second))
            settled = pool.submit(settle)
            eventually(partial(waits_for, session))
        left = settled.result()
    with transaction() as session:
        view = ledger.balance(session, actor=admin, provider_id=payer.provider)
        assert (left, ledger.owed(session, payer.provider), view.balance_cents) == (0, 0, 0) and view.frozen_at is None
    assert books(payer) == {"stripe": 0} or books(payer) == {}


@pytest.mark.parametrize("gateway", ["stripe", "paypal"])
def test_the_same_event_on_eight_connections(database: Engine, gateways: Gateways, gateway: str) -> None:
    payer, _, ref = begin(gateway)
    steps = ("pay",) if gateway == "stripe" else ("approve", "capture")
    paid = tell(gateways, gateway, ref, steps)[-1]
    assert sum(each_at_once(receive, [paid] * AT_ONCE)) == 1
    (job,) = waiting()
    outcomes = each_at_once(work, [job] * AT_ONCE)
    assert outcomes.count("done") == 1 and set(outcomes) <= {"done", "not_due", "lost"}
    assert books(payer) == {"wallet": 10_000, gateway: -10_000}


@pytest.mark.parametrize(
    "name", ["card: refunded in two parts", "card: dispute won", "card: part refunded, disputed", "paypal: lost"]
)
def test_all_events_of_a_payment_at_once(database: Engine, gateways: Gateways, name: str) -> None:
    gateway, steps, owed = STORIES[name]
    for seed in range(4):
        payer, deposit, ref = begin(gateway)
        told = tell(gateways, gateway, ref, steps)
        random.Random(seed).shuffle(told)
        each_at_once(receive, told)
        each_at_once(work, waiting())
        while left := waiting():  # what an approval asked for
            each_at_once(work, left)
        with transaction() as session:
            found = row(session, deposit)
            assert (found.status, found.reversed_cents) == ("completed", owed), (name, seed)
        assert books(payer).get("receivable", 0) == -(owed or 0)


def test_two_disputes_won_at_once_release_the_wallet(database: Engine, gateways: Gateways) -> None:
    """Each alone leaves the other's debt: whoever comes second must see what the first one moved."""
    payer, _, ref = begin("stripe")
    with transaction() as session:
        refs = [ref, ref_of(session, a_deposit(session, payer))]
    disputes = [tell(gateways, "stripe", each, ("pay", "dispute", "won")) for each in refs]
    for signed in [signed for told in disputes for signed in told]:
        receive(signed)
    with transaction() as session:
        news = session.execute(text("select id, event_type from payment_event order by id")).all()
        closed = [row.id for row in news if row.event_type == "charge.dispute.closed"]
        for event in (row.id for row in news if row.event_type in ("payment_intent.succeeded", "charge.dispute.created")):
            payments.handle_event(session, event_row=event, now=clock.utc_now())
        assert ledger.owed(session, payer.provider) == 20_000

    def second() -> str:
        with transaction() as other:
            return payments.handle_event(other, event_row=closed[1], now=clock.utc_now())

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            payments.handle_event(session, event_row=closed[0], now=clock.utc_now())
            won = pool.submit(second)
            waits = text("select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))")
            eventually(lambda: won.done() or session.scalar(waits))
        assert won.result(timeout=30) == "reversed"
    with transaction() as session:
        assert ledger.owed(session, payer.provider) == 0
        assert ledger.balance(session, actor=SYSTEM, provider_id=payer.provider).frozen_at is None


def test_a_worker_that_dies_in_between_leaves_the_event_to_the_next(
    database: Engine, gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, _, ref = begin("stripe")
    for signed in tell(gateways, "stripe", ref, ("pay",)):
        receive(signed)
    mail = ledger.balance

    def dies(*_: Any, **__: Any) -> Any:
        raise SystemExit("killed")

    for job in waiting():
        monkeypatch.setattr(ledger, "balance", dies)  # after the transfer, before the end
        with pytest.raises(SystemExit):
            work(job)
        assert books(payer) == {}, "nothing of the dead worker's half is left"
        monkeypatch.setattr(ledger, "balance", mail)
        break
    each_at_once(work, waiting() * 2)
    assert books(payer) == {"wallet": 10_000, "stripe": -10_000}


def test_switching_top_up_while_it_runs_and_fails(database: Engine, gateways: Gateways) -> None:
    with transaction() as session:
        payer = a_payer(session, clock.utc_now(), balance_cents=100)
        card = payments.Card("cus_1", "pm_bad", "visa", "4242", "2031-12")
        payments.save_method(session, actor=SYSTEM, provider_id=payer.provider, card=card, now=clock.utc_now())
    gateways.stripe.bad_methods.add("pm_bad")
    agreed = {
        "threshold_cents": 5_000,
        "amount_cents": 10_000,
        "daily_cap_cents": 50_000,
        "mandate_text": "I agree to this, in words.",
    }

    def switch(number: int) -> None:
        if number % 4 == 0:
            for job in waiting():
                work(job)
        elif number % 4 == 1:
            for signed in list(gateways.post.sent):
                receive(signed)
        else:
            with transaction() as session:
                payments.set_top_up(session, actor=payer.actor, enabled=number % 4 == 2, now=clock.utc_now(), **agreed)  # type: ignore[arg-type]

    for _ in range(4):
        each_at_once(switch, range(AT_ONCE))
    with transaction() as session:
        payments.set_top_up(session, actor=payer.actor, enabled=False, now=clock.utc_now())
    while jobs := waiting():
        assert {work(job) for job in jobs} <= {"done"}
    with transaction() as session:
        watched = text("select top_up_below_cents from wallet where provider_id = :p")
        assert session.execute(watched, {"p": payer.provider}).scalar_one() is None
    assert books(payer) == {"wallet": 100, "adjustments": -100}


def test_the_database_refuses_what_python_might_get_wrong(database: Engine, gateways: Gateways) -> None:
    payer, deposit, ref = begin("stripe")
    wrong = (
        "update deposit set status = 'completed', completed_at = now() where id = :id",  # without its transfer
        "update deposit set amount_cents = 1 where id = :id",
        "update deposit set provider_id = provider_id where id = :id",
        "update deposit set reversed_cents = 1 where id = :id",  # of one that is not completed
        "delete from deposit where id = :id",
        """insert into deposit (id, provider_id, gateway, status, amount_cents, started_by, created_at, updated_at, completed_at)
           select uuid7(), provider_id, gateway, 'completed', 500, started_by, now(), now(), now() from deposit where id = :id""",
    )
    for statement in wrong:
        with pytest.raises((exc.IntegrityError, exc.ProgrammingError)), transaction() as session:
            session.execute(text(statement), {"id": deposit})
    for signed in tell(gateways, "stripe", ref, ("pay",)):
        receive(signed)
    each_at_once(work, waiting())
    for statement in (
        "update deposit set status = 'failed', completed_at = null, failed_at = now() where id = :id",
        "update deposit set reversed_cents = 10001 where id = :id",
        "delete from payment_event",
    ):
        with pytest.raises((exc.IntegrityError, exc.ProgrammingError)), transaction() as session:
            session.execute(text(statement), {"id": deposit})
    assert books(payer) == {"wallet": 10_000, "stripe": -10_000}


def test_an_approval_leads_to_a_capture_and_the_capture_to_money(database: Engine, gateways: Gateways) -> None:
    payer, deposit, ref = begin("paypal")
    receive(gateways.paypal.approve(ref)[0])
    for _ in range(2):  # the event, then the capture it asked for
        assert [work(job) for job in waiting()] == ["done"]
    assert ("POST", f"/v2/checkout/orders/{ref}/capture") in gateways.requests
    with transaction() as session:
        assert row(session, deposit).status == "pending", "only the signed event completes it"
    receive(gateways.post.sent[-1])
    assert [work(job) for job in waiting()] == ["done"]
    assert books(payer) == {"wallet": 10_000, "paypal": -10_000}


def test_a_capture_that_was_refused_waits_for_the_event(database: Engine, gateways: Gateways) -> None:
    payer, deposit, ref = begin("paypal")
    gateways.paypal.declining = True
    receive(gateways.paypal.approve(ref)[0])
    while jobs := waiting():
        assert {work(job) for job in jobs} == {"done"}
    receive(gateways.post.sent[-1])
    assert [work(job) for job in waiting()] == ["done"] and books(payer) == {}
    with transaction() as session:
        assert row(session, deposit).status == "failed"


def test_a_saved_card_comes_by_the_job(database: Engine, gateways: Gateways) -> None:
    with transaction() as session:
        payer = a_payer(session, clock.utc_now())
        ref = ref_of(session, a_deposit(session, payer, save_method=True))
    for signed in tell(gateways, "stripe", ref, ("pay",)):
        receive(signed)
    while jobs := waiting():
        assert {work(job) for job in jobs} == {"done"}
    with transaction() as session:
        method = payments.method_of(session, actor=payer.actor, provider_id=payer.provider)
        assert method is not None and method.last4 == "4242"
        with pytest.raises(HotleadsError):
            payments.save_method(session, actor=payer.actor, provider_id=payer.provider, card=None, now=clock.utc_now())  # type: ignore[arg-type]
