"""Wait for something that another process does: look again until it is so, or the time is up."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

T = TypeVar("T")
_nobody = Event()


def eventually(look: Callable[[], T], *, within_s: float = 60, every_s: float = 0.05) -> T:
    """The first true answer of ``look``; the last false one fails the test."""
    until = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < until, f"not within {within_s} s; last seen: {found!r}"
        _nobody.wait(every_s)
    return found


def waits_for(session: Session) -> int:
    """How many connections wait for a lock that this session holds."""
    query = "select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))"
    return int(session.execute(text(query)).scalar_one())
