"""What an instance under load begins with: companies with money, leads to approve and to buy, deposits to be told of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import marketplace, messaging
from core.accounts.models import User
from core.accounts.sessions import open_session
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.markets.models import Market
from core.niches.models import Niche
from core.providers.models import Provider
from demo.gateways.app import Gateways
from demo.gateways.signing import Signed
from tests import builders
from tests.benchmarks.webhooks_books import Plan, prepare
from tests.core.distribution.world import World as Ground
from tests.core.marketplace.world import Market as Shop
from tests.core.marketplace.world import a_market

FORM = {"property_type": "house"}
COMPANIES, STAFF = 6, 4
# What is on sale has had its run, which sold to nobody: or the sweep would begin one minutes later, when all was thought done.
_DISTRIBUTED = text("""
    insert into distribution_run (id, lead_id, niche_id, state, turn, traversal, started_by, started_at, finished_at)
    select uuid7(), id, niche_id, 'finished', 1, '{}', :by, :now, :now from lead where id = any(:leads)""")


@dataclass
class World:
    """What is left to be done, and as whom; each thing is taken once."""

    niche: str
    consent: str
    staff: list[str]
    companies: list[str]
    to_approve: list[UUID] = field(default_factory=list)
    to_buy: list[UUID] = field(default_factory=list)
    deliveries: list[tuple[Gateways, Signed]] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    providers: list[UUID] = field(default_factory=list)
    number: int = 0

    def more(self, leads: int, *, gateways: Gateways | None = None, events: int = 0) -> None:
        """Put more leads to approve and as many on sale; deposits, whose gateways will tell of them."""
        now = utc_now()
        with transaction() as session:
            market = self._market(session, now)
            confirmed = {"confirmed_at": now}  # in the hour that the trail knows of
            waiting = confirmed | {"status": "pending_approval", "reviewed_at": None}
            self.to_approve += [market.world.lead(slots=3, **waiting).id for _ in range(leads)]
            listed = [market.listed(slots=2, **confirmed).id for _ in range(leads)]
            marketplace.publish(session, lead_ids=listed, now=now)
            session.execute(_DISTRIBUTED, {"leads": listed, "by": SYSTEM.user_id, "now": now})
            self.to_buy += listed
        if gateways is not None and events:
            plan = prepare(gateways, events=events, named=f"Pack {len(self.plans)}", companies=4)
            self.plans.append(plan)
            self.deliveries += [(gateways, signed) for signed in plan.told]

    def _market(self, session: Session, now: datetime) -> Shop:
        niche = session.scalars(select(Niche).where(Niche.slug == self.niche)).one()
        return Shop(Ground(session, now, niche, session.scalars(select(Market)).one()))

    def numbers(self) -> Iterator[int]:
        """People who have never asked before."""
        while True:
            self.number += 1
            yield self.number


def a_world() -> World:
    """One niche with two levels, companies that subscribe to them, staff that approves."""
    now = utc_now() - timedelta(seconds=1)
    with transaction() as session:
        messaging.seed_templates(session, now=now)
        market = a_market(session, now)
        world = market.world
        buyers = []
        for _ in range(COMPANIES):
            actor = market.buyer(balance_cents=100_000_000)
            assert actor.provider_id
            provider = session.get_one(Provider, actor.provider_id)
            builders.a_subscription(session, now, provider, world.levels[0])
            buyers.append(actor)
        staff = [
            builders.a_user(session, now, role="admin", totp_secret=b"sealed", totp_confirmed_at=now).id for _ in range(STAFF)
        ]
        people = [*(Actor(user, "admin") for user in staff), *buyers]
        tokens = [_token(session, actor, now) for actor in people]
        niche = world.niche
        providers = [actor.require_provider() for actor in buyers]
        return World(niche.slug, f"2026-11.{niche.max_providers}", tokens[:STAFF], tokens[STAFF:], providers=providers)


def _token(session: Session, actor: Actor, now: datetime) -> str:
    user = session.get_one(User, actor.user_id)
    return open_session(session, user=user, ip="127.0.0.1", user_agent="faults", now=now).token
