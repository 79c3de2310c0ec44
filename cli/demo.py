"""How far the demo market is loaded, without importing any of it."""

from dataclasses import dataclass

from sqlalchemy import text

from core.kit.db import transaction


@dataclass(frozen=True, slots=True)
class DemoStanding:
    """Its story can be played; all of its history is there."""

    playable: bool
    complete: bool


def demo_standing() -> DemoStanding:
    """Where the loader's marks stand; nothing is loaded before it begins."""
    with transaction() as session:
        parts = {row.part: row.done >= row.total for row in session.execute(text("select part, done, total from demo_load"))}
    return DemoStanding(playable=parts.get("story", False), complete=bool(parts) and all(parts.values()))
