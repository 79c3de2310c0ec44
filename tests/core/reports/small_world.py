"""A small exchange whose figures can be worked out by hand: leads and sales at moments that a test names."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.inventory import Assignment, Slot
from core.kit.actor import SYSTEM, Actor
from core.kit.ids import SYSTEM_USER_ID, uuid7
from core.leads import Lead
from core.ledger import Transfer
from core.markets import Market
from core.niches import CompetitionLevel, Niche
from core.providers import Provider, Subscription
from core.returns import Refund
from tests import builders

ADMIN = Actor(user_id=uuid7(), role="admin")
ANALYST = Actor(user_id=uuid7(), role="analyst")
SCIENTIST = Actor(user_id=uuid7(), role="scientist")


@dataclass
class Town:
    """Two markets in different zones, two niches, and companies that buy."""

    session: Session
    now: datetime
    vegas: Market
    dallas: Market
    roofing: Niche
    solar: Niche
    levels: dict[Any, CompetitionLevel]

    def lead(self, at: datetime, niche: Niche | None = None, market: Market | None = None, **more: Any) -> Lead:
        """A lead sent at a moment; confirmed and decided only when the test says so."""
        times = {"submitted_at": at, "confirmed_at": None, "reviewed_at": None, "status": "pending_confirmation"}
        return builders.a_lead(self.session, at, niche or self.roofing, market or self.vegas, **{**times, **more})

    def approved(self, at: datetime, *, waited: timedelta = timedelta(), **more: Any) -> Lead:
        """A lead approved at a moment, sent and confirmed ``waited`` before."""
        times = {"confirmed_at": at - waited, "reviewed_at": at, "status": "approved", "verdict": "approved"}
        return self.lead(at - waited, **{**times, **more})

    def company(self, **more: Any) -> Provider:
        return builders.a_provider(self.session, self.now, **more)

    def subscribes(self, company: Provider, niche: Niche | None = None, **more: Any) -> Subscription:
        return builders.a_subscription(self.session, self.now, company, self.levels[(niche or self.roofing).id], **more)

    def sale(self, lead: Lead, subscription: Subscription, at: datetime, *, cents: int = 2500, **more: Any) -> Assignment:
        """A sale by distribution, charged; ``more`` is what came of it."""
        taken = self.session.query(Slot).where(Slot.lead_id == lead.id).count()
        self.session.add(Slot(lead_id=lead.id, slot_no=taken + 1, state="sold", provider_id=subscription.provider_id))
        self.session.flush()
        id_ = uuid7()
        charge = self._move(subscription.provider_id, "revenue", cents, "lead_charge", id_, at) if cents else None
        row = Assignment(
            id=id_, lead_id=lead.id, provider_id=subscription.provider_id, slot_no=taken + 1, channel="distribution",
            niche_id=lead.niche_id, level_id=subscription.level_id, subscription_id=subscription.id, price_cents=cents,
            transfer_id=charge.id if charge else None, assigned_at=at, **more,
        )  # fmt: skip
        self.session.add(row)
        self.session.execute(
            text("""insert into subscription_usage
                    values (:s, (cast(:at as timestamptz) at time zone 'America/Los_Angeles')::date, 1, :c)
                    on conflict (subscription_id, day) do update set leads = subscription_usage.leads + 1"""),
            {"s": subscription.id, "at": at, "c": cents},
        )
        self.session.flush()
        return row

    def give_back(self, sale: Assignment, at: datetime, *, cause: str = "manual") -> None:
        """Refund a sale in full."""
        paid = self._move(sale.provider_id, "refunds", sale.price_cents, "refund", sale.id, at)
        told = {"cause": cause, "amount_cents": sale.price_cents, "memo": "Asked for.", "refunded_by": SYSTEM_USER_ID}
        self.session.add(Refund(assignment_id=sale.id, transfer_id=paid.id, at=at, **told))
        self.session.flush()

    def _move(self, provider: UUID, house: Any, cents: int, kind: Any, sale: UUID, at: datetime) -> Transfer:
        wallet, other = ledger.wallet_account(self.session, provider), ledger.house_account(self.session, house, now=at)
        debit, credit = (other, wallet) if kind == "refund" else (wallet, other)
        about = {"reference_type": "assignment", "reference_id": sale, "idempotency_key": f"{kind}:{sale}"}
        return ledger.post(self.session, actor=SYSTEM, debit=debit, credit=credit, amount_cents=cents, kind=kind, now=at, **about)


def a_town(session: Session, now: datetime) -> Town:
    """Roofing and solar, in Las Vegas (Pacific time) and Dallas (Central time)."""
    vegas = builders.a_market(session, now, name="Las Vegas")
    dallas = builders.a_market(session, now, slug="dallas", name="Dallas", timezone="America/Chicago")
    roofing, solar = builders.a_niche(session, now, name="Roofing"), builders.a_niche(session, now, name="Solar")
    levels = {niche.id: builders.a_level(session, now, niche) for niche in (roofing, solar)}
    return Town(session, now, vegas, dallas, roofing, solar, levels)
