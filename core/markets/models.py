"""Tables of markets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class Market(Base):
    """Table ``market``; rules stand in the migrations' SQL."""

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
    """Table ``market_zip``; rules stand in the migrations' SQL."""

    __tablename__ = "market_zip"
    zip: Mapped[str] = mapped_column(primary_key=True)
    market_id: Mapped[UUID] = mapped_column(ForeignKey("market.id"))
    city: Mapped[str]
    county: Mapped[str]
    state: Mapped[str]
    centre: Mapped[Any] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    radius_m: Mapped[int]
