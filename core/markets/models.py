"""Tables of markets: the market and its ZIPs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class Market(Base):
    """One geographic market: boundary in degrees (WGS 84), centre for maps, IANA time zone; ``open`` or ``closed``."""

    __tablename__ = "market"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    state: Mapped[str]
    timezone: Mapped[str]
    boundary: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    centre: Mapped[Any] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    status: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]


class MarketZip(Base):
    """One ZIP of a market: centroid, radius in metres, and its piece of the market; a ZIP is in one market at most."""

    __tablename__ = "market_zip"
    zip: Mapped[str] = mapped_column(primary_key=True)
    market_id: Mapped[UUID] = mapped_column(ForeignKey("market.id"))
    city: Mapped[str]
    county: Mapped[str]
    state: Mapped[str]
    centre: Mapped[Any] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    radius_m: Mapped[int]
    shape: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
