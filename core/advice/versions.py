"""Versions of models and their promotion: a worse one only with a written reason, and the way back (SPEC 10.5)."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit
from core.advice.errors import InForceAlready, NoEarlierVersion, OtherInForce, OverrideTooShort, VersionUnknown, WorseThanChampion
from core.advice.models import ModelVersion
from core.kit.actor import STAFF, Actor
from core.kit.db import Json
from core.kit.ids import uuid7

Role = Literal["champion", "challenger"]
OVERRIDE_LEAST = 20
_COLUMNS = "v.id, v.model, v.number, v.run_id, v.sha256, v.snapshot, v.cut_off, v.figures, v.created_at"


@dataclass(frozen=True, slots=True)
class Version:
    """A trained model; ``role`` is empty for one that is neither asked nor listened to."""

    id: UUID
    model: str
    number: int
    run_id: str
    sha256: str
    snapshot: str
    cut_off: datetime
    figures: Json
    created_at: datetime
    role: str = ""

    @property
    def name(self) -> str:
        """How scores and prices name it, such as ``quality-3``."""
        return f"{self.model}-{self.number}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Candidate and what stands (a champion, or the written rule) by one figure on the same hold-out: more is better."""

    figure: str
    candidate: float
    standing: float
    standing_name: str
    hold_out: str


@dataclass(frozen=True, slots=True)
class InForce:
    """Which versions of a model are asked and listened to."""

    champion: Version | None = None
    challenger: Version | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One promotion or return, with what was known then."""

    model: str
    number: int | None
    previous: int | None
    comparison: Json
    override: str | None
    memo: str
    changed_by: UUID
    at: datetime


def register(
    session: Session,
    *,
    actor: Actor,
    model: str,
    run_id: str,
    sha256: str,
    snapshot: str,
    cut_off: datetime,
    figures: Json,
    now: datetime,
) -> Version:
    """Add a version, which becomes the model's challenger: it is listened to and decides nothing (SPEC 10.6)."""
    actor.require("admin", "scientist")
    _alone(session, model)
    number = session.execute(
        text("select coalesce(max(number), 0) + 1 from model_version where model = :m"), {"m": model}
    ).scalar_one()
    row = ModelVersion(
        id=uuid7(), model=model, number=number, run_id=run_id, sha256=sha256, snapshot=snapshot, cut_off=cut_off,
        figures=figures, created_by=actor.user_id, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _set_role(session, model, "challenger", row.id, now=now)
    after = {"model": model, "number": number, "run_id": run_id}
    audit.record(session, actor, "model.registered", entity_type="model", entity_id=row.id, after=after, now=now)
    return version(session, row.id)


def version(session: Session, version_id: UUID) -> Version:
    """One version; raises ``VersionUnknown``."""
    row = session.execute(
        text(f"""select {_COLUMNS}, coalesce(r.role, '') as role from model_version v
                 left join model_role r on r.version_id = v.id where v.id = :id"""),  # noqa: S608 -- constants
        {"id": version_id},
    ).one_or_none()
    if row is None:
        raise VersionUnknown
    return _version(row)


def versions(session: Session, *, actor: Actor, model: str, most: int = 50) -> list[Version]:
    """A model's versions, newest first; staff only."""
    actor.require(*STAFF)
    rows = session.execute(
        text(f"""select {_COLUMNS}, coalesce(r.role, '') as role from model_version v
                 left join model_role r on r.version_id = v.id where v.model = :model order by v.number desc limit :most"""),  # noqa: S608
        {"model": model, "most": most},
    )
    return [_version(row) for row in rows]


def in_force(session: Session) -> dict[str, InForce]:
    """What is asked and listened to now, by model; a model that is absent goes by its written rule."""
    rows = session.execute(
        text(f"select {_COLUMNS}, r.role from model_role r join model_version v on v.id = r.version_id")  # noqa: S608 -- constants
    )
    found: dict[str, dict[str, Version]] = {}
    for row in rows:
        found.setdefault(row.model, {})[row.role] = _version(row)
    return {model: InForce(roles.get("champion"), roles.get("challenger")) for model, roles in found.items()}


def promote(
    session: Session,
    *,
    actor: Actor,
    version_id: UUID,
    comparison: Comparison,
    override: str | None = None,
    memo: str = "",
    now: datetime,
) -> Version:
    """Put a version in force. Raises ``WorseThanChampion`` when it is not better than what stands, unless ``override``
    says why in 20 characters or more (SPEC 10.5), and ``InForceAlready``."""
    actor.require("admin", "scientist")
    _alone(session, version(session, version_id).model)
    chosen = version(session, version_id)
    if chosen.role == "champion":
        raise InForceAlready(chosen.name)
    if not comparison.candidate > comparison.standing:
        if override is None:
            raise WorseThanChampion(comparison.candidate, comparison.standing, comparison.standing_name)
        if len(override.strip()) < OVERRIDE_LEAST:
            raise OverrideTooShort
    _change(session, actor, chosen.model, version_id, asdict(comparison), override=override, memo=memo, now=now)
    session.execute(
        text("delete from model_role where model = :m and role = 'challenger' and version_id = :v"),
        {"m": chosen.model, "v": version_id},
    )
    return version(session, version_id)


def roll_back(session: Session, *, actor: Actor, model: str, memo: str, standing: UUID, now: datetime) -> Version | None:
    """Put in force again what was before the champion: an earlier version, at last the written rule (``None``).

    ``standing``: the version that the person saw in force and leaves, so that two who press at once go back one step.
    Raises ``OtherInForce`` when it is another by now, ``NoEarlierVersion`` when the written rule is in force.
    """
    actor.require("admin", "scientist")
    _alone(session, model)
    champion = in_force(session).get(model, InForce()).champion
    if champion is None:
        raise NoEarlierVersion
    if champion.id != standing:
        raise OtherInForce(champion.name)
    earlier = _before(session, model)
    _change(session, actor, model, earlier, {}, override=None, memo=memo, now=now)
    return None if earlier is None else version(session, earlier)


def changes(session: Session, *, actor: Actor, model: str, most: int = 20) -> list[Change]:
    """Promotions and returns of a model, newest first; staff only."""
    actor.require(*STAFF)
    rows = session.execute(
        text("""select c.model, v.number, p.number as previous, c.comparison, c.override, c.memo, c.changed_by, c.at
                  from model_change c left join model_version v on v.id = c.version_id
                  left join model_version p on p.id = c.previous_id
                 where c.model = :model order by c.id desc limit :most"""),
        {"model": model, "most": most},
    )
    return [Change(*row) for row in rows]


def _alone(session: Session, model: str) -> None:
    """Until the end of the transaction nobody else registers, promotes or rolls back a version of this model."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('model:' || :model, 0))"), {"model": model})


def _before(session: Session, model: str) -> UUID | None:
    """What stood before the promotion that is in force: each promotion lays one on the pile, each way back takes one off, so
    that however often versions took turns, the pile ends, and under it lies the written rule."""
    pile: list[UUID] = []
    for row in session.execute(
        text("select version_id, comparison = '{}' as back from model_change where model = :m order by id"), {"m": model}
    ):
        if row.back:
            pile = pile[:-1]
        else:
            pile.append(row.version_id)
    return pile[-2] if len(pile) > 1 else None


def _change(
    session: Session,
    actor: Actor,
    model: str,
    to: UUID | None,
    comparison: Json,
    *,
    override: str | None,
    memo: str,
    now: datetime,
) -> None:
    before = in_force(session).get(model, InForce()).champion
    if to is None:
        session.execute(text("delete from model_role where model = :m and role = 'champion'"), {"m": model})
    else:
        _set_role(session, model, "champion", to, now=now)
    row = {"id": uuid7(), "m": model, "to": to, "was": before.id if before else None, "c": json.dumps(comparison)}
    session.execute(
        text("""insert into model_change (id, model, version_id, previous_id, comparison, override, memo, changed_by, at)
                values (:id, :m, :to, :was, cast(:c as jsonb), :override, :memo, :by, :now)"""),
        row | {"override": override, "memo": memo, "by": actor.user_id, "now": now},
    )
    after: dict[str, Any] = {"model": model, "version_id": str(to) if to else None, "override": override}
    about, action = to or (before.id if before else None), "model.promoted" if to else "model.retired"
    audit.record(session, actor, action, entity_type="model", entity_id=about, after=after, memo=memo or None, now=now)


def _set_role(session: Session, model: str, role: Role, version_id: UUID, *, now: datetime) -> None:
    session.execute(
        text("""insert into model_role (model, role, version_id, since) values (:m, :r, :v, :now)
                on conflict (model, role) do update set version_id = excluded.version_id, since = excluded.since"""),
        {"m": model, "r": role, "v": version_id, "now": now},
    )


def _version(row: Row[Any]) -> Version:
    return Version(
        row.id, row.model, row.number, row.run_id, row.sha256, row.snapshot, row.cut_off, row.figures, row.created_at, row.role
    )
