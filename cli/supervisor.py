"""Keeps the parts of a local instance running, and leaves none of their processes behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.servers import KeptServer, Server, pause_before
from core.kit.errors import HotleadsError
from core.kit.local.parents import end_with_parent

RESTARTS, WITHIN_S = 5, 60.0
GRACE_S = 22.0  # a worker finishes its running jobs for 20 seconds
GONE_WITHIN_S = 5.0
LARGEST_LOG = 5_000_000


class Asked:
    """Whether the end was asked for. A plain flag, unlike ``threading.Event``: a signal's handler runs wherever it finds its
    thread, in the middle of waiting for the flag, too, and would wait for ever for a lock that is held there."""

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        """Ask for the end."""
        self._asked = True

    def wait(self, seconds: float) -> bool:
        """Wait a moment unless it was asked for; whether it was."""
        if not self._asked:
            time.sleep(seconds)
        return self._asked


class PartFailed(HotleadsError):
    """A part stopped more often than it may; everything is stopped."""


@dataclass
class Part:
    """One process with its children: how to start it, and whether it must keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    lasting: bool = True  # False: it does its work once and ends
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    start_again_at: float | None = None


class Supervisor:
    """Starts parts in process groups of their own; call ``watch`` from the main thread until it returns."""

    def __init__(self, logs: Path, *, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self.parts: list[Part] = []
        self.servers: list[KeptServer] = []
        self.stopping = Asked()
        self._signals = 0
        logs.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def taking_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM ask for the end; a second one kills what is still there."""
        before = {signum: signal.signal(signum, self._asked_to_stop) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)

    def start(self, part: Part) -> None:
        """Start a part; its output goes to a log of its own."""
        path = self.log_of(part.name)
        fresh = not path.exists() or path.stat().st_size > LARGEST_LOG

        def settle() -> None:
            end_with_parent()
            os.nice(part.niceness)

        with path.open("wb" if fresh else "ab") as log:
            part.process = subprocess.Popen(
                part.command,
                env=dict(part.environment or os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=settle,
            )
        part.starts.append(time.monotonic())
        part.start_again_at = None
        if part not in self.parts:
            self.parts.append(part)

    def keep(self, server: Server) -> None:
        """Start a private server again whenever it dies; who started it stops it."""
        self.servers.append(KeptServer(server))

    def watch(self, until: Callable[[], bool] = lambda: False, *, every_s: float = 0.2) -> bool:
        """Keep parts running until ``until`` is true (True) or the end is asked for (False)."""
        while not self.stopping.wait(every_s):
            for server in self.servers:
                server.look_after(self.say)
            for part in self.parts:
                self._look_after(part)
            if until():
                return True
        return False

    def stop(self) -> None:
        """End every part, last started first: gently, then for certain."""
        self.stopping.set()
        running = [part for part in reversed(self.parts) if part.process and part.process.poll() is None]
        for part in running:
            _signal(part, signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        while time.monotonic() < until and self._signals < 2 and any(_alive(part) for part in running):
            time.sleep(0.05)
        for part in self.parts:
            _signal(part, signal.SIGKILL)  # also what a part left behind in its group
            if part.process:
                part.process.wait()
        # What a part started dies a moment after it; while it holds the lock on the servers, they would be taken for in use.
        until = time.monotonic() + GONE_WITHIN_S
        while time.monotonic() < until and any(_alive(part) for part in self.parts):
            time.sleep(0.02)

    def give_way(self, part: Part, niceness: int) -> None:
        """Let the others go first from now on, with every process the part has, also when it is started again."""
        part.niceness = niceness
        if part.process is not None and _group_exists(part.process.pid):
            os.setpriority(os.PRIO_PGRP, part.process.pid, niceness)

    def log_of(self, name: str) -> Path:
        """Where a part's output is."""
        return self.logs / f"{name}.log"

    def last_words(self, name: str) -> str:
        """The last lines of a part's log, and where the rest is."""
        path = self.log_of(name)
        lines = path.read_text(errors="replace").splitlines()[-8:] if path.exists() else []
        return "\n".join([*lines, f"(The whole log is {path}.)"])

    def _look_after(self, part: Part) -> None:
        if part.process is None or part.process.poll() is None:
            return
        if part.start_again_at is not None:
            if time.monotonic() >= part.start_again_at:
                self.start(part)
            return
        status = part.process.returncode
        _signal(part, signal.SIGKILL)
        if not part.lasting:
            part.process = None
            if status:
                self.say(f"{part.name} did not finish (exit code {status}). Its last words are in {self.log_of(part.name)}.")
            return
        recent = [at for at in part.starts if time.monotonic() - at < WITHIN_S]
        if len(recent) > RESTARTS:
            raise PartFailed(
                "up.part_failed",
                f"{part.name} keeps stopping (exit code {status}), so everything is stopped.\n{self.last_words(part.name)}",
            )
        pause = pause_before(len(recent))
        self.say(f"{part.name} stopped (exit code {status}); starting it again in {pause:.0f} s.")
        part.start_again_at = time.monotonic() + pause

    def _asked_to_stop(self, _signum: int, _frame: object) -> None:
        self._signals += 1
        self.stopping.set()


def _signal(part: Part, signum: int) -> None:
    """Signal a part's whole group; one that is empty already needs none."""
    if part.process is not None and _group_exists(part.process.pid):
        os.killpg(part.process.pid, signum)


def _alive(part: Part) -> bool:
    if part.process is None:
        return False
    part.process.poll()
    return _group_exists(part.process.pid)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
