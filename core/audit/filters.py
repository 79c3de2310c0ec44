"""What a filter of the trail asks of an entry: once, for the page, the interface and the file (SPEC 1.9, 12.3)."""

from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from core.kit.errors import Invalid


def _text(words: Any) -> str:
    return str(words).strip()


def _beginning(words: Any) -> str:
    return _escaped(words) + "%"


def _fragment(words: Any) -> str:
    return f"%{_escaped(words)}%"


def _escaped(words: Any) -> str:
    """Per cent and underscore are letters here, not wildcards."""
    return _text(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _id(given: Any) -> UUID:
    return given if isinstance(given, UUID) else UUID(_text(given))


def _ids(given: Any) -> list[UUID]:
    return [_id(one) for one in given]


def _network(words: Any) -> str:
    return str(ip_network(_text(words), strict=False))


# Name, what is asked of ``audit_entry``, how the value is read, and what to say when it can't be.
_NO_ID = "{} is no id. Copy one from a list."
_NO_ADDRESS = "{} is no address. Write one like 203.0.113.7, or a network like 203.0.113.0/24."
_FILTERS: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "action": ("audit_entry.action like :action", _beginning, ""),
    "entity_type": ("audit_entry.entity_type = :entity_type", _text, ""),
    "entity_id": ("audit_entry.entity_id = :entity_id", _id, _NO_ID),
    "actor_id": ("audit_entry.actor_id = :actor_id", _id, _NO_ID),
    "actor_ids": ("audit_entry.actor_id = any(:actor_ids)", _ids, _NO_ID),
    "actor_role": ("audit_entry.actor_role = :actor_role", _text, ""),
    "ip": ("audit_entry.ip <<= cast(:ip as inet)", _network, _NO_ADDRESS),
    "memo": ("audit_entry.memo ilike :memo", _fragment, ""),
    "correlation_id": ("audit_entry.correlation_id = :correlation_id", _text, ""),
}


def asked(filters: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Conditions in SQL and their values; a filter whose value is ``None`` is not asked. Raises ``Invalid`` in words."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    for name, given in filters.items():
        if given is None:
            continue
        if name not in _FILTERS:
            raise _invalid(name, f"The trail has no filter {name}. It has {', '.join(_FILTERS)}.")
        sql, read, sentence = _FILTERS[name]
        try:
            values[name] = read(given)
        except (ValueError, TypeError) as error:
            raise _invalid(name, sentence.format(_text(given))) from error
        conditions.append(sql)
    return conditions, values


def _invalid(name: str, sentence: str) -> Invalid:
    return Invalid(f"audit.{name}", sentence, fields={name: sentence})
