"""Business settings that admins see and change (SPEC, preamble); ``core/ops/registry.py`` lists them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.db import engine_of
from core.kit.errors import Invalid, NotFound
from core.ops.registry import REGISTRY, Threshold

CACHE_S = 5.0
_SET = text("""
insert into threshold (key, value, updated_at, updated_by) values (:key, to_jsonb(cast(:value as bigint)), :now, :by)
on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by""")


@dataclass(frozen=True, slots=True)
class ThresholdView:
    """A threshold as the settings page shows it."""

    key: str
    value: int
    default: int
    unit: str
    sentence: str
    least: int
    most: int
    updated_at: datetime | None
    updated_by: UUID | None
    chapter: str
    money: bool


@dataclass(frozen=True, slots=True)
class ThresholdChange:
    """One change of one setting, as the trail has it."""

    id: UUID
    at: datetime
    key: str
    before: int
    after: int
    actor_id: UUID


# Per engine: when its values were read, and the values. A change made here is seen here at once, elsewhere
# within CACHE_S; a transaction that changed one reads past the cache until it commits.
_seen: WeakKeyDictionary[Any, tuple[float, dict[str, int]]] = WeakKeyDictionary()


def threshold(session: Session, key: str) -> int:
    """The value in force of a registered threshold, its default unless an admin changed it."""
    known = REGISTRY[key]
    return _values(session).get(key, known.default)


def thresholds(session: Session, *, actor: Actor) -> list[ThresholdView]:
    """Every threshold with its value and who changed it last."""
    actor.require("admin", "analyst", "scientist")
    stored = {row.key: row for row in session.execute(text("select key, value, updated_at, updated_by from threshold"))}
    return [
        ThresholdView(
            key=known.key,
            value=stored[known.key].value if known.key in stored else known.default,
            default=known.default,
            unit=known.unit,
            sentence=known.sentence,
            least=known.least,
            most=known.most,
            updated_at=stored[known.key].updated_at if known.key in stored else None,
            updated_by=stored[known.key].updated_by if known.key in stored else None,
            chapter=known.chapter,
            money=known.money,
        )
        for known in REGISTRY.values()
    ]


def threshold_changes(
    session: Session, *, actor: Actor, keys: Sequence[str], before_id: UUID | None = None, limit: int = 25
) -> list[ThresholdChange]:
    """What was changed by whom, newest first, for the settings named."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select id, at, after ->> 'key' as key, cast(before ->> 'value' as bigint) as before,
                       cast(after ->> 'value' as bigint) as after, actor_id
                from audit_entry where action = 'threshold.changed' and after ->> 'key' = any(:keys)
                  and (cast(:before_id as uuid) is null or id < :before_id) order by id desc limit :limit"""),
        {"keys": list(keys), "before_id": before_id, "limit": min(max(limit, 1), 200)},
    )
    return [ThresholdChange(**row._mapping) for row in rows]


def set_threshold(session: Session, *, actor: Actor, key: str, value: int, now: datetime) -> None:
    """Change a threshold within its bounds; audited (SPEC, preamble). What has the value already stays as it is."""
    actor.require("admin")
    known = _checked(key, value)
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('threshold:' || :key, 0))"), {"key": key})
    before = _read(session).get(key, known.default)  # not what was seen a few seconds ago
    if before == value:
        return
    session.execute(_SET, {"key": key, "value": value, "now": now, "by": actor.user_id})
    session.info["thresholds_changed"] = True
    was, is_ = {"key": key, "value": before}, {"key": key, "value": value}
    audit.record(session, actor, "threshold.changed", entity_type="threshold", entity_id=None, now=now, before=was, after=is_)


def _checked(key: str, value: int) -> Threshold:
    """The setting that is to have this value; raises when there is none, or for a value outside its bounds."""
    known = REGISTRY.get(key)
    if known is None:
        raise NotFound("threshold.unknown", "There is no such setting.")
    if isinstance(value, bool) or not isinstance(value, int) or not known.least <= value <= known.most:
        sentence = f"Enter a whole number of {known.unit} from {known.least:,} to {known.most:,}."
        raise Invalid("threshold.invalid", sentence, fields={"value": sentence})
    return known


def _values(session: Session) -> dict[str, int]:
    if session.info.get("thresholds_changed"):
        return _read(session)
    engine = engine_of(session)
    known = _seen.get(engine)
    if known is None or time.monotonic() - known[0] > CACHE_S:
        known = _seen[engine] = (time.monotonic(), _read(session))
    return known[1]


def _read(session: Session) -> dict[str, int]:
    rows = session.execute(text("select key, value from threshold"))
    return {key: value for key, value in rows if key in REGISTRY}


@event.listens_for(Session, "after_commit")
def _forget(session: Session) -> None:
    if session.info.pop("thresholds_changed", False):
        _seen.pop(engine_of(session), None)
