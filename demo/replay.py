"""Replay a batch of events in one transaction, in the past."""

from sqlalchemy.orm import Session

from core import inventory, leads
from core.kit.errors import HotleadsError
from core.kit.logs import correlation_id, logger
from demo import afterwork, complaints, joining, lives, memberships, questions
from demo.past import then
from demo.setting import Ground
from demo.timeline import Event
from demo.world import World


def replay(session: Session, events: list[Event], world: World, ground: Ground) -> None:
    """Do the events and work off what they queued; raises what any of them raises."""
    token = correlation_id.set(afterwork.CORRELATION)
    try:
        for event in events:
            _happen(session, event, world, ground)
        afterwork.settle(session, until=world.now)
    finally:
        correlation_id.reset(token)


def replay_what_can_be(session: Session, events: list[Event], world: World, ground: Ground) -> None:
    """The same, leaving out events that the market refuses: somebody plays with it while its history fills in."""
    for event in events:
        try:
            with session.begin_nested():
                replay(session, [event], world, ground)
        except HotleadsError as error:
            logger().warning("demo.event_refused", kind=event.kind, at=event.at.isoformat(), code=error.code)


def _happen(session: Session, event: Event, world: World, ground: Ground) -> None:
    at = event.at
    if event.request:
        lives.live(session, event.request, world, ground)
    elif event.company is None:
        then(leads.expire_unconfirmed, session, now=at)
        then(inventory.close_stale_listings, session, now=at)
        if event.side:
            complaints.answer_open(session, event.side, world, ground, now=at)
    elif event.kind == "join":
        joining.join(session, event.company, ground, seed=world.seed, now=at)
    elif event.kind == "top_up":
        joining.top_up(session, event.company, ground, now=at)
    elif event.kind == "fee":
        memberships.pay_fee(session, event.company, ground, now=at)
    elif event.kind == "ask":
        questions.ask(session, event.company, ground, seed=world.seed, now=at, ends=world.now)
    elif event.kind == "suspend":
        joining.suspend(session, event.company, ground, now=at)
    else:
        joining.set_paused(session, event.company, ground, paused=event.kind == "pause", now=at)
