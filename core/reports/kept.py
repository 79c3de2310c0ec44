"""Reports are kept in Redis for five minutes, and say how old they are; without Redis they are made each time (SPEC 12.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from core.kit.cache import cached

T = TypeVar("T")
KEEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Reported(Generic[T]):
    """A report and the moment it was worked out."""

    value: T
    computed_at: datetime


def kept(kind: type[T], name: str, compute: Callable[[], T], *, now: datetime, refresh: bool) -> Reported[T]:
    """The report of this name, at most five minutes old unless ``refresh`` asks for a new one."""
    codec = _codec(kind)  # type: ignore[arg-type]  # a class is hashable
    found = cached(f"report:{name}", lambda: codec.dump_python(compute(), mode="json"), now=now, keep=KEEP, refresh=refresh)
    return Reported(codec.validate_python(found.value), found.computed_at)


@lru_cache(maxsize=64)
def _codec(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
