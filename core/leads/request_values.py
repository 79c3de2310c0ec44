"""A request as the parameters of the statement that stores it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import ops
from core.kit import clock, crypto
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.leads import duplicates, identity, place
from core.leads.fields import Cleaned
from core.leads.grounds import NicheGround
from core.leads.submission import Submission
from core.niches import comparable, facts_of

LONG_TEXT = 40  # characters from which the same words twice are no accident


def request_values(
    session: Session, given: Submission, niche: NicheGround, cleaned: Cleaned, actor: Actor, now: datetime
) -> tuple[dict[str, Any], str]:
    """The parameters of the insert, and the token of which only the hash is among them."""
    token, lead_id = crypto.new_token(), uuid7()
    days = duplicates.window_days(session, niche_id=niche.id, state=cleaned.place.zip.state, now=now)
    hours = ops.threshold(session, "confirmation_hours")
    return {
        "lead": lead_id,
        "contact": uuid7(),
        "consent": uuid7(),
        "token": uuid7(),
        "token_hash": crypto.token_hash(token).hex(),
        "token_until": now + timedelta(hours=hours),
        "until": now + timedelta(days=days),
        "now": now,
        "niche": niche.id,
        "version": niche.version,
        "max_providers": niche.max_providers,
        "source": given.source,
        "partner": actor.partner_id,  # by whose key it came, never by what was typed
        "attribution": cleaned.attribution,
        "ip": actor.ip,
        "agent": actor.user_agent,
        **_of_person(cleaned),
        **_of_place(cleaned, lead_id),
        **_of_form(niche, cleaned, given.source, now),
        **_of_consent(cleaned),
    }, token


def _of_person(cleaned: Cleaned) -> dict[str, Any]:
    person, home = cleaned.person, cleaned.address
    email_key, address_key = identity.email_key(person.email), home.key(person.name)
    return {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "street": home.street,
        "unit": home.unit,
        "city": home.city,
        "state": home.state,
        "email_key": email_key,
        "address_key": address_key,
        "block_keys": identity.block_keys(email_key, person.phone),
        "keys": identity.identity_keys(email_key, person.phone, address_key),
    }


def _of_place(cleaned: Cleaned, lead_id: UUID) -> dict[str, Any]:
    where = cleaned.place
    public_lon, public_lat = place.public_point(where, lead_id)
    return {
        "market": where.zip.market_id,
        "zip": where.zip.zip,
        "lon": where.lon,
        "lat": where.lat,
        "location_source": where.source,
        "accuracy_m": where.accuracy_m,
        "public_lon": public_lon,
        "public_lat": public_lat,
    }


def _of_form(niche: NicheGround, cleaned: Cleaned, source: str, now: datetime) -> dict[str, Any]:
    around = cleaned.place.zip
    facts = facts_of(
        niche.schema,
        cleaned.form_data,
        zip=around.zip,
        city=around.city,
        county=around.county,
        state=around.state,
        market_slug=cleaned.place.market_slug,
        submitted_on=clock.in_zone(now, around.timezone).date(),
        source=source,
    )
    words = " ".join(str(cleaned.form_data.get(f["key"], "")) for f in niche.schema["fields"] if f["type"] == "textarea")
    long = comparable(words) if len(words) >= LONG_TEXT else None
    return {
        "form_data": cleaned.form_data,
        "facts": facts,
        "text_key": crypto.keyed_hash(long, purpose="text") if long else None,
    }


def _of_consent(cleaned: Cleaned) -> dict[str, Any]:
    consent = cleaned.consent
    return {
        "wording": consent.shown.text,
        "wording_version": consent.shown.version,
        "sellers": list(consent.shown.sellers),
        "channels": list(consent.shown.channels),
        "page_url": consent.page_url,
        "certificate_url": consent.certificate_url,
    }
