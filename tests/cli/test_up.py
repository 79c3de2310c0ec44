"""A whole instance: up, one address, a second one refused, down again without a trace (issue: two commands)."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from cli import up as module
from cli.supervisor import Part, Supervisor
from core.kit import config
from core.kit.local.places import free_port
from tests.eventually import eventually

MODE = {
    "HOTLEADS_ENV": "development",
    "HOTLEADS_DEMO": "false",
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "SMTP_URL": "",
    "HOTLEADS_WORKERS": "1",
}


def processes_of(home: Path) -> list[str]:
    """Command lines of processes that were started with this home, or work in it (a server's title may stand where that was)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes() + bytes((entry / "cwd").readlink())
            except OSError:
                continue
            if str(home).encode() in known:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_an_instance_starts_is_alone_works_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    environment = (
        os.environ | MODE | {"HOTLEADS_HOME": str(home), "HOTLEADS_PORT": str(port), "HOTLEADS_MLFLOW_URL": "http://given"}
    )
    command = [sys.executable, "-m", "cli", "up"]
    output = tmp_path / "out"
    with (
        output.open("wb") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True) as up,
    ):
        try:
            eventually(lambda: "is ready" in output.read_text() or up.poll() is not None, within_s=600)
            shown = output.read_text()
            assert re.findall(r"http://\S+", shown) == [f"http://127.0.0.1:{port}"], shown
            status, body = get(f"http://127.0.0.1:{port}/health/ready")
            assert status == 200 and json.loads(body)["down"] == []
            assert "hotleads_queue_depth" in get(f"http://127.0.0.1:{port}/metrics")[1]
            eventually(lambda: 'outcome="done"' in get(f"http://127.0.0.1:{port}/metrics")[1])

            elsewhere = environment | {"HOTLEADS_HOME": str(tmp_path / "b")}
            tries = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) for env in (environment, elsewhere)]
            second, other = (attempt.communicate()[1] for attempt in tries)
            assert [attempt.returncode for attempt in tries] == [1, 1]
            assert f"Hotleads runs already at http://127.0.0.1:{port}" in second
            assert f"Port {port} on 127.0.0.1 can't be used" in other
        finally:
            up.send_signal(signal.SIGTERM)
            assert up.wait(timeout=60) == 0
    assert output.read_text().endswith("Everything is stopped.\n")
    assert processes_of(tmp_path) == []
    assert (home / "secret-key").stat().st_mode & 0o777 == 0o600


def test_pages_that_do_not_become_ready_are_told_with_their_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_PORT", str(free_port()))
    config.settings.cache_clear()
    supervisor = Supervisor(tmp_path, say=lambda _line: None)
    supervisor.start(Part("web", [sys.executable, "-c", "print('no such column', flush=True); import signal; signal.pause()"]))
    eventually(supervisor.log_of("web").read_text)
    monkeypatch.setattr(module, "READY_WITHIN_S", 0.0)
    try:
        with pytest.raises(module.NotReady, match="did not become ready in 0 s") as refused:
            module._wait_for(supervisor, "/health/ready")
    finally:
        supervisor.stop()
        config.settings.cache_clear()
    assert "no such column" in refused.value.message and str(supervisor.log_of("web")) in refused.value.message
