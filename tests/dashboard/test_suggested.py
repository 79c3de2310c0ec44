"""Recommendations on Home, in the marketplace and beside an open listing, with what a company says of them (SPEC 9.5)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core import advice, inventory, marketplace
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from ml import recommend
from tests import builders
from tests.builders import Market, Niche
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


@pytest.fixture(scope="module")
def on_sale(world: World) -> list[UUID]:
    """Two listings that the company may see, read by the model of meaning."""
    now = utc_now()
    with transaction() as session:
        niche, market = session.scalars(select(Niche)).one(), session.scalars(select(Market)).one()
        leads = [builders.a_lead(session, now, niche, market, slots=2, quality=60.0 + n).id for n in range(2)]
        for lead in leads:
            inventory.open_listing(session, lead_id=lead, now=now - timedelta(hours=3))
        marketplace.publish(session, lead_ids=leads, now=now)
        recommend.keep(session, recommend.read(recommend.unread(session)), now=now)
    recommend.shelf.forget()
    return leads


def said_of(world: World, lead: UUID) -> frozenset[str]:
    with transaction() as session:
        actor = Actor(world.users["provider"], "provider", world.provider)
        return advice.feedback_of(session, actor=actor, lead_ids=[lead]).get(lead, frozenset())


def test_home_recommends_with_a_reason_and_hears_what_is_said(open_page: Open, world: World, on_sale: list[UUID]) -> None:
    page = open_page("provider")
    sound(page)
    told = words(page)
    assert "Recommended for you" in told and "Recommended because" in told
    page.button(key=f"say-helpful-{on_sale[0]}").click().run()
    sound(page)
    page.button(key=f"say-wrong_price-{on_sale[1]}").click().run()
    assert said_of(world, on_sale[0]) == {"helpful"} and said_of(world, on_sale[1]) == {"wrong_price"}
    market = open_page("provider", "marketplace")
    sound(market)
    assert "Recommended because" in words(market)
    market.button(key=f"say-not_for_me-{on_sale[1]}").click().run()
    sound(market)
    assert "not_for_me" in said_of(world, on_sale[1])
    close = open_page("provider", "marketplace", lead=str(on_sale[1]))
    sound(close)
    assert f"say-helpful-{on_sale[1]}" in {button.key for button in close.button}


def test_review_asks_whether_the_fraud_reasons_are_right(open_page: Open, world: World) -> None:
    lead = world.waiting[0]
    with transaction() as session:
        session.execute(
            text("""insert into score (id, lead_id, kind, value, reasons, version, computed_at)
                    values (uuid7(), :lead, 'fraud', 0.7, cast(:reasons as jsonb), 'rule-1', now())"""),
            {"lead": lead, "reasons": '[{"code": "x", "text": "A known fake.", "weight": 0.7}]'},
        )
    page = open_page("analyst", "review", lead=str(lead))
    sound(page)
    page.button(key="say-looks_like_fraud").click().run()
    sound(page)
    with transaction() as session:
        actor = Actor(world.users["analyst"], "analyst")
        assert advice.feedback_of(session, actor=actor, lead_ids=[lead]) == {lead: {"looks_like_fraud"}}
