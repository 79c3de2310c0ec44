"""Call a verb in the past: what it makes gets the time it is given, and ids that sort there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from core.kit.ids import ids_of

Made = TypeVar("Made")


def then(verb: Callable[..., Made], session: Session, *args: Any, now: datetime, **given: Any) -> Made:
    """``verb`` as it ran at ``now``."""
    with ids_of(now):
        return verb(session, *args, now=now, **given)
