"""Any past: leads run, and what happens to companies between them."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import text

from core import ledger, providers
from core.kit.actor import SYSTEM
from core.kit.ids import uuid7
from tests.core.distribution.golden import CONDOS
from tests.core.distribution.world import World, subscription_of

STORIES = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "run", "pause", "resume", "cap", "fund", "filter", "price", "suspend", "again"]),
        st.integers(0, 5),
    ),
    min_size=4,
    max_size=14,
)


def happens(world: World, what: str, company: UUID, leads: list[Any], moment: Any) -> None:
    """One thing to one company at a moment."""
    subscription = subscription_of(world.session, company, world.levels[0])
    world.session.refresh(subscription)
    given: dict[str, Any] = {"actor": SYSTEM, "subscription_id": subscription.id, "now": moment}
    match what:
        case "run":
            leads.append(world.lead())
            world.run(leads[-1], now=moment)
        case "again" if world.status(leads[-1]) == "approved":
            world.run(leads[-1], now=moment)
        case "pause" if subscription.status != "paused":
            providers.pause(world.session, **given)
        case "resume" if subscription.status == "paused" and _is_active(world, company):
            providers.resume(world.session, **given)
        case "cap":
            providers.set_caps(world.session, **given, caps=providers.Caps(leads_day=2, spend_week_cents=9000))
        case "filter":
            providers.set_filter(world.session, **given, rules=CONDOS)
        case "fund":
            money = {"amount_cents": 2500, "memo": "a memo of the test", "idempotency_key": str(uuid7()), "now": moment}
            ledger.credit_manually(world.session, actor=SYSTEM, provider_id=company, **money)
        case "price":
            world.session.execute(
                text("update competition_level set price_cents = price_cents + 100, updated_at = :now where id = :id"),
                {"now": moment, "id": world.levels[1].id},
            )
        case "suspend":
            _stop(world, company, moment)


def _stop(world: World, company: UUID, moment: Any) -> None:
    world.session.execute(
        text("update provider set status = 'suspended', updated_at = :now where id = :id"), {"now": moment, "id": company}
    )
    providers.settle(world.session, company, now=moment)


def _is_active(world: World, company: UUID) -> bool:
    """A company that is suspended resumes nothing."""
    return bool(world.session.scalar(text("select status = 'active' from provider where id = :id"), {"id": company}))
