from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from core.kit import config
from core.kit.actor import Actor
from tests import builders
from tests.core.reports.small_world import Town, a_town


@pytest.fixture
def town(session: Session, now: datetime) -> Town:
    return a_town(session, now)


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files go where this test alone looks."""
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()


@pytest.fixture
def staff(session: Session, now: datetime) -> Callable[[str], Actor]:
    """A member of staff who is there: the writing job looks for them."""
    return lambda role: Actor(builders.a_user(session, now, role=role).id, role)  # type: ignore[arg-type]
