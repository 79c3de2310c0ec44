"""SendGrid's event webhook: signed by ECDSA over time and body, many events in one call (SPEC 11.3)."""

import base64
import binascii
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core.kit.config import settings
from core.messaging.events import Bounce, MailEvent, Told, own_id
from core.messaging.forged import EventForged, EventMalformed
from core.messaging.transport import MESSAGE_TAG

EVENTS = {
    "processed": "sent", "delivered": "delivered", "open": "opened", "click": "opened", "bounce": "bounced",
    "spamreport": "complained", "dropped": "failed", "deferred": "deferred",
}  # fmt: skip
MOST_EVENTS = 5_000


def told_by_sendgrid(body: bytes, *, signature: str, timestamp: str, now: datetime) -> Told:
    """The events of a call whose signature is right; raises ``EventForged`` or ``EventMalformed``.

    One that is not ours or makes no sense is only counted, so that the rest of its batch is not sent for ever.
    """
    _check_signature(body, signature=signature, timestamp=timestamp)
    try:
        batch = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventMalformed("event.malformed", "The body is not valid JSON.") from error
    if not isinstance(batch, list) or len(batch) > MOST_EVENTS:
        raise EventMalformed("event.malformed", f"The body must be a list of at most {MOST_EVENTS:,} events.")
    events, unknown, unreadable = [], 0, 0
    for record in batch:
        kind = record.get("event") if isinstance(record, dict) else None
        if not isinstance(kind, str) or kind not in EVENTS:
            unreadable += 1
        elif (message_id := _message_of(record)) is None:
            unknown += 1
        else:
            events.append(_event(record, kind, message_id, now))
    return Told("sendgrid", tuple(events), unknown, unreadable)


def _check_signature(body: bytes, *, signature: str, timestamp: str) -> None:
    try:
        _key(settings().sendgrid_webhook_key).verify(
            base64.b64decode(signature, validate=True), timestamp.encode() + body, ec.ECDSA(hashes.SHA256())
        )
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise EventForged("event.signature", "The signature is wrong. Nothing was changed.") from error


@lru_cache(maxsize=4)
def _key(text: str) -> ec.EllipticCurvePublicKey:
    """The verification key as SendGrid shows it: base64 of its DER form."""
    if not text:
        raise EventForged("event.key", "No SendGrid events are expected. Set HOTLEADS_SENDGRID_WEBHOOK_KEY to take them.")
    try:
        key = load_der_public_key(base64.b64decode(text))
    except ValueError as error:
        raise EventForged("event.key", "HOTLEADS_SENDGRID_WEBHOOK_KEY is not a public key.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise EventForged("event.key", "HOTLEADS_SENDGRID_WEBHOOK_KEY is not a key for ECDSA.")
    return key


def _message_of(record: dict[str, Any]) -> UUID | None:
    """Our id, from the argument we sent along, or from the Message-ID we gave."""
    named = record.get(MESSAGE_TAG) or str(record.get("smtp-id", "")).strip("<>").partition("@")[0]
    try:
        return UUID(str(named))
    except ValueError:
        return None


def _event(record: dict[str, Any], kind: str, message_id: UUID, now: datetime) -> MailEvent:
    event = EVENTS[kind]
    bounce: Bounce | None = None
    if event == "bounced":
        # "blocked" is a mail that was turned away this time, such as for a full mailbox.
        bounce = "soft" if record.get("type") == "blocked" else "hard"
    said = "A link was opened." if kind == "click" else record.get("reason") or record.get("response")
    named = own_id(str(record.get("sg_event_id") or json.dumps(record, sort_keys=True)))
    return MailEvent(message_id, event, _moment(record.get("timestamp"), now), named, bounce, str(said) if said else None)


def _moment(seconds: object, now: datetime) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return now
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return now
