"""A small world for tests, as plain rows: each builder fills what the test does not name."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.accounts.models import User
from core.inventory.models import Slot
from core.kit.ids import SYSTEM_USER_ID, uuid7
from core.leads.models import ConsentEvent, Contact, Lead
from core.ledger.models import LedgerAccount, Transfer, Wallet
from core.markets.models import Market, MarketZip
from core.niches.models import CompetitionLevel, FormSchema, Niche, NicheTurn
from core.ops.backup.manifest import Kept, Manifest, key_check
from core.providers.models import Provider, Subscription

_number = count(1)
STRIP = (-115.1728, 36.1147)  # longitude, latitude in Las Vegas
SCHEMA = {
    "fields": [
        {
            "key": "property_type",
            "label": "Property type",
            "type": "select",
            "required": True,
            "options": ["house", "condo", "land"],
        },
        {"key": "bedrooms", "label": "Bedrooms", "type": "number", "required": False, "validation": {"min": 0, "max": 20}},
        {"key": "details", "label": "Anything else", "type": "textarea", "required": False},
    ]
}


def point(lon: float, lat: float) -> Any:
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)


def a_market(
    session: Session, now: datetime, *, slug: str = "las-vegas", timezone: str = "America/Los_Angeles", **more: Any
) -> Market:
    """Las Vegas as a square of about 55 km around the Strip, with ZIP 89109 in its middle."""
    lon, lat = STRIP
    market = Market(
        id=uuid7(),
        name=more.pop("name", slug.title()),
        slug=slug,
        state="NV",
        timezone=timezone,
        created_at=now,
        boundary=func.ST_Multi(func.ST_MakeEnvelope(lon - 0.3, lat - 0.25, lon + 0.3, lat + 0.25, 4326)),
        centre=point(lon, lat),
        **more,
    )
    session.add(market)
    session.flush()
    if session.get(MarketZip, "89109") is None:
        session.add(
            MarketZip(
                zip="89109",
                market_id=market.id,
                city="Las Vegas",
                county="Clark",
                state="NV",
                centre=point(lon, lat),
                radius_m=3000,
                shape=func.ST_Multi(func.ST_MakeEnvelope(lon - 0.03, lat - 0.03, lon + 0.03, lat + 0.03, 4326)),
            )
        )
        session.flush()
    return market


def a_niche(session: Session, now: datetime, *, schema: dict[str, Any] | None = None, **more: Any) -> Niche:
    n = next(_number)
    niche = Niche(id=uuid7(), created_at=now, **{"name": f"Niche {n}", "slug": f"niche-{n}", "max_providers": 5} | more)
    session.add(niche)
    session.flush()
    session.add(FormSchema(niche_id=niche.id, version=1, schema=schema or SCHEMA, created_by=SYSTEM_USER_ID, created_at=now))
    session.add(NicheTurn(niche_id=niche.id))
    session.flush()
    return niche


def a_level(
    session: Session, now: datetime, niche: Niche, *, price_cents: int = 2500, max_recipients: int = 3, **more: Any
) -> CompetitionLevel:
    position = 1 + (session.scalar(select(func.max(CompetitionLevel.position)).where(CompetitionLevel.niche_id == niche.id)) or 0)
    level = CompetitionLevel(
        id=uuid7(),
        niche_id=niche.id,
        price_cents=price_cents,
        max_recipients=max_recipients,
        created_at=now,
        updated_at=now,
        **{"name": f"Level {position}", "position": position} | more,
    )
    session.add(level)
    session.flush()
    return level


def a_user(session: Session, now: datetime, *, role: str = "admin", **more: Any) -> User:
    email = more.pop("email", f"user{next(_number)}@example.com")
    user = User(
        id=uuid7(),
        email=email,
        email_key=email,
        role=role,
        created_at=now,
        updated_at=now,
        email_verified_at=now,
        **{"status": "active", "full_name": "Test Person"} | more,
    )
    session.add(user)
    session.flush()
    return user


def a_provider(session: Session, now: datetime, *, balance_cents: int = 100_000, **more: Any) -> Provider:
    """An active provider with a wallet; the balance comes by a transfer, so the books stay at zero."""
    provider = Provider(
        id=uuid7(),
        created_at=now,
        updated_at=now,
        activated_at=now,
        profile_completed_at=now,
        **{"company_name": f"Company {next(_number)}", "status": "active"} | more,
    )
    account = LedgerAccount(id=uuid7(), kind="wallet", provider_id=provider.id, name="wallet", created_at=now)
    session.add(provider)
    session.flush()
    session.add(account)
    session.flush()
    session.add(Wallet(provider_id=provider.id, account_id=account.id, updated_at=now))
    session.flush()
    if balance_cents:
        fund(session, now, provider.id, balance_cents)
    return provider


def fund(session: Session, now: datetime, provider_id: UUID, cents: int) -> None:
    """Move money from the adjustments account into the wallet."""
    house = session.scalar(select(LedgerAccount).where(LedgerAccount.kind == "adjustments"))
    if house is None:
        house = LedgerAccount(id=uuid7(), kind="adjustments", name="adjustments", created_at=now)
        session.add(house)
        session.flush()
    account = session.scalar(select(Wallet.account_id).where(Wallet.provider_id == provider_id))
    assert account is not None
    session.add(
        Transfer(
            id=uuid7(),
            debit_account_id=house.id,
            credit_account_id=account,
            amount_cents=cents,
            kind="manual_credit",
            at=now,
            actor_id=SYSTEM_USER_ID,
            memo="opening balance of the test",
            idempotency_key=f"test:{uuid7()}",
        )
    )
    session.flush()


def set_price(session: Session, cents: int, *, lead_id: UUID | None = None) -> None:
    """Have a priced listing (or every open one) cost something else, with a receipt that says so."""
    session.execute(
        text("""update listing set price_cents = :cents, receipt = jsonb_set(receipt, '{lines}', jsonb_build_array(
                  jsonb_build_object('key', 'going_rate', 'label', 'Going rate of the niche', 'cents', cast(:cents as bigint))))
                where state = 'open' and (cast(:lead as uuid) is null or lead_id = :lead)"""),
        {"cents": cents, "lead": lead_id},
    )


def a_subscription(session: Session, now: datetime, provider: Provider, level: CompetitionLevel, **more: Any) -> Subscription:
    subscription = Subscription(
        id=uuid7(),
        provider_id=provider.id,
        level_id=level.id,
        niche_id=level.niche_id,
        created_at=now,
        updated_at=now,
        **{"status": "active"} | more,
    )
    session.add(subscription)
    session.flush()
    return subscription


def a_contact(session: Session, now: datetime) -> Contact:
    n = next(_number)
    email, phone = f"pat{n}@example.com", f"+1702555{n % 10000:04d}"
    contact = Contact(
        id=uuid7(), full_name="Pat Example", email=email, email_key=email, phone=phone, phone_key=phone, created_at=now,
        street="1 Main St", city="Las Vegas", state="NV",
    )  # fmt: skip
    session.add(contact)
    session.flush()
    return contact


def a_lead(session: Session, now: datetime, niche: Niche, market: Market, *, slots: int = 0, **more: Any) -> Lead:
    """An approved lead on the Strip with consent; ``slots`` free slots."""
    form = more.pop("form_data", {"property_type": "house", "bedrooms": 3})
    facts = form | {"zip": "89109", "city": "Las Vegas", "county": "Clark"}
    place = {
        "zip": "89109",
        "location": point(*STRIP),
        "location_source": "zip",
        "accuracy_m": 3000,
        "public_location": point(*STRIP),
    }
    times = {"submitted_at": now, "updated_at": now, "confirmed_at": now - timedelta(minutes=5), "reviewed_at": now}
    whose = {"niche_id": niche.id, "market_id": market.id, "contact_id": a_contact(session, now).id}
    lead = Lead(
        id=uuid7(),
        **{**whose, "schema_version": 1, "form_data": form, "facts": facts, "status": "approved", **place, **times, **more},
    )
    session.add(lead)
    session.flush()
    session.add(ConsentEvent(id=uuid7(), lead_id=lead.id, event="given", wording="I agree.", wording_version="1", at=now))
    session.add_all(Slot(lead_id=lead.id, slot_no=number) for number in range(1, slots + 1))
    session.flush()
    return lead


def a_backup(directory: Path, *, ended_at: datetime) -> Manifest:
    """A backup of the whole server that says it is kept in ``directory``."""
    directory.mkdir()
    manifest = Manifest(
        kind="physical",
        database="hotleads",
        superuser="postgres",
        server_version="15.0",
        started_at=ended_at,
        ended_at=ended_at,
        unpacked_bytes=40_000_000,
        key_check=key_check(),
        wal_archive="/wal",
        files={"base.tar.gz": Kept(12_000_000, "0" * 64)},
        directory=directory,
    )
    manifest.write()
    return manifest
