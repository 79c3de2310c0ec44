"""The four niches we start with, one JSON file each: settings, form and levels (SPEC 0, 2.1, 4.1).

What an admin changes afterwards in the app is kept: a niche that exists is never touched again.
"""

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM
from core.kit.db import Json
from core.niches.levels import create_level
from core.niches.models import Niche
from core.niches.niche import create_niche
from core.niches.queries import NicheView

ORDER = ("home-seller", "home-buyer", "roofing", "hvac")


@lru_cache(maxsize=1)
def launch_niches() -> dict[str, Json]:
    """The shipped niches by slug."""
    return {slug: json.loads((Path(__file__).parent / f"{slug}.json").read_text()) for slug in ORDER}


def seed_launch_niches(session: Session, *, now: datetime) -> list[NicheView]:
    """Create the launch niches that are missing, with their forms and levels; returns those it created."""
    present = set(session.scalars(select(Niche.slug)))
    return [_create(session, slug, shipped, now) for slug, shipped in launch_niches().items() if slug not in present]


def _create(session: Session, slug: str, shipped: Json, now: datetime) -> NicheView:
    settings = {key: shipped[key] for key in ("name", "description", "max_providers", "listing_days", "schema")}
    niche = create_niche(session, actor=SYSTEM, slug=slug, now=now, **settings)
    for level in shipped["levels"]:
        create_level(session, actor=SYSTEM, niche_id=niche.id, now=now, **level)
    return niche
