"""A lead's passport as a file, and the proof of one without a database."""

from pathlib import Path
from uuid import UUID

from cli.files import content, write
from core import passports
from core.kit.actor import SYSTEM
from core.kit.checks import Check
from core.kit.clock import utc_now
from core.kit.db import transaction


def write_copy(lead_id: UUID, out: Path) -> dict[str, object]:
    """Write the whole passport of a lead to ``out``; returns what there is to know of it. Raises in words."""
    import core.tables  # noqa: F401
    from core.kit.local import use_services

    with use_services(), transaction() as session:
        document = passports.passport(session, actor=SYSTEM, lead_id=lead_id, now=utc_now())
    write(out, passports.to_bytes(document))
    return {"lead_id": str(lead_id), "file": str(out), "entries": len(document["entries"])}


def told(written: dict[str, object]) -> str:
    """The copy in a sentence, and how to check it."""
    return (
        f"{written['entries']} entries written to {written['file']}. Check it with: hotleads verify --passport {written['file']}"
    )


def check_copy(file: Path, key: str | None) -> list[Check]:
    """What a copy proves; raises ``Invalid`` for a file that can't be read."""
    return passports.check(content(file), key=key)
