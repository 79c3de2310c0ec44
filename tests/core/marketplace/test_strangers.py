"""What nobody learns of a lead that is not theirs: who asks, where exactly, what their plan does not show yet (SPEC 2.8, 9.4)."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from core import marketplace
from core.marketplace import SearchInvalid, SearchQuery
from core.providers import ProviderNotActive
from tests.core.marketplace.looking import BOX, STRIP, found, on_sale
from tests.core.marketplace.world import Market


def test_strangers_learn_neither_contact_nor_true_place(market: Market) -> None:
    secret = "Call Pat Example at 702-555-0123 or pat@example.com, www.pat.example, 1 Main St. The roof leaks."
    lead = on_sale(market, lon=STRIP[0] + 0.02, form_data={"property_type": "house", "details": secret})
    market.session.execute(text("update lead set location = ST_Point(-115.9, 36.9, 4326) where id = :id"), {"id": lead.id})
    row = market.session.execute(text("select words, facts::text, ST_AsText(place) from on_sale")).one()
    for told in ("Pat", "702", "0123", "pat@", "www", "Main"):
        assert told not in row.words and told not in row.facts
    assert "roof leaks" in row.words and "Property type" in row.facts
    assert found(market, lon=-115.9, lat=36.9, radius_m=20_000.0) == []
    assert found(market, lon=STRIP[0], lat=STRIP[1], radius_m=20_000.0) == [lead.id]
    (card,) = marketplace.search(
        market.session, actor=market.buyer(), query=SearchQuery(sort="distance", lon=STRIP[0], lat=STRIP[1]), now=market.now
    ).cards
    assert (round(card.lon, 5), round(card.lat, 5)) == (round(STRIP[0] + 0.02, 5), STRIP[1])
    assert card.metres == pytest.approx(1_788, rel=0.01), "metres on the ground to the public point"
    assert not hasattr(card, "email") and "Pat" not in repr(card)


def everything_said(market: Market, lead_id: UUID, secret: str) -> list[object]:
    """What a stranger gets for whatever they ask around a lead, in one list."""
    buyer, here = market.buyer(), {"lon": STRIP[0], "lat": STRIP[1]}
    queries = [
        *(SearchQuery(sort=sort, **here) for sort in marketplace.SORTS),  # type: ignore[arg-type]
        *(SearchQuery(radius_m=metres, **here) for metres in (500.0, 5_000.0, 100_000.0)),  # type: ignore[arg-type]
        *(SearchQuery(text=words) for words in ("roof", "rof", secret)),
        SearchQuery(similar_to=lead_id),
    ]
    told: list[object] = []
    for query in queries:
        told.append(marketplace.search(market.session, actor=buyer, query=query, now=market.now))
        told.append(marketplace.facets(market.session, actor=buyer, query=query, now=market.now))
        told.append(marketplace.spots(market.session, actor=buyer, query=query, now=market.now))
    told += [marketplace.cells(market.session, actor=buyer, box=BOX, level=level, now=market.now) for level in range(4)]
    told.append(marketplace.listing(market.session, actor=buyer, lead_id=lead_id, now=market.now))
    return told


def test_no_answer_depends_on_the_true_place_or_the_whole_text(market: Market) -> None:
    """Move the lead and change what was redacted: every answer stays as it was, so nothing can be worked out from many."""
    lead = on_sale(market, form_data={"property_type": "house", "details": "The roof leaks. Call Quilla at 702-555-0123."})
    before = everything_said(market, lead.id, "Quilla")
    market.session.execute(
        text("""update lead set location = ST_Point(-114.9, 36.4, 4326), form_data = :data where id = :id"""),
        {
            "id": lead.id,
            "data": json.dumps({"property_type": "house", "details": "The roof leaks. Call Zebulon at 702-555-9999."}),
        },
    )
    assert everything_said(market, lead.id, "Quilla") == before
    marketplace.publish(market.session, lead_ids=[lead.id], now=market.now)
    words = market.session.execute(text("select words from on_sale")).scalar_one()
    assert "9999" not in words and "roof leaks" in words


def test_what_a_plan_does_not_see_yet_nothing_tells_it(market: Market) -> None:
    early = market.world.lead(slots=3)
    market.session.execute(text("select open_listing(:lead, 30::smallint, :now)"), {"lead": early.id, "now": market.now})
    marketplace.publish(market.session, lead_ids=[early.id], now=market.now)
    starter, enterprise = market.buyer(), market.buyer(plan="enterprise")
    with pytest.raises(SearchInvalid, match="no longer on sale"):
        found(market, starter, similar_to=early.id)
    with pytest.raises(SearchInvalid, match="no longer on sale"):
        marketplace.save_search(market.session, actor=starter, name="x", query=SearchQuery(similar_to=early.id), now=market.now)
    assert found(market, enterprise, similar_to=early.id) == [early.id]


def test_who_may_not_buy_sees_nothing(market: Market) -> None:
    on_sale(market)
    buyer = market.buyer()
    market.session.execute(text("update provider set status = 'suspended' where id = :p"), {"p": buyer.provider_id})
    looks: list[Callable[[], object]] = [
        lambda: found(market, buyer),
        lambda: marketplace.facets(market.session, actor=buyer, query=SearchQuery(), now=market.now),
        lambda: marketplace.cells(market.session, actor=buyer, box=BOX, level=1, now=market.now),
    ]
    for look in looks:
        with pytest.raises(ProviderNotActive):
            look()
