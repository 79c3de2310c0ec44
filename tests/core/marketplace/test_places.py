"""How many places a listing is said to have left: always as many as there are, whatever takes one (SPEC 9.1)."""

from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core import marketplace
from core.kit.actor import Actor
from core.kit.errors import HotleadsError
from core.kit.ids import uuid7
from core.leads import Lead
from core.marketplace import SearchQuery
from tests.core.marketplace.looking import on_sale
from tests.core.marketplace.world import Market


def test_facets_leave_out_what_is_taken(market: Market) -> None:
    lead, holder, other = on_sale(market, slots=1), market.buyer(), market.buyer()
    marketplace.hold(market.session, actor=holder, lead_id=lead.id, now=market.now)

    def total(after: timedelta) -> int:
        return marketplace.facets(market.session, actor=other, query=SearchQuery(), now=market.now + after).total

    ten = timedelta(minutes=10)
    assert (total(timedelta(0)), total(ten), total(ten + timedelta(microseconds=1))) == (0, 0, 1)


COPY = text("""
    select count(*) from on_sale o cross join places_of(o.lead_id) s join listing i on i.lead_id = o.lead_id
     where (o.places, o.free, o.held_until, o.floor_cents, o.price_cents)
           is distinct from (s.places, s.free, s.held_until, i.price_floor_cents, i.price_cents)""")


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["hold", "release", "buy", "extend", "sweep", "push"]), st.integers(0, 2), st.integers(0, 2)),
        max_size=12,
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_places_told_are_the_places_there_are(market: Market, steps: list[tuple[str, int, int]]) -> None:
    with market.session.begin_nested() as undo:
        listed = [on_sale(market, slots=slots) for slots in (1, 2, 3)]
        buyers = [market.buyer() for _ in range(3)]
        market.world.buyer()
        for number, (step, which, who) in enumerate(steps):
            moment = market.now + timedelta(minutes=3 * number)
            with suppress(HotleadsError), market.session.begin_nested():
                take(market, step, listed[which], buyers[who], moment)
            assert market.session.execute(COPY).scalar_one() == 0, (step, number)
        undo.rollback()


def take(market: Market, step: str, lead: Lead, buyer: Actor, moment: datetime) -> None:
    """One thing that changes how many places a listing has."""
    who = {"actor": buyer, "now": moment}
    if step == "buy":
        marketplace.checkout(market.session, idempotency_key=str(uuid7()), **who)
    elif step == "sweep":
        marketplace.sweep_holds(market.session, now=moment)
    elif step == "push":
        market.world.run(lead, now=moment)
    else:
        verb = {"hold": marketplace.hold, "release": marketplace.release_hold, "extend": marketplace.extend_hold}[step]
        verb(market.session, lead_id=lead.id, **who)
