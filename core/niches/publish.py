"""Publish a form: a new version, never a change of an old one, since leads keep the version they answered (SPEC 2.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.db import Json
from core.niches import queries
from core.niches.errors import SchemaRefused, SchemaStale, SchemaUnchanged
from core.niches.lock import lock_niche
from core.niches.models import FormSchema
from core.niches.schema import check_schema


def publish_schema(
    session: Session, *, actor: Actor, niche_id: UUID, schema: Json, based_on: int | None = None, now: datetime
) -> int:
    """Make ``schema`` the niche's form and return its version number; new requests answer it at once (SPEC 2.1).

    ``based_on`` is the version that the person began with: ``SchemaStale`` when another one came meanwhile. Admins
    only; raises ``SchemaRefused`` with every problem, ``SchemaUnchanged`` for the form that stands already. Filters
    of the niche are re-checked by whoever calls, in the same transaction: subscriptions live above this chapter
    (SPEC 4.6).
    """
    actor.require("admin")
    if problems := check_schema(schema):
        raise SchemaRefused(problems)
    niche = lock_niche(session, niche_id)
    if based_on is not None and based_on != niche.schema_version:
        raise SchemaStale(niche.schema_version)
    old = queries.current_schema(session, niche_id)
    if schema == old:
        raise SchemaUnchanged
    niche.schema_version += 1
    version = niche.schema_version
    session.add(FormSchema(niche_id=niche_id, version=version, schema=schema, created_by=actor.user_id, created_at=now))
    session.flush()
    before, after = ({"version": number, "fields": _keys(form)} for number, form in ((version - 1, old), (version, schema)))
    audit.record(session, actor, "schema.published", entity_type="niche", entity_id=niche_id, now=now, before=before, after=after)
    return version


def _keys(schema: Json) -> list[str]:
    return [field["key"] for field in schema["fields"]]
