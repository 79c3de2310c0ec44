"""The four markets we start with; what an admin adds later is as good as these (SPEC 0, market)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM
from core.markets.add import add_from_counties
from core.markets.models import Market
from core.markets.queries import MarketView

DALLAS_FORT_WORTH = ("Dallas", "Tarrant", "Collin", "Denton", "Ellis", "Rockwall", "Johnson", "Kaufman", "Parker")
LAUNCH: dict[str, tuple[str, str, list[tuple[str, str]]]] = {  # slug: name, time zone, counties
    "las-vegas": ("Las Vegas", "America/Los_Angeles", [("Clark", "NV")]),
    "dallas-ft-worth": ("Dallas/Ft. Worth", "America/Chicago", [(county, "TX") for county in DALLAS_FORT_WORTH]),
    "austin": (
        "Austin",
        "America/Chicago",
        [(county, "TX") for county in ("Travis", "Williamson", "Hays", "Bastrop", "Caldwell")],
    ),
    "phoenix": ("Phoenix", "America/Phoenix", [("Maricopa", "AZ"), ("Pinal", "AZ")]),
}


def seed_launch_markets(session: Session, *, now: datetime) -> list[MarketView]:
    """Add the launch markets that are missing, boundaries computed from their ZIPs; returns those it added."""
    present = set(session.scalars(select(Market.slug)))
    return [
        add_from_counties(session, actor=SYSTEM, name=name, counties=counties, timezone=zone, slug=slug, now=now)
        for slug, (name, zone, counties) in LAUNCH.items()
        if slug not in present
    ]
