"""Two versions of a template side by side: what was taken out and what was put in (SPEC 11.1)."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from sqlalchemy.orm import Session

from core.kit.actor import STAFF, Actor
from core.messaging.render import PARTS
from core.messaging.template_views import stored_version


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a part: as it was, as it is, or in both."""

    part: str
    change: Literal["same", "out", "in"]
    text: str


def compare_versions(session: Session, *, actor: Actor, key: str, older: int, newer: int) -> list[DiffLine]:
    """Every line of the parts that differ, in the order of reading; empty when the words are the same."""
    actor.require(*STAFF)
    was, now = (stored_version(session, key, version) for version in (older, newer))
    lines: list[DiffLine] = []
    for field, before, after in (
        ("subject", was.subject, now.subject),
        ("html", was.html, now.html),
        ("text", was.body_text, now.body_text),
    ):
        if before != after:
            lines += _lines(PARTS[field], before.split("\n"), after.split("\n"))
    return lines


def _lines(part: str, before: list[str], after: list[str]) -> list[DiffLine]:
    lines: list[DiffLine] = []
    for kind, i, j, k, m in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [DiffLine(part, "same", text) for text in before[i:j]]
        else:
            lines += [DiffLine(part, "out", text) for text in before[i:j]] + [DiffLine(part, "in", text) for text in after[k:m]]
    return lines
