"""Saved searches and their mail: what is news, how often, for whom, and nothing missed or said twice (SPEC 9.1)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import inventory, leads, marketplace, providers
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.marketplace import SearchQuery
from tests import builders
from tests.at_once import at_once
from tests.core.marketplace.world import Market, a_market

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVERYTHING = SearchQuery()


def save(market: Market, actor: Actor, name: str = "Mine", hours: int | None = 1, **query: Any) -> marketplace.SavedSearch:
    return marketplace.save_search(
        market.session, actor=actor, name=name, query=SearchQuery(**query), alert_hours=hours, now=market.now
    )


def opened(market: Market, at: datetime, *, published: datetime | None = None, **more: Any) -> UUID:
    """A lead whose listing opened then, and was found from then or from a later moment on."""
    lead = market.world.lead(slots=2, **more)
    inventory.open_listing(market.session, lead_id=lead.id, now=at)
    marketplace.publish(market.session, lead_ids=[lead.id], now=published or at)
    return lead.id


def told(session: Session) -> list[tuple[str, str, str]]:
    """Search, count and reader of each mail asked for."""
    rows = session.execute(text("select payload from outbox where kind = 'email' order by id")).scalars()
    mine = [row for row in rows if row["template"] == "saved_search_alert"]
    return [(row["context"]["search"], row["context"]["count"], row["user_id"]) for row in mine]


def alert(market: Market, after: timedelta) -> int:
    return marketplace.run_alerts(market.session, now=market.now + after)


def test_a_search_is_kept_as_it_was_asked(market: Market) -> None:
    buyer = market.buyer()
    made = save(market, buyer, "  Near \x00 me ", None, zips=("89109",), text="new  roof", sort="price")
    (kept,) = marketplace.saved_searches(market.session, actor=buyer)
    assert (kept.id, kept.name, kept.alert_hours) == (made.id, "Near me", None)
    assert kept.query == SearchQuery(zips=("89109",), text="new roof", sort="price")
    marketplace.delete_saved_search(market.session, actor=buyer, search_id=made.id, now=market.now)
    assert marketplace.saved_searches(market.session, actor=buyer) == []
    actions = market.session.execute(text("select action from audit_entry where action like 'search.%' order by id")).scalars()
    assert list(actions) == ["search.saved", "search.deleted"]


def test_searches_are_a_persons_own(market: Market) -> None:
    buyer, stranger = market.buyer(), market.buyer()
    made = save(market, buyer)
    colleague = builders.a_user(market.session, market.now, role="provider", provider_id=buyer.provider_id)
    for other in (stranger, Actor(colleague.id, "provider", buyer.provider_id)):
        assert marketplace.saved_searches(market.session, actor=other) == []
        with pytest.raises(marketplace.SavedSearchNotFound):
            marketplace.delete_saved_search(market.session, actor=other, search_id=made.id, now=market.now)
    with pytest.raises(Forbidden):
        marketplace.saved_searches(market.session, actor=Actor(buyer.user_id, "analyst"))


def test_names_rhythms_and_number_have_limits(market: Market) -> None:
    buyer = market.buyer()
    for name, hours in ((" \x00", None), ("x" * 81, None), ("a", 0), ("a", 169)):
        with pytest.raises(marketplace.SavedSearchInvalid):
            save(market, buyer, name, hours)
    for number in range(20):
        save(market, buyer, f"Search {number}")
    with pytest.raises(marketplace.TooManySaved):
        save(market, buyer, "One more")
    other = market.buyer()
    save(market, other)
    with pytest.raises(marketplace.SavedSearchNameTaken):
        save(market, other)
    save(market, other, "Another")  # the session still works after the refusal


def test_news_comes_once_and_not_more_often_than_asked(market: Market) -> None:
    opened(market, market.now - 3 * HOUR)
    buyer = market.buyer()
    save(market, buyer, hours=24)
    opened(market, market.now + MINUTE)
    opened(market, market.now + 2 * HOUR)
    assert alert(market, 23 * HOUR) == 0
    assert alert(market, 24 * HOUR) == 1
    assert told(market.session) == [("Mine", "2 new listings", str(buyer.user_id))]
    opened(market, market.now + 25 * HOUR)
    assert alert(market, 26 * HOUR) == 0
    assert alert(market, 48 * HOUR) == 1
    assert alert(market, 72 * HOUR) == 0, "nothing new, no mail"
    assert [count for _, count, _ in told(market.session)] == ["2 new listings", "1 new listing"]


def test_what_was_on_sale_when_it_was_saved_is_no_news(market: Market) -> None:
    opened(market, market.now - 2 * HOUR)
    save(market, market.buyer())
    assert alert(market, 2 * HOUR) == 0


def test_only_what_fits_is_told(market: Market) -> None:
    save(market, market.buyer(), quality_min=50.0)
    opened(market, market.now + MINUTE, quality=20)
    assert alert(market, 2 * HOUR) == 0
    opened(market, market.now + MINUTE, quality=80)
    assert alert(market, 4 * HOUR) == 1


def test_each_plan_hears_of_what_it_may_see(market: Market) -> None:
    early, late = market.buyer(plan="enterprise"), market.buyer()
    for buyer in (early, late):
        save(market, buyer)
    at = market.now + HOUR - MINUTE
    opened(market, at)
    alert(market, HOUR)
    assert [reader for *_, reader in told(market.session)] == [str(early.user_id)]
    alert(market, 4 * HOUR)
    assert [reader for *_, reader in told(market.session)] == [str(early.user_id), str(late.user_id)]


def test_a_listing_that_shows_late_is_not_missed(market: Market) -> None:
    save(market, market.buyer())
    lead = market.world.lead(slots=1)
    inventory.open_listing(market.session, lead_id=lead.id, now=market.now + MINUTE)
    assert alert(market, 3 * HOUR) == 0
    marketplace.publish(market.session, lead_ids=[lead.id], now=market.now + 4 * HOUR)
    assert alert(market, 5 * HOUR) == 1
    assert alert(market, 7 * HOUR) == 0


def test_what_the_company_holds_or_others_took_is_no_news(market: Market) -> None:
    buyer, rival = market.buyer(), market.buyer()
    save(market, buyer, "a")
    first = opened(market, market.now + MINUTE)
    marketplace.hold(market.session, actor=buyer, lead_id=first, now=market.now + 3 * HOUR)
    lead = market.world.lead(slots=1)
    inventory.open_listing(market.session, lead_id=lead.id, now=market.now + MINUTE)
    marketplace.publish(market.session, lead_ids=[lead.id], now=market.now + MINUTE)
    marketplace.hold(market.session, actor=rival, lead_id=lead.id, now=market.now + 3 * HOUR)
    assert alert(market, 3 * HOUR + MINUTE) == 0
    assert alert(market, 6 * HOUR) == 1, "the rival's hold ran out, the lead is free again"


def test_no_mail_for_those_who_left_were_suspended_or_want_none(market: Market) -> None:
    gone, suspended, quiet, never = (market.buyer() for _ in range(4))
    for buyer in (gone, suspended, quiet):
        save(market, buyer)
    save(market, never, hours=None)
    opened(market, market.now + MINUTE)
    session = market.session
    session.execute(text("update user_account set status = 'suspended' where id = :id"), {"id": gone.user_id})
    session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": suspended.provider_id})
    providers.set_preferences(session, actor=quiet, choices={"saved_search_alert": False}, now=market.now)
    assert alert(market, 2 * HOUR) == 0
    assert told(session) == []


def test_one_search_that_can_not_be_read_stops_no_other(market: Market) -> None:
    broken, fine = market.buyer(), market.buyer()
    made = save(market, broken)
    save(market, fine)
    market.session.execute(text("""update saved_search set query = '{"radius_m": -1}' where id = :id"""), {"id": made.id})
    opened(market, market.now + MINUTE)
    assert alert(market, 2 * HOUR) == 1
    assert marketplace.saved_searches(market.session, actor=broken)[0].query is None


def test_similar_to_is_kept_as_what_it_means(market: Market) -> None:
    like = opened(market, market.now - 3 * HOUR)
    buyer = market.buyer()
    made = save(market, buyer, similar_to=like)
    assert made.query is not None and made.query.similar_to is None and made.query.niche_ids == (market.world.niche.id,)
    lead = market.session.get_one(leads.Lead, like)
    leads.move(market.session, leads.lock(market.session, lead.id), "sold_out", now=market.now)
    opened(market, market.now + MINUTE)
    assert alert(market, 2 * HOUR) == 1


def test_two_workers_ask_for_each_mail_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        market = a_market(session, now)
        for number in range(12):
            save(market, market.buyer(), f"Search {number}")
        opened(market, now + MINUTE)

    def work() -> int:
        with transaction() as session:
            return marketplace.run_alerts(session, now=now + 2 * HOUR)

    assert sum(at_once(*[work] * 4)) == 12
    with transaction() as session:
        assert len(told(session)) == 12
