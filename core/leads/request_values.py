"""A request as the parameters of the statement that stores it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core import ops
from core.kit import crypto
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.leads import duplicates, identity, row_values
from core.leads.fields import Cleaned
from core.leads.grounds import NicheGround
from core.leads.submission import Submission


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
        **row_values.of_place(cleaned.place, lead_id),
        **row_values.of_form(niche, cleaned.place, cleaned.form_data, given.source, now),
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
