"""Settings that admins change."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import ops
from core.kit.actor import SYSTEM, Actor, public
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Forbidden, Invalid, NotFound
from core.kit.ids import uuid7
from core.ops.registry import REGISTRY
from jobs.schedule import SCHEDULE


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


def test_two_at_once_follow_each_other_in_the_trail(database: Engine, now: datetime) -> None:
    """What an entry says was before is what the one before it left, however lately somebody else looked."""
    with transaction() as session:
        assert ops.threshold(session, "claim_days") == 14  # what this process remembers for a few seconds
    with psycopg.connect(settings().database_url) as elsewhere:
        elsewhere.execute("insert into threshold values ('claim_days', '21', now(), uuid7())")
    with transaction() as session:
        ops.set_threshold(session, actor=SYSTEM, key="claim_days", value=10, now=now)
    with transaction() as session:
        entry = session.execute(text("select before, after from audit_entry where action = 'threshold.changed'")).one()
    assert (entry.before["value"], entry.after["value"]) == (21, 10)


def test_what_stays_as_it_is_is_no_change(session: Session, now: datetime) -> None:
    ops.set_threshold(session, actor=SYSTEM, key="claim_days", value=10, now=now)
    ops.set_threshold(session, actor=SYSTEM, key="claim_days", value=10, now=now + timedelta(hours=1))
    assert session.execute(text("select count(*) from audit_entry where action = 'threshold.changed'")).scalar_one() == 1
    view = next(each for each in ops.thresholds(session, actor=SYSTEM) if each.key == "claim_days")
    assert view.updated_at == now


@pytest.mark.parametrize("key", ["retain_job_days", "dead_letter_days"])
def test_jobs_are_kept_for_longer_than_the_slowest_rhythm(key: str) -> None:
    """A slot's row says that it was done: without it, the next relay that starts would do it again."""
    assert timedelta(days=REGISTRY[key].least) > max(entry.every for entry in SCHEDULE.values())
