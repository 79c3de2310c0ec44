"""Operations: what waits, runs and failed is seen; dead letters are retried and resolved by administrators alone (SPEC 13.2)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import ops
from core.kit import outbox, redis
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from dashboard.admin.operations_words import SCHEDULES
from jobs.schedule import SCHEDULE
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.world import World


@pytest.fixture
def dead(world: World) -> Iterator[list[UUID]]:
    """Three dead letters beside the world's own, the newest first; gone again afterwards."""
    made = []
    with transaction() as session:
        session.execute(text("delete from outbox where state = 'dead'"))
        for key in ("1", "2", "3"):
            row = outbox.enqueue(
                session,
                "lead.score",
                key=key,
                now=utc_now(),
                max_attempts=1,
                payload={"lead_id": key, "note": "call (702) 555-0123"},
            )
            assert row is not None
            job = outbox.take(session, row, now=utc_now())
            assert job is not None and outbox.fail(session, job, error=f"Traceback\nbroken {key}", now=utc_now()) == "dead"
            made.append(row)
    yield made[::-1]
    with transaction() as session:
        session.execute(text("delete from outbox where id = any(:ids)"), {"ids": made})


def choose(page: Any, *rows: int) -> None:
    """Tick rows of the list as it stands."""
    page.session_state["dead-letters"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    page.run()


def button(page: Any, label: str) -> Any:
    return next(button for button in page.button if button.label == label)


def test_one_letter_opens_with_payload_trace_and_the_request_behind_it(open_page: Open, dead: list[UUID]) -> None:
    page = open_page("admin", "operations", ops="Dead letters")
    choose(page, 0)
    sound(page)
    assert page.query_params["letter"] == str(dead[0])
    (payload,) = page.json
    assert '"call[phone]"' in payload.value and "555" not in payload.value
    assert any("broken 3" in block.value for block in page.code)


def test_a_letter_opens_from_its_address_alone(open_page: Open, dead: list[UUID]) -> None:
    page = open_page("analyst", "operations", ops="Dead letters", letter=str(dead[2]))
    sound(page)
    assert any("broken 1" in block.value for block in page.code)
    gone = open_page("admin", "operations", ops="Dead letters", letter=str(uuid7()))
    sound(gone)
    assert "There is no such job." in words(gone)


def test_several_are_retried_after_words_that_say_what_happens(open_page: Open, dead: list[UUID]) -> None:
    page = open_page("admin", "operations", ops="Dead letters")
    choose(page, 0, 2)
    assert "2 jobs will run again at once, with all tries. What a job does can't be taken back." in words(page)
    button(page, "Retry 2 jobs").click().run()
    sound(page)
    assert "2 jobs: Runs again." in said(page)
    states = [one("select state from outbox where id = :id", id=row).state for row in dead]
    assert states == ["ready", "dead", "ready"]


def test_resolving_wants_a_reason_and_keeps_it(open_page: Open, dead: list[UUID]) -> None:
    page = open_page("admin", "operations", ops="Dead letters")
    choose(page, 1)
    button(page, "Resolve 1 job").click().run()
    assert "Say in a few words why it need not run." in said(page)
    assert one("select state from outbox where id = :id", id=dead[1]).state == "dead"
    choose(page, 1)
    page.text_input(key="reason-resolve").set_value("The lead is gone")
    button(page, "Resolve 1 job").click().run()
    sound(page)
    assert "Resolved" in said(page) and "letter" not in page.query_params
    assert one("select state from outbox where id = :id", id=dead[1]).state == "done"
    assert (
        one("select memo from audit_entry where action = 'job.resolved' and entity_id = :id", id=dead[1]).memo
        == "The lead is gone"
    )


def test_what_was_decided_elsewhere_is_told(open_page: Open, dead: list[UUID]) -> None:
    page = open_page("admin", "operations", ops="Dead letters")
    choose(page, 0)
    with transaction() as session:
        session.execute(text("update outbox set state = 'done' where id = :id"), {"id": dead[0]})
    button(page, "Retry 1 job").click().run()
    sound(page)
    assert "no dead letter any more" in said(page)


def test_an_analyst_reads_and_has_no_buttons(open_page: Open, dead: list[UUID]) -> None:
    page = open_page("analyst", "operations", ops="Dead letters")
    sound(page)
    assert "Administrators retry and resolve dead letters." in words(page)
    assert not [button for button in page.button if button.label.startswith(("Retry", "Resolve"))]


def test_what_runs_and_what_failed_lately_is_shown(open_page: Open, dead: list[UUID]) -> None:
    job = ops.RunningJob(uuid7(), "schedule.reconcile", "open", utc_now() - timedelta(minutes=3))
    ops.announce(job, worker="host:1", now=utc_now())
    page = open_page("admin", "operations", ops="Now")
    sound(page)
    running, failures = (frame.value for frame in page.dataframe[1:3])
    assert list(running["kind"]) == ["Schedule: compare balances with the books"] and list(running["age"]) == ["3 min"]
    assert list(failures["now"]) == ["Dead letter"] * 3 and list(failures["why"]) == ["broken 3", "broken 2", "broken 1"]
    redis.redis().flushdb()


def test_schedules_tell_when_they_come_next(open_page: Open, world: World) -> None:
    now = utc_now()
    with transaction() as session:
        payload = {"slot": now.isoformat(), "every_s": 86_400}
        row = outbox.enqueue(session, "schedule.reconcile", key="open", now=now, payload=payload)
        assert row is not None
        held = outbox.hold(session, row, now=now)
        assert held is not None and outbox.finish(session, held, now=now)
    page = open_page("analyst", "operations", ops="Schedules")
    sound(page)
    table = page.dataframe[-1].value
    assert (
        dict(table.iloc[0])["name"] == "Compare balances with the books"
        and list(table["result"]) == ["Done"]
        and list(table["next"]) == ["in 24 h"]
    )
    assert "error" not in table, "nothing failed: no column that says why"


def test_every_schedule_has_words_of_its_own() -> None:
    assert set(SCHEDULES) == set(SCHEDULE) and len(set(SCHEDULES.values())) == len(SCHEDULES)
