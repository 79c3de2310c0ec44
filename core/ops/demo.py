"""How far the demo market's history is written, for pages that show its figures meanwhile."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.config import settings

_DONE = text("select 100 * sum(done) / sum(total) from demo_load having sum(done) < sum(total)")


def demo_history(session: Session, *, actor: Actor) -> int | None:
    """Percent of the demo's history that is there; ``None`` when all of it is, or there is no demo. For whoever is signed in."""
    if not settings().demo:
        return None
    done = session.execute(_DONE).scalar_one_or_none()
    return None if done is None else int(done)
