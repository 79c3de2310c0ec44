"""Probes, retention and verification as jobs: once a minute, in portions, with progress (SPEC 12.2, 13.6, 13.8)."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core import audit, ops
from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local.places import free_port
from jobs import relay, schedule, work
from tests.builders import a_lead, a_market, a_niche, a_provider
from tests.core.audit.chain import behind_the_back, first_id, record, seal_all
from tests.jobs.conftest import StartWorker, row_of, until_state


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that gives one answer to everybody."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/health/ready"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def probe(monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[bool, str | None]:
    """Ask for this minute's probe and make it."""
    monkeypatch.setenv("HOTLEADS_PROBE_URL", url)
    config.settings.cache_clear()
    with transaction() as session:
        session.execute(text("delete from health_probe"))
        session.execute(text("delete from outbox"))
        ops.request_probe(session, now=utc_now())
        ops.request_probe(session, now=utc_now())
        (job,) = session.execute(text("select id from outbox where kind = 'health.probe'")).scalars()
    assert work.work(str(job)) == "done"
    with transaction() as session:
        (row,) = session.execute(text("select at, ok, ms, detail from health_probe")).all()
    assert (row.at.second, row.at.microsecond) == (0, 0) and 0 <= row.ms < 10_000
    return row.ok, row.detail


def test_the_probe_keeps_what_people_would_have_got(exchange: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(200, b'{"status": "ready"}') as url:
        assert probe(monkeypatch, url) == (True, None)
    with answering(503, b'{"status": "unavailable", "down": ["redis", "queue"]}') as url:
        assert probe(monkeypatch, url) == (False, "Status 503: redis, queue down.")
    with answering(502, b"<html>a proxy's own page</html>") as url:
        assert probe(monkeypatch, url) == (False, "Status 502.")
    assert probe(monkeypatch, f"http://127.0.0.1:{free_port()}/health/ready") == (False, "No answer (ConnectError).")


def test_a_late_answer_tells_of_another_minute(exchange: Engine, now: datetime) -> None:
    with transaction() as session:
        late = now + timedelta(minutes=2)
        assert not ops.record_probe(session, minute=now, ok=True, ms=1, detail=None, now=late)
        assert ops.record_probe(session, minute=now, ok=True, ms=1, detail=None, now=now + timedelta(seconds=20))
        ops.record_probe(session, minute=now, ok=False, ms=1, detail="again", now=now + timedelta(seconds=30))
        assert session.execute(text("select ok from health_probe")).scalars().all() == [True]


def test_two_relays_ask_once_a_minute(exchange: Engine, now: datetime) -> None:
    for known in ({}, {}):  # each process remembers for itself
        with transaction() as session:
            schedule.enqueue_due(session, now=now, known=known)
    with transaction() as session:
        count = text("select count(*) from outbox where kind = 'schedule.probe_health'")
        assert session.execute(count).scalar_one() == 1


def test_everything_is_checked_by_a_worker_and_the_first_altered_row_named(
    exchange: Engine, start_worker: StartWorker, now: datetime
) -> None:
    with transaction() as session:
        record(session, now, 3)
        a_provider(session, now)
        a_lead(session, now, a_niche(session, now), a_market(session, now))
    seal_all(now)
    victim = first_id("consent_event")
    with behind_the_back() as session:
        session.execute(text("update consent_event set wording = 'Sell everything.' where id = :id"), {"id": victim})
    with transaction() as session:
        run = audit.request_verification(session, actor=SYSTEM, now=utc_now())
    start_worker()
    until_state(run, "done")
    with transaction() as session:
        found = next(view for view in audit.latest_verifications(session, actor=SYSTEM) if view.id == run)
    wrong = [check.detail for check in found.checks if not check.ok]
    assert found.ok is False and any(f"consent_event {victim} was altered" in detail for detail in wrong)
    assert {"seal chain", "ledger sum", "slots and assignments"} <= {check.name for check in found.checks}
    assert found.total >= 5 and found.finished_at is not None


def test_a_check_that_can_not_be_carried_out_has_an_end(exchange: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.verification.MORE", (("Broken", lambda session: 1 / 0),))
    with transaction() as session:
        run = audit.request_verification(session, actor=SYSTEM, now=utc_now())
        session.execute(text("update outbox set max_attempts = 1 where id = :id"), {"id": run})
    assert work.work(str(run)) == "dead"
    with transaction() as session:
        (view,) = audit.latest_verifications(session, actor=SYSTEM)
    assert view.ok is False and "could not be carried out (ZeroDivisionError)" in view.checks[0].detail


def test_retention_goes_its_portions_by_itself(exchange: Engine) -> None:
    now = utc_now()
    with transaction() as session:
        session.execute(
            text("""insert into health_probe select cast(:t as timestamptz) - n * interval '1 minute', true, 1
                    from generate_series(1, 2300) n"""),
            {"t": now.replace(second=0, microsecond=0) - timedelta(days=500)},
        )
        schedule.SCHEDULE["retention"].run(session, now)
    done: set[UUID] = set()
    for _ in range(3):
        with transaction() as session:
            session.execute(text("update outbox set run_at = :now where kind = 'retention'"), {"now": now})
            ready = text("select id from outbox where kind = 'retention' and state = 'ready'")
            waiting = list(session.execute(ready).scalars())
        done |= {job for job in waiting if work.work(str(job)) == "done"}
    assert all(row_of(job).state == "done" for job in done)
    with transaction() as session:
        assert session.execute(text("select count(*) from health_probe")).scalar_one() == 0
        (told,) = audit.search(session, actor=SYSTEM, action="retention.removed", now=now)
    assert told.after is not None and (told.after["rule"], told.after["removed"]) == ("retain_probe_days", 2300)


def test_the_relay_adds_them_all(exchange: Engine) -> None:
    relay.tick({}, now=utc_now())
    with transaction() as session:
        kinds = set(session.execute(text("select kind from outbox")).scalars())
    assert {"schedule.probe_health", "schedule.retention", "schedule.verify", "schedule.reconcile"} <= kinds
