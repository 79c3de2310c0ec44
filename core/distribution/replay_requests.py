"""Replays that people ask for: a job each, with progress, kept with what came of it (SPEC 5.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches
from core.distribution.replay import Replay, ReplayInvalid
from core.distribution.what_if import Change, as_patches
from core.kit import outbox
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import NotFound
from core.kit.ids import uuid7

KIND = "replay.run"


class ReplayNotFound(NotFound):
    """There is no such replay."""

    def __init__(self) -> None:
        super().__init__("replay.not_found", "There is no such replay. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A replay asked for: its period, what is to be otherwise, how far it is, and its result or the sentence why not."""

    id: UUID
    niche_id: UUID
    since: datetime
    until: datetime
    changes: tuple[Change, ...]
    asked_at: datetime
    progress: Json | None
    result: Json | None
    error: str | None
    finished_at: datetime | None


_COLUMNS = "id, niche_id, since, until, changes, asked_at, progress, result, error, finished_at"


def ask_replay(
    session: Session,
    *,
    actor: Actor,
    niche_id: UUID,
    since: datetime,
    until: datetime,
    changes: Sequence[Change] = (),
    now: datetime,
) -> UUID:
    """Queue a replay; returns its id. For admins and analysts; raises what ``replay`` would."""
    actor.require("admin", "analyst")
    if since >= until:
        raise ReplayInvalid("since", "The period ends before it begins. Choose an earlier beginning.")
    as_patches(session, niches.get_niche(session, niche_id), changes)
    asked = uuid7()
    session.execute(
        text("""insert into replay_request (id, niche_id, since, until, changes, asked_by, asked_at)
                values (:id, :niche, :since, :until, cast(:changes as jsonb), :by, :now)"""),
        {"id": asked, "niche": niche_id, "since": since, "until": until, "changes": to_json(list(changes)).decode(),
         "by": actor.user_id, "now": now},
    )  # fmt: skip
    outbox.enqueue(session, KIND, key=str(asked), payload={"request_id": str(asked)}, now=now, priority=7, max_attempts=2)
    return asked


def get_replay(session: Session, *, actor: Actor, request_id: UUID) -> ReplayRequest:
    """One replay; raises ``ReplayNotFound``."""
    actor.require("admin", "analyst")
    row = session.execute(text(f"select {_COLUMNS} from replay_request where id = :id"), {"id": request_id}).one_or_none()  # noqa: S608
    if row is None:
        raise ReplayNotFound
    return _read(row)


def recent_replays(session: Session, *, actor: Actor, niche_id: UUID, limit: int = 10) -> list[ReplayRequest]:
    """A niche's replays, newest first, ``limit`` at most."""
    actor.require("admin", "analyst")
    query = f"select {_COLUMNS} from replay_request where niche_id = :niche order by id desc limit :limit"  # noqa: S608
    return [_read(row) for row in session.execute(text(query), {"niche": niche_id, "limit": limit})]


def note_replay(session: Session, *, request_id: UUID, done: int, of: int) -> None:
    """How far a replay is, in events."""
    session.execute(
        text(
            """update replay_request set progress = jsonb_build_object('done', cast(:done as int), 'of', cast(:of as int))
                 where id = :id"""
        ),
        {"id": request_id, "done": done, "of": of},
    )


def finish_replay(
    session: Session, *, request_id: UUID, result: Replay | None = None, error: str | None = None, now: datetime
) -> None:
    """Keep what came of it, or why nothing did."""
    session.execute(
        text("""update replay_request set result = cast(:result as jsonb), error = :error, finished_at = :now
                 where id = :id and finished_at is null"""),
        {"id": request_id, "result": to_json(result).decode() if result else None, "error": error, "now": now},
    )


def _read(row: Any) -> ReplayRequest:
    changes = tuple(Change(one["of"], UUID(one["id"]), one["setting"], one["value"]) for one in row.changes)
    return ReplayRequest(**dict(row._mapping) | {"changes": changes})
