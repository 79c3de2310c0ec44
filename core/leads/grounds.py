"""What a submission stands on: the niche with its form, the place. Kept in memory, checked again by the insert.

``submit`` writes only where niche, form version and market are still as read here, and refuses only after a
second look at the niche; otherwise it forgets what was kept and reads again. So a cache never lets a closed
niche take a lead, nor an old form refuse one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import markets
from core.kit.db import Json, engine_of
from core.leads.errors import NicheClosed
from core.markets import MarketView, ZipPlace

MOST_KEPT = 20_000
T = TypeVar("T")
_kept: WeakKeyDictionary[Any, dict[tuple[str, str], Any]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class NicheGround:
    """An open niche with its current form."""

    id: UUID
    slug: str
    name: str
    max_providers: int
    version: int
    schema: Json


def niche(session: Session, id_or_slug: str) -> NicheGround:
    """The open niche of this id or slug; raises ``NicheClosed``."""
    found = _once(session, "niche", id_or_slug, lambda: _read_niche(session, id_or_slug))
    if found is None:
        raise NicheClosed
    return found


def changed(session: Session, used: NicheGround) -> bool:
    """True when a niche is no longer as it was used; what was kept is then forgotten."""
    if _read_niche(session, str(used.id)) == used:
        return False
    forget(session)
    return True


def _read_niche(session: Session, id_or_slug: str) -> NicheGround | None:
    row = session.execute(
        text("""select n.id, n.slug, n.name, n.max_providers, n.schema_version, f.schema from niche n
                join form_schema f on f.niche_id = n.id and f.version = n.schema_version
                where (n.slug = :wanted or n.id::text = :wanted) and n.status = 'open'"""),
        {"wanted": id_or_slug},
    ).one_or_none()
    return NicheGround(*row) if row else None


def zip_place(session: Session, zip: str) -> ZipPlace | None:
    """The place of a ZIP in an open market."""
    return _once(session, "zip", zip, lambda: markets.place_of_zip(session, zip))


def served(session: Session, zips: Iterable[str]) -> set[str]:
    """Which of the ZIPs lie in open markets: one statement for those that are not kept, whatever their number."""
    kept = _kept.setdefault(_home(session), {})
    wanted = set(zips)
    unknown = {zip for zip in wanted if ("zip", zip) not in kept}
    for found in markets.places_of_zips(session, unknown) if unknown else []:
        unknown.discard(found.zip)
        if len(kept) < MOST_KEPT:
            kept["zip", found.zip] = found
    return wanted - unknown


def market(session: Session, market_id: UUID) -> MarketView:
    """One market."""
    found = _once(session, "market", str(market_id), lambda: markets.get_market(session, market_id))
    assert found is not None  # get_market raises instead
    return found


def forget(session: Session) -> None:
    """Read everything anew from now on."""
    _kept.pop(_home(session), None)


def _once(session: Session, kind: str, key: str, read: Callable[[], T | None]) -> T | None:
    """What is kept, else what is read; "nothing" is never kept, so a new niche or ZIP is seen at once."""
    kept = _kept.setdefault(_home(session), {})
    found: T | None = kept.get((kind, key))
    if found is None:
        found = read()
        if found is not None and len(kept) < MOST_KEPT:
            kept[kind, key] = found
    return found


def _home(session: Session) -> Any:
    return engine_of(session)
