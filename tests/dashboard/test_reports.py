"""Reports, success and exports as people meet them: each question opens, filters live in the address, files are asked for."""

import pytest
from sqlalchemy import text

from core import ops, reports
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from dashboard.admin.reports import TABS
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


@pytest.mark.parametrize("tab", TABS)
def test_every_question_has_its_answer(open_page: Open, tab: str) -> None:
    page = open_page("admin", "reports", ask=tab)
    sound(page)
    assert not page.error and "Worked out" in words(page)
    assert "Submitted" in [tile.label for tile in page.metric]


def test_scientists_see_no_money_and_no_companies(open_page: Open) -> None:
    page = open_page("scientist", "reports")
    sound(page)
    assert page.pills(key="ask").options == [name for name, (_, roles) in TABS.items() if "scientist" in roles]
    sound(open_page("scientist", "reports", ask="What comes in?"))


def test_filters_come_from_the_address(open_page: Open, world: World) -> None:
    page = open_page("admin", "reports", over="7 days", niche="Roofing", market="Las Vegas")
    sound(page)
    assert "7 days before" in words(page)
    backwards = open_page("admin", "reports", over="Own dates", since="2026-11-10", until="2026-11-01")
    assert "Swap them" in " ".join(warning.value for warning in backwards.warning)


def test_figures_are_kept_and_worked_out_anew(open_page: Open, world: World) -> None:
    page = open_page("admin", "reports")
    before = next(tile.value for tile in page.metric if tile.label == "Submitted")
    with transaction() as session:
        session.execute(text("update lead set submitted_at = submitted_at - interval '200 days'"))
    assert next(tile.value for tile in open_page("admin", "reports").metric if tile.label == "Submitted") == before
    page = next(button for button in open_page("admin", "reports").button if button.label == "Work out anew").click().run()
    assert next(tile.value for tile in page.metric if tile.label == "Submitted") == "0"
    with transaction() as session:
        session.execute(text("update lead set submitted_at = submitted_at + interval '200 days'"))


def test_each_success_figure_says_how_it_stands(open_page: Open) -> None:
    page = open_page("analyst", "success")
    sound(page)
    told = words(page)
    assert all(figure.name in told for figure in reports.SUCCESS)
    assert "Target: at most 200 ms" in told and "Target: at least 99.9%" in told


def test_files_are_asked_for_and_listed(open_page: Open, world: World) -> None:
    for role, path, title in (("admin", "exports", "Leads"), ("provider", "my-exports", "My leads")):
        page = open_page(role, path)
        assert "No files yet" in words(page)
        (panel,) = (block.proto.id for block in page.get("popover"))
        next(button for button in page.button if button.label == "Ask for this file").click().run()
        sound(page)
        assert [block.proto.id for block in page.get("popover")] != [panel], "the panel is closed"
        again = open_page(role, path)
        assert title in words(again) and "Waiting" in words(again)
        if role == "admin":
            with transaction() as session:
                session.execute(text("delete from export"))
                session.execute(text("delete from outbox where kind = 'export.write'"))


def test_too_large_a_file_is_told_in_the_form(open_page: Open, world: World) -> None:
    with transaction() as session:
        ops.set_threshold(session, actor=Actor(world.users["admin"], "admin"), key="export_rows", value=1000, now=utc_now())
        session.execute(
            text("""insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, zip, public_location,
                                      submitted_at, updated_at)
                    select uuid7(), niche_id, market_id, contact_id, 1, '{}', '{}', zip, public_location, submitted_at, updated_at
                      from lead, generate_series(1, 1000) where id = :id"""),
            {"id": world.waiting[0]},
        )
    page = open_page("admin", "exports")
    next(button for button in page.button if button.label == "Ask for this file").click().run()
    assert "more than 1,000 rows" in " ".join(warning.value for warning in page.warning)
