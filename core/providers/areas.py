"""Where a provider works: service areas, compiled into the one shape the engine asks (SPEC 4.4)."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Conflict
from core.kit.ids import uuid7
from core.providers.errors import AreaNotFound, InvalidArea
from core.providers.scope import lock_provider, provider_of
from core.providers.shapes import kept_definition

MOST_AREAS = 50


class TooManyAreas(Conflict):
    """A provider has at most 50 service areas."""


@dataclass(frozen=True, slots=True)
class AreaView:
    """One service area: what was entered, and its land as GeoJSON geometry for maps."""

    id: UUID
    name: str
    kind: str
    definition: Json
    geojson: Json
    square_km: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ServedLand:
    """All service areas together; ``geojson`` is ``None`` when none is set, which means everywhere."""

    areas: int
    geojson: Json | None
    square_km: float


def add_area(
    session: Session,
    *,
    actor: Actor,
    name: str,
    kind: str,
    definition: Json,
    provider_id: UUID | None = None,
    now: datetime,
) -> AreaView:
    """Add a polygon, circle, list of ZIPs, county or whole market to where the provider works (SPEC 4.4).

    Raises ``InvalidArea`` in a sentence for a shape that can't be read, encloses no land, or meets no market.
    """
    owner = lock_provider(session, provider_of(actor, provider_id, "admin")).id
    label = " ".join(name.split())
    if not 1 <= len(label) <= 100:
        raise InvalidArea("name", "Name the area (at most 100 characters).")
    count = session.execute(text("select count(*) from service_area where provider_id = :p"), {"p": owner}).scalar_one()
    if count >= MOST_AREAS:
        raise TooManyAreas("area.too_many", f"You have {MOST_AREAS} areas already. Remove one first, or combine some.")
    kept, geojson = kept_definition(session, kind, definition)
    area_id = uuid7()
    _insert(session, area_id, owner, label, kind, kept, geojson, now)
    _compile(session, owner, now)
    audit.record(
        session,
        actor,
        "provider.area_added",
        entity_type="provider",
        entity_id=owner,
        after={"area_id": str(area_id), "name": label, "kind": kind},
        now=now,
    )
    return next(area for area in areas_of(session, actor=actor, provider_id=owner) if area.id == area_id)


def remove_area(session: Session, *, actor: Actor, area_id: UUID, provider_id: UUID | None = None, now: datetime) -> None:
    """Remove a service area; without any, the provider works everywhere."""
    owner = lock_provider(session, provider_of(actor, provider_id, "admin")).id
    gone = session.execute(
        text("delete from service_area where id = :id and provider_id = :p returning name, kind"), {"id": area_id, "p": owner}
    ).one_or_none()
    if gone is None:
        raise AreaNotFound
    _compile(session, owner, now)
    audit.record(
        session,
        actor,
        "provider.area_removed",
        entity_type="provider",
        entity_id=owner,
        before={"area_id": str(area_id), "name": gone.name, "kind": gone.kind},
        now=now,
    )


def areas_of(session: Session, *, actor: Actor, provider_id: UUID | None = None) -> list[AreaView]:
    """The provider's service areas in the order they were added."""
    owner = provider_of(actor, provider_id, "admin", "analyst")
    rows = session.execute(
        text("""select id, name, kind, definition, ST_AsGeoJSON(shape, 6)::jsonb as geojson,
                       ST_Area(shape::geography) / 1e6 as square_km, created_at
                  from service_area where provider_id = :p order by id"""),
        {"p": owner},
    )
    return [AreaView(**row) for row in rows.mappings()]


def served_land(session: Session, *, actor: Actor, provider_id: UUID | None = None) -> ServedLand:
    """Where the provider works, all areas together, for a map."""
    owner = provider_of(actor, provider_id, "admin", "analyst")
    row = session.execute(
        text("""select (select count(*) from service_area where provider_id = :p) as areas,
                       (select ST_AsGeoJSON(shape, 6) from provider_area where provider_id = :p) as geojson,
                       (select ST_Area(shape::geography) / 1e6 from provider_area where provider_id = :p) as square_km"""),
        {"p": owner},
    ).one()
    return ServedLand(row.areas, json.loads(row.geojson) if row.geojson else None, row.square_km or 0.0)


def _insert(
    session: Session, area_id: UUID, owner: UUID, name: str, kind: str, definition: Json, geojson: str, now: datetime
) -> None:
    given = {"id": area_id, "p": owner, "name": name, "kind": kind, "definition": json.dumps(definition), "geojson": geojson}
    row = session.execute(
        text("""with land as (select ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_GeomFromGeoJSON(:geojson)), 3)) as shape)
                insert into service_area (id, provider_id, name, kind, definition, shape, created_at)
                select :id, :p, :name, :kind, cast(:definition as jsonb), shape, :now from land
                 where exists (select from market m where m.status = 'open' and ST_Intersects(m.boundary, land.shape))
                returning id"""),
        given | {"now": now},
    ).one_or_none()
    if row is None:
        raise InvalidArea("definition", "This area lies outside all our markets, so no lead could come from it.")


def _compile(session: Session, owner: UUID, now: datetime) -> None:
    """Make the one shape anew; the caller holds the provider's row, so two changes can't cross."""
    given = {"p": owner, "now": now}
    session.execute(
        text("""insert into provider_area as a (provider_id, shape, changed_at)
                select provider_id, ST_Multi(ST_CollectionExtract(ST_Union(shape), 3)), :now from service_area
                 where provider_id = :p group by provider_id
                on conflict (provider_id) do update set shape = excluded.shape, changed_at = excluded.changed_at"""),
        given,
    )
    # With the last area the shape goes; first it is told when, for whoever asks later how things stood (32_why.sql).
    for change in (
        "update provider_area set changed_at = :now where provider_id = :p",
        "delete from provider_area where provider_id = :p and changed_at = :now",
    ):
        session.execute(text(change + " and not exists (select from service_area where provider_id = :p)"), given)
