"""Tables of providers; the rules of their columns stand in ``first_release/05_providers.sql``."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from core.kit.db import Base, Json


class JsonPath(UserDefinedType[str]):
    """A jsonpath as plain text; SQLAlchemy's own JSONPATH takes a list of steps, not an expression."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL."""
        return "jsonpath"


class Provider(Base):
    """A company that buys leads; its users are in ``accounts``, its money is in ``ledger``."""

    __tablename__ = "provider"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_name: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    status_reason: Mapped[str | None]
    phone: Mapped[str | None]
    website: Mapped[str | None]
    about: Mapped[str] = mapped_column(default="")
    profile_completed_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ProviderInterest(Base):
    """A niche and market named at registration."""

    __tablename__ = "provider_interest"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"), primary_key=True)
    market_id: Mapped[UUID] = mapped_column(ForeignKey("market.id"), primary_key=True)


class Subscription(Base):
    """A provider on a competition level: filter, caps, hours, and whether it receives now."""

    __tablename__ = "subscription"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    level_id: Mapped[UUID]
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"))
    status: Mapped[str] = mapped_column(default="inactive")
    inactive_reason: Mapped[str | None]
    filter_rules: Mapped[Json] = mapped_column(default=lambda: {"all": []})
    filter_compiled: Mapped[str | None] = mapped_column(JsonPath)
    filter_valid: Mapped[bool] = mapped_column(default=True)
    filter_version: Mapped[int] = mapped_column(default=1)
    cap_leads_day: Mapped[int | None]
    cap_leads_week: Mapped[int | None]
    cap_leads_month: Mapped[int | None]
    cap_spend_day_cents: Mapped[int | None]
    cap_spend_week_cents: Mapped[int | None]
    cap_spend_month_cents: Mapped[int | None]
    delivery_hours: Mapped[Json | None]
    last_received_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SubscriptionUsage(Base):
    """What a subscription has received on one day of a market's clock; written by the engine."""

    __tablename__ = "subscription_usage"
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    leads: Mapped[int] = mapped_column(default=0)
    spent_cents: Mapped[int] = mapped_column(default=0)


class FilterChange(Base):
    """One change of a filter, old rules and new; append-only."""

    __tablename__ = "filter_change"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    old_rules: Mapped[Json]
    new_rules: Mapped[Json]
    actor_id: Mapped[UUID]
    at: Mapped[datetime]


class ServiceArea(Base):
    """One area a provider drew or named, as entered and as land."""

    __tablename__ = "service_area"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    name: Mapped[str]
    kind: Mapped[str]
    definition: Mapped[Json]
    shape: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    created_at: Mapped[datetime]


class ProviderArea(Base):
    """All of a provider's areas as one shape; no row: everywhere."""

    __tablename__ = "provider_area"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    shape: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    changed_at: Mapped[datetime]


class NotificationPreference(Base):
    """A kind of e-mail switched on or off; no row: on."""

    __tablename__ = "notification_preference"
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"), primary_key=True)
    template_key: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]


class SupportRequest(Base):
    """A question of a company to the house, open until it is answered (SPEC 7.8)."""

    __tablename__ = "support_request"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("provider.id"))
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[str] = mapped_column(default="open")
    correlation_id: Mapped[str]
    page: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SupportMessage(Base):
    """One message of a request, encrypted."""

    __tablename__ = "support_message"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("support_request.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    from_house: Mapped[bool]
    sealed: Mapped[bytes]
    at: Mapped[datetime]
