"""Work through the inbox, and begin where the company's own business is."""

from uuid import UUID

from sqlalchemy import text

from core.kit.clock import utc_now
from core.kit.db import transaction
from tests import builders
from tests.dashboard.conftest import Open, page_as, sound
from tests.dashboard.world import World, an_assignment, token_of


def sold(world: World) -> UUID:
    with transaction() as session:
        niche, market = session.get_one(builders.Niche, world.niche), session.query(builders.Market).one()
        lead = builders.a_lead(session, utc_now(), niche, market)
        return an_assignment(session, utc_now(), world.provider, lead.id, world.subscription)


def test_next_goes_on_when_opening_a_lead_took_it_out_of_the_list(open_page: Open, world: World) -> None:
    older, newer = sold(world), sold(world)
    page = open_page("provider", "inbox", status="New", lead=str(newer))
    sound(page)
    assert f"open-inbox-{newer}" not in [button.key for button in page.button], "it is seen now, so it is no new one"
    assert not page.button(key="next").disabled
    page.button(key="next").click().run()
    assert page.query_params["lead"] == str(older)


def test_levels_and_areas_begin_with_what_the_company_registered_for(world: World) -> None:
    now = utc_now()
    with transaction() as session:
        niche = builders.a_niche(session, now, name="Zinc roofs", slug="zinc-roofs")
        market = builders.a_market(session, now, name="Zion", slug="zion")
        company = builders.a_provider(session, now, company_name="Zinc Works")
        session.execute(
            text("insert into provider_interest (provider_id, niche_id, market_id) values (:provider, :niche, :market)"),
            {"provider": company.id, "niche": niche.id, "market": market.id},
        )
        user = builders.a_user(session, now, role="provider", provider_id=company.id, email="zinc@hotleads.example", owner=True)
        token = token_of(session, user, now)
    levels = page_as(token, "subscriptions")
    sound(levels)
    assert levels.segmented_control(key="niche").value == "zinc-roofs"
    areas = page_as(token, "subscriptions", subs="Areas")
    assert areas.selectbox(key="area-market").value.slug == "zion"
