"""Traces: off by default; on, a request, its job and its mail are one trace at a collector that speaks OTLP (SPEC 13.5)."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import Engine

from core import messaging
from core.kit import config, tracing
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Unavailable
from core.kit.local.places import free_port
from core.kit.logs import correlation_id
from tests.builders import a_user
from tests.eventually import eventually
from tests.mailserver import running_mail_server

GUNICORN = ("-m", "gunicorn", "--config", "python:intake_api.gunicorn_settings", "cli.wsgi:app", "--workers", "1")
WORKER = ("-c", "from jobs.worker import run; run()")


class Collector:
    """A real OTLP receiver over HTTP that keeps the spans it is sent."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:
                assert handler.path == "/v1/traces"
                sent = ExportTraceServiceRequest.FromString(handler.rfile.read(int(handler.headers["Content-Length"])))
                self.spans += [
                    told(span, group.resource)
                    for group in sent.resource_spans
                    for scope in group.scope_spans
                    for span in scope.spans
                ]
                handler.send_response(200)
                handler.end_headers()

            def log_message(handler, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def named(self, name: str) -> list[dict[str, Any]]:
        return [span for span in self.spans if span["name"] == name]


def told(span: Any, resource: Any) -> dict[str, Any]:
    attributes = {pair.key: pair.value.string_value or pair.value.int_value for pair in (*span.attributes, *resource.attributes)}
    ids = {"trace": span.trace_id.hex(), "id": span.span_id.hex(), "parent": span.parent_span_id.hex()}
    return attributes | ids | {"name": span.name, "status": span.status.message, "events": len(span.events)}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@contextmanager
def part(words: tuple[str, ...], log: Path, **environment: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *words], env=os.environ | environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def ask(url: str, body: object = None, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["X-Correlation-ID"]
    except OSError:
        return 0, ""


def test_a_request_its_job_and_its_mail_are_one_trace(database: Engine, collector: Collector, tmp_path: Path) -> None:
    with transaction() as session:
        messaging.seed_templates(session, now=utc_now())
        a_user(session, utc_now(), email="pat@example.com")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100", "HOTLEADS_WORKERS": "1"}
    with (
        running_mail_server() as mail,
        part(GUNICORN, tmp_path / "web", HOTLEADS_PORT=str(port), SMTP_URL=mail.url, **traced),
        part(WORKER, tmp_path / "worker", SMTP_URL=mail.url, **traced),
    ):
        eventually(lambda: ask(f"{address}/health/live")[0] == 200)
        status, correlation = ask(f"{address}/api/v1/auth/forgot-password", {"email": "pat@example.com"})
        assert status == 200
        (handed,) = eventually(lambda: collector.named("mail hand over"))
        # Written down by the worker, handed over by a thread beside it (jobs/aside.py).
        jobs = eventually(lambda: spans if len(spans := collector.named("job email")) == 2 else None)
        (request,) = eventually(lambda: collector.named("POST /api/v1/auth/forgot-password"))
        given = "chosen-by-the-caller"
        for _ in range(2):
            assert ask(f"{address}/api/v1/niches", **{"X-Correlation-ID": given}) == (200, given)
        callers = eventually(lambda: spans if len(spans := collector.named("GET /api/v1/niches")) == 2 else None)

    assert {span["trace"] for span in (*jobs, handed)} == {request["trace"]}
    written, beside = sorted(jobs, key=lambda job: job["parent"] != request["id"])
    assert (request["parent"], written["parent"], beside["parent"]) == ("", request["id"], written["id"])
    assert handed["parent"] == beside["id"]
    assert {span["hotleads.correlation_id"] for span in (request, *jobs, handed)} == {correlation}
    assert request["service.name"] == "hotleads-intake" and {job["service.name"] for job in jobs} == {"hotleads-worker"}
    assert (request["http.route"], request["http.response.status_code"]) == ("/api/v1/auth/forgot-password", 200)
    assert len({span["trace"] for span in callers}) == 1 and len({span["id"] for span in callers}) == 2
    assert callers[0]["trace"] != request["trace"]
    assert "pat@example.com" not in json.dumps(collector.spans), "no personal data in traces"


def test_of_an_error_only_its_class_is_told(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    config.settings.cache_clear()
    tracing.configure("worker")
    token = correlation_id.set("a" * 32)
    try:
        with pytest.raises(ZeroDivisionError), tracing.span("job lead.score"):
            raise ZeroDivisionError("for pat@example.com")
        with tracing.span("request", begins=True), tracing.span("inner"):
            tracing.note(**{"hotleads.more": "known later"})
        spans = eventually(lambda: collector.spans if len(collector.spans) == 3 else None)
    finally:
        correlation_id.reset(token)
        monkeypatch.undo()
        config.settings.cache_clear()
        tracing.stop()
    (failed,), (request,), (inner,) = (collector.named(name) for name in ("job lead.score", "request", "inner"))
    assert (failed["status"], failed["events"]) == ("ZeroDivisionError", 0) and "pat@" not in str(spans)
    assert failed["parent"] == request["id"] and inner["parent"] == request["id"]
    assert inner["hotleads.more"] == "known later" and len({span["trace"] for span in spans}) == 1


def test_off_unless_asked_for_and_missing_libraries_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    tracing.configure("worker")
    with tracing.span("nothing", begins=True):
        tracing.note(nothing=1)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(tracing, "find_spec", lambda _name: None)
    config.settings.cache_clear()
    with pytest.raises(Unavailable, match="uv sync --extra otel"):
        tracing.configure("worker")
    monkeypatch.undo()
    config.settings.cache_clear()


def test_no_tracer_is_even_loaded_while_it_is_off() -> None:
    code = """
import sys
import cli.wsgi, jobs.worker
from core.kit import tracing
tracing.configure("intake")
with tracing.span("nothing"):
    print([name for name in sys.modules if name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter"))])
"""
    off = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=off)
    assert done.stdout.strip() == "[]", done.stderr
