"""Niches, forms and levels as pages and other chapters read them: one statement each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.niches.errors import LevelNotFound, NicheNotFound

_NICHE = """select id, name, slug, description, status, max_providers, listing_days, auto_approve, auto_approve_min_quality,
                   auto_approve_max_fraud::float8, claim_auto_credit, schema_version, created_at from niche"""
_LEVEL = """select id, niche_id, name, description, price_cents, max_recipients, position, active, exclusive,
                   rotation, next_price_cents, next_price_at from competition_level"""


@dataclass(frozen=True, slots=True)
class NicheView:
    """A niche with its settings; ``max_providers`` is its cap, ``listing_days`` how long a lead stays on sale."""

    id: UUID
    name: str
    slug: str
    description: str
    status: str
    max_providers: int
    listing_days: int
    auto_approve: bool
    auto_approve_min_quality: int
    auto_approve_max_fraud: float
    claim_auto_credit: bool
    schema_version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LevelView:
    """A competition level; ``next_price_cents`` applies from ``next_price_at`` when a price rise was announced."""

    id: UUID
    niche_id: UUID
    name: str
    description: str
    price_cents: int
    max_recipients: int
    position: int
    active: bool
    exclusive: bool
    rotation: str  # whose turn it is: longest_wait or largest_deficit
    next_price_cents: int | None
    next_price_at: datetime | None


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One published version of a form."""

    version: int
    schema: Json
    created_by: UUID
    created_at: datetime


def get_niche(session: Session, id_or_slug: UUID | str) -> NicheView:
    """One niche, open or closed, by its id (also as text) or slug; raises ``NicheNotFound``."""
    key = _as_id(id_or_slug)
    where = "id = :key" if isinstance(key, UUID) else "slug = :key"
    row = session.execute(text(f"{_NICHE} where {where}"), {"key": key}).one_or_none()
    if row is None:
        raise NicheNotFound
    return NicheView(*row)


def list_niches(session: Session, *, open_only: bool = False) -> list[NicheView]:
    """Every niche by name; ``open_only`` leaves out those that take no leads."""
    rows = session.execute(text(f"{_NICHE} where status = 'open' or not :open_only order by name"), {"open_only": open_only})
    return [NicheView(*row) for row in rows]


def current_schema(session: Session, niche_id: UUID) -> Json:
    """The published form of a niche; raises ``NicheNotFound`` (SPEC 2.1)."""
    found: Json | None = session.execute(
        text("""select f.schema from niche n join form_schema f on f.niche_id = n.id and f.version = n.schema_version
                where n.id = :niche"""),
        {"niche": niche_id},
    ).scalar_one_or_none()
    if found is None:
        raise NicheNotFound
    return found


def schema_at(session: Session, niche_id: UUID, version: int) -> Json:
    """One version of a niche's form: what a lead of that version was asked; raises ``NicheNotFound``."""
    found: Json | None = session.execute(
        text("select schema from form_schema where niche_id = :niche and version = :version"),
        {"niche": niche_id, "version": version},
    ).scalar_one_or_none()
    if found is None:
        raise NicheNotFound
    return found


def schema_versions(session: Session, niche_id: UUID) -> list[SchemaVersion]:
    """Every version of a niche's form, newest first."""
    rows = session.execute(
        text("select version, schema, created_by, created_at from form_schema where niche_id = :niche order by version desc"),
        {"niche": niche_id},
    )
    return [SchemaVersion(*row) for row in rows]


def levels_of(session: Session, niche_id: UUID, *, active_only: bool = False) -> list[LevelView]:
    """The levels of a niche in their order (SPEC 4.1)."""
    rows = session.execute(
        text(f"{_LEVEL} where niche_id = :niche and (active or not :active_only) order by position"),
        {"niche": niche_id, "active_only": active_only},
    )
    return [LevelView(*row) for row in rows]


def get_level(session: Session, level_id: UUID) -> LevelView:
    """One level; raises ``LevelNotFound``."""
    row = session.execute(text(f"{_LEVEL} where id = :level"), {"level": level_id}).one_or_none()
    if row is None:
        raise LevelNotFound
    return LevelView(*row)


def _as_id(id_or_slug: UUID | str) -> UUID | str:
    if isinstance(id_or_slug, UUID):
        return id_or_slug
    try:
        return UUID(id_or_slug)
    except ValueError:
        return id_or_slug.replace("\x00", "")
