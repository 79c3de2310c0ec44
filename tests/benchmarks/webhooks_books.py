"""The deposits of the webhook benchmark, what their gateways tell of them, and what the books must say at the end."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit import clock
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from tests.builders import a_provider, a_user
from tests.core.payments.stories import STORIES, tell

PROVIDERS, CENTS, BONUS = 50, 10_000, 500


@dataclass(slots=True)
class Plan:
    """Genuine events, and per account what they must come to; accounts are named ``wallet:<provider>`` or like the house's."""

    gateways: Gateways
    told: list[Signed] = field(default_factory=list)
    books: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    warmed: int = 0

    def expect(self, provider: UUID, gateway: str, owed: int | None) -> None:
        """Add what one deposit leaves behind; ``None`` when it is never paid."""
        if owed is None:
            return
        back = BONUS * owed // CENTS
        moves = {f"wallet:{provider}": CENTS + BONUS, gateway: owed - CENTS, "bonus": back - BONUS}
        moves[f"receivable:{provider}"] = -owed - back
        for account, cents in moves.items():
            self.books[account] = self.books.get(account, 0) + cents

    def warm_up(self, count: int) -> list[dict[str, Any]]:
        """Events of both gateways that mean nothing to us: caches, connections and plans are there afterwards."""
        self.warmed = count
        now = datetime.now(UTC)
        told = [
            self.gateways.stripe.tell("customer.created", {"id": f"cus_{number}"})
            if number % 2
            else self.gateways.paypal.tell("CATALOG.PRODUCT.CREATED", "product", {"id": str(number)})
            for number in range(count)
        ]
        return [_delivery(self.gateways, signed, now) for signed in told]

    def resigned(self) -> list[dict[str, Any]]:
        """The events as deliveries signed now."""
        now = datetime.now(UTC)
        return [_delivery(self.gateways, signed, now) for signed in self.told]


def prepare(gateways: Gateways, *, events: int, named: str = "Bench", companies: int = PROVIDERS) -> Plan:
    """Deposits of many providers with stories of every kind, until their gateways have told so many events."""
    plan = Plan(gateways)
    with transaction() as session:
        now = clock.utc_now()
        house = Actor(user_id=SYSTEM.user_id, role="admin")
        pack = payments.add_pack(session, actor=house, name=named, amount_cents=CENTS, bonus_cents=BONUS, now=now)
        payers = [_payer(session, now) for _ in range(companies)]
    names, number = sorted(STORIES), 0
    while len(plan.told) < events:
        gateway, steps, owed = STORIES[names[number % len(names)]]
        payer = payers[number % len(payers)]
        with transaction() as session:
            ref = _open(session, gateways, payer, gateway, pack.id)
        plan.told += tell(gateways, gateway, ref, steps)
        plan.expect(payer.require_provider(), gateway, owed)
        number += 1
    return plan


def compare(plan: Plan) -> list[str]:
    """What is not as expected, in words; empty when every account agrees to the cent and every event is in once."""
    wanted = {account: cents for account, cents in plan.books.items() if cents}
    with transaction() as session:
        rows = session.execute(
            text("""select case when provider_id is null then name else kind || ':' || provider_id end as account,
                           booked_balance(id) as cents from ledger_account where kind <> 'adjustments'""")
        )
        found = {row.account: row.cents for row in rows if row.cents}
        events = session.execute(text("select count(*), count(handled_at) from payment_event")).one()
        checks = [*payments.verify(session), *ledger.verify(session)]
        dead = session.execute(text("select count(*) from outbox where kind like 'payment.%' and state = 'dead'")).scalar_one()
    wrong = [
        f"{account}: {found.get(account, 0)} instead of {wanted.get(account, 0)} cents"
        for account in sorted(found.keys() | wanted.keys())
        if found.get(account) != wanted.get(account)
    ]
    told = len(plan.told) + plan.warmed
    if tuple(events) != (told, told):
        wrong.append(f"{events[0]} events are in and {events[1]} handled, of {told}")
    if dead:
        wrong.append(f"{dead} jobs are dead letters")
    return wrong + [check.detail for check in checks if not check.ok]


def _payer(session: Session, now: datetime) -> Actor:
    provider = a_provider(session, now, balance_cents=0)
    owner = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
    return Actor(user_id=owner.id, role="provider", provider_id=provider.id)


def _open(session: Session, gateways: Gateways, payer: Actor, gateway: str, pack: UUID) -> str:
    """Start a deposit and have the stub open it without the way over HTTP, which is not what is measured."""
    now = clock.utc_now()
    started = payments.start_deposit(session, actor=payer, gateway=gateway, pack_id=pack, now=now)
    about = str(started.deposit_id)
    if gateway == "stripe":
        price = {"price_data": {"unit_amount": CENTS, "currency": "usd"}, "quantity": 1}
        wanted: dict[str, Any] = {"mode": "payment", "line_items": [price], "client_reference_id": about}
        wanted |= {"success_url": "", "cancel_url": "", "payment_intent_data": {"metadata": {"deposit_id": about}}}
        ref = gateways.stripe.open(wanted, "")["id"]
    else:
        unit = {"amount": {"currency_code": "USD", "value": f"{CENTS / 100:.2f}"}, "custom_id": about}
        source = {"paypal": {"experience_context": {}}}
        ref = gateways.paypal.open({"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}, "")["id"]
    opened = payments.Opened(ref, "http://127.0.0.1/")
    payments.note_opened(session, deposit_id=started.deposit_id, opened=opened, now=now)
    return str(ref)


def _delivery(gateways: Gateways, signed: Signed, now: datetime) -> dict[str, Any]:
    fresh = signed if signed.gateway == "paypal" else gateways.stripe.signer.sign(signed.event, at=now)
    return {"gateway": fresh.gateway, "headers": fresh.headers, "body": base64.b64encode(fresh.body).decode()}
