"""Values as peers write them, read without loss: ids as text, money as cents, moments as UTC."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from core.sourcing.errors import Unreadable

MOST_CENTS = 10**13
_MONEY = re.compile(r"\d[\d,]*(?:\.\d+)?")


def object_of(content: bytes) -> dict[str, Any]:
    """The JSON object; numbers with a point as ``Decimal``, whole ones exact beyond 2^53. Raises ``Unreadable``."""
    found = json_of(content)
    if not isinstance(found, dict):
        raise Unreadable("record.shape", "The record is not a JSON object.")
    return found


def json_of(content: bytes) -> Any:
    """Any JSON, read like ``object_of``."""
    try:
        return json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Unreadable("record.json", "The record is not valid JSON.") from error


def packed(value: Any) -> bytes:
    """JSON in one canonical form, so that the same content always has the same hash. Half a character, which JSON can name and
    no encoding takes, stays as its name."""
    told = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return told.encode("utf-8", "backslashreplace")


def fingerprint(content: bytes) -> str:
    """A version for records that have none of their own: SHA-256 of the content."""
    return sha256(content).hexdigest()


def id_text(value: Any) -> str | None:
    """An id as text, from text or a whole number of any size; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()[:500] or None


def text(value: Any, *, most: int = 20_000) -> str | None:
    """A text, number or the first text of a list; ``None`` when empty."""
    if isinstance(value, list):
        value = next((part for part in value if part not in (None, "")), None)
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    return str(value).strip()[:most] or None


def number(value: Any) -> float | None:
    """A finite number, given as one or as text such as ``1,650``."""
    exact = _decimal(value)
    return None if exact is None else float(exact)


def whole(value: Any) -> int | None:
    """A number without its fraction."""
    exact = _decimal(value)
    return None if exact is None else int(exact)


def cents(value: Any) -> int | None:
    """US dollars, as a number or in a text such as ``$425,000.50``, as integer cents; ``None`` when there are none."""
    found = _MONEY.search(value) if isinstance(value, str) else None
    exact = _decimal(found[0] if found else None if isinstance(value, str) else value)
    if exact is None or exact < 0 or exact * 100 > MOST_CENTS:
        return None
    return int((exact * 100).to_integral_value())


def moment(value: Any) -> datetime | None:
    """A moment in ISO 8601 (without an offset: UTC), or in seconds or milliseconds since 1970; ``None`` otherwise."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | Decimal | float) and not isinstance(value, bool):
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        exact = Decimal(str(value).replace(",", "").strip())
    except InvalidOperation:
        return None
    return exact if exact.is_finite() and abs(exact) < 10**15 else None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**18 else str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
