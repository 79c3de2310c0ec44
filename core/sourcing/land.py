"""Where records would become leads: niche, market, answers and person, looked up while no lock is held, and again under it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import leads
from core.leads import Landed, OutsideMarkets
from core.sourcing.decision import Decision, Ground
from core.sourcing.prepare import Item
from core.sourcing.quarantine import Reason


def land_ahead(session: Session, items: Iterable[Item], *, now: datetime) -> list[Item]:
    """Items with the rows of new leads, made before anybody is locked out; ``take`` sees that niche and market still stand.

    What can't be landed now is left to ``take``, which also says why.
    """
    items = list(items)
    reachable = leads.reachable(session, (item.arrival for item in items if item.arrival))
    return [_ahead(session, item, now) if item.arrival and reachable(item.arrival) else item for item in items]


def _ahead(session: Session, item: Item, now: datetime) -> Item:
    assert item.arrival is not None
    try:
        return item._replace(landed=leads.land(session, item.arrival, now=now)[0])
    except OutsideMarkets:
        return item


def land_all(session: Session, items: Iterable[Item], ground: Ground, *, now: datetime) -> dict[UUID, Landed | Decision]:
    """Rows of the arrivals, made for the lead that a record has already or for a new one; or why there can be none."""
    landed = _land_each(session, items, ground, now=now)
    people = [one for one in landed.values() if isinstance(one, Landed)]
    if not leads.still_stands(session, people):
        landed = _land_each(session, [item._replace(landed=None) for item in items], ground, now=now)
        people = [one for one in landed.values() if isinstance(one, Landed)]
    ground.held = leads.holders_of(session, people, now=now) if people else {}
    ground.blocked = leads.blocked_among(session, people) if people else set()
    return landed


def _land_each(session: Session, items: Iterable[Item], ground: Ground, *, now: datetime) -> dict[UUID, Landed | Decision]:
    landed: dict[UUID, Landed | Decision] = {}
    new = [(one, one.arrival) for one in items if one.arrival and (one.record.record_id, one.record.version) not in ground.seen]
    reachable = leads.reachable(session, (arrival for _, arrival in new))
    for item, arrival in new:
        if not reachable(arrival):
            landed[item.id] = Decision(item, "kept")
            continue
        known = ground.known.get(item.record.record_id)
        own = known.lead_id if known and known.founder and not known.gone else None
        if item.landed is not None and own is None:
            landed[item.id] = item.landed.copy()  # a batch that is taken again starts from what was landed
            continue
        try:
            one, wrong = leads.land(session, arrival, lead_id=own, now=now)
        except OutsideMarkets:
            landed[item.id] = Decision(item, "kept")
            continue
        reasons = tuple(Reason("invalid", key, why) for key, why in wrong.items())
        landed[item.id] = one if one is not None else Decision(item, "quarantined", reasons=reasons)
    return landed
