"""Each trouble, done to a running instance; it returns when the trouble is over or can only be waited out."""

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from threading import Event
from uuid import uuid4

import psycopg
from redis import Redis, RedisError
from sqlalchemy import text

from core.kit import outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.eventually import eventually
from tests.faults import poison, rules
from tests.faults.instance import Instance, kill

Trouble = Callable[[Instance], None]
_nobody = Event()


def pause(seconds: float) -> None:
    """Let the trouble last."""
    _nobody.wait(seconds)


def web_process_killed(instance: Instance) -> None:
    """SIGKILL of one of the processes that answer requests."""
    kill(eventually(lambda: instance.children("web"))[0])


def worker_process_killed(instance: Instance) -> None:
    """SIGKILL of a process that does jobs."""
    kill(eventually(lambda: instance.children("worker"))[0])


def relay_killed(instance: Instance) -> None:
    """SIGKILL of the process that pushes due rows and keeps the schedule: Huey starts it after its workers."""
    kill(eventually(lambda: instance.children("worker")[2:])[-1])


def web_master_killed(instance: Instance) -> None:
    """SIGKILL of the web server's parent process; its children end by themselves."""
    _part_killed(instance, "web")


def worker_master_killed(instance: Instance) -> None:
    """SIGKILL of the parent of workers and relay."""
    _part_killed(instance, "worker")


def postgres_restarted(instance: Instance) -> None:
    """An administrator's restart: connections are ended, open transactions rolled back."""
    _postgres_ended(instance, signal.SIGINT)


def postgres_killed(instance: Instance) -> None:
    """SIGKILL of the server's parent process: recovery from the log at its next start."""
    _postgres_ended(instance, signal.SIGKILL)


def postgres_backend_killed(instance: Instance) -> None:
    """SIGKILL of one server process: PostgreSQL ends all others and recovers by itself."""
    with psycopg.connect(instance.postgres.url("postgres"), autocommit=True) as connection:
        query = (
            "select pid from pg_stat_activity where datname = 'hotleads' and pid <> pg_backend_pid() order by random() limit 1"
        )
        row = eventually(lambda: connection.execute(query).fetchone())  # type: ignore[arg-type]
    kill(row[0])


def redis_emptied(instance: Instance) -> None:
    """Everything in Redis is lost: queue, limits, caches."""
    Redis.from_url(instance.redis.url()).flushall()


def redis_killed(instance: Instance) -> None:
    """SIGKILL of Redis, which keeps nothing."""
    pid = instance.redis.pid()
    if pid is not None:
        kill(pid)
        eventually(lambda: instance.redis.pid() not in (None, pid), within_s=60)


def redis_hangs(instance: Instance) -> None:
    """Redis takes connections and says nothing for eight seconds."""
    _stopped(instance.redis.pid(), 8)


def postgres_hangs(instance: Instance) -> None:
    """Every process of PostgreSQL stands still for four seconds, as on a disk that does."""
    pid = instance.postgres.pid()
    with ExitStack() as stack:
        for one in [pid, *below(pid)]:
            if one is not None:
                kill(one, signal.SIGSTOP)
                stack.callback(kill, one, signal.SIGCONT)
        pause(4)


def connection_storm(instance: Instance) -> None:
    """Every connection that PostgreSQL has to give is taken for five seconds, and 400 more knock at the web server."""
    with ExitStack() as stack:
        with suppress(psycopg.OperationalError):
            while True:
                stack.enter_context(psycopg.connect(instance.postgres.url("hotleads"), connect_timeout=5))
        for _ in range(400):
            with suppress(OSError):
                knock = stack.enter_context(socket.create_connection(("127.0.0.1", instance.port), timeout=2))
                knock.sendall(b"POST /api/v1/leads HTTP/1.1\r\nHost: x\r\n")
        pause(5)


def poisoned_jobs(_: Instance) -> None:
    """Jobs that can't be done or kill whoever does them, before all others: each is a dead letter in the end."""
    with transaction() as session:
        added = [
            outbox.enqueue(session, kind, key=str(uuid4()), now=utc_now(), payload={}, max_attempts=2, priority=0)
            for kind in poison.KINDS
        ]

    def buried() -> bool:
        rules.hurry()
        with transaction() as session:
            rows = session.execute(text("select state from outbox where id = any(:ids)"), {"ids": added}).scalars().all()
        return set(rows) == {"dead"}

    eventually(buried, within_s=180, every_s=1.0)


def _part_killed(instance: Instance, name: str) -> None:
    pid = instance.master(name)
    kill(pid)
    eventually(lambda: instance.master(name) != pid, within_s=60)


def _postgres_ended(instance: Instance, signum: int) -> None:
    pid = instance.postgres.pid()
    if pid is not None:
        kill(pid, signum)
        eventually(lambda: instance.postgres.pid() not in (None, pid), within_s=90)


def _stopped(pid: int | None, seconds: float) -> None:
    if pid is None:
        return
    kill(pid, signal.SIGSTOP)
    try:
        pause(seconds)
    finally:
        kill(pid, signal.SIGCONT)


def below(pid: int | None) -> list[int]:
    with suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as children:
        return [int(child) for child in children.read().split()]
    return []


def redis_answers(instance: Instance) -> bool:
    """Whether Redis is well."""
    try:
        return bool(Redis.from_url(instance.redis.url(), socket_timeout=2).ping())
    except (RedisError, OSError):
        return False


ANY_MOMENT: tuple[Trouble, ...] = (
    web_process_killed,
    worker_process_killed,
    relay_killed,
    web_master_killed,
    worker_master_killed,
    postgres_restarted,
    postgres_killed,
    postgres_backend_killed,
    postgres_hangs,
    redis_emptied,
    redis_killed,
    redis_hangs,
    connection_storm,
    poisoned_jobs,
)
