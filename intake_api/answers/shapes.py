"""How a table of answers says what a route answers: core's own rows, and objects of them by name."""

from collections.abc import Mapping
from typing import Any, get_type_hints
from uuid import UUID

from typing_extensions import TypedDict

Shape = Any  # a type that pydantic can describe, or a mapping of names to shapes


def items(row: Shape) -> Shape:
    """A whole list."""
    return {"items": list[typed(row, "Item")]}  # type: ignore[misc]


def paged(row: Shape) -> Shape:
    """A page of a list; ``next`` is where the next one goes on, ``null`` on the last."""
    return items(row) | {"next": UUID | None}


def fields_of(row: Any, *left_out: str) -> dict[str, Any]:
    """The fields of one of core's rows, to which a route adds some."""
    return {name: kind for name, kind in get_type_hints(row).items() if name not in left_out}


def typed(shape: Shape, name: str) -> Any:
    """The shape as a type, with mappings inside as types of their own."""
    if not isinstance(shape, Mapping):
        return shape
    return TypedDict(name, {key: typed(kind, name + key.title().replace("_", "")) for key, kind in shape.items()})  # type: ignore[operator]
