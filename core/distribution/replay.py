"""A niche's past once more under other rules, touching nothing (SPEC 5.8, docs/adr/0022).

Twice: as it was, which proves how far the replay can be trusted, and as it would have been. The engine's own functions
choose, on temporary copies of how things stood (``replay_pass``).
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches
from core.distribution.replay_pass import Outcome, Pass, Tell, play
from core.distribution.what_if import Change, as_patches, moves_the_walk
from core.kit.actor import Actor
from core.kit.errors import Invalid


class ReplayInvalid(Invalid):
    """A period or a change that can't be replayed."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("replay.invalid", sentence, fields={field: sentence})


@dataclass(frozen=True, slots=True)
class Shift:
    """One company or level before and after: leads and cents."""

    id: UUID
    name: str
    leads_before: int
    leads_after: int
    cents_before: int
    cents_after: int


@dataclass(frozen=True, slots=True)
class Replay:
    """Both passes; ``agreed`` of ``runs`` came out exactly as they did then, when nothing is changed."""

    niche_id: UUID
    since: datetime
    until: datetime
    runs: int
    agreed: int
    before: Outcome
    after: Outcome
    companies: tuple[Shift, ...]
    levels: tuple[Shift, ...]


_COMPANIES = text("select id, company_name from provider where id = any (cast(:ids as uuid[]))")
_LEVELS = text("select id, name from competition_level where niche_id = :niche order by position")


def replay(
    session: Session,
    *,
    actor: Actor,
    niche_id: UUID,
    since: datetime,
    until: datetime,
    changes: Sequence[Change] = (),
    beside: Session | None = None,
    tell: Tell = lambda _done, _of: None,
) -> Replay:
    """What a niche's runs from ``since`` up to ``until`` would have come to under ``changes``; nothing real is touched.

    For admins and analysts. With ``beside``, a session of another transaction, both passes run at the same time.
    ``tell(done, of)`` hears of progress in events. Raises ``ReplayInvalid``, ``NicheNotFound``.
    """
    actor.require("admin", "analyst")
    if since >= until:
        raise ReplayInvalid("since", "The period ends before it begins. Choose an earlier beginning.")
    niche = niches.get_niche(session, niche_id)
    patches = as_patches(session, niche, changes)
    named = {"niche": niche.id, "since": since, "until": until}
    passes = _passes(session, beside, named, [[], patches] if patches else [[]], tell)
    before, after = passes[0], passes[-1]
    companies = _names(session, before, after)
    levels = {row.id: row.name for row in session.execute(_LEVELS, named)}
    return Replay(
        niche_id=niche.id,
        since=since,
        until=until,
        runs=before.runs,
        agreed=before.agreed,
        before=before.outcome,
        after=after.outcome,
        companies=_shifts(before, after, companies, "provider_id"),
        levels=_shifts(before, after, levels, "level_id"),
    )


def _passes(session: Session, beside: Session | None, named: dict[str, Any], each: Sequence[list[Any]], tell: Tell) -> list[Pass]:
    """The passes under the patches of each: one after the other, or the second in its own session at the same time."""
    progress = _Progress(tell, len(each))

    def go(one: Session, number: int) -> Pass:
        asked = named | {"changes": json.dumps(each[number])}
        return play(one, asked, fixed=not moves_the_walk(each[number]), tell=progress.of_pass(number))

    if beside is None or len(each) == 1:
        return [go(session, number) for number in range(len(each))]
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(copy_context().run, go, beside, 1)
        return [go(session, 0), second.result()]


def _names(session: Session, before: Pass, after: Pass) -> dict[UUID, str]:
    ids = {row.provider_id for one in (before, after) for row in one.sales}
    return {row.id: row.company_name for row in session.execute(_COMPANIES, {"ids": list(ids)})}


def _shifts(before: Pass, after: Pass, names: dict[UUID, str], key: str) -> tuple[Shift, ...]:
    """Everybody by how much their leads change, the largest loss first."""
    then, now = _sums(before, key), _sums(after, key)
    made = [Shift(id_, name, then[id_][0], now[id_][0], then[id_][1], now[id_][1]) for id_, name in names.items()]
    return tuple(sorted(made, key=lambda one: (one.leads_after - one.leads_before, one.name)))


class _Sums(dict[UUID, tuple[int, int]]):
    def __missing__(self, key: UUID) -> tuple[int, int]:
        return 0, 0


def _sums(one: Pass, key: str) -> _Sums:
    sums = _Sums()
    for row in one.sales:
        leads, cents = sums[getattr(row, key)]
        sums[getattr(row, key)] = leads + row.leads, cents + int(row.cents)
    return sums


class _Progress:
    """Adds up how far the passes are; tells it from one thread at a time."""

    def __init__(self, tell: Tell, passes: int) -> None:
        self.tell, self.done, self.lock = tell, [0] * passes, Lock()

    def of_pass(self, number: int) -> Tell:
        def told(done: int, events: int) -> None:
            with self.lock:
                self.done[number] = done
                self.tell(sum(self.done), len(self.done) * events)

        return told
