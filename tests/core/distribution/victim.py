"""A worker that stands still at a given place until it is killed: run in a process of its own."""

from datetime import datetime
from multiprocessing.connection import Connection
from uuid import UUID

import core.tables  # noqa: F401
from core import distribution
from core.kit import db
from core.kit.actor import SYSTEM


def work(url: str, lead: UUID, stop: str, now: datetime, told: Connection) -> None:
    """Distribute the lead in two transactions; say so when ``stop`` is reached and go no further."""

    def reached(place: str) -> None:
        if place == stop:
            told.send(place)
            told.recv()  # never comes

    engine = db.make_engine(url)
    with db.transaction(engine) as session:
        turn = distribution.claim_turn(session, lead_id=lead, actor=SYSTEM, now=now)
        reached("in the turn")
    reached("after the turn")
    with db.transaction(engine) as session:
        assert distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now).assigned == 2
        reached("between charge and commit")
    reached("after the commit")
