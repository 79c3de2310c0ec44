"""What a RESO server pushes: EntityEvents to fetch after, or whole records in the Common Format (RCP-25, RCP-28)."""

import hmac
from datetime import datetime
from typing import Any

from core.sourcing.connectors.pushed import Malformed
from core.sourcing.connectors.reso.connector import MEDIA_TYPE
from core.sourcing.connectors.reso.property import is_gone
from core.sourcing.connectors.reso.settings import ResoSecrets, ResoSettings
from core.sourcing.connectors.setting import said
from core.sourcing.connectors.values import fingerprint, id_text, object_of, packed, text
from core.sourcing.errors import Unreadable
from core.sourcing.record import Notice, Pushed, RawRecord

CONTEXT = "urn:reso:metadata:"


def verify_push(authorization: str, secrets: ResoSecrets) -> bool:
    """True when the call carries the source's own bearer token; constant time."""
    expected = said(secrets.push_token)
    scheme, _, given = authorization.partition(" ")
    return bool(expected) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected.encode())


def read_push(body: bytes, settings: ResoSettings, *, now: datetime) -> Pushed:
    """Records and notices of one call; resources other than Property are passed over. Raises ``Malformed``."""
    try:
        found = object_of(body)
    except Unreadable as error:
        raise Malformed("push.malformed", error.message) from error
    context = str(found.get("@reso.context", ""))
    if not context.startswith(CONTEXT):
        raise Malformed("push.malformed", "The body is not in RESO's Common Format: it names no @reso.context.")
    values = found["value"] if isinstance(found.get("value"), list) else [found]
    entries = [value for value in values if isinstance(value, dict)]
    resource = context.rsplit(":", 1)[-1].lower()
    if resource == "entityevent":
        told = [(_notice(entry), text(entry.get("ResourceName"))) for entry in entries]
        return Pushed(notices=tuple(notice for notice, name in told if name == "Property"))
    if resource == "property":
        return Pushed(records=tuple(_record(entry, settings, now) for entry in entries))
    return Pushed()


def _notice(entry: dict[str, Any]) -> Notice:
    key, sequence = id_text(entry.get("ResourceRecordKey")), id_text(entry.get("EntityEventSequence"))
    if key is None or sequence is None:
        raise Malformed("push.malformed", "An EntityEvent needs a ResourceRecordKey and an EntityEventSequence.")
    return Notice(key, f"event-{sequence}")


def _record(entry: dict[str, Any], settings: ResoSettings, now: datetime) -> RawRecord:
    value = {name: part for name, part in entry.items() if not name.startswith("@")}
    content = packed(value)
    key = id_text(value.get("ListingKey")) or f"nameless-{fingerprint(content)[:32]}"
    version = text(value.get("ModificationTimestamp")) or fingerprint(content)
    return RawRecord(key, version, content, MEDIA_TYPE, now, gone=is_gone(value, settings))
