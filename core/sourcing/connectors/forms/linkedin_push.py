"""LinkedIn's calls to us: the challenge, the signature, and which responses they name (SPEC 8.1)."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from core.sourcing.connectors.forms.linkedin import LEAD_ID, MEDIA_TYPE, LinkedInSecrets, LinkedInSettings
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.connectors.setting import said
from core.sourcing.connectors.values import id_text, object_of, packed
from core.sourcing.errors import Unreadable
from core.sourcing.record import Notice, Pushed, RawRecord

PREFIX = b"hmacsha256="  # part of what is signed, not of the header


def answer_challenge(code: str, secrets: LinkedInSecrets) -> dict[str, str]:
    """What to answer to ``challengeCode``, within three seconds."""
    return {"challengeCode": code, "challengeResponse": _hmac(code.encode(), secrets)}


def verify_push(body: bytes, signature: str, secrets: LinkedInSecrets) -> bool:
    """True when ``X-LI-Signature`` is the HMAC-SHA256 of the prefix and the raw body; constant time."""
    return hmac.compare_digest(signature.strip().encode(), _hmac(PREFIX + body, secrets).encode())


def read_push(body: bytes, settings: LinkedInSettings, *, now: datetime) -> Pushed:
    """A new response to fetch, or one to erase; other owners' calls are passed over. Raises ``Malformed``."""
    try:
        found = object_of(body)
    except Unreadable as error:
        raise Malformed("push.malformed", error.message) from error
    key = (id_text(found.get("leadGenFormResponse")) or "").rsplit(":", 1)[-1]
    action, at = found.get("leadAction"), id_text(found.get("occurredAt"))
    if found.get("type") != "LEAD_ACTION" or not LEAD_ID.fullmatch(key) or action not in {"CREATED", "DELETED"} or at is None:
        raise Malformed("push.malformed", "This is not a call about a lead: type, response, action or time is missing.")
    if settings.owner not in _owners(found.get("owner")):
        return Pushed()
    if action == "CREATED":
        return Pushed(notices=(Notice(key, at),))
    content = packed({"id": key, "leadAction": action, "occurredAt": at})
    return Pushed((RawRecord(key, f"deleted-{at}", content, MEDIA_TYPE, now, gone=True, erase=True),))


def _owners(owner: Any) -> set[str]:
    return {str(value) for value in owner.values()} if isinstance(owner, dict) else {str(owner)}


def _hmac(message: bytes, secrets: LinkedInSecrets) -> str:
    return hmac.new(said(secrets.client_secret).encode(), message, hashlib.sha256).hexdigest()
