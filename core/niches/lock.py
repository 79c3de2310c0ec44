"""Lock a niche before changing its settings, form or levels: one admin at a time, new leads are not held up."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.niches.errors import LevelNotFound, NicheNotFound
from core.niches.models import CompetitionLevel, Niche

_FRESH = {"populate_existing": True}


def lock_niche(session: Session, niche_id: UUID) -> Niche:
    """The niche as it is once nobody else changes it; raises ``NicheNotFound``."""
    locked = select(Niche).where(Niche.id == niche_id).with_for_update(key_share=True)
    niche = session.scalar(locked, execution_options=_FRESH)
    if niche is None:
        raise NicheNotFound
    return niche


def lock_level(session: Session, level_id: UUID) -> CompetitionLevel:
    """The level as it is once its niche is locked; raises ``LevelNotFound``."""
    niche_id = session.scalar(select(CompetitionLevel.niche_id).where(CompetitionLevel.id == level_id))
    if niche_id is None:
        raise LevelNotFound
    lock_niche(session, niche_id)
    level = session.scalar(select(CompetitionLevel).where(CompetitionLevel.id == level_id), execution_options=_FRESH)
    if level is None:
        raise LevelNotFound
    return level
