"""What would happen: the real engine, undone (SPEC 5.6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.distribution.assign import carry_out
from core.distribution.runs import RunDetail, detail_of
from core.distribution.turn import claim_turn
from core.kit.actor import Actor


class _Undo(Exception):
    """Leaves the savepoint with the result and without its traces."""

    def __init__(self, result: RunDetail) -> None:
        self.result = result


def simulate(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> RunDetail:
    """The run that an approved lead would get now, without turn, charge, sale or mail (SPEC 5.6); admins only.

    Raises ``LeadNotDistributable``, ``LeadNotFound``.
    """
    actor.require("admin")
    try:
        with session.begin_nested():
            turn = claim_turn(session, lead_id=lead_id, actor=actor, now=now)
            carry_out(session, run_ids=[turn.run_id], actor=actor, now=now)
            raise _Undo(detail_of(session, turn.run_id))
    except _Undo as undone:
        return undone.result
