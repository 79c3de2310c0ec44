"""Load the demo market: first a story that can be played at once, then ninety days of history.

Every batch of events is one transaction that also moves the part's marker, so a load that is killed goes on
where it stopped, and a finished one has nothing to do.
"""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.process import BaseProcess

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Conflict, Forbidden
from demo import setting
from demo.replay import replay
from demo.timeline import PARTS, Part, timeline
from demo.world import REQUESTS, World, world

Progress = Callable[[str], None]
BATCH = 12  # events a transaction: short enough that a person at the screen waits for none of them


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
) -> None:
    """Fill the database with the demo market of a seed, or go on filling it; nothing is loaded twice.

    ``now`` is the moment its history ends, the present by default. Raises ``Forbidden`` unless the demo setting is
    on, ``Conflict`` when the market of another seed is loaded here.
    """
    say = progress or (lambda _line: None)
    marker = _begin(seed=seed, size=size, now=now or utc_now(), say=say)
    say("Setting up the story: companies, requests waiting for review ...")
    _load_part("story", marker, say)
    if processes == 1:
        _load_part("homes", marker, say)
        _load_part("trades", marker, say)
    else:
        _beside_each_other(marker, say)
    say("The demo market is complete.")


def is_complete() -> bool:
    """True when every part of a demo market has been loaded."""
    with transaction() as session:
        rows = session.execute(text("select count(*) filter (where done = total) from demo_load")).scalar_one()
    return bool(rows == len(PARTS))


def _begin(*, seed: int, size: int, now: datetime, say: Progress) -> Marker:
    """The marker of this database's load, made with the ground under it when there is none."""
    if not settings().demo:
        raise Forbidden("demo.off", "The demo market is loaded only while HOTLEADS_DEMO is on. Set HOTLEADS_DEMO=true.")
    with transaction() as session:
        session.execute(text("select pg_advisory_xact_lock(hashtextextended('demo.load', 0))"))
        known = session.execute(text("select seed, size, history_ends from demo_load where part = 'story'")).one_or_none()
        if known is None:
            say("Setting up markets, niches and staff ...")
            setting.prepare(session, now=now)
            marker = Marker(seed, size, now)
            _mark_parts(session, marker)
            return marker
    if (known.seed, known.size) != (seed, size):
        words = f"The demo market of seed {known.seed} is here already. Empty the database to load another one."
        raise Conflict("demo.other_seed", words)
    return Marker(*known)


def _mark_parts(session: Session, marker: Marker) -> None:
    the_world = _world(session, marker)
    for part in PARTS:
        row = {"part": part, "seed": marker.seed, "size": marker.size, "ends": marker.history_ends}
        session.execute(
            text("insert into demo_load (part, seed, size, history_ends, total) values (:part, :seed, :size, :ends, :total)"),
            row | {"total": len(timeline(the_world, part))},
        )


def _world(session: Session, marker: Marker) -> World:
    return world(setting.first_forms(session), seed=marker.seed, now=marker.history_ends, size=marker.size)


def _load_part(part: Part, marker: Marker, say: Progress) -> None:
    """Replay what is left of one part, a batch of events per transaction."""
    with transaction() as session:
        the_world, ground = _world(session, marker), setting.ground(session)
    events = timeline(the_world, part)
    while True:
        with transaction() as session:
            # The lock keeps a second loader out: it would find the batch done when it gets here.
            find = text("select done from demo_load where part = :part for update")
            done = session.execute(find, {"part": part}).scalar_one()
            batch = events[done : done + BATCH]
            if not batch:
                return
            replay(session, batch, the_world, ground)
            moved = text("update demo_load set done = done + :more where part = :part")
            session.execute(moved, {"part": part, "more": len(batch)})
            line = _standing(session, batch[-1].at)
        say(line)


def _standing(session: Session, at: datetime) -> str:
    done, total = session.execute(text("select sum(done), sum(total) from demo_load")).one()
    return f"Demo history: {100 * done // total} % ({at:%d %B})"


def _beside_each_other(marker: Marker, say: Progress) -> None:
    """One side of the market in a process of its own, the other one here."""
    beside: BaseProcess = multiprocessing.get_context("spawn").Process(
        target=_load_part, args=("trades", marker, _say_nothing), daemon=True
    )
    beside.start()
    try:
        _load_part("homes", marker, say)
        beside.join()
    finally:
        beside.terminate()
        beside.join()
    _load_part("trades", marker, say)  # whatever the other process left undone, which is nothing unless it died


def _say_nothing(_line: str) -> None:
    """The process beside ours has nowhere to say it; its progress is in the table."""
