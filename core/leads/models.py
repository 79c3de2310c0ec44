"""Tables of leads."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, Computed, ForeignKey, Numeric, Text
from sqlalchemy.dialects.postgresql import BIT, INET
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Contact(Base):
    """The one erasable place of a person's contact data (SPEC 13.6); everything else refers to it."""

    __tablename__ = "contact"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    street: Mapped[str | None]
    unit: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str | None]
    email_key: Mapped[str | None]
    phone_key: Mapped[str | None]
    address_key: Mapped[str | None]
    address_review: Mapped[bool] = mapped_column(default=False)
    block_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    search_bits: Mapped[str | None] = mapped_column(BIT(256), Computed("search_bits(email, phone)"), deferred=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Lead(Base):
    """One consumer's request in one niche and market, from intake to its end (SPEC 2.7)."""

    __tablename__ = "lead"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"))
    market_id: Mapped[UUID] = mapped_column(ForeignKey("market.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id"))
    schema_version: Mapped[int]
    form_data: Mapped[Json]
    facts: Mapped[Json]
    status: Mapped[str] = mapped_column(default="pending_confirmation")
    source: Mapped[str] = mapped_column(default="form")
    attribution: Mapped[Json] = mapped_column(default=dict)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("partner.id"))
    partner_share_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    zip: Mapped[str]
    location: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    location_source: Mapped[str | None]
    accuracy_m: Mapped[int | None]
    public_location: Mapped[Any] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    text_key: Mapped[str | None]
    duplicate_of: Mapped[UUID | None] = mapped_column(ForeignKey("lead.id"))
    do_not_sell: Mapped[bool] = mapped_column(default=False)
    fraud: Mapped[float | None] = mapped_column(Numeric(asdecimal=False))
    quality: Mapped[float | None] = mapped_column(Numeric(asdecimal=False))
    submitted_ip: Mapped[str | None] = mapped_column(INET)
    submitted_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_ip: Mapped[str | None] = mapped_column(INET)
    confirmed_agent: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None]
    review_note: Mapped[str | None]
    verdict: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class LeadTransition(Base):
    """One legal step of a lead's life; the mirror of ``lifecycle.STEPS`` that the trigger reads."""

    __tablename__ = "lead_transition"
    old_status: Mapped[str] = mapped_column(primary_key=True)
    new_status: Mapped[str] = mapped_column(primary_key=True)


class LeadIdentity(Base):
    """A key (hashed e-mail, phone or name and address) that a live lead owns in its niche for a time (SPEC 2.6)."""

    __tablename__ = "lead_identity"
    niche_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    held_until: Mapped[datetime]


class LeadToken(Base):
    """One confirmation link: only the hash is kept (SPEC 2.4)."""

    __tablename__ = "lead_token"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]


class ConsentEvent(Base):
    """Consent given or revoked, with the exact words; append-only (SPEC 2.5)."""

    __tablename__ = "consent_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"))
    event: Mapped[str]
    wording: Mapped[str]
    wording_version: Mapped[str]
    sellers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    ip: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    page_url: Mapped[str | None]
    certificate_url: Mapped[str | None]
    at: Mapped[datetime]


class DoNotContact(Base):
    """One hashed address or number that must not be contacted, and the list that says so (SPEC 2.5)."""

    __tablename__ = "do_not_contact"
    key: Mapped[str] = mapped_column(primary_key=True)
    list_name: Mapped[str] = mapped_column(primary_key=True, default="internal")
    reason: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]
    added_by: Mapped[UUID]


class DoNotContactList(Base):
    """One uploaded list and its date: too old, and nothing is sold until it is renewed (SPEC 2.5)."""

    __tablename__ = "do_not_contact_list"
    name: Mapped[str] = mapped_column(primary_key=True)
    list_date: Mapped[date]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[UUID]


class OwnListRow(Base):
    """One list that a company brought, in force until ``over_at`` (SPEC 2.5)."""

    __tablename__ = "own_list"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider_id: Mapped[UUID]
    name: Mapped[str]
    list_date: Mapped[date]
    entries: Mapped[int]
    uploaded_by: Mapped[UUID]
    uploaded_at: Mapped[datetime]
    over_at: Mapped[datetime | None]


class OwnListKey(Base):
    """One hashed address or number of such a list."""

    __tablename__ = "own_list_key"
    key: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("own_list.id"), primary_key=True)
