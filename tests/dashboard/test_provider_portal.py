"""What a company does on its pages: filters, what it missed, results, team, mail, support, suspension (SPEC 4, 7)."""

from copy import deepcopy
from typing import Any

import pytest

from core import accounts, niches, providers
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests import builders
from tests.dashboard.conftest import Open, page_as, press, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.world import World, an_assignment, token_of

BIG = {"all": [{"field": "bedrooms", "operator": "gte", "value": 4}]}


def stored(world: World) -> Any:
    return one("select filter_rules, filter_valid, filter_version from subscription where id = :id", id=world.subscription)


def set_filter(world: World, rules: Any) -> None:
    with transaction() as session:
        providers.set_filter(session, actor=SYSTEM, subscription_id=world.subscription, rules=rules, now=utc_now())


def publish(world: World, *, without: str | None = None) -> None:
    schema = deepcopy(builders.SCHEMA)
    schema["fields"] = [field for field in schema["fields"] if field["key"] != without]
    with transaction() as session:
        providers.publish_form(session, actor=SYSTEM, niche_id=world.niche, schema=schema, now=utc_now())


@pytest.fixture
def subscription(open_page: Open, world: World) -> Any:
    def opened(**query: str) -> Any:
        page = open_page("provider", "subscriptions", sub=str(world.subscription), **query)
        sound(page)
        return page

    return opened


def test_groups_within_groups_are_built_said_and_saved(subscription: Any, world: World) -> None:
    set_filter(world, {"all": []})
    page = press(press(subscription(), "Add a rule"), "Add a group")
    draft = page.session_state[f"draft-{world.subscription}"][1]
    outer, inner = draft["items"]
    page.selectbox(key=f"field-{outer['uid']}").set_value("bedrooms").run()
    page.selectbox(key=f"operator-{outer['uid']}-bedrooms").set_value("gte").run()
    page.number_input(key=f"value-{outer['uid']}-bedrooms-gte").set_value(3.0).run()
    page.button(key=f"add-{inner['uid']}").click().run()
    page.selectbox(key=f"kind-{inner['uid']}").set_value("not").run()
    sound(page)
    assert "You receive:" in words(page) and "Bedrooms is at least 3" in words(page)
    press(page, "Save the filter")
    assert said(page).startswith("The filter is saved")
    rule = {"field": "property_type", "operator": "eq", "value": "house"}
    assert stored(world).filter_rules == {
        "all": [{"field": "bedrooms", "operator": "gte", "value": 3}, {"not": {"any": [rule, rule]}}]
    }


def test_the_preview_counts_while_the_filter_is_built(subscription: Any, world: World) -> None:
    set_filter(world, BIG)
    texts = [bar.proto.text for bar in subscription().get("progress")]
    assert any("of the last 30 days would have matched" in told for told in texts), texts


def test_somebody_elses_change_is_not_overwritten(subscription: Any, world: World) -> None:
    set_filter(world, {"all": []})
    page = press(subscription(), "Add a rule")
    set_filter(world, BIG)
    press(page, "Save the filter")
    assert "changed this filter meanwhile" in said(page)
    assert stored(world).filter_rules == BIG


def test_an_earlier_filter_is_one_press_away(subscription: Any, world: World) -> None:
    for rules in (BIG, {"all": []}):
        set_filter(world, rules)
    page = subscription()
    with transaction() as session:
        log = providers.filter_log(session, actor=SYSTEM, subscription_id=world.subscription)
    page.button(key=f"again-{log[1].id}").click().run()
    sound(page)
    assert stored(world).filter_rules == BIG and said(page).startswith("This filter holds again")


def test_a_broken_filter_is_repaired_on_its_page(subscription: Any, world: World) -> None:
    house = {"field": "property_type", "operator": "eq", "value": "house"}
    set_filter(world, {"all": [*BIG["all"], house]})
    publish(world, without="bedrooms")
    page = subscription()
    told = words(page)
    assert "no longer fits it" in told and "**Bedrooms is at least 4**: The form has no such field." in told
    assert "you would receive: Property type is house." in told
    press(page, "Drop the rule that broke")
    assert (stored(world).filter_valid, stored(world).filter_rules) == (True, {"all": [house]})
    assert "no longer fits" not in words(subscription())
    publish(world)


def test_why_leads_did_not_come(subscription: Any) -> None:
    page = subscription(wish="What you missed")
    assert "leads** of Roofing came to you" in words(page) or "Nothing to tell yet" in words(page)


def test_a_link_to_a_subscription_opens_its_niche(open_page: Open, world: World) -> None:
    with transaction() as session:
        now = utc_now()
        other = builders.a_niche(session, now, name="Zinc gutters", slug="zinc")
        level = builders.a_level(session, now, other, name="Zinc only")
        provider = session.get(builders.Provider, world.provider)
        assert provider is not None
        mine = builders.a_subscription(session, now, provider, level).id
    page = open_page("provider", "subscriptions", sub=str(mine))
    assert "Zinc gutters: Zinc only" in words(page)


@pytest.mark.parametrize("period", ["7 days", "90 days", "This month", "Last month"])
def test_results_of_a_period(open_page: Open, period: str) -> None:
    page = open_page("provider", "results", period=period)
    sound(page)
    assert "Leads delivered from" in words(page)


def test_results_answer_their_questions(open_page: Open) -> None:
    page = open_page("provider", "results")
    for question in ("Where do your leads get stuck?", "Which niche pays off?", "Which channel pays off?"):
        assert question in words(page)
    tiles = {tile.label: tile.value for tile in page.metric}
    assert int(tiles["Received"]) >= 1 and "Cost per won lead" in tiles


def test_home_counts_months(open_page: Open) -> None:
    page = open_page("provider", "home")
    tiles = {tile.label: tile for tile in page.metric}
    assert int(tiles["Received this month"].value) >= 1
    assert tiles["Received this month"].delta.startswith("Last month")
    assert tiles["Balance"].delta.startswith("Buys ")


def colleague(world: World, email: str) -> Any:
    with transaction() as session:
        return builders.a_user(
            session, utc_now(), role="provider", provider_id=world.provider, email=email, full_name="Kim Lee"
        ).id


def test_invite_take_back_remove_and_hand_over(open_page: Open, world: World) -> None:
    kim = colleague(world, "kim@example.com")
    page = open_page("provider", "settings", settings="Team")
    next(field for field in page.text_input if field.label == "Invite a colleague").set_value("lou@example.com")
    press(page, "Send the invitation")
    assert said(page) == "The invitation is on its way."
    lou = one("select id, status from user_account where email = 'lou@example.com'")
    page = open_page("provider", "settings", settings="Team")
    page.button(key=f"back-{lou.id}").click().run()
    assert one("select removed_at from user_account where id = :id", id=lou.id).removed_at is not None
    page.button(key=f"do-own-{kim}").click().run()
    sound(page)
    assert one("select owner from user_account where id = :id", id=kim).owner
    assert not [button for button in open_page("provider", "settings", settings="Team").button if button.label == "Take back"]
    with transaction() as session:
        accounts.hand_over(session, actor=Actor(kim, "provider", world.provider), user_id=world.users["provider"], now=utc_now())
    page = open_page("provider", "settings", settings="Team")
    page.button(key=f"do-out-{kim}").click().run()
    assert said(page) == "Kim Lee is out of the team."


def test_mail_that_can_be_switched_off_and_mail_that_can_not(open_page: Open, world: World) -> None:
    page = open_page("provider", "settings", settings="Mail")
    page.toggle(key="mail-new_lead").set_value(False).run()
    sound(page)
    with transaction() as session:
        assert not providers.wants_mail(session, provider_id=world.provider, template="new_lead")
    assert "Always sent: no lead comes until you correct it." in words(page)
    page.toggle(key="mail-new_lead").set_value(True).run()


def test_ask_support_and_be_answered(open_page: Open, world: World) -> None:
    page = open_page("provider", "settings", settings="Support")
    for label, value in (("Subject", "A deposit is missing"), ("Code of an error, if there was one", "01JBZ4ABCD")):
        next(field for field in page.text_input if field.label == label).set_value(value)
    next(area for area in page.text_area if area.label.startswith("What happened")).set_value("I paid on Monday.")
    press(page, "Send to support")
    asked = one("select id, status, correlation_id from support_request")
    assert (asked.status, asked.correlation_id) == ("open", "01JBZ4ABCD")
    desk = open_page("admin", "support", request=str(asked.id))
    sound(desk)
    assert "A deposit is missing" in words(desk) and "I paid on Monday." in [line.value for line in desk.text]
    next(area for area in desk.text_area if area.label == "Answer").set_value("It is in your wallet now.")
    press(desk, "Send the answer")
    assert said(desk) == "Answered by mail."
    page = open_page("provider", "settings", settings="Support", request=str(asked.id))
    assert "It is in your wallet now." in [line.value for line in page.text]


def test_a_form_that_lacks_something_says_so(open_page: Open) -> None:
    page = open_page("provider", "settings", settings="Support")
    press(page, "Send to support")
    assert "Please" in words(page) and one("select count(*) as n from support_request where status = 'open'").n == 0


def test_the_list_knows_which_lead_was_just_opened(open_page: Open, world: World) -> None:
    with transaction() as session:
        niche, market = session.get(builders.Niche, world.niche), session.query(builders.Market).one()
        assert niche is not None
        lead = builders.a_lead(session, utc_now(), niche, market)
        fresh = an_assignment(session, utc_now(), world.provider, lead.id, world.subscription)
    row = f"open-inbox-{fresh}"
    assert "New" in open_page("provider", "inbox").button(key=row).label
    assert "Viewed" in open_page("provider", "inbox", lead=str(fresh)).button(key=row).label


@pytest.mark.parametrize("path", ["marketplace", "inbox", "claims", "cart"])
def test_a_company_that_is_not_open_yet_is_shown_the_way(world: World, path: str) -> None:
    with transaction() as session:
        user = builders.a_user(
            session, utc_now(), role="provider", provider_id=world.newcomer, email=f"{path}@hotleads.example", owner=True
        )
        token = token_of(session, user, utc_now())
    page = page_as(token, path)
    sound(page)
    assert "Your account is not open yet" in words(page)
    assert not page.selectbox, "nothing to search or to filter before that"


def test_a_suspended_company_sees_one_page_and_may_ask(world: World) -> None:
    now = utc_now()
    with transaction() as session:
        provider = builders.a_provider(session, now, status="suspended", status_reason="Calls at night")
        user = builders.a_user(session, now, role="provider", provider_id=provider.id, email="late@hotleads.example", owner=True)
        token = token_of(session, user, now)
    for path in ("home", "inbox", "wallet", "settings"):
        page = page_as(token, path)
        assert page.button(key="ask-new").label == "Ask a question", "a phone shows the list first"
        sound(page)
        assert page.title[0].value == "Your account is suspended" and "Calls at night" in words(page), path
    next(field for field in page.text_input if field.label == "Subject").set_value("What can we do?")
    next(area for area in page.text_area if area.label.startswith("What happened")).set_value("We have talked to our people.")
    press(page, "Send to support")
    assert one("select count(*) as n from support_request where provider_id = :p", p=provider.id).n == 1


def test_the_house_finds_a_filter_change_by_its_memo(open_page: Open, world: World) -> None:
    set_filter(world, BIG)
    with transaction() as session:
        change = providers.filter_log(session, actor=SYSTEM, subscription_id=world.subscription)[0]
    page = open_page("admin", "filters", sub=str(world.subscription))
    sound(page)
    next(form for form in page.text_input if form.label.startswith("Memo")).set_value("Asked for by telephone")
    press(page, "Add the memo")
    assert said(page) == "The memo is added."
    found = open_page("admin", "filters", memo="telephone")
    assert list(found.dataframe[0].value["memos"]) == ["Asked for by telephone"]
    assert open_page("admin", "filters", memo="fax").dataframe.len == 0
    with transaction() as session:
        assert providers.find_filter_changes(session, actor=SYSTEM, memo="telephone")[0].id == change.id


@pytest.mark.parametrize("tab", ["Changes", "Subscriptions", "By niche"])
@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_filters_of_the_house(open_page: Open, role: str, tab: str) -> None:
    sound(open_page(role, "filters", filters=tab, niche="Roofing"))


def test_an_analyst_reads_filters_but_notes_nothing(open_page: Open, world: World) -> None:
    page = open_page("analyst", "filters", sub=str(world.subscription))
    sound(page)
    assert not [button for button in page.button if button.label == "Add the memo"]


def test_a_price_to_come_is_seen_and_accepted(open_page: Open, world: World) -> None:
    with transaction() as session:
        niches.edit_level(session, actor=SYSTEM, level_id=world.levels[1], price_cents=3_000, now=utc_now())
    page = open_page("provider", "subscriptions", niche="Roofing")
    sound(page)
    assert "$30.00 from" in words(page)
    press(page, "Accept $30.00 now")
    row = one("select price_cents, next_price_cents from competition_level where id = :id", id=world.levels[1])
    assert tuple(row) == (3_000, None), "the only subscriber has accepted"


def test_where_filters_break_in_all_niches(open_page: Open) -> None:
    page = open_page("admin", "filters", filters="By niche")
    sound(page)
    assert "Roofing" in list(page.dataframe[0].value["niche"])
