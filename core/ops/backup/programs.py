"""PostgreSQL's own programs, run as the server's user (never as root), with their answer in words."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.kit.local.places import find_program, server_user
from core.kit.local.postgres import FIX
from core.ops.backup.manifest import BackupFailed

LAST_WORDS = 300


def address(url: str) -> tuple[str, dict[str, str]]:
    """A connection as an argument without its password, and the environment that carries it.

    A command line can be read by everybody on the machine.
    """
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    password = parts.pop("password", None)
    return make_conninfo(**parts), os.environ | ({"PGPASSWORD": str(password)} if password else {})


@contextmanager
def reading(program: str, *words: str, url: str) -> Iterator[IO[bytes]]:
    """What a program writes; raises ``BackupFailed`` when it fails, and ends it when the reader does."""
    where, environment = address(url)
    command = [find_program(program, fix=FIX), "-d", where, "-w", *words]
    # What it says goes to a file: a pipe that nobody reads meanwhile holds it up for ever once it is full.
    with (
        TemporaryFile() as said,
        subprocess.Popen(
            command,
            env=environment,
            user=server_user(),
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=said,
            stdin=subprocess.DEVNULL,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        _check(process, said, program)


def feed(command: list[str], chunks: Iterator[bytes], *, what: str, environment: dict[str, str] | None = None) -> None:
    """Give a program its input as the server's user; raises ``BackupFailed``."""
    with (
        TemporaryFile() as said,
        subprocess.Popen(
            command, env=environment, user=server_user(), cwd="/", stdin=subprocess.PIPE, stderr=said, bufsize=0
        ) as process,
    ):
        assert process.stdin is not None
        try:
            for chunk in chunks:
                _write_all(process.stdin, chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why below; one that ends well had all it needed
        except BaseException:
            process.kill()
            raise
        _check(process, said, what)


def _write_all(sink: IO[bytes], chunk: bytes) -> None:
    """Without a buffer, which would try its rest once more when it is closed, over what the program said."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[sink.write(rest) :]


def _check(process: subprocess.Popen[bytes], said: IO[bytes], what: str) -> None:
    if process.wait():
        said.seek(0)
        raise BackupFailed("backup.program", f"{what} failed: {last_words(said.read().decode(errors='replace'))}")


def run(program: str, *words: str) -> None:
    """Run a program to its end; raises ``BackupFailed`` with its last words."""
    command = [find_program(program, fix=FIX), *words]
    done = subprocess.run(command, user=server_user(), cwd="/", capture_output=True, text=True)
    if done.returncode:
        raise BackupFailed("backup.program", f"{program} failed: {last_words(done.stderr or done.stdout)}")


def may_read(directory: Path | None) -> bool:
    """True when the server's user can list and read a directory; a private parent is enough to keep it out."""
    listing = ["ls", str(directory)]
    return subprocess.run(listing, user=server_user(), cwd="/", capture_output=True).returncode == 0


def last_words(said: str) -> str:
    """The line in which a program says what went wrong, else its last one, as part of a sentence."""
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    wrong = [line for line in lines if "error:" in line.lower()]
    return (wrong or lines or ["it said nothing"])[-1][:LAST_WORDS]


def room_sentence(error: OSError, where: Path) -> str:
    """A write that failed, for a person."""
    return f"Writing to {where} failed ({error.strerror}). Make room there, or keep backups elsewhere with HOTLEADS_BACKUPS."
