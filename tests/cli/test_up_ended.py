"""SIGTERM to the whole process group, as service managers send it, whenever it comes: nothing stays and the next start works."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.kit.local.places import free_port
from tests.cli.test_up import MODE, processes_of
from tests.eventually import eventually

# In the order in which a first start says them. One home: each start goes on from where the one before was ended. What happens
# while the servers themselves start is in tests/core/kit/test_local_ended.py.
MOMENTS = ("Starting PostgreSQL", "Bringing the database up to date", "Starting the pages", "is ready")


def ended_when(said: str, home: Path, output: Path) -> int:
    """Start an instance, end its group at a moment; how it ended."""
    given = {"HOTLEADS_HOME": str(home), "HOTLEADS_PORT": str(free_port()), "HOTLEADS_MLFLOW_URL": "http://given"}
    command = [sys.executable, "-m", "cli", "up"]
    with output.open("wb") as out:
        up = subprocess.Popen(command, env=os.environ | MODE | given, stdout=out, stderr=out, start_new_session=True)
    with up:
        try:
            eventually(lambda: said in output.read_text() or up.poll() is not None, within_s=180, every_s=0.01)
            assert up.poll() is None, output.read_text()
        finally:
            if up.poll() is None:
                os.killpg(up.pid, signal.SIGTERM)
            ended = up.wait(timeout=120)
    return ended


@pytest.mark.long
def test_whenever_its_group_is_ended_nothing_stays_and_the_next_start_works(tmp_path: Path) -> None:
    for said in MOMENTS:
        ended = ended_when(said, tmp_path / "home", tmp_path / "out")
        assert (processes_of(tmp_path), ended) == ([], 0), f"{said}: {(tmp_path / 'out').read_text()}"
