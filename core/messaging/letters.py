"""The letters we ship: the first version of every template, one file each under ``letters/`` (SPEC 11.2)."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.kit.ids import SYSTEM_USER_ID
from core.messaging.models import EmailTemplate

FOLDER = Path(__file__).parent / "letters"
Audience = Literal["lead", "provider", "user", "admin"]


@dataclass(frozen=True, slots=True)
class Shipped:
    """A letter as released: its variables are the keys of ``samples``, which callers must supply.

    ``optional``: its readers may switch it off. It then waits for the morning, too, unless it is ``urgent``.
    """

    key: str
    title: str
    audience: Audience
    subject: str
    html: str
    text: str
    samples: dict[str, str]
    optional: bool = False
    urgent: bool = False


@lru_cache(maxsize=1)
def shipped() -> dict[str, Shipped]:
    """Every letter by its key."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def seed_templates(session: Session, *, now: datetime) -> int:
    """Store shipped letters that are missing or were improved by a release; returns how many.

    A template that a person has edited keeps their words.
    """
    active = {row.key: row for row in session.scalars(select(EmailTemplate).where(EmailTemplate.active))}
    stale = [letter for letter in shipped().values() if _is_stale(letter, active.get(letter.key))]
    for letter in stale:
        newest = session.scalar(select(func.max(EmailTemplate.version)).where(EmailTemplate.key == letter.key)) or 0
        session.execute(update(EmailTemplate).where(EmailTemplate.key == letter.key, EmailTemplate.active).values(active=False))
        session.add(
            EmailTemplate(
                key=letter.key,
                version=newest + 1,
                subject=letter.subject,
                html=letter.html,
                body_text=letter.text,
                variables=list(letter.samples),
                active=True,
                created_by=SYSTEM_USER_ID,
                created_at=now,
            )
        )
        session.flush()
    return len(stale)


def _is_stale(letter: Shipped, row: EmailTemplate | None) -> bool:
    if row is None:
        return True
    same = (row.subject, row.html, row.body_text, row.variables) == (
        letter.subject,
        letter.html,
        letter.text,
        list(letter.samples),
    )
    return row.created_by == SYSTEM_USER_ID and not same


def _read(path: Path) -> Shipped:
    data = tomllib.loads(path.read_text())
    return Shipped(
        key=path.stem,
        title=data["title"],
        audience=data["audience"],
        subject=data["subject"],
        html=data["html"].strip(),
        text=data["text"].strip(),
        samples=data["samples"],
        optional=data.get("optional", False),
        urgent=data.get("urgent", False),
    )
