"""While the demo's history is written, whoever looks at figures is told that they are not all there."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from core.kit import config
from core.kit.db import transaction
from tests.dashboard.conftest import Open, sound

BEGUN = """
    insert into demo_load (part, seed, size, history_ends, done, total)
    values ('story', 7, 10, now(), 40, 40), ('homes', 7, 10, now(), 10, 160)"""
WORDS = "25% so far"


@pytest.fixture
def begun(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HOTLEADS_DEMO", "true")
    config.settings.cache_clear()
    with transaction() as session:
        session.execute(text(BEGUN))
    yield
    with transaction() as session:
        session.execute(text("delete from demo_load"))
    monkeypatch.undo()
    config.settings.cache_clear()


@pytest.mark.parametrize(("role", "path"), [("admin", "today"), ("admin", "reports"), ("provider", "home")])
@pytest.mark.usefixtures("begun")
def test_figures_that_still_fill_in_say_so(open_page: Open, role: str, path: str) -> None:
    page = open_page(role, path)
    sound(page)
    assert [note.value for note in page.info if WORDS in note.value], "told while a part of the history is missing"
    with transaction() as session:
        session.execute(text("update demo_load set done = total"))
    assert not [note for note in open_page(role, path).info if WORDS in note.value]
