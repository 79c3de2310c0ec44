"""The pages in a real Chromium: drawn on a desk and on a phone, from our own address alone, and alive."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import text

from core import accounts
from core.kit.clock import utc_now
from core.kit.db import transaction
from dashboard import navigation, theme
from tests import builders
from tests.axe import DESK, PHONE, barriers
from tests.dashboard.visitor import Visitor, found_by_a_thumb
from tests.dashboard.world import World, an_assignment
from tests.eventually import eventually


def drawn(window: Visitor, role: str) -> Iterator[navigation.Entry]:
    """Every page of the role's menu, one after the other, each loaded once and drawn to its end."""
    page = window.open("/")
    for entry in navigation.pages_of(role):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=entry.title).first.click()
        page.wait_for_url(lambda url, entry=entry: url.split("?")[0].endswith("/" if entry.default else f"/{entry.path}"))
        window.settle()
        page.locator("h1").first.wait_for()
        assert page.get_by_text("could not be drawn").count() == 0, entry.path
        expect(page).to_have_title(f"{entry.title} – Hotleads")
        yield entry


def fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    main = page.get_by_test_id("stMain")
    eventually(lambda: main.evaluate("main => main.scrollWidth") <= PHONE["width"], within_s=10)  # charts draw themselves anew


def test_every_page_is_drawn_on_a_desk_and_a_phone_and_open_to_everybody(visit: object) -> None:
    window, found = visit("provider"), list[str]()  # type: ignore[operator]
    for _ in drawn(window, "provider"):
        found += barriers(window.page)
        fits_a_phone(window.page)
        found_by_a_thumb(window.page)
        window.page.set_viewport_size(DESK)
    assert not found, "\n".join(found)


@pytest.mark.long
@pytest.mark.parametrize("role", ["admin", "scientist", "provider"])
def test_every_page_is_open_to_everybody_by_day_and_by_night(visit: object, role: str) -> None:
    """WCAG 2.2 AA in both themes and at both widths; a page is loaded once and changes its look as a device does."""
    window, found = visit(role), list[str]()  # type: ignore[operator]
    for _ in drawn(window, role):
        for size in (DESK, PHONE):
            window.page.set_viewport_size(size)
            for scheme, ground in (("light", theme.PAPER), ("dark", theme.NIGHT)):
                window.page.emulate_media(color_scheme=scheme)
                expect(window.page.get_by_test_id("stApp")).to_have_css("background-color", rgb(ground))
                window.settle()
                found += [f"{scheme}, {size['width']} px: {each}" for each in barriers(window.page)]
        fits_a_phone(window.page)
        window.page.set_viewport_size(DESK)
    assert not found, "\n".join(found)


def rgb(colour: str) -> str:
    """``#FBFAF7`` as a browser says it."""
    return "rgb({}, {}, {})".format(*(theme.rgba(colour)[:3]))


def test_the_review_queue_fits_a_phone(visit: object) -> None:
    page = visit("admin", PHONE).open("/review")  # type: ignore[operator]
    page.locator("h1").first.wait_for()
    fits_a_phone(page)
    found_by_a_thumb(page)
    page.locator("[class*=st-key-row-] button").first.click()
    expect(page.locator(".st-key-approve button:visible")).to_have_count(1)  # the pane before it is still being taken away
    found_by_a_thumb(page)


def test_a_verdict_that_was_waved_away_stays_away(visit: object) -> None:
    window = visit("admin")  # type: ignore[operator]
    page = window.open("/review")
    page.locator(".st-key-reject button").first.click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    window.settle()
    for way in ("Many at once", "One by one"):
        page.get_by_text(way, exact=True).first.click()
        window.settle()
    assert page.get_by_role("dialog").count() == 0


def test_verdict_keys(visit: object, world: World) -> None:
    window = visit("admin")  # type: ignore[operator]
    page = window.open("/review")
    page.locator(".st-key-approve button").first.wait_for()
    page.keyboard.press("s")
    page.wait_for_url(f"**lead={world.waiting[1]}*")
    window.settle()
    page.keyboard.press("a")
    page.get_by_text("Approved. It is being distributed.").wait_for()
    page.wait_for_url(f"**lead={world.waiting[2]}*")
    window.settle()
    page.keyboard.press("r")
    page.get_by_text("Not a serious request").click()
    page.get_by_role("button", name="Reject the request").click()
    page.get_by_text("Rejected.").wait_for()
    with transaction() as session:
        found = [session.get(builders.Lead, lead).status for lead in world.waiting]  # type: ignore[union-attr]
    assert found == ["pending_approval", "approved", "rejected"]


def test_typing_is_not_a_verdict(visit: object) -> None:
    window = visit("admin")  # type: ignore[operator]
    page = window.open("/review")
    page.get_by_text("More filters").click()
    field = page.get_by_role("textbox", name="E-mail, phone or name")
    field.fill("")
    field.press_sequentially("ars")
    assert field.input_value() == "ars" and "lead=" not in page.url


def test_a_new_lead_appears_by_itself(visit: object, world: World) -> None:
    page = visit("provider").open("/inbox")  # type: ignore[operator]
    rows = page.locator("[class*=st-key-row-] button")
    rows.first.wait_for()
    before = rows.count()
    with transaction() as session:
        niche, market = session.get(builders.Niche, world.niche), session.query(builders.Market).one()
        assert niche is not None
        lead = builders.a_lead(session, utc_now(), niche, market)
        an_assignment(session, utc_now(), world.provider, lead.id, world.subscription)
    page.wait_for_function("n => document.querySelectorAll('[class*=st-key-row-] button').length > n", arg=before, timeout=15_000)


def test_the_next_lead_by_a_key(visit: object, world: World) -> None:
    """N goes on through the inbox, but not for whoever writes a note (WCAG 2.1.1)."""
    with transaction() as session:
        niche, market = session.get(builders.Niche, world.niche), session.query(builders.Market).one()
        assert niche is not None
        lead = builders.a_lead(session, utc_now(), niche, market)
        newest = an_assignment(session, utc_now(), world.provider, lead.id, world.subscription)
        older = session.execute(text("select id from assignment order by id desc offset 1 limit 1")).scalar_one()
    window = visit("provider")  # type: ignore[operator]
    page = window.open(f"/inbox?lead={newest}")
    note = page.get_by_role("textbox", name="Your notes")
    note.focus()
    page.keyboard.type("nn")
    assert note.input_value() == "nn" and str(newest) in page.url
    note.blur()
    page.get_by_text("Noted.").wait_for()

    def went_on() -> bool:
        # The page listens for keys once its own script has loaded, which nothing on it shows.
        if str(older) not in page.url:
            page.keyboard.press("n")
        return str(older) in page.url

    eventually(went_on, within_s=40, every_s=1.5)
    window.settle()
    page.locator("[class*=st-key-row-] button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**lead={newest}*")


def test_strangers_and_signing_out(visit: object, address: str) -> None:
    for path, target in (("/", "/start"), ("/inbox?lead=1", "/sign-in?next=%2Finbox%3Flead%3D1")):
        answer = httpx.get(address + path, follow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"] == target
    assert httpx.get(f"{address}/start").status_code == 200
    window = visit("scientist")  # type: ignore[operator]
    page = window.open("/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/sign-in" in url or "/start" in url)
    assert httpx.get(f"{address}/", cookies={c["name"]: c["value"] for c in page.context.cookies()}).status_code == 303


def test_policies_of_pages_and_of_the_drawing_frame(address: str, world: World) -> None:
    cookies = {accounts.SESSION_COOKIE: world.tokens["admin"]}
    page = httpx.get(f"{address}/review", cookies=cookies)
    assert "unsafe-inline" not in page.headers["content-security-policy"].split("script-src")[1].split(";")[0]
    frame = httpx.get(f"{address}/component/streamlit_folium.st_folium/index.html", cookies=cookies)
    assert "'unsafe-eval'" in frame.headers["content-security-policy"], "Leaflet's frame builds layers from a script"
    for answer in (page, frame, httpx.get(f"{address}/sign-in")):
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_drawing_tools_come_from_us(visit: object) -> None:
    page = visit("provider").open("/subscriptions?subs=Areas&way=Draw+on+the+map")  # type: ignore[operator]
    frame = page.frame_locator("iframe[title*=folium]")
    frame.locator(".leaflet-draw-draw-polygon").wait_for(timeout=20_000)


def test_a_filter_is_built_with_the_keyboard_alone(visit: object, world: World) -> None:
    window = visit("provider")  # type: ignore[operator]
    page = window.open(f"/subscriptions?sub={world.subscription}")

    def choose(label: str, typed: str) -> None:
        """Type into a chooser as people do: again, when the page was still drawing it anew."""
        box, wanted = page.get_by_role("combobox", name=label, exact=True), page.get_by_role("option", name=typed).first

        def offered() -> bool:
            box.focus()
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(typed)
            try:
                wanted.wait_for(timeout=2_000)
            except PlaywrightTimeout:
                page.keyboard.press("Escape")
                return False
            page.keyboard.press("Enter")
            return True

        eventually(offered)
        expect(box).to_have_value(typed)
        window.settle()

    add = page.get_by_role("button", name="Add a rule")
    add.focus()
    page.keyboard.press("Enter")
    window.settle()
    choose("Field", "Bedrooms")
    choose("Comparison", "is at least")
    value = page.get_by_role("spinbutton", name="Value", exact=True)
    expect(value).to_be_visible()
    window.settle()

    def understood() -> bool:
        value.focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("4")
        page.keyboard.press("Tab")
        try:
            page.get_by_text("Bedrooms is at least 4").first.wait_for(timeout=5_000)
        except PlaywrightTimeout:
            return False
        return True

    eventually(understood)
    save = page.get_by_role("button", name="Save the filter")
    expect(save).to_be_enabled()
    save.focus()
    page.keyboard.press("Enter")
    page.get_by_text("The filter is saved").first.wait_for()
    with transaction() as session:
        kept = session.get(builders.Subscription, world.subscription)
        assert kept is not None
        assert kept.filter_rules == {"all": [{"field": "bedrooms", "operator": "gte", "value": 4}]}


def test_support_is_asked_on_a_phone(visit: object) -> None:
    window = visit("provider", PHONE)  # type: ignore[operator]
    page = window.open("/settings?settings=Support")
    assert not page.get_by_label("Subject").is_visible(), "a phone shows the list first"
    page.get_by_role("button", name="Ask a question").click()
    page.get_by_label("Subject").fill("A deposit is missing")
    page.get_by_label("What happened").fill("I paid on Monday and see nothing of it.")
    page.get_by_role("button", name="Send to support").click()
    page.get_by_text("Waits for an answer").last.wait_for()
    assert "request=" in page.url and "request=new" not in page.url
