"""The page of duplicates: side by side, merged, kept apart, taken back (SPEC 8.4)."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.kit.clock import utc_now
from core.kit.db import transaction
from core.sourcing import dedupe
from core.sourcing.dedupe import Verdict
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


@pytest.fixture
def pair(world: World) -> tuple[UUID, UUID]:
    """Two waiting requests about which the page asks."""
    now = utc_now()
    older, newer = sorted(world.waiting[-2:])
    verdict = Verdict("review", older, 0.83, (("first", "short form"), ("last", "same"), ("phone", "different"), ("zip", "same")))
    with transaction() as session:
        dedupe.note_question(session, lead_id=newer, niche_id=niche_of(newer), verdict=verdict, found_by="audit", now=now)
    return older, newer


def niche_of(lead_id: UUID) -> UUID:
    from sqlalchemy import text

    with transaction() as session:
        found: UUID = session.execute(text("select niche_id from lead where id = :id"), {"id": lead_id}).scalar_one()
    return found


def state_of(lead_id: UUID) -> str:
    from sqlalchemy import text

    with transaction() as session:
        found: str = session.execute(text("select status from lead where id = :id"), {"id": lead_id}).scalar_one()
    return found


def test_merge_split_and_keep_apart(open_page: Open, pair: tuple[UUID, UUID]) -> None:
    _, newer = pair
    page = open_page("admin", "duplicates")
    sound(page)
    assert "83% likely one person" in words(page)
    html = " ".join(str(one.value) for one in page.get("html"))
    assert "≈ Short form" in html and "= Same" in html and "≠ Different" in html
    before = state_of(newer)
    page.button(key="merge").click().run()
    sound(page)
    assert state_of(newer) == "duplicate"
    page = open_page("analyst", "duplicates", which="Decided")
    assert "Merged" in words(page)
    undo = next(button for button in page.button if str(button.key).startswith("undo-"))
    undo.click().run()
    sound(page)
    assert state_of(newer) == before and "Kept apart" in words(page)
    next(button for button in page.button if str(button.key).startswith("undo-")).click().run()
    page = open_page("admin", "duplicates")
    page.button(key="apart").click().run()
    sound(page)
    with transaction() as session:
        actor = dedupe_actor()
        assert dedupe.pair_figures(session, actor=actor, since=utc_now() - timedelta(days=1)).waiting == 0


def dedupe_actor() -> object:
    from core.kit.actor import SYSTEM

    return SYSTEM


def test_an_empty_queue_says_how_it_fills(open_page: Open) -> None:
    page = open_page("analyst", "duplicates")
    sound(page)
    assert "within a minute" in words(page) or "likely one person" in words(page)
