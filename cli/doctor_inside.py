"""What a database that answers tells of the installation: revision, clock, worker, queue, dead letters."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import leads, ops
from core.kit.checks import Check
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import make_engine, transaction
from core.kit.local import LocalPostgres
from core.kit.metrics import DEAD_LETTERS, RELAY_QUIET, Reading
from core.kit.migrations import standing

MOST_DRIFT_S = 2.0
LONGEST_QUIET_S = 120.0  # the schedule adds a job every few seconds; the alert ScheduleStopped has the same bound
DEMO_ZONE = "America/Los_Angeles"


def examine_inside(*, serving: bool) -> list[Check]:
    """The checks that need tables; ``serving`` says that pages are up, so that a worker is expected too."""
    url = _url()
    if url is None:
        return [Check("migrations", True, "made on the first start")]
    try:
        found = _revision(url)
        if not found.ok:
            return [found]
        engine = make_engine(url, pool_size=1)
        try:
            return [found, *_inside(engine, serving=serving)]
        finally:
            engine.dispose()
    except DBAPIError:
        return [Check("migrations", True, "not looked at: the database does not answer")]


def _url() -> str | None:
    server = LocalPostgres(settings().home)
    return settings().database_url or (server.url("hotleads") if server.pid() else None)


def _revision(url: str) -> Check:
    here = standing(url)
    if here.current == here.newest:
        return Check("migrations", True, f"revision {here.current}, the newest")
    if here.current is None:
        return Check("migrations", False, "The database has no tables yet. Run `hotleads migrate`, then `hotleads seed`.")
    if here.known:
        return Check(
            "migrations", False, f"The database is at revision {here.current}, this release needs {here.newest}. Back it up"
            " (`hotleads backup`), then run `hotleads migrate`.",
        )  # fmt: skip
    return Check(
        "migrations", False, f"A newer release has changed the database (revision {here.current}); this one knows up to"
        f" {here.newest}. Start that release, or restore a backup made before it (docs/upgrading.md).",
    )  # fmt: skip


def _inside(engine: Engine, *, serving: bool) -> list[Check]:
    now = utc_now()
    looks: tuple[Callable[[Session], Check], ...] = (
        _clock,
        lambda session: _worker(ops.gauges(session, now=now), serving=serving),
        lambda session: _queue(session, now),
        lambda session: _dead_letters(ops.gauges(session, now=now)),
        _sealed,
        _people,
    )
    with transaction(engine) as session:
        return [look(session) for look in looks]


def _clock(session: Session) -> Check:
    """This machine and the database's agree on the time, and know the zones of markets."""
    theirs: datetime = session.execute(text("select clock_timestamp()")).scalar_one()
    apart = abs((utc_now() - theirs).total_seconds())
    if apart > MOST_DRIFT_S:
        return Check(
            "clock", False, f"This machine's clock and the database's are {apart:,.0f} s apart: holds and links would end at the"
            " wrong time. Switch on time synchronisation (`timedatectl set-ntp true`) on both.",
        )  # fmt: skip
    try:
        ZoneInfo(DEMO_ZONE)
    except ZoneInfoNotFoundError:
        return Check("clock", False, "This machine knows no time zones. On Debian or Ubuntu: apt-get install tzdata.")
    return Check("clock", True, f"{apart:.1f} s from the database's; time zones are known")


def _worker(readings: list[Reading], *, serving: bool) -> Check:
    quiet = next((reading.value for reading in readings if reading.gauge is RELAY_QUIET), None)
    if quiet is not None and quiet <= LONGEST_QUIET_S:
        return Check("worker", True, f"heard of {quiet:.0f} s ago")
    words = "no worker has ever been here" if quiet is None else f"no worker was heard of for {_ago(quiet)}"
    if serving or settings().env == "production":
        return Check(
            "worker", False, f"{words[0].upper()}{words[1:]}: no mail, no distribution, no schedule. Start `hotleads worker` and"
            " read its log; it needs the same DATABASE_URL and REDIS_URL.",
        )  # fmt: skip
    return Check("worker", True, f"{words}; `hotleads up` starts one")


def _queue(session: Session, now: datetime) -> Check:
    found = ops.check_queue(session, now=now)
    return found if found.ok else Check("queue", False, f"{found.detail} See docs/runbooks/queue-deep.md.")


def _dead_letters(readings: list[Reading]) -> Check:
    dead = {reading.labels[0]: int(reading.value) for reading in readings if reading.gauge is DEAD_LETTERS and reading.value}
    if not dead:
        return Check("dead letters", True, "none")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(dead.items()))
    return Check(
        "dead letters", False, f"{kinds} used up their tries. Open Operations, Dead letters: read what failed, mend it, send"
        " them again (docs/runbooks/dead-letters.md).",
    )  # fmt: skip


def _sealed(session: Session) -> Check:
    """What lies encrypted can be read, and by which of the keys."""
    found = ops.sealed_standing(session)
    lost = [name for name, counted in found.items() if counted.unreadable]
    if lost:
        return Check(
            "sealed values", False, f"Some of {', '.join(lost)} can't be read with HOTLEADS_SECRET_KEY, nor with those of"
            " HOTLEADS_SECRET_KEY_PREVIOUS. Put the key that sealed them into HOTLEADS_SECRET_KEY_PREVIOUS, restart every part,"
            " run `hotleads rekey` (docs/how-to/change-the-secret-key.md).",
        )  # fmt: skip
    older = sum(counted.older for counted in found.values())
    if older:
        return Check(
            "sealed values", True, f"{older:,} of those looked at are sealed by a previous key. Run `hotleads rekey` before you"
            " take a previous key out.",
        )  # fmt: skip
    return Check("sealed values", True, "all that were looked at are sealed by HOTLEADS_SECRET_KEY")


def _people(session: Session) -> Check:
    """People are known again: by do-not-contact lists, and when they ask a second time."""
    unknown, looked_at = leads.strangers(session)
    if unknown:
        return Check(
            "people's hashes", False, f"{unknown} of {looked_at} people are hashed with another key: do-not-contact lists do not"
            " find them. Sell nothing until HOTLEADS_MATCHING_KEY is the first secret key that this instance had.",
        )  # fmt: skip
    return Check("people's hashes", True, f"{looked_at} people looked at are known again")


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:,.0f} h"
