"""Replay a batch of events in one transaction, in the past."""

from sqlalchemy.orm import Session

from core import leads
from core.kit.errors import HotleadsError
from core.kit.logs import correlation_id, logger
from demo import afterwork, joining, lives
from demo.setting import Ground
from demo.timeline import Event
from demo.world import World


def replay(session: Session, events: list[Event], world: World, ground: Ground) -> int:
    """Do the events and work off what they queued; returns how many the market as it is now refused.

    Somebody may be playing while history fills in: an event that their changes made impossible is left out.
    """
    refused = 0
    token = correlation_id.set(afterwork.CORRELATION)
    try:
        for event in events:
            try:
                with session.begin_nested():
                    _happen(session, event, world, ground)
            except HotleadsError as error:
                refused += 1
                logger().warning("demo.event_refused", kind=event.kind, at=event.at.isoformat(), code=error.code)
        afterwork.settle(session, until=world.now)
    finally:
        correlation_id.reset(token)
    return refused


def _happen(session: Session, event: Event, world: World, ground: Ground) -> None:
    at = event.at
    if event.request:
        lives.live(session, event.request, world, ground)
    elif event.company is None:
        leads.expire_unconfirmed(session, now=at)
    elif event.kind == "join":
        joining.join(session, event.company, ground, seed=world.seed, now=at)
    elif event.kind == "top_up":
        joining.top_up(session, event.company, ground, now=at)
    elif event.kind == "suspend":
        joining.suspend(session, event.company, ground, now=at)
    else:
        joining.set_paused(session, event.company, ground, paused=event.kind == "pause", now=at)
