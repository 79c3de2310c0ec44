"""A lead's passport as a file, and the proof of one without a database."""

from pathlib import Path
from uuid import UUID

from core import passports
from core.kit.actor import SYSTEM
from core.kit.checks import Check
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Invalid


def write_copy(lead_id: UUID, out: Path) -> str:
    """Write the whole passport of a lead to ``out``; returns a sentence for people."""
    import core.tables  # noqa: F401
    from core.kit.local import use_services

    with use_services(), transaction() as session:
        document = passports.passport(session, actor=SYSTEM, lead_id=lead_id, now=utc_now())
    out.write_bytes(passports.to_bytes(document))
    return f"{len(document['entries'])} entries written to {out}. Check it with: hotleads verify --passport {out}"


def check_copy(file: Path, key: str | None) -> list[Check]:
    """What a copy proves; raises ``Invalid`` for a file that can't be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Invalid("passport.unreadable", f"{file} can't be read ({error.strerror}).") from error
    return passports.check(content, key=key)
