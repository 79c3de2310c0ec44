"""What travels from a connector to the pipeline: raw records, and what a parser understands of them (SPEC 8.1, 8.3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from core.kit.db import Json

Holder = Literal["consumer", "owner", "agent"]


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record exactly as its source gave it.

    ``record_id`` is the source's own id, always text (ids beyond 2^53 occur). ``version`` changes whenever the record
    does: a timestamp, an ETag, or a hash of the content. ``gone``: the source no longer has it, so its listing is
    withdrawn. ``erase``: it is gone because its person asked to be forgotten. ``test``: accepted and kept, never sold.
    """

    record_id: str
    version: str
    content: bytes
    media_type: str
    fetched_at: datetime
    url: str | None = None
    gone: bool = False
    test: bool = False
    erase: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A source's call that says which record is new or changed, without the record: it is to be fetched by a job."""

    record_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What one call of a source brought: whole records, and notices of records to fetch."""

    records: tuple[RawRecord, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be stored together, and the cursor from which to go on once they are."""

    records: tuple[RawRecord, ...]
    cursor: Json


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser understands of one record; values as given, nothing checked. Degrees, integer US cents, aware UTC.

    ``holder``: whose contact data it is; an agent's is never a consumer's. ``facts``: property and request facts by
    common names (bedrooms, bathrooms, living_area_sqft, lot_sqft, year_built, property_type, status, ...).
    ``form_data``: answers by the key of the niche's form. ``consent``: agreed, text, version, sellers, channels,
    page_url, certificate_url, at. ``niche``: slug, when the record itself says so.
    """

    holder: Holder = "consumer"
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    lat: float | None = None
    lon: float | None = None
    niche: str | None = None
    text: str | None = None
    price_cents: int | None = None
    at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    form_data: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, Any] | None = None
    attribution: Mapping[str, Any] = field(default_factory=dict)


class Connector(Protocol):
    """A way in. Built from a source's settings and secrets; talks to its peer, never to the database."""

    kind: str

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Records since ``cursor`` (``None``: from the start), oldest first, so that a kill between batches loses nothing.

        Raises ``SourceUnavailable`` when the peer can't be reached or refuses, ``SourceBroken`` when it makes no sense.
        """
        ...

    def parse(self, record: RawRecord) -> Parsed:
        """What one record says; pure. Raises ``Unreadable`` for a record that can't be understood."""
        ...


class Noticed(Connector, Protocol):
    """A connector whose source also pushes notices."""

    def fetch_one(self, notice: Notice) -> RawRecord:
        """The record that a notice is about; ``gone`` when the source no longer has it. Raises as ``fetch`` does."""
        ...
