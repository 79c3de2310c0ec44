"""A press whose verb forgets whose rows it means is refused by the database and told in words (docs/adr/0029)."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from core.kit.db import transaction
from tests.dashboard.world import World


def forgetful(session: Session) -> int:
    """Changes every company's words about itself, where the own ones were meant."""
    return int(session.execute(text("update provider set about = 'Ours.'")).rowcount)  # type: ignore[attr-defined]


def page() -> None:
    import streamlit as st

    from dashboard import current
    from tests.dashboard.test_own_writes import forgetful

    done = current.attempt(forgetful)
    st.write(getattr(done, "message", f"{done} changed"))


def pressed(token: str) -> Any:
    app = AppTest.from_function(page, default_timeout=30)
    app.user = {"token": token}
    return app.run().markdown[0].value


def abouts() -> set[str]:
    with transaction() as session:
        return set(session.execute(text("select about from provider")).scalars())


def test_a_press_that_would_change_others_rows_changes_nothing(world: World) -> None:
    before = abouts()
    assert pressed(world.tokens["provider"]) == "That belongs to another company. Nothing was changed."
    assert abouts() == before and "Ours." not in before


def test_an_admin_s_press_means_everybody_s(world: World) -> None:
    assert pressed(world.tokens["admin"]) == "2 changed"
    assert abouts() == {"Ours."}
