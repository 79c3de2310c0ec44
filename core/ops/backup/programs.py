"""PostgreSQL's own programs, run as the server's user (never as root), with their answer in words."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    with subprocess.Popen(
        command,
        env=environment,
        user=server_user(),
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace")
        if process.wait():
            raise BackupFailed("backup.program", f"{program} failed: {last_words(said)}")


def feed(command: list[str], chunks: Iterator[bytes], *, what: str, environment: dict[str, str] | None = None) -> None:
    """Give a program its input as the server's user; raises ``BackupFailed``."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, user=server_user(), cwd="/", stdin=pipe, stderr=pipe) as process:
        assert process.stdin is not None and process.stderr is not None
        try:
            for chunk in chunks:
                process.stdin.write(chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why below
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace")
        if process.wait():
            raise BackupFailed("backup.program", f"{what} failed: {last_words(said)}")


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
