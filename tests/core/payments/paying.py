"""A provider who pays, and the way of an event: verified, taken in, handled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.accounts.models import User
from core.kit import clock
from core.kit.actor import SYSTEM, Actor
from core.kit.ids import uuid7
from core.payments import Opened, Order
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from tests.builders import a_provider, a_user


@dataclass(frozen=True, slots=True)
class Payer:
    """A provider with its owner."""

    provider: UUID
    actor: Actor


def a_payer(session: Session, now: datetime, *, balance_cents: int = 0) -> Payer:
    provider = a_provider(session, now, balance_cents=balance_cents)
    owner: User = a_user(session, now, role="provider", provider_id=provider.id, owner=True)
    return Payer(provider.id, Actor(user_id=owner.id, role="provider", provider_id=provider.id, ip="127.0.0.1"))


def a_deposit(
    session: Session, payer: Payer, gateway: str = "stripe", *, cents: int = 10_000, bonus: int = 0, **more: bool
) -> UUID:
    """A deposit whose gateway has been asked, as the route does it; ``bonus`` comes by a pack."""
    now = clock.utc_now()
    wanted: dict[str, Any] = {"amount_cents": cents}
    if bonus:
        house = Actor(user_id=SYSTEM.user_id, role="admin")
        name = f"Pack {uuid7()}"
        pack = payments.add_pack(session, actor=house, name=name, amount_cents=cents, bonus_cents=bonus, now=now)
        wanted = {"pack_id": pack.id}
    started = payments.start_deposit(session, actor=payer.actor, gateway=gateway, now=now, **wanted, **more)
    open_page(session, started.deposit_id, started.redirect_url)
    return started.deposit_id


def open_page(session: Session, deposit_id: UUID, url: str) -> Opened:
    key = url.rsplit("key=", 1)[1]
    asked = payments.opening(session, deposit_id=deposit_id, key=key)
    if isinstance(asked, Opened):
        return asked
    assert isinstance(asked, Order)
    opened = payments.open_payment(payments.gateway_of(session, deposit_id), asked)
    payments.note_opened(session, deposit_id=deposit_id, opened=opened, now=clock.utc_now())
    return opened


def ref_of(session: Session, deposit_id: UUID) -> str:
    return session.execute(text("select gateway_ref from deposit where id = :id"), {"id": deposit_id}).scalar_one()


def take(session: Session, *events: Signed) -> list[str]:
    """Each event verified, taken in and handled; the outcomes, ``duplicate`` for one that was in before."""
    outcomes = []
    for signed in events:
        now = clock.utc_now()
        delivery = payments.verify_webhook(signed.gateway, Headers(signed.headers), signed.body, now=now)
        received = payments.receive_webhook(session, delivery=delivery, now=now)
        if received.event_row is None:
            outcomes.append("duplicate")
        else:
            outcomes.append(payments.handle_event(session, event_row=received.event_row, now=now))
    return outcomes


class Headers(dict[str, str]):
    """Headers as a server hands them on, whatever their case."""

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        return next((value for key, value in self.items() if key.lower() == name.lower()), default)


def paid_by(gateways: Gateways, session: Session, deposit_id: UUID, gateway: str) -> list[Signed]:
    """What the gateway tells of a payment that goes well."""
    ref = ref_of(session, deposit_id)
    if gateway == "stripe":
        return gateways.stripe.pay(ref)
    return [*gateways.paypal.approve(ref), *gateways.paypal.capture(ref)]


def balance(session: Session, payer: Payer) -> int:
    return session.execute(text("select balance_cents from wallet where provider_id = :p"), {"p": payer.provider}).scalar_one()


def accounts(session: Session, payer: Payer) -> dict[str, int]:
    """What the books say, in cents: the provider's wallet and receivable, and the house's accounts that are not zero."""
    rows = session.execute(
        text("""select case when provider_id is null then name else kind end as name, booked_balance(id) as cents
                from ledger_account where provider_id = :p or provider_id is null"""),
        {"p": payer.provider},
    )
    return {row.name: row.cents for row in rows if row.cents}


def row(session: Session, deposit_id: UUID) -> payments.Deposit:
    return session.get_one(payments.Deposit, deposit_id, populate_existing=True)
