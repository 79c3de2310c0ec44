"""Marketplace and Cart: what their buttons do, what they show, and what they say when core refuses (SPEC 9.1 to 9.3)."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import inventory, marketplace, payments
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.markets import Market
from core.niches import Niche
from dashboard.provider.market_card import emphasised
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.test_wallet import fill, press
from tests.dashboard.world import World

OPENED = timedelta(hours=2)  # long enough ago that every plan may hold


@pytest.fixture(autouse=True)
def _nothing_held(world: World) -> Iterator[None]:
    """Each test begins with an empty cart and without ceilings."""
    yield
    with transaction() as session:
        for table in ("spend_ceiling", "hold_lapse"):
            session.execute(text(f"delete from {table}"))
        session.execute(
            text("""update slot set state = 'free', provider_id = null, expires_at = null, quote = null, held_at = null,
                           extended_at = null where state = 'held'""")
        )
        session.execute(text("update listing set state = 'closed', closed_at = now() where state = 'open'"))


def listed(world: World, *, slots: int = 2, **more: object) -> UUID:
    """A lead on sale that can be found."""
    now = utc_now()
    with transaction() as session:
        market = session.execute(text("select id from market")).scalar_one()
        whole = session.get_one(Niche, world.niche), session.get_one(Market, market)
        lead = builders.a_lead(session, now - OPENED, *whole, slots=slots, quality=72, **more)
        inventory.open_listing(session, lead_id=lead.id, now=now - OPENED)
        assert marketplace.publish(session, lead_ids=[lead.id], now=now)
        return lead.id


def held_by(world: World, lead: UUID) -> marketplace.Hold:
    with transaction() as session:
        return marketplace.hold(session, actor=buyer(world), lead_id=lead, now=utc_now())


def buyer(world: World) -> Actor:
    return Actor(world.users["provider"], "provider", world.provider)


def html(page: object) -> str:
    return " ".join(element.proto.body for element in page.get("html"))  # type: ignore[attr-defined]


def test_nothing_on_sale_says_how_it_fills(open_page: Open) -> None:
    page = open_page("provider", "marketplace")
    sound(page)
    assert "Nothing is on sale right now" in words(page)
    page = open_page("provider", "cart")
    sound(page)
    assert "Your cart is empty" in words(page)


def test_hold_puts_a_lead_into_the_cart_at_its_price(open_page: Open, world: World) -> None:
    lead = listed(world)
    page = open_page("provider", "marketplace")
    assert "2 of 2 places left" in words(page) and "Quality 72" in words(page)
    label = page.button(key=f"hold-{lead}").label
    page.button(key=f"hold-{lead}").click().run()
    sound(page)
    assert said(page).startswith("Held for you")
    slot = one("select quote, provider_id from slot where lead_id = :l and state = 'held'", l=lead)
    assert slot.provider_id == world.provider
    assert label == f"Hold for ${slot.quote['price_cents'] / 100:,.2f}"
    assert "In your cart" in html(page) and "1 lead held" in html(page)
    assert not [button for button in page.button if button.key == f"hold-{lead}"]


def test_extend_by_the_plan_s_minutes_once_then_release(open_page: Open, world: World) -> None:
    before = held_by(world, lead := listed(world)).expires_at
    page = open_page("provider", "cart")
    sound(page)
    with transaction() as session:
        minutes = payments.terms_of(session, provider_id=world.provider).plan.hold_minutes
    assert page.button(key=f"extend-{lead}").label == f"Extend by {minutes} min"
    page.button(key=f"extend-{lead}").click().run()
    assert said(page).startswith(f"Extended by {minutes} min.")
    held = one("select expires_at from slot where lead_id = :l and state = 'held'", l=lead)
    assert held.expires_at - before == timedelta(minutes=minutes)
    assert page.button(key=f"extend-{lead}").disabled
    page.button(key=f"release-{lead}").click().run()
    sound(page)
    assert "Your cart is empty" in words(page)
    assert one("select count(*) as free from slot where lead_id = :l and state = 'free'", l=lead).free == 2


def test_one_button_buys_all_of_it_once(open_page: Open, world: World) -> None:
    first, second = listed(world), listed(world)
    total = held_by(world, first).price_cents + held_by(world, second).price_cents
    page, other = open_page("provider", "cart"), open_page("provider", "cart")
    assert page.button(key="buy").label == f"Buy 2 leads for ${total / 100:,.2f}"
    page.button(key="buy").click().run()
    sound(page)
    assert said(page) == "2 leads bought."
    assert f"2 leads for ${total / 100:,.2f}" in words(page) and "Your cart is empty" in words(page)
    other.button(key="buy").click().run()  # the same press on another device
    sound(other)
    assert said(other) == "2 leads bought."
    count = (
        "select count(*) as n, sum(price_cents) as cents from assignment where channel = 'marketplace' and lead_id in (:a, :b)"
    )
    bought = one(count, a=first, b=second)
    assert (bought.n, bought.cents) == (2, total)
    page = open_page("provider", "marketplace", lead=str(first))
    sound(page)
    assert "You bought it" in words(page)


def test_what_ran_out_meanwhile_is_told_beside_its_lead(open_page: Open, world: World) -> None:
    first, second = listed(world), listed(world)
    held_by(world, first), held_by(world, second)
    page = open_page("provider", "cart")
    with transaction() as session:
        marketplace.release_hold(session, actor=buyer(world), lead_id=first, now=utc_now())
    page.button(key="buy").click().run()
    sound(page)
    assert "Nothing was bought and nothing was charged" in words(page)
    assert "no longer in your cart" in said(page)
    assert page.button(key="buy").label.startswith("Buy 1 lead for")
    assert one("select count(*) as n from assignment where lead_id in (:a, :b)", a=first, b=second).n == 0


def test_ceilings_are_set_in_the_cart_and_hold(open_page: Open, world: World) -> None:
    lead = listed(world)
    page = open_page("provider", "cart")
    fill(page, Per_day="much")
    press(page, "Save the ceilings")
    assert "Enter an amount" in words(page)
    fill(page, Per_day="$1.00", Per_month="$500")
    press(page, "Save the ceilings")
    assert said(page) == "The ceilings are saved."
    row = one("select day_cents, month_cents from spend_ceiling where provider_id = :p", p=world.provider)
    assert (row.day_cents, row.month_cents) == (100, 50_000)
    page = open_page("provider", "marketplace")
    page.button(key=f"hold-{lead}").click().run()
    sound(page)
    assert "your own ceiling of $1.00 a day" in said(page)
    page = open_page("provider", "cart")
    fill(page, Per_day="", Per_month="")
    press(page, "Save the ceilings")
    assert one("select day_cents from spend_ceiling where provider_id = :p", p=world.provider).day_cents is None


def test_filters_stand_in_the_address(open_page: Open, world: World) -> None:
    listed(world)
    page = open_page("provider", "marketplace", quality="80", q="villa")
    sound(page)
    assert "No lead on sale fits" in words(page)
    assert page.selectbox(key="quality").value == "80" and page.text_input(key="q").value == "villa"
    page.button(key="widen").click().run()
    sound(page)
    assert "quality" not in page.query_params and "q" not in page.query_params
    assert "1 lead on sale" in words(page)
    page.selectbox(key="quality").set_value("60").run()
    assert "1 lead on sale" in words(page)


def searches() -> int:
    """How many searches were noted since it was asked last."""
    with transaction() as session:
        return marketplace.keep_searches(session)


def test_a_page_that_is_drawn_again_is_no_new_search(open_page: Open, world: World) -> None:
    lead = listed(world)
    searches()
    page = open_page("provider", "marketplace")
    page.button(key=f"hold-{lead}").click().run()
    assert searches() == 1
    page.text_input(key="q").set_value("las vegas").run()
    assert searches() == 1
    sound(page)


def test_another_device_s_hold_shows_without_a_press(world: World, open_page: Open) -> None:
    lead = listed(world)
    page = open_page("provider", "marketplace")
    assert page.button(key=f"hold-{lead}")
    seen = page.session_state["live-market"][0]
    held_by(world, lead)
    page.run()
    sound(page)
    assert "In your cart" in html(page)
    if seen is not None:  # Redis is there: its counters moved
        assert page.session_state["live-market"][0] != seen


def test_a_search_around_a_zip_says_how_far(open_page: Open, world: World) -> None:
    lead = listed(world)
    page = open_page("provider", "marketplace", zip="89109")
    sound(page)
    assert "miles away" in words(page) and page.button(key=f"hold-{lead}")
    page = open_page("provider", "marketplace", zip="10001")
    assert "in none of our markets" in words(page)
    page = open_page("provider", "marketplace", miles="5 miles")
    assert "Enter a ZIP or choose a market" in words(page)


@pytest.mark.parametrize(
    "query",
    [
        {"lead": "not-an-id"}, {"lead": "01a20213-8ed2-7185-915b-50e26978e0ea"}, {"from": "nonsense"}, {"low": "cheap"},
        {"low": "$50", "high": "$10"}, {"q": "\"a' & | !(:*"}, {"from": "WyIyMDI2LTAxLTAxIiwgIngiXQ==", "sort": "Lowest price"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_told_in_words(open_page: Open, query: dict[str, str]) -> None:
    page = open_page("provider", "marketplace", **query)
    sound(page)
    assert not page.error


def test_one_listing_shows_its_receipt_and_others_like_it(open_page: Open, world: World) -> None:
    lead, other = listed(world), listed(world)
    page = open_page("provider", "marketplace", lead=str(lead))
    sound(page)
    price = one("select price_cents from listing where lead_id = :l", l=lead).price_cents
    assert "You pay" in html(page) and f"${price / 100:,.2f}" in html(page)
    assert page.button(key=f"open-alike-{other}")
    views = "select count(*) as n from market_event where kind = 'view' and lead_id = :l"
    assert one(views, l=lead).n == 1
    page.button(key=f"hold-{lead}").click().run()
    sound(page)
    assert "In your cart" in html(page) and one(views, l=lead).n == 1
    page.button(key="all-listings").click().run()
    assert "lead" not in page.query_params
    assert page.button(key=f"open-recent-{lead}")


def test_another_companys_hold_is_only_a_place_less(open_page: Open, world: World) -> None:
    lead, full = listed(world, slots=2), listed(world, slots=1)
    with transaction() as session:
        rival = builders.a_provider(session, utc_now(), company_name="Rival Roofs", balance_cents=100_000)
        person = builders.a_user(session, utc_now(), role="provider", provider_id=rival.id)
        for each in (lead, full):
            marketplace.hold(session, actor=Actor(person.id, "provider", rival.id), lead_id=each, now=utc_now())
    page = open_page("provider", "marketplace")
    sound(page)
    assert "1 of 2 places left" in words(page) and "In your cart" not in html(page)
    assert not [button for button in page.button if button.key == f"hold-{full}"]
    page = open_page("provider", "marketplace", lead=str(full))
    assert "Taken" in words(page) and "Rival" not in words(page) + html(page)
    assert "Your cart is empty" in words(open_page("provider", "cart"))


def test_found_words_are_strong_and_nothing_else_is_markup() -> None:
    excerpt = f"<b>new</b> {marketplace.MARK}roof{marketplace.END} & tiles"
    assert emphasised(excerpt) == "&lt;b&gt;new&lt;/b&gt; <mark>roof</mark> &amp; tiles"


def test_a_search_is_kept_and_opened_by_its_address(open_page: Open, world: World) -> None:
    dear, cheap = listed(world), listed(world)
    with transaction() as session:
        builders.set_price(session, 99_900, lead_id=dear)
        query = marketplace.SearchQuery(price_max_cents=50_000)
        kept = marketplace.save_search(session, actor=buyer(world), name="Cheap ones", query=query, now=utc_now())
    page = open_page("provider", "marketplace", saved=str(kept.id))
    sound(page)
    assert "Saved search **Cheap ones**" in words(page)
    assert page.button(key=f"hold-{cheap}") and f"hold-{dear}" not in {button.key for button in page.button}
    page.button(key="leave-saved").click().run()
    assert f"hold-{dear}" in {button.key for button in page.button}


def test_a_search_is_saved_with_a_rhythm_and_forgotten(open_page: Open, world: World) -> None:
    listed(world)
    page = open_page("provider", "marketplace", q="roof")
    page.text_input(key="save-name").set_value("Roofs")
    page.selectbox(key="save-rhythm").set_value("At most one a day")
    next(button for button in page.button if button.label == "Save this search").click().run()
    assert said(page) == "Saved: Roofs."
    row = one("select id, name, alert_hours, query ->> 'text' as words from saved_search where name = 'Roofs'")
    assert (row.alert_hours, row.words) == (24, "roof")
    page.button(key=f"forget-{row.id}").click().run()
    assert one("select count(*) as n from saved_search where name = 'Roofs'").n == 0


def test_a_saved_search_of_somebody_else_is_not_there(open_page: Open, world: World) -> None:
    page = open_page("provider", "marketplace", saved="01a1a7b7-c100-7000-8000-000000150000")
    sound(page)
    assert "not there any more" in words(page)
