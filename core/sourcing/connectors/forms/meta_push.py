"""Meta's calls to us: the handshake, the signature over the raw body, and which leads they name (SPEC 8.1)."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from core.sourcing.connectors.forms.meta_settings import MetaSecrets, MetaSettings
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.connectors.setting import said
from core.sourcing.connectors.values import id_text, object_of
from core.sourcing.errors import Unreadable
from core.sourcing.record import Notice, Pushed

PREFIX = "sha256="


def answer_challenge(query: Mapping[str, str], secrets: MetaSecrets) -> str | None:
    """What to echo to the handshake; ``None`` when the token is not this source's."""
    expected, given = said(secrets.verify_token), query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not expected:
        return None
    return query.get("hub.challenge", "")[:200] if hmac.compare_digest(given.encode(), expected.encode()) else None


def verify_push(body: bytes, signature: str, secrets: MetaSecrets) -> bool:
    """True when ``X-Hub-Signature-256`` is the HMAC-SHA256 of the raw body; constant time."""
    expected = PREFIX + hmac.new(said(secrets.app_secret).encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode(), expected.encode())


def read_push(body: bytes, settings: MetaSettings) -> Pushed:
    """The leads of this source's page that a call names; other pages and fields are passed over. Raises ``Malformed``."""
    try:
        found = object_of(body)
    except Unreadable as error:
        raise Malformed("push.malformed", error.message) from error
    entries = found.get("entry")
    if found.get("object") != "page" or not isinstance(entries, list):
        raise Malformed("push.malformed", "This is not a call about a page's leads.")
    values = [value for entry in entries if isinstance(entry, dict) for value in _leads(entry)]
    ours = [value for value in values if id_text(value.get("page_id")) == settings.page_id]
    notices = [Notice(key, id_text(value.get("created_time")) or "pushed") for value in ours if (key := _lead_id(value))]
    return Pushed(notices=tuple(dict.fromkeys(notices)))


def _leads(entry: dict[str, Any]) -> list[dict[str, Any]]:
    changes = entry["changes"] if isinstance(entry.get("changes"), list) else []
    told = [change for change in changes if isinstance(change, dict) and change.get("field") == "leadgen"]
    page = {"page_id": entry.get("id")}
    return [page | change["value"] for change in told if isinstance(change.get("value"), dict)]


def _lead_id(value: dict[str, Any]) -> str | None:
    """Digits only: the id becomes part of an address at Meta."""
    found = id_text(value.get("leadgen_id"))
    return found if found and found.isascii() and found.isdecimal() else None
