"""How the pipeline reads a source's records, whatever its kind (SPEC 8.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.kit.db import Json
from core.kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Reading:
    """How records become answers of a niche's form.

    ``answers``: key of the form by name of a fact. ``defaults``: answers of every record that says nothing else.
    ``needed``: answers without which a record waits in quarantine. ``consent``: the words that
    all its people agreed to, where records don't repeat them. ``quiet_hours``: silence that is no news.
    """

    answers: Mapping[str, str]
    defaults: Mapping[str, Any]
    needed: tuple[str, ...]
    consent: Mapping[str, Any]
    quiet_hours: int = 24

    @classmethod
    def of(cls, stored: Json) -> "Reading":
        """As it is stored with the source."""
        return cls(
            stored.get("answers", {}),
            stored.get("defaults", {}),
            tuple(stored.get("needed", ())),
            stored.get("consent", {}),
            stored.get("quiet_hours", 24),
        )


def check_reading(given: Mapping[str, Any]) -> Json:
    """The reading as it is stored; raises ``Invalid`` naming every part of the wrong shape."""
    errors = {f"reading.{key}": "There is no such part. Leave it out." for key in given if key not in _SHAPES}
    errors |= {f"reading.{key}": why for key, (fits, why) in _SHAPES.items() if key in given and not fits(given[key])}
    if errors:
        raise Invalid("source.reading", "Please correct how the records are read.", fields=errors)
    return dict(given)


def _is_names(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(k, str) and isinstance(v, str) for k, v in value.items())


_SHAPES: dict[str, tuple[Any, str]] = {
    "answers": (_is_names, 'Give names of facts and of answers, such as {"property_type": "property_type"}.'),
    "defaults": (lambda value: isinstance(value, Mapping), "Give answers by their key."),
    "needed": (lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value), "Give a list of answers' keys."),
    "consent": (
        lambda value: isinstance(value, Mapping) and bool(value.get("text")) and bool(value.get("version")),
        "Give the words that everybody agreed to as text and version, and optionally sellers and channels.",
    ),
    "quiet_hours": (lambda value: isinstance(value, int) and 1 <= value <= 8760, "From 1 hour to a year."),
}
