"""Amazon SES's events, in the words of the exchange (SPEC 11.3)."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from core.messaging.events import Bounce, MailEvent, Told, own_id
from core.messaging.sns import Envelope
from core.messaging.transport import MESSAGE_TAG

EVENTS = {
    "Send": "sent", "Delivery": "delivered", "Open": "opened", "Click": "opened", "Bounce": "bounced",
    "Complaint": "complained", "Reject": "failed", "Rendering Failure": "failed", "DeliveryDelay": "deferred",
}  # fmt: skip
_PARTS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}


def told_by_ses(envelope: Envelope, *, now: datetime) -> Told:
    """The event inside a notification; one that is not ours or makes no sense is only counted."""
    try:
        record = json.loads(envelope.message)
        kind = record.get("eventType") or record["notificationType"]
        event = EVENTS[kind]
        mail, part = record["mail"], record.get(_PARTS.get(kind, kind.lower())) or {}
        at = _moment(part.get("timestamp") or mail.get("timestamp"), now)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Told("ses", (), unreadable=1)
    message_id = _message_of(mail)
    if message_id is None:
        return Told("ses", (), unknown=1)
    bounce: Bounce | None = None
    if event == "bounced":
        bounce = "hard" if part.get("bounceType") == "Permanent" else "soft"
    return Told("ses", (MailEvent(message_id, event, at, own_id(envelope.message_id), bounce, _detail(kind, part)),))


def _message_of(mail: dict[str, Any]) -> UUID | None:
    """Our id, from the tag we sent along, or from our header where tags are not told."""
    tags = mail.get("tags")
    named = tags.get(MESSAGE_TAG) if isinstance(tags, dict) else None
    headers = mail.get("headers")
    if not named and isinstance(headers, list):
        named = [header.get("value") for header in headers if isinstance(header, dict) and _is_ours(header.get("name"))]
    try:
        return UUID(str(named[0])) if named else None
    except (ValueError, IndexError, KeyError, TypeError):
        return None


def _is_ours(name: object) -> bool:
    return str(name).lower() == "x-hotleads-message"


def _detail(kind: str, part: dict[str, Any]) -> str | None:
    """What the service says about it, in one line."""
    if kind == "Click":
        return "A link was opened."
    people = part.get("bouncedRecipients") or part.get("delayedRecipients") or [{}]
    first = people[0] if isinstance(people, list) and people and isinstance(people[0], dict) else {}
    said = (
        first.get("diagnosticCode") or part.get("complaintFeedbackType") or part.get("errorMessage") or part.get("reason")
        or part.get("bounceSubType") or part.get("delayType")
    )  # fmt: skip
    return str(said) if said else None


def _moment(text: object, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return now
    return found if found.tzinfo else now
