"""Parts are kept running, and none of their processes outlives the end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from cli import servers
from cli import supervisor as module
from cli.supervisor import Part, PartFailed, Supervisor
from core.kit.local import LocalRedis
from tests.eventually import eventually

STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child == 0:
    signal.pause()
print(child, flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(tmp_path / "logs", say=said.append)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def exists(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_stubborn_part_and_its_children_are_gone_after_the_grace(keeper: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.3)
    part = Part("stubborn", python(STUBBORN))
    keeper.start(part)
    grandchild = int(eventually(lambda: keeper.log_of("stubborn").read_text().strip()))
    assert part.process is not None and exists(part.process.pid) and exists(grandchild)
    keeper.stop()
    assert not exists(part.process.pid)
    eventually(lambda: not exists(grandchild))


WILLING = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: print("finished", flush=True) or sys.exit())
print("up", flush=True)
signal.pause()
"""


def test_a_willing_part_may_finish_what_it_does(keeper: Supervisor) -> None:
    keeper.start(Part("willing", python(WILLING)))
    log = keeper.log_of("willing")
    eventually(lambda: "up" in log.read_text())
    keeper.stop()
    assert log.read_text().split() == ["up", "finished"]


def test_a_part_that_stops_is_started_again(keeper: Supervisor, said: list[str], tmp_path: Path) -> None:
    marker = tmp_path / "second"
    code = f"import pathlib, signal; m = pathlib.Path({str(marker)!r}); m.exists() and signal.pause(); m.touch(); exit(3)"
    part = Part("flaky", python(code))
    keeper.start(part)
    assert keeper.watch(lambda: len(part.starts) == 2, every_s=0.02)
    assert said == ["flaky stopped (exit code 3); starting it again in 1 s."]
    keeper.stop()


def test_a_part_that_keeps_stopping_ends_everything_by_name(keeper: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "pause_before", lambda _recent: 0.0)
    part = Part("broken", python("print('no such table', flush=True); exit(1)"))
    keeper.start(part)
    with pytest.raises(PartFailed, match=r"broken keeps stopping \(exit code 1\)") as failed:
        keeper.watch(every_s=0.01)
    assert "no such table" in failed.value.message and len(part.starts) == module.RESTARTS + 1
    keeper.stop()


def test_a_part_that_runs_once_may_end(keeper: Supervisor, said: list[str]) -> None:
    good, bad = Part("good", python(""), lasting=False), Part("bad", python("exit(2)"), lasting=False)
    keeper.start(good), keeper.start(bad)
    assert keeper.watch(lambda: good.process is None and bad.process is None, every_s=0.02)
    assert len(said) == 1 and said[0].startswith("bad did not finish (exit code 2).")
    keeper.stop()


def test_a_part_gives_way_with_all_its_processes_and_when_it_starts_again(keeper: Supervisor) -> None:
    part = Part("loader", python(STUBBORN))
    keeper.start(part)
    child = int(eventually(lambda: keeper.log_of("loader").read_text().strip()))
    assert part.process is not None
    before = os.getpriority(os.PRIO_PROCESS, child)
    keeper.give_way(part, before + 3)
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in (part.process.pid, child)} == {before + 3}
    assert part.niceness == before + 3
    keeper.parts.remove(part)
    os.killpg(part.process.pid, signal.SIGKILL)
    part.process.wait()


def test_last_words_of_a_part_that_said_nothing(keeper: Supervisor) -> None:
    assert keeper.last_words("web") == f"(The whole log is {keeper.log_of('web')}.)"


def test_parts_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from cli.supervisor import Part, Supervisor
keeper = Supervisor(Path({str(tmp_path)!r}), say=print)
part = Part("orphan", [sys.executable, "-c", "import signal; signal.pause()"])
keeper.start(part)
print(part.process.pid, flush=True)
keeper.watch()
"""
    with subprocess.Popen(python(code), stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        assert exists(orphan)
        os.kill(parent.pid, signal.SIGKILL)
    eventually(lambda: not exists(orphan))


def test_a_private_server_that_dies_is_started_again_where_it_was(tmp_path: Path, keeper: Supervisor, said: list[str]) -> None:
    server = LocalRedis(tmp_path)
    address, first = server.start(), server.pid()
    assert first is not None
    keeper.keep(server)
    try:
        os.kill(first, signal.SIGKILL)
        assert keeper.watch(lambda: server.pid() not in (None, first), every_s=0.05)
        eventually(lambda: Redis.from_url(address).ping())
        assert server.url() == address and said == ["Redis stopped; starting it again in 1 s."]
    finally:
        server.stop()


class NeverThere:
    """A server that ends as soon as it is started."""

    def __init__(self) -> None:
        self.launches = 0

    def pid(self) -> None:
        return None

    def launch(self) -> None:
        self.launches += 1


def test_a_server_that_keeps_stopping_is_started_ever_more_seldom(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    moment = 1_000.0
    monkeypatch.setattr(servers.time, "monotonic", lambda: moment)
    server = NeverThere()
    kept = servers.KeptServer(server)
    for _ in range(600):
        kept.look_after(said.append)
        moment += 0.1
    assert 4 <= server.launches <= 6
    assert said[0].endswith("in 1 s.") and said[1].endswith("in 2 s.") and said[4].endswith("in 15 s.")


HAMMERED = """
import os, subprocess, sys
from pathlib import Path
from cli.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]), say=print)
with supervisor.taking_signals():
    hammer = "import os, signal, time\\nfor _ in range(400): os.kill(%d, signal.SIGTERM); time.sleep(0.0002)" % os.getpid()
    with subprocess.Popen([sys.executable, "-c", hammer]) as hammering:
        while hammering.poll() is None:
            supervisor.stopping = type(supervisor.stopping)()
            supervisor.watch(lambda: hammering.poll() is not None, every_s=0.0001)
print("ended", flush=True)
"""


def test_signals_that_come_one_upon_the_other_never_leave_it_waiting_for_itself(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HAMMERED, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.endswith("ended\n"), done.stderr
