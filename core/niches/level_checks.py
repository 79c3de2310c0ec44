"""What a level may be, and what keeps it from being deactivated or deleted (SPEC 4.1)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.kit import words
from core.niches.errors import LastActiveLevel, LevelInUse, NicheInvalid
from core.niches.models import CompetitionLevel

DEAREST_CENTS = 100_000_00
ROTATIONS = ("longest_wait", "largest_deficit")


def check_not_last_active(session: Session, level: CompetitionLevel) -> None:
    """Raise ``LastActiveLevel`` when the niche sells at no other level."""
    others = select(CompetitionLevel.id).where(
        CompetitionLevel.niche_id == level.niche_id, CompetitionLevel.active, CompetitionLevel.id != level.id
    )
    if session.scalar(others.limit(1)) is None:
        raise LastActiveLevel


def check_unused(session: Session, level_id: UUID) -> None:
    """Raise ``LevelInUse``, saying by what, while anything refers to the level."""
    # Both tables belong to chapters above this one: asked by name, not by class.
    used = session.execute(
        text("""select exists (select from assignment where level_id = :level) as leads,
                       exists (select from subscription where level_id = :level and ended_at is null) as live,
                       exists (select from subscription where level_id = :level) as past"""),
        {"level": level_id},
    ).one()
    if used.leads:
        raise LevelInUse("Leads were sold at this level.")
    if used.live:
        raise LevelInUse("Providers subscribe to this level.")
    if used.past:
        raise LevelInUse("Providers subscribed to this level once, and their history is kept.")


def checked(wanted: dict[str, Any]) -> dict[str, Any]:
    """The values as they are stored, of those that are given; raises ``Invalid`` by field."""
    if "name" in wanted:
        wanted["name"] = words.one_line(wanted["name"], field="name", least=1, most=100)
    if "description" in wanted:
        wanted["description"] = words.paragraphs(wanted["description"], field="description", most=1_000)
    if wanted.get("rotation", ROTATIONS[0]) not in ROTATIONS:
        raise NicheInvalid("rotation", f"The turn goes by one of {', '.join(ROTATIONS)}.")
    _check_whole(wanted, "price_cents", 0, DEAREST_CENTS, "Enter a price from $0 to $100,000.")
    _check_whole(wanted, "max_recipients", 1, 100, "Enter a whole number from 1 to 100.")
    return wanted


def _check_whole(wanted: dict[str, Any], field: str, least: int, most: int, sentence: str) -> None:
    value = wanted.get(field, least)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NicheInvalid(field, sentence)


def check_exclusive(exclusive: bool, max_recipients: int) -> None:
    """Raise ``NicheInvalid`` for an exclusive level of several recipients."""
    if exclusive and max_recipients != 1:
        raise NicheInvalid("max_recipients", "An exclusive level sells a lead to one provider: set the recipients to 1.")
