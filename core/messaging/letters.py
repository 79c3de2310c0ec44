"""The letters we ship: the first version of every template, one file each under ``letters/`` (SPEC 11.2)."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.kit.ids import SYSTEM_USER_ID
from core.kit.logs import logger
from core.messaging.models import EmailTemplate
from core.messaging.render import Parts, TemplateInvalid, check_parts

FOLDER = Path(__file__).parent / "letters"
Audience = Literal["lead", "provider", "user", "admin"]


@dataclass(frozen=True, slots=True)
class Shipped:
    """A letter as released: its variables are the keys of ``samples``, which callers must supply.

    ``waits``: nobody needs it at night, so it waits until the reader's quiet hours are over (SPEC 11).
    """

    key: str
    title: str
    audience: Audience
    subject: str
    html: str
    text: str
    samples: dict[str, str]
    waits: bool = False


@lru_cache(maxsize=1)
def shipped() -> dict[str, Shipped]:
    """Every letter by its key."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def seed_templates(session: Session, *, now: datetime) -> int:
    """Store shipped letters that are missing or were improved by a release; returns how many.

    A template that a person has edited, or whose version a person has chosen, keeps their words, unless they use a
    variable that the release no longer gives.
    """
    active = {row.key: row for row in session.scalars(select(EmailTemplate).where(EmailTemplate.active))}
    known = [(letter, active.get(letter.key)) for letter in shipped().values()]
    stale = [letter for letter, row in known if _is_stale(letter, row) or _is_outdated(letter, row)]
    newest = dict(session.execute(select(EmailTemplate.key, func.max(EmailTemplate.version)).group_by(EmailTemplate.key)).all())
    for letter in stale:
        if letter.key in active:
            active[letter.key].active = False
    session.flush()
    session.add_all(version_of(letter, 1 + newest.get(letter.key, 0), now) for letter in stale)
    session.flush()
    return len(stale)


def version_of(letter: Shipped, version: int, now: datetime) -> EmailTemplate:
    """The letter as a version in use."""
    return EmailTemplate(
        key=letter.key,
        version=version,
        subject=letter.subject,
        html=letter.html,
        body_text=letter.text,
        variables=list(letter.samples),
        active=True,
        created_by=SYSTEM_USER_ID,
        created_at=now,
    )


def _is_stale(letter: Shipped, row: EmailTemplate | None) -> bool:
    if row is None:
        return True
    return row.created_by == SYSTEM_USER_ID and row.chosen_by is None and not is_same(letter, row)


def is_same(letter: Shipped, row: EmailTemplate) -> bool:
    """Whether a version has the letter's words and variables."""
    mine = (letter.subject, letter.html, letter.text, list(letter.samples))
    return (row.subject, row.html, row.body_text, row.variables) == mine


def _is_outdated(letter: Shipped, row: EmailTemplate | None) -> bool:
    """Whether a person's words can't be written any more; when they can, the row learns the release's variables."""
    if row is None:
        return False
    try:
        bring_up_to_date(letter, row)
    except TemplateInvalid as error:
        logger().warning("template.outdated", key=row.key, version=row.version, why=error.message)
        return True
    return False


def bring_up_to_date(letter: Shipped, row: EmailTemplate) -> None:
    """Have a version know the variables that the exchange gives today; raises ``TemplateInvalid`` when its words use others."""
    variables = list(letter.samples)
    if row.variables != variables:
        check_parts(Parts(row.subject, row.html, row.body_text), variables=variables, samples=letter.samples)
        row.variables = variables


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
        waits=data.get("waits", False),
    )
