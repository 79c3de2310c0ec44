"""The kinds of sources there are, and how the pipeline reads their records (SPEC 8.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.kit.db import Json
from core.kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: its name for people, whether we fetch from it or it sends.

    ``robots``: its pages are read like a reader's, so a permission must tell what its robots.txt says.
    """

    key: str
    title: str
    pulls: bool
    robots: bool = False


KINDS = {
    kind.key: kind
    for kind in (
        Kind("reso", "MLS (RESO Web API)", pulls=True),
        Kind("fsbo", "For sale by owner (web pages)", pulls=True, robots=True),
        Kind("feed", "Classifieds (RSS or Atom)", pulls=True),
        Kind("meta", "Meta Lead Ads", pulls=True),
        Kind("google", "Google lead form", pulls=False),
        Kind("linkedin", "LinkedIn lead sync", pulls=True),
        Kind("upload", "Files (CSV, XLSX, vCard)", pulls=False),
        Kind("adf", "ADF by POST", pulls=False),
    )
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How records become answers of a niche's form.

    ``answers``: key of the form by name of a fact. ``defaults``: answers of every record that says nothing else.
    ``needed``: answers without which a record waits in quarantine. ``quiet_hours``: silence that is no news.
    """

    answers: Mapping[str, str]
    defaults: Mapping[str, Any]
    needed: tuple[str, ...]
    quiet_hours: int = 24

    @classmethod
    def of(cls, stored: Json) -> "Reading":
        """As it is stored with the source."""
        return cls(
            stored.get("answers", {}), stored.get("defaults", {}), tuple(stored.get("needed", ())), stored.get("quiet_hours", 24)
        )


def kind_of(key: str) -> Kind:
    """The kind of this name; raises ``Invalid`` with the ones there are."""
    if key not in KINDS:
        raise Invalid("source.kind", "Choose one of the kinds.", fields={"kind": f"Choose one of: {', '.join(KINDS)}."})
    return KINDS[key]


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
    "quiet_hours": (lambda value: isinstance(value, int) and 1 <= value <= 8760, "From 1 hour to a year."),
}
