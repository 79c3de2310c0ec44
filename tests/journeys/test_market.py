"""A company picks leads by hand: found by drawing, held while the clock runs, one let go, two bought and seen in the books."""

import re
from collections.abc import Sequence
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.eventually import eventually
from tests.journeys.browsing import open_page, settled, sign_in, sign_out
from tests.journeys.conftest import Instance

pytestmark = [pytest.mark.journey, pytest.mark.long]
HOLD_MIN = 1  # so long a hold lasts once the house has shortened it

BUYER = """
  select u.email, p.id from provider p join user_account u on u.provider_id = p.id and u.owner
    join wallet w on w.provider_id = p.id
   where p.status = 'active' and u.status = 'active' and w.balance_cents > 40000 and w.frozen_at is null
     and not exists (select from membership m where m.provider_id = p.id)
     and not exists (select from slot s join on_sale o using (lead_id) where s.provider_id = p.id)
   order by w.balance_cents desc limit 1"""
MARKET = """
  select m.name from on_sale o join market m on m.id = o.market_id
   group by m.name having count(*) >= 8 order by count(*) desc limit 1"""
NOT_SOLD = "select 1 where not exists (select from assignment where provider_id = %s and lead_id = %s)"
SOLD = """
  select array_agg(a.id order by a.id), sum(a.price_cents)::bigint, sum(t.amount_cents)::bigint
    from assignment a join transfer t on t.id = a.transfer_id
   where a.provider_id = %s and a.channel = 'marketplace' having count(*) = 2"""


def test_leads_are_found_by_drawing_held_and_bought(page: Page, instance: Instance, chromium: Browser) -> None:
    sign_in(page, "admin@example.com")
    shorten_holds(page)
    sign_out(page)
    email, provider = instance.wait_for(BUYER)
    (market,) = instance.wait_for(MARKET)
    sign_in(page, email)
    find_by_drawing(page, market)
    light_each_other(page)
    lost = hold_first(page)
    given_back = other_device_sees_it(page, chromium, instance)
    let_it_run_out(page, instance, provider, lost)
    buy_two(page, instance, provider, lost, given_back)
    see_them(page, instance, provider)


def shorten_holds(page: Page) -> None:
    """The house lets Starter hold a lead for a minute."""
    open_page(page, "/billing?billing=Plans+and+packs")
    page.get_by_text("Edit a plan").click()
    field = page.get_by_role("spinbutton", name="Hold, minutes")
    field.fill(str(HOLD_MIN))
    field.press("Tab")
    page.get_by_role("button", name="Save the plan").click()
    page.get_by_text("The plan is saved.").first.wait_for()


def find_by_drawing(page: Page, market: str) -> None:
    """Four corners around the whole market, then the list has what lies in them."""
    open_page(page, f"/marketplace?market={market.replace(' ', '+')}")
    land = page.locator(".hl-desk-land.leaflet-container")
    land.wait_for()
    cards(page).first.wait_for()
    page.get_by_role("button", name="Draw an area").click()
    page.locator(".hl-drawing").wait_for()
    corners = page.locator(".hl-corner")
    for number, (across, down) in enumerate(((0.04, 0.12), (0.85, 0.12), (0.96, 0.96), (0.04, 0.96))):
        eventually(lambda across=across, down=down, number=number: _click(page, land, across, down) or corners.count() > number)
    eventually(lambda: _click(page, land, 0.04, 0.12) or page.locator(".hl-drawing").count() == 0)
    expect(page).to_have_url(re.compile(r"area=polygon"))
    page.get_by_role("button", name="Clear the drawing").wait_for()
    settled(page)
    expect(page.get_by_text(re.compile(r"\d+ leads? on sale")).first).to_be_visible()
    expect(cards(page).first).to_be_visible()


def _click(page: Page, land: Locator, across: float, down: float) -> None:
    """Press at a place of the map; the pen rests 50 ms after each corner, so a press may be lost on it."""
    box = land.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


def light_each_other(page: Page) -> None:
    """Pointing at a card lights its price on the map; pressing a price goes to its card."""
    card = cards(page).first
    card.hover()
    lit = page.locator(".hl-price.hl-on")
    expect(lit).to_have_count(1)
    expect(card).to_have_class(re.compile("hl-on"))
    page.locator("h1").first.hover()
    expect(lit).to_have_count(0)
    page.locator(".hl-price").last.click(force=True)  # others may lie over it: whichever is on top has a card
    expect(page.locator("[class*=st-key-listing-].hl-on")).to_have_count(1)


def hold_first(page: Page) -> UUID:
    """The first card's lead waits in the cart, with its clock."""
    return hold(page, free_card(page))


def other_device_sees_it(page: Page, chromium: Browser, instance: Instance) -> UUID:
    """A second window of the same person has the hold without asking; what the first holds now appears there by itself.

    Returns the lead that it gives back there.
    """
    context = chromium.new_context(base_url=instance.address, storage_state=page.context.storage_state())
    other = context.new_page()
    open_page(other, "/cart")
    expect(other.locator("[class*=st-key-held-]")).to_have_count(1)
    second = hold(page, free_card(page))
    expect(other.locator("[class*=st-key-held-]")).to_have_count(2, timeout=10_000)
    other.get_by_role("button", name="Release").last.click()
    expect(other.locator("[class*=st-key-held-]")).to_have_count(1)
    context.close()
    return second


def let_it_run_out(page: Page, instance: Instance, provider: UUID, lead: UUID) -> None:
    """The clock in the cart runs down without a reload, survives one, and then the lead is gone."""
    open_page(page, "/cart")
    clock = page.locator("time.hl-clock").first
    shown = clock.inner_text()
    eventually(lambda: clock.inner_text() < shown, within_s=10)
    until = clock.get_attribute("datetime")
    page.reload()
    settled(page)
    assert page.locator("time.hl-clock").first.get_attribute("datetime") == until
    expect(page.get_by_text("Your cart is empty")).to_be_visible(timeout=1000 * 60 * HOLD_MIN + 20_000)
    instance.wait_for(NOT_SOLD, provider, lead)


def buy_two(page: Page, instance: Instance, provider: UUID, *had: UUID) -> None:
    """Two others are held and bought with one press; those that were held may not be held again for ten minutes."""
    open_page(page, "/marketplace")
    for _ in range(2):
        hold(page, free_card(page, other_than=had))
    open_page(page, "/cart")
    page.get_by_role("button", name=re.compile(r"Buy 2 leads for")).click()
    expect(page.get_by_text("2 leads for").first).to_be_visible()
    instance.wait_for(SOLD, provider)


def see_them(page: Page, instance: Instance, provider: UUID) -> None:
    """Inbox and wallet tell of the same two sales."""
    sales, price_cents, paid_cents = instance.wait_for(SOLD, provider)
    assert price_cents == paid_cents > 0
    for sale in sales:
        open_page(page, f"/inbox?lead={sale}")
        page.get_by_text("You chose it on the marketplace").wait_for()
        page.get_by_role("button", name="Why this price").click()
        page.get_by_text("Going rate of the niche").first.wait_for()
    eventually(lambda: wallet_tells_its_balance(page, instance, provider))


def wallet_tells_its_balance(page: Page, instance: Instance, provider: UUID) -> bool:
    """Opened anew each time: the engine may sell the company a lead between the page and the look into the books."""
    open_page(page, "/wallet")
    page.get_by_test_id("stDataFrame").first.wait_for()
    (cents,) = instance.wait_for("select balance_cents from wallet where provider_id = %s", provider)
    return page.get_by_text(f"${cents // 100:,}.{cents % 100:02d}").first.is_visible()


def cards(page: Page) -> Locator:
    return page.locator("[class*=st-key-listing-]")


def free_card(page: Page, *, other_than: Sequence[UUID] = ()) -> Locator:
    """The first card whose lead can be held, as soon as it is drawn."""
    others = "".join(f":not(.st-key-listing-{lead})" for lead in other_than)
    among = page.locator(f"[class*=st-key-listing-]{others}")
    return among.filter(has=page.get_by_role("button", name=re.compile("Hold for"))).first


def hold(page: Page, card: Locator) -> UUID:
    """Press its button, and see the clock in its place."""
    lead = lead_of(card)
    own = page.locator(f".st-key-listing-{lead}")
    own.get_by_role("button", name=re.compile("Hold for")).click()
    expect(own.locator("time.hl-clock")).to_be_visible(timeout=20_000)
    return lead


def lead_of(card: Locator) -> UUID:
    found = re.search(r"st-key-listing-([0-9a-f-]{36})", card.get_attribute("class") or "")
    assert found
    return UUID(found.group(1))
