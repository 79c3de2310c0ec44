"""What is counted is what was committed, and several processes count as one (SPEC 13.3)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.kit import metrics
from core.kit.db import transaction
from core.kit.metrics import Reading


class Tally:
    """Stands in for a counter, so that a test sees its own counts only."""

    def __init__(self) -> None:
        self.counts: list[float] = []

    def inc(self, amount: float = 1) -> None:
        self.counts.append(amount)


@pytest.fixture
def tally() -> Tally:
    return Tally()


def count(session: Session, tally: Tally, amount: float = 1) -> None:
    session.execute(text("select 1"))
    metrics.after_commit(session, tally.inc, amount)


def test_nothing_is_counted_before_the_commit(database: Engine, tally: Tally) -> None:
    with transaction() as session:
        count(session, tally)
        count(session, tally, 3)
        assert tally.counts == []
    assert tally.counts == [1, 3]


def test_a_rollback_counts_nothing_and_leaves_nothing_behind(database: Engine, tally: Tally) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        count(session, tally)
        raise ZeroDivisionError
    with transaction() as session:
        session.execute(text("select 1"))
    assert tally.counts == []


def test_a_savepoint_that_is_rolled_back_takes_its_counts_with_it(database: Engine, tally: Tally) -> None:
    with transaction() as session:
        count(session, tally, 1)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            count(session, tally, 2)
            with session.begin_nested():
                count(session, tally, 4)
            raise ZeroDivisionError
        with session.begin_nested():
            count(session, tally, 8)
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                count(session, tally, 16)
                raise ZeroDivisionError
        assert tally.counts == [], "a savepoint that is released is no commit"
        count(session, tally, 32)
    assert tally.counts == [1, 8, 32]


def test_a_commit_that_the_database_refuses_counts_nothing(database: Engine, tally: Tally) -> None:
    with transaction() as session:
        session.execute(text("create temporary table once (id int unique deferrable initially deferred)"))
        session.execute(text("insert into once values (1)"))
        with pytest.raises(Exception, match="duplicate key"), session.begin_nested():
            session.execute(text("insert into once values (1)"))
            count(session, tally)
            session.execute(text("set constraints all immediate"))
    assert tally.counts == []


CHILD = """
from core.kit import metrics
metrics.LEADS_SUBMITTED.labels("roofing").inc(2)
metrics.INBOX_SECONDS.observe(0.3)
metrics.SOURCE_LAST_LEAD.labels("api").set({at})
"""


def values(exposition: bytes) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(exposition.decode()):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            assert f"{sample.name}|{labels}" not in found, "a series stands twice"
            found[f"{sample.name}|{labels}"] = sample.value
    return found


def test_processes_count_as_one_and_the_latest_news_of_a_source_wins(tmp_path: Path) -> None:
    """Real processes, one after the other and dead by the time they are asked for."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for at in (100, 200):
        subprocess.run([sys.executable, "-c", CHILD.format(at=at)], env=environment, check=True)
    (tmp_path / "counter_1.db").touch()  # of a process that starts just now
    readings = [Reading(metrics.QUEUE_DEPTH, 7, ("email",)), Reading(metrics.ZERO_STREAK, 3)]
    seen = values(metrics.exposition(readings, shared_directory=str(tmp_path)))
    assert seen["hotleads_leads_submitted_total|niche=roofing"] == 4
    assert seen["hotleads_inbox_seconds_count|"] == 2
    assert seen["hotleads_source_last_lead_timestamp_seconds|source=api"] == 200
    assert seen["hotleads_billing_failures_total|"] == 0, "a counter without labels stands at zero from the start"
    assert seen["hotleads_ledger_drifts_total|outcome=frozen"] == 0
    assert seen["hotleads_queue_depth|kind=email"] == 7 and seen["hotleads_zero_assignment_streak|"] == 3


def test_readings_stand_once_and_in_words(tmp_path: Path) -> None:
    text_ = metrics.exposition([Reading(metrics.HEALTH, True, ("redis",)), Reading(metrics.HEALTH, False, ("queue",))]).decode()
    assert "# HELP hotleads_health 1 when a part answers" in text_
    assert 'hotleads_health{check="redis"} 1.0' in text_ and 'hotleads_health{check="queue"} 0.0' in text_
    assert text_.count("# TYPE hotleads_health gauge") == 1 and "hotleads_dead_letters" not in text_
