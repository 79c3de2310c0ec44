"""Load the demo market: first a story that can be played at once, then ninety days of history.

Every batch of events is one transaction that also moves the part's marker, so a load that is killed goes on
where it stopped, and a finished one has nothing to do.
"""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import advice, marketplace
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Conflict, Forbidden, HotleadsError
from core.kit.logs import logger
from core.sourcing import enrichment
from demo import setting
from demo.line import stand_in_line
from demo.replay import replay, replay_what_can_be
from demo.timeline import PARTS, Event, Part, timeline
from demo.world import REQUESTS, World, world

Progress = Callable[[str], None]
_KNOWN = text("select seed, size, history_ends from demo_load limit 1")
BATCH = 10  # events a transaction: short enough that nobody at the screen waits for it


@dataclass(frozen=True, slots=True)
class Marker:
    """Which load this is, the same for all its parts."""

    seed: int
    size: int
    history_ends: datetime


def load(
    progress: Progress | None = None,
    *,
    seed: int = 7,
    now: datetime | None = None,
    size: int = REQUESTS,
    processes: int = 2,
    after_story: Callable[[Progress], None] | None = None,
) -> None:
    """Fill the database with the demo market of a seed, or go on filling it; nothing is loaded twice.

    ``now`` is the moment its history ends, the present by default; ``after_story`` adds what the first look should find as
    well. Raises ``Forbidden`` unless the demo setting is
    on, ``Conflict`` when the market of another seed is loaded here.
    """
    say = progress or _say_nothing
    _check(seed=seed, size=size)
    if is_complete():
        say("The demo market is here already.")
        return
    marker, whole = _begin(seed=seed, size=size, now=now or utc_now(), say=say)
    _load_part("story", whole, say)
    (after_story or _say_nothing)(say)
    if processes == 1:
        _load_part("homes", whole, say)
        _load_part("trades", whole, say)
    else:
        _beside_each_other(marker, whole, say)
    _line_up()
    _learn_from_it()
    _read_what_waits()
    say("The demo market is complete.")


def is_complete() -> bool:
    """True when every part of a demo market has been loaded."""
    with transaction() as session:
        done = session.execute(text("select count(*) from demo_load where done = total")).scalar_one()
    return bool(done == len(PARTS))


def _check(*, seed: int, size: int) -> None:
    if not settings().demo:
        raise Forbidden("demo.off", "The demo market is loaded only while HOTLEADS_DEMO is on. Set HOTLEADS_DEMO=true.")
    with transaction() as session:
        known = session.execute(_KNOWN).one_or_none()
    if known and (known.seed, known.size) != (seed, size):
        words = f"The demo market of seed {known.seed} is here already. Empty the database to load another one."
        raise Conflict("demo.other_seed", words)


def _begin(*, seed: int, size: int, now: datetime, say: Progress) -> tuple[Marker, World]:
    """This database's load and its world; the ground is laid and the parts are marked when there is none yet."""
    with transaction() as session:
        session.execute(text("select pg_advisory_xact_lock(hashtextextended('demo.load', 0))"))
        known = session.execute(_KNOWN).one_or_none()
        if known is None:
            say("Demo: markets, niches and staff ...")
            setting.prepare(session, now=now)
        marker = Marker(*known) if known else Marker(seed, size, now)
        whole = _world(session, marker)
        if known is None:
            _mark_parts(session, marker, whole)
    return marker, whole


def _world(session: Session, marker: Marker) -> World:
    return world(setting.first_forms(session), seed=marker.seed, now=marker.history_ends, size=marker.size)


def _mark_parts(session: Session, marker: Marker, whole: World) -> None:
    for part in PARTS:
        row = {"part": part, "seed": marker.seed, "size": marker.size, "ends": marker.history_ends}
        session.execute(
            text("insert into demo_load (part, seed, size, history_ends, total) values (:part, :seed, :size, :ends, :total)"),
            row | {"total": len(timeline(whole, part))},
        )


def _load_part(part: Part, whole: World, say: Progress) -> None:
    """Replay what is left of one part, a batch of events per transaction."""
    events, way = timeline(whole, part), replay
    with transaction() as session:
        ground = setting.ground(session)
    while True:
        try:
            with transaction() as session:
                batch = _next_batch(session, part, events)
                if not batch:
                    put_on_sale(session, whole)
                    return
                way(session, batch, whole, ground)
                line = _move_marker(session, part, batch)
        except HotleadsError as refusal:
            logger().warning("demo.batch_refused", part=part, code=refusal.code)
            way = replay_what_can_be
        except OperationalError as busy:
            _give_way(busy)
        else:
            way = replay
            say(line)


def put_on_sale(session: Session, whole: World) -> None:
    """What history left on sale can be searched, priced as of the moment history ends."""
    while marketplace.publish_missing(session, now=whole.now):
        pass


def _next_batch(session: Session, part: Part, events: list[Event]) -> list[Event]:
    """The events that come next; a second loader waits here and finds them done."""
    # A power cut may take back the last batches together with their marker. Whoever plays meanwhile goes first:
    # a lock that is not free soon is given up before it can become a deadlock.
    session.execute(text("set local synchronous_commit = off"))
    done = session.execute(text("select done from demo_load where part = :part for update"), {"part": part}).scalar_one()
    session.execute(text("set local lock_timeout = '400ms'"))
    return events[done : done + BATCH]


def _move_marker(session: Session, part: Part, batch: list[Event]) -> str:
    session.execute(
        text("update demo_load set done = done + :more, written_at = clock_timestamp() where part = :part"),
        {"part": part, "more": len(batch)},
    )
    done, total = session.execute(text("select sum(done), sum(total) from demo_load")).one()
    return f"Demo: {100 * done // total} % ({batch[-1].at:%d %B})"


def _give_way(busy: OperationalError) -> None:
    """Wait a moment when somebody else held a row; any other trouble of the database is raised."""
    if getattr(busy.orig, "sqlstate", None) not in ("55P03", "40P01"):
        raise busy
    time.sleep(0.1)


def _beside_each_other(marker: Marker, whole: World, say: Progress) -> None:
    """One side of the market in a process of its own, the other one here."""
    beside = multiprocessing.get_context("spawn").Process(target=_load_trades, args=(marker,), daemon=True)
    beside.start()
    try:
        _load_part("homes", whole, say)
        beside.join()
    finally:
        beside.terminate()
        beside.join()
    _load_part("trades", whole, say)  # whatever the other process left undone, which is nothing unless it died


def _load_trades(marker: Marker) -> None:
    import core.tables  # noqa: F401 -- a process of its own knows no table yet

    with transaction() as session:
        whole = _world(session, marker)
    _load_part("trades", whole, _say_nothing)


def _line_up() -> None:
    """Everybody takes the place in line that the whole history gives them; whoever plays meanwhile goes first."""
    while True:
        try:
            with transaction() as session:
                session.execute(text("set local lock_timeout = '400ms'"))
                stand_in_line(session)
        except OperationalError as busy:
            _give_way(busy)
        else:
            return


def _learn_from_it() -> None:
    """Have a worker train every model on this history, so that there are versions to look at, compare and promote."""
    from ml import registry  # heavy, and needed only once

    with transaction() as session:
        for model in registry.MODELS:
            advice.ask_training(session, actor=SYSTEM, model=model, now=utc_now())


def _read_what_waits() -> None:
    """Have a worker read the words of what waits for review, as it reads each request of today."""
    with transaction() as session:
        for lead_id in session.execute(text("select id from lead where status = 'pending_approval'")).scalars().all():
            enrichment.ask_for_enrichment(session, lead_id=lead_id, now=utc_now())


def _say_nothing(_line: str) -> None:
    """For who does not want to hear."""
