"""Several at the same moment, each on a thread and a connection of its own, and a way to see that one waits for another."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

from sqlalchemy import text

from core.kit.db import transaction
from core.kit.errors import HotleadsError

T = TypeVar("T")
A = TypeVar("A")
PATIENCE_S = 30


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Release all acts at the same moment; what each returned, in their order."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return together(pool, acts)


def each_at_once(act: Callable[[A], T], things: Iterable[A]) -> list[T]:
    """``at_once`` of the same act on several things."""
    return at_once(*[partial(act, thing) for thing in things])


def together(pool: ThreadPoolExecutor, acts: Sequence[Callable[[], T]]) -> list[T]:
    """``at_once`` on threads that stand ready."""
    start = Barrier(len(acts))

    def one(act: Callable[[], T]) -> T:
        start.wait(PATIENCE_S)
        return act()

    return list(pool.map(one, acts))


def done_or_refused(act: Callable[[], object]) -> str:
    """``done``, or the code of the refusal."""
    try:
        act()
    except HotleadsError as refused:
        return refused.code
    return "done"


def until_somebody_waits(many: int = 1) -> None:
    """Return when so many connections to this database wait for a lock that another one holds."""
    query = text("""select count(*) from pg_locks l join pg_stat_activity a using (pid)
                     where a.datname = current_database() and not l.granted""")
    for _ in range(20_000):
        with transaction() as session:
            if session.execute(query).scalar_one() >= many:
                return
    raise AssertionError("nobody came to wait")
