"""Create a niche and change its settings: cap, listing time, auto-approval, open or closed (SPEC 0, 3.4)."""

import math
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.kit import words
from core.kit.actor import Actor
from core.kit.db import Json, constraint_of
from core.kit.ids import uuid7
from core.niches import queries
from core.niches.errors import NameTaken, NicheInvalid, SchemaRefused
from core.niches.lock import lock_niche
from core.niches.models import FormSchema, Niche, NicheTurn
from core.niches.queries import NicheView
from core.niches.schema import check_schema


def create_niche(
    session: Session,
    *,
    actor: Actor,
    name: str,
    schema: Json,
    max_providers: int,
    slug: str | None = None,
    description: str = "",
    listing_days: int = 30,
    status: str = "open",
    now: datetime,
) -> NicheView:
    """Add a niche with version 1 of its form; it needs levels before leads are distributed (SPEC 0, 2.1).

    Admins only. Raises ``SchemaRefused``, ``NicheInvalid`` or ``NameTaken``.
    """
    actor.require("admin")
    if problems := check_schema(schema):
        raise SchemaRefused(problems)
    settings = _checked(
        {"name": name, "description": description, "max_providers": max_providers, "listing_days": listing_days, "status": status}
    )
    settings["slug"] = words.slug(slug or name)
    if not settings["slug"]:
        raise NicheInvalid("name", "Use a name with letters or digits in it.")
    niche = Niche(id=uuid7(), created_at=now, **settings)
    _save(session, niche)
    session.add(FormSchema(niche_id=niche.id, version=1, schema=schema, created_by=actor.user_id, created_at=now))
    session.add(NicheTurn(niche_id=niche.id))
    session.flush()
    audit.record(session, actor, "niche.created", entity_type="niche", entity_id=niche.id, now=now, after=settings)
    return queries.get_niche(session, niche.id)


def edit_niche(
    session: Session,
    *,
    actor: Actor,
    niche_id: UUID,
    name: str | None = None,
    description: str | None = None,
    max_providers: int | None = None,
    listing_days: int | None = None,
    status: str | None = None,
    auto_approve: bool | None = None,
    auto_approve_min_quality: int | None = None,
    auto_approve_max_fraud: float | None = None,
    claim_auto_credit: bool | None = None,
    now: datetime,
) -> NicheView:
    """Change what is given; leads that exist keep the cap and the listing time they began with (SPEC 3.4).

    Quality is 0..100, fraud 0..1. A closed one takes no leads; ``claim_auto_credit`` credits reports nobody answers (SPEC 7.4).
    """
    actor.require("admin")
    niche = lock_niche(session, niche_id)
    given = {
        "name": name,
        "description": description,
        "max_providers": max_providers,
        "listing_days": listing_days,
        "status": status,
        "auto_approve": auto_approve,
        "auto_approve_min_quality": auto_approve_min_quality,
        "auto_approve_max_fraud": auto_approve_max_fraud,
        "claim_auto_credit": claim_auto_credit,
    }
    wanted = _checked({key: value for key, value in given.items() if value is not None})
    before = {key: getattr(niche, key) for key, value in wanted.items() if getattr(niche, key) != value}
    if before:
        after = {key: wanted[key] for key in before}
        _save(session, niche, after)
        audit.record(session, actor, "niche.edited", entity_type="niche", entity_id=niche_id, now=now, before=before, after=after)
    return queries.get_niche(session, niche_id)


def _save(session: Session, niche: Niche, changes: dict[str, Any] | None = None) -> None:
    try:
        with session.begin_nested():  # the changes too: what is dirty before would be flushed outside the savepoint
            for key, value in (changes or {}).items():
                setattr(niche, key, value)
            session.add(niche)
    except IntegrityError as error:
        if constraint_of(error) in ("niche_name_key", "niche_slug_key"):
            raise NameTaken("niche") from error
        raise


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings in storable form; raises ``NicheInvalid`` or ``Invalid`` with the field of the first wrong one."""
    if "name" in settings:
        settings["name"] = words.one_line(settings["name"], field="name", least=2, most=100)
    if "description" in settings:
        settings["description"] = words.paragraphs(settings["description"], field="description", most=2_000)
    for field, (least, most) in _RANGES.items():
        if field in settings and not _within(settings[field], least, most):
            raise NicheInvalid(field, f"Enter a whole number from {least} to {most}.")
    fraud = settings.get("auto_approve_max_fraud", 0)
    if isinstance(fraud, bool) or not math.isfinite(fraud) or not 0 <= fraud <= 1:
        raise NicheInvalid("auto_approve_max_fraud", "Enter a fraud score from 0 to 1.")
    if "auto_approve_max_fraud" in settings:
        settings["auto_approve_max_fraud"] = round(float(fraud), 3)
    if settings.get("status", "open") not in ("open", "closed"):
        raise NicheInvalid("status", "A niche is open or closed.")
    return settings


_RANGES = {"max_providers": (1, 100), "listing_days": (1, 365), "auto_approve_min_quality": (0, 100)}


def _within(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
