"""``hotleads up``: everything a person needs to play, at one address, gone again with Ctrl-C."""

import fcntl
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.demo import demo_standing
from cli.processes import mlflow_address, mlflow_start
from cli.supervisor import Part, Supervisor
from core import ops
from core.kit.config import settings
from core.kit.errors import Conflict, HotleadsError, Unavailable
from core.kit.local import use_services
from core.kit.local.places import free_port
from core.kit.migrations import is_current, upgrade

READY_WITHIN_S = 600.0
BEHIND_PAGES = 10  # how far the demo's history and MLflow stand back once somebody can play


class NotReady(HotleadsError):
    """The parts run but the instance does not become ready."""


def up() -> int:
    """Start all parts, print the address once it can be used, and stay until asked to stop; returns the exit code."""
    if settings().env == "development":
        os.environ.setdefault("HOTLEADS_DEMO", "true")
        settings.cache_clear()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a part starts three times as fast on files another has compiled
    home = settings().home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(home / "logs", say=_say)
    with _only_one(home), supervisor.taking_signals():
        _check_port()
        started = time.monotonic()
        _say("Starting PostgreSQL and Redis ...")
        with use_services() as servers:
            try:
                for server in servers:
                    supervisor.keep(server)
                if not supervisor.stopping.wait(0):
                    _run(supervisor, home, started)
            finally:
                _say("Stopping ...")
                supervisor.stop()
    _say("Everything is stopped.")
    return 0


def _run(supervisor: Supervisor, home: Path, started: float) -> None:
    """The database, then the parts, until the end is asked for."""
    known = _prepare(home)
    ports = _own_ports()
    if _start_parts(supervisor, ports, known=known):
        _welcome(supervisor, time.monotonic() - started)
        _start_rest(supervisor, ports)
        supervisor.watch()


def _prepare(home: Path) -> bool:
    """See that Redis answers, bring the database up to date; True when it was, so that nobody has to wait for it."""
    redis = ops.check_redis()
    if not redis.ok:
        raise Unavailable("up.redis", redis.detail)
    known = is_current(settings().database_url)
    if not known:
        _say("Bringing the database up to date ...")
        upgrade(settings().database_url)
        _seed()
    metrics = home / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    return known


def _seed() -> None:
    """What every instance needs, new letters of a release included."""
    from cli.data import seed_core  # reads every chapter: on a later start the pages are under way meanwhile

    seed_core()


def _own_ports() -> dict[str, int]:
    """Ports of the parts that we run ourselves because no address of yours is set; every part is told of them."""
    ports = {}
    if not settings().smtp_url:
        ports["mail"] = free_port()
        os.environ["SMTP_URL"] = f"smtp://127.0.0.1:{ports['mail']}"
    if not settings().mlflow_url:
        ports["mlflow"] = free_port()
        os.environ["HOTLEADS_MLFLOW_URL"] = mlflow_address(ports["mlflow"])
    ours = settings()
    if ours.demo and not ours.stripe_secret_key.get_secret_value() and not ours.paypal_client_id:
        from demo.gateways.keys import environment, fresh_keys

        ports["gateways"] = free_port()
        os.environ |= environment(fresh_keys(), f"http://127.0.0.1:{ports['gateways']}")
    settings.cache_clear()
    return ports


def _start_parts(supervisor: Supervisor, ports: dict[str, int], *, known: bool) -> bool:
    """Mail catcher and pages; on a first start the story of the demo comes before the pages."""
    if "mail" in ports:
        supervisor.start(Part("mail", _ours("mail-catcher", "--port", str(ports["mail"]))))
    if settings().demo and not (standing := demo_standing()).complete:
        first = "Loading the demo market; its story comes first, ninety days of history follow by themselves ..."
        _say("The demo's history goes on filling in by itself ..." if standing.playable else first)
        demo = Part("demo", _ours("seed"), lasting=False, niceness=BEHIND_PAGES if standing.playable else 0)
        supervisor.start(demo)
        if not supervisor.watch(lambda: demo_standing().playable or demo.process is None):
            return False
        supervisor.give_way(demo, BEHIND_PAGES)
    _say("Starting the pages ...")
    supervisor.start(Part("web", _ours("web")))
    if known:
        _seed()
    if not _wait_for(supervisor, "/health/live"):
        return False
    # Before it is ready: jobs that waited while nothing ran keep it from being so.
    supervisor.start(Part("worker", _ours("worker")))
    return _wait_for(supervisor, "/health/ready")


def _wait_for(supervisor: Supervisor, path: str) -> bool:
    until = time.monotonic() + READY_WITHIN_S
    last = "no answer yet"

    def ready() -> bool:
        nonlocal last
        try:
            with urllib.request.urlopen(f"{_loopback()}{path}", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            last = error.read().decode(errors="replace")[:500]
        except OSError as error:
            last = str(error)
        if time.monotonic() > until:
            words = f"The pages did not become ready in {READY_WITHIN_S:.0f} s: {last}"
            raise NotReady("up.not_ready", f"{words}\n{supervisor.last_words('web')}")
        return False

    return supervisor.watch(ready)


def _start_rest(supervisor: Supervisor, ports: dict[str, int]) -> None:
    """The demo's payment services, and MLflow, which gives way to everything."""
    if "gateways" in ports:
        supervisor.start(Part("gateways", _ours("stub-gateways", "--port", str(ports["gateways"])), niceness=BEHIND_PAGES))
    if "mlflow" in ports:
        command, environment = mlflow_start(ports["mlflow"])
        supervisor.start(Part("mlflow", command, environment, niceness=BEHIND_PAGES))


def _welcome(supervisor: Supervisor, seconds: float) -> None:
    """One address, and who to be: once, where it can be seen."""
    lines = ["", f"  Hotleads is ready ({seconds:.0f} s).", "", f"  Open      {settings().base_url}"]
    if settings().demo:
        from demo.sign_ins import sign_ins

        people = sign_ins()
        width = max(len(person.email) for person in people)
        lines += ["", "  Sign in at /sign-in as"]
        lines += [f"    {person.email:<{width}}  {person.note}" for person in people]
        passwords = sorted({person.password for person in people})
        lines += [f"  Password  {', '.join(passwords)}", "  Second-factor codes are shown on the sign-in page of the demo."]
    lines += ["", f"  Logs      {supervisor.logs}", "  Stop      Ctrl-C", ""]
    _say("\n".join(lines))


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            words = f"Hotleads runs already at {lock.read().strip() or 'this machine'}. Stop it first, or set HOTLEADS_HOME."
            raise Conflict("up.running", words) from error
        lock.truncate(0)
        lock.write(f"{settings().base_url} (process {os.getpid()})")
        lock.flush()
        yield


def _check_port() -> None:
    """Say that the port is taken before anything is started."""
    host, port = settings().host, settings().port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            words = f"Port {port} on {host} can't be used ({error.strerror}). Set HOTLEADS_PORT to a free one."
            raise Conflict("up.port", words) from error


def _loopback() -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings().host, settings().host)
    return f"http://{host}:{settings().port}"


def _ours(*words: str) -> list[str]:
    return [sys.executable, "-m", "cli", *words]


def _say(line: str) -> None:
    print(line, flush=True)
