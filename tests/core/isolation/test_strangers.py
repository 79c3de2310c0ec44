"""What a company's session can read of what is not its own: what pages show to strangers, and no column more (SPEC 1.6, 2.8)."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from core.kit import tenant
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.leads import Lead
from tests import builders
from tests.core.inbox.conftest import World, a_world, sold

# What no page of a company asks for: who sent a lead from where, what the house thinks of it, who earns by it, who else has it.
KEPT_BACK = {
    "lead": "form_data location attribution partner_id partner_share_percent text_key duplicate_of fraud submitted_ip"
    " confirmed_ip confirmed_agent reviewed_by review_note",
    "consent_event": "ip user_agent page_url",
    "distribution_run": "traversal candidates assigned skips error started_by",
    "price_history": "receipt",
    "demo_load": "seed size part",
    "passport_entry": "lead_id facts digest",
    "email_template": "key subject html",
    "enrichment": "lead_id model_answer rules_answer cost_microcents",
}


@pytest.mark.parametrize("table", KEPT_BACK)
def test_what_no_page_asks_for_is_not_granted(database: Engine, table: str) -> None:
    for column in KEPT_BACK[table].split():
        with pytest.raises(DBAPIError, match="permission denied"), tenant.transaction(uuid7()) as session:
            session.execute(text(f"select {column} from {table} limit 1"))


def test_nobody_is_told_who_has_a_place_of_what_is_on_sale(database: Engine) -> None:
    """No column of companies stands beside a listing: whose a place is, stands in slots alone, where each sees its own."""
    companies = text("""select table_name, column_name from information_schema.columns
                        where table_schema = 'public' and table_name in ('on_sale', 'listing', 'price_history', 'sale_cell')
                          and data_type in ('uuid', 'ARRAY')
                          and column_name not in ('lead_id', 'niche_id', 'market_id', 'held_until')""")
    with transaction() as session:
        assert session.execute(companies).all() == []


def _leads(now: datetime) -> tuple[World, dict[str, Lead]]:
    """One lead that Ann has bought, one that is on sale, one that nobody has looked at yet."""
    with transaction() as session:
        world = a_world(session, now)
        bought = builders.a_lead(session, now, world.niche, world.market, status="approved")
        sold(session, now, world, world.ann, lead=bought)
        leads = {
            "bought": bought,
            "approved": builders.a_lead(session, now, world.niche, world.market, status="approved"),
            "waiting": builders.a_lead(session, now, world.niche, world.market, status="pending_approval"),
        }
        session.expunge_all()
    return world, leads


def _seen(world: World, whose: str, sql: str) -> set[object]:
    with tenant.transaction(getattr(world, whose).provider.id) as session:
        return set(session.execute(text(sql)).scalars())


def test_a_company_sees_leads_that_it_has_or_whose_niche_it_asked_for(database: Engine) -> None:
    world, leads = _leads(now := utc_now())
    assert _seen(world, "ann", "select id from lead") == {leads["bought"].id}
    assert _seen(world, "bob", "select id from lead") == set()
    with transaction() as session:
        provider = session.merge(world.bob.provider, load=False)
        builders.a_subscription(session, now, provider, builders.a_level(session, now, world.niche))
    assert _seen(world, "bob", "select id from lead") == {leads["bought"].id, leads["approved"].id}, "not what still waits"


def test_answers_true_place_and_consent_are_the_buyer_s(database: Engine) -> None:
    world, leads = _leads(utc_now())
    asked = text("""insert into consent_event (id, lead_id, event, wording, wording_version, at)
                    select uuid7(), id, 'given', 'Yes', '1', now() from lead""")
    with transaction() as session:
        session.execute(asked)
        assert len(session.execute(text("select id from lead_bought")).all()) == 3, "the house sees all"
    bought = {leads["bought"].id}
    for of_ann in (
        "select id from lead_bought where location is not null and form_data is not null",
        "select lead_id from consent_event",
    ):
        assert (_seen(world, "ann", of_ann), _seen(world, "bob", of_ann)) == (bought, set())


def test_no_company_is_told_who_works_for_the_house(database: Engine) -> None:
    with transaction() as session:
        world = a_world(session, utc_now())
        builders.a_user(session, utc_now(), role="admin")
        session.expunge_all()
    assert _seen(world, "ann", "select id from user_account") == {world.ann.actor.user_id}
