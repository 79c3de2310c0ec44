"""A process that starts its private servers is ended with its whole group, whenever: no server stays (SPEC 13.1)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_up import processes_of
from tests.eventually import eventually

# As `hotleads up` does it: a signal asks for the end, and the end is the way out of the block. It tells what it starts.
OURS = """
import signal, subprocess, time
from pathlib import Path
from core.kit.local import use_services
run, over = subprocess.run, []
def told(command, **how):
    print("starts", Path(command[0]).name, "--version" if "--version" in command else "", flush=True)
    return run(command, **how)
subprocess.run = told
signal.signal(signal.SIGTERM, lambda *_: over.append(True))
print("begins", flush=True)
with use_services():
    print("runs", flush=True)
    while not over:
        time.sleep(0.05)
print("ended", flush=True)
"""


@pytest.mark.parametrize("moment", ["begins", "starts initdb \n", "starts pg_ctl", "starts redis-server", "runs"])
def test_a_group_that_is_ended_again_and_again_while_servers_start_leaves_none(tmp_path: Path, moment: str) -> None:
    """From a moment on its group gets SIGTERM every few milliseconds, so that each program after it meets some."""
    output = tmp_path / "out"
    given = {"HOTLEADS_HOME": str(tmp_path / "home"), "DATABASE_URL": "", "REDIS_URL": "", "HOTLEADS_ENV": "development"}
    with output.open("wb") as out:
        ours = subprocess.Popen(
            [sys.executable, "-c", OURS], env=os.environ | given, stdout=out, stderr=out, start_new_session=True
        )
    with ours:
        try:
            eventually(lambda: moment in output.read_text() or ours.poll() is not None, within_s=120, every_s=0.001)
            eventually(lambda: ended_by_now(ours), within_s=120, every_s=0.003)
            # With its last step Python itself goes back to being ended by a signal.
            assert ours.returncode in (0, -signal.SIGTERM) and output.read_text().endswith("ended\n"), output.read_text()
            assert processes_of(tmp_path) == []
        finally:
            ours.kill()


def ended_by_now(ours: "subprocess.Popen[bytes]") -> bool:
    if ours.poll() is None:
        os.killpg(ours.pid, signal.SIGTERM)
    return ours.poll() is not None
