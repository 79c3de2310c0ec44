"""Settings that admins change."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import ops
from core.kit.actor import SYSTEM, Actor, public
from core.kit.db import transaction
from core.kit.errors import Forbidden, Invalid, NotFound
from core.kit.ids import uuid7
from core.ops.registry import REGISTRY


def test_a_threshold_has_its_default_until_an_admin_changes_it(session: Session, now: datetime) -> None:
    admin = Actor(user_id=uuid7(), role="admin")
    assert ops.threshold(session, "duplicate_window_days") == 90
    ops.set_threshold(session, actor=admin, key="duplicate_window_days", value=30, now=now)
    assert ops.threshold(session, "duplicate_window_days") == 30
    shown = {view.key: view for view in ops.thresholds(session, actor=admin)}["duplicate_window_days"]
    assert (shown.value, shown.default, shown.updated_by) == (30, 90, admin.user_id)
    entry = session.execute(text("select before, after from audit_entry where action = 'threshold.changed'")).one()
    assert (entry.before["value"], entry.after["value"]) == (90, 30)


def test_every_threshold_is_asked_for_somewhere() -> None:
    """What an admin changes changes something: nobody asks for a setting by another name than its key."""
    core = Path(ops.__file__).parent.parent
    files = [path for kind in ("*.py", "*.sql") for path in core.rglob(kind) if path.name != "registry.py"]
    words = "\n".join(path.read_text() for path in files)
    assert [key for key in REGISTRY if not re.search(rf"[\"']{key}[\"']", words)] == []


@pytest.mark.parametrize("value", [0, -1, 10_001, True])
def test_a_value_out_of_bounds_is_refused_in_words(session: Session, now: datetime, value: int) -> None:
    with pytest.raises(Invalid, match="whole number of days from 1 to 10,000") as refused:
        ops.set_threshold(session, actor=SYSTEM, key="duplicate_window_days", value=value, now=now)
    assert "value" in refused.value.fields


def test_only_admins_change_and_only_what_exists(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        ops.set_threshold(session, actor=Actor(user_id=uuid7(), role="analyst"), key="claim_days", value=3, now=now)
    with pytest.raises(Forbidden):
        ops.thresholds(session, actor=public())
    with pytest.raises(NotFound):
        ops.set_threshold(session, actor=SYSTEM, key="no_such", value=3, now=now)


def test_a_change_is_seen_by_others_after_commit_only(database: Engine, now: datetime) -> None:
    with transaction() as before:
        assert ops.threshold(before, "claim_days") == 14
    with transaction() as changing:
        ops.set_threshold(changing, actor=SYSTEM, key="claim_days", value=10, now=now)
        with transaction() as other:
            assert ops.threshold(other, "claim_days") == 14
        assert ops.threshold(changing, "claim_days") == 10
    with transaction() as after:
        assert ops.threshold(after, "claim_days") == 10


def test_a_rolled_back_change_leaves_nothing_behind(database: Engine, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as changing:
        ops.set_threshold(changing, actor=SYSTEM, key="claim_days", value=10, now=now)
        assert 1 / 0
    with transaction() as after:
        assert ops.threshold(after, "claim_days") == 14
