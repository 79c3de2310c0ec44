"""The niche that a stranger names: one that is open, or nothing is said of it (SPEC 2.2)."""

from sqlalchemy.orm import Session

from core import leads, niches
from core.niches import NicheNotFound, NicheView


def open_niche(session: Session, id_or_slug: str) -> NicheView:
    """A niche that takes requests; raises ``NicheClosed`` for an unknown one as for a closed one."""
    try:
        niche = niches.get_niche(session, id_or_slug)
    except NicheNotFound as unknown:
        raise leads.NicheClosed from unknown
    if niche.status != "open":
        raise leads.NicheClosed
    return niche
