"""In its first day a listing is never cheaper than the lowest price distribution got, whenever it got it (SPEC 9.4)."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import marketplace, pricing
from tests.core.distribution.world import a_world
from tests.core.marketplace.world import Market


def opened(session: Session, now: datetime) -> Market:
    """Nobody subscribes yet; two levels, so that the going rate is the lower one."""
    world = a_world(session, now)
    world.level(2, price_cents=2_000)
    world.level(2, price_cents=9_000)
    return Market(world)


def test_a_second_run_lifts_what_is_on_sale_to_what_it_got(session: Session, now: datetime) -> None:
    market = opened(session, now)
    lead = market.world.lead()
    market.world.run(lead, now=now)
    marketplace.publish(session, lead_ids=[lead.id], now=now)
    shown = text("select i.price_cents, o.price_cents as shown, o.floor_cents from listing i join on_sale o using (lead_id)")
    before = session.execute(shown).one()
    assert before.price_cents < 9_000 and before.floor_cents == 0
    market.world.buyer(market.world.levels[1])
    later = now + timedelta(hours=2)
    market.world.run(lead, now=later)
    after = session.execute(shown).one()
    assert (after.floor_cents, after.price_cents, after.shown) == (9_000, 9_000, 9_000)
    buyer = market.buyer(plan="enterprise")
    quote = pricing.quote(session, lead_id=lead.id, provider_id=buyer.provider_id, now=later)  # type: ignore[arg-type]
    assert quote.price_cents == 9_000 == sum(line.cents for line in quote.lines)
    history = session.execute(text("select price_cents from price_history order by at")).scalars().all()
    assert history == [before.price_cents, 9_000]


def test_after_its_first_day_the_price_stands(session: Session, now: datetime) -> None:
    market = opened(session, now)
    lead = market.world.lead()
    market.world.run(lead, now=now)
    marketplace.publish(session, lead_ids=[lead.id], now=now)
    price = text("select price_cents from listing")
    before = session.execute(price).scalar_one()
    market.world.buyer(market.world.levels[1])
    market.world.run(lead, now=now + timedelta(hours=25))
    assert session.execute(price).scalar_one() == before
