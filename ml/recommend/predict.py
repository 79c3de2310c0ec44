"""Recommendations for one company, with the reason; what is on sale stays in memory and is read anew every minute, beside
whoever asks: they are answered from what was read before."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from uuid import UUID

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import recommendations
from core.kit.actor import Actor
from core.kit.db import transaction
from core.recommendations import Past, Told, Wishes
from ml.recommend.embed import SIZE, Embedder, NoEmbeddings, embedder
from ml.recommend.matrix import Matrix, profile

READ_AGAIN_S = 60.0
ALIKE = 0.55  # a likeness from which a past lead is a reason
AT_ONCE = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recommended:
    """A lead, how well it suits (-1 to 1), and why, in words."""

    lead_id: UUID
    likeness: float
    because: str


@dataclass(frozen=True)
class _Goods:
    model: str
    ids: list[UUID]
    matrix: Matrix
    row_of: dict[UUID, int]
    niche: NDArray[np.int64]  # numbers of the ids in ``numbers``
    market: NDArray[np.int64]
    numbers: dict[UUID, int]
    quality: NDArray[np.float64]


class Shelf:
    """What this process holds of everything on sale; ``beside`` reads it anew in a thread and a transaction of its own."""

    def __init__(
        self, model: Embedder | None = None, clock: Callable[[], float] = time.monotonic, *, beside: bool = False
    ) -> None:
        self._model, self._clock, self._beside = model, clock, beside
        self._reading = Lock()
        self._goods: _Goods | None = None
        self._read = 0.0

    def for_provider(self, session: Session, *, actor: Actor, most: int = 20, now: datetime) -> list[Recommended]:
        """The company's best leads on sale that it neither has nor turned away, best first; by its subscriptions alone while it
        has no past."""
        provider_id = actor.require_provider()
        goods = self._on_sale(session)
        if not goods.ids:
            return []
        past = recommendations.past_of(session, provider_id=provider_id, model=goods.model)
        wishes = recommendations.wishes_of(session, provider_id=provider_id)
        among = _fitting(goods, wishes, {each.lead_id for each in past if each.fate != "helpful"})
        if all(each.fate == "not_for_me" for each in past):
            return _by_wishes(goods, among, most)
        vectors = np.frombuffer(b"".join(each.vector for each in past), np.float32).reshape(len(past), SIZE)
        mine = profile(vectors, [each.fate for each in past], [each.at for each in past], now=now)
        rows, likeness = goods.matrix.nearest(mine, most=most, among=among)
        return [
            Recommended(goods.ids[row], round(float(like), 3), _because(goods.matrix.rows[row], past, vectors))
            for row, like in zip(rows, likeness, strict=True)
        ]

    @property
    def bare(self) -> bool:
        """True while no model has read anything that is on sale."""
        return self._goods is None or not self._goods.ids

    def forget(self) -> None:
        """Read what is on sale anew when it is asked for next."""
        self._goods = None

    def similar(self, session: Session, *, lead_id: UUID, most: int = 10) -> list[UUID]:
        """Leads on sale that are most like this one."""
        goods = self._on_sale(session)
        own = goods.row_of.get(lead_id)
        if own is None:
            return []
        rows, _ = goods.matrix.nearest(goods.matrix.rows[own], most=most + 1)
        return [goods.ids[row] for row in rows if row != own][:most]

    def _on_sale(self, session: Session) -> _Goods:
        goods = self._goods
        if goods is not None and self._clock() - self._read < READ_AGAIN_S:
            return goods
        if goods is None or not self._beside:
            return self._read_anew(session)
        if self._reading.acquire(blocking=False):
            Thread(target=self._read_beside, name="shelf", daemon=True).start()
        return goods

    def _read_beside(self) -> None:
        try:
            with transaction() as session:
                self._read_anew(session)
        except Exception as error:  # whoever asks next tries again; what was read before serves meanwhile
            _log.warning("shelf.not_read", error=type(error).__name__)
        finally:
            self._reading.release()

    def _read_anew(self, session: Session) -> _Goods:
        model = _reader(session, (self._model or embedder(session)).name)
        rows = recommendations.vectors_of(session, model=model)
        matrix = np.frombuffer(b"".join(row.vector for row in rows), np.float32).reshape(len(rows), SIZE)
        known = {each for row in rows for each in (row.niche_id, row.market_id)}
        numbers = {each: n for n, each in enumerate(sorted(known))}
        goods = _Goods(
            model, [row.lead_id for row in rows], Matrix(matrix),
            {row.lead_id: n for n, row in enumerate(rows)},
            np.array([numbers[row.niche_id] for row in rows], np.int64),
            np.array([numbers[row.market_id] for row in rows], np.int64), numbers,
            np.array([row.quality for row in rows], float),
        )  # fmt: skip
        self._goods, self._read = goods, self._clock()
        return goods


@dataclass(frozen=True, slots=True)
class Unread:
    """Words of leads that the model in force has not read, and the model."""

    model: Embedder
    told: list[Told]


@dataclass(frozen=True, slots=True)
class Read:
    """Vectors made of listings' words, under the name of the model that made them; ``all`` when nothing was left to read."""

    model: str
    vectors: list[tuple[UUID, bytes]]
    all: bool


def unread(session: Session, *, model: Embedder | None = None) -> Unread:
    """What the model in force has not read, 500 leads at most."""
    chosen = model or embedder(session)
    return Unread(chosen, recommendations.without_vector(session, model=chosen.name, most=AT_ONCE))


def read(unread: Unread) -> Read:
    """Vectors of these leads; may ask an endpoint, so no transaction is open meanwhile. One that has none leaves them unread:
    the next reading is another model's."""
    try:
        vectors = unread.model.embed([each.words for each in unread.told]) if unread.told else ()
    except NoEmbeddings:
        return Read(unread.model.name, [], all=False)
    made = [(each.lead_id, row.tobytes()) for each, row in zip(unread.told, vectors, strict=True)]
    return Read(unread.model.name, made, all=not made)


def keep(session: Session, made: Read, *, now: datetime) -> int:
    """Keep what was read; once nothing is left to read, what other models had made goes. Returns how many."""
    if made.all:
        recommendations.forget_other_vectors(session, model=made.model)
    recommendations.keep_vectors(session, made.vectors, model=made.model, now=now)
    return len(made.vectors)


def _reader(session: Session, wanted: str) -> str:
    """The model in force once it has read nine in ten of what is on sale; until then the one that has read most."""
    read_by = recommendations.readers(session)
    most = max(read_by, key=lambda name: (read_by[name], name), default=wanted)
    return wanted if read_by.get(wanted, 0) >= 0.9 * read_by.get(most, 0) else most


def _fitting(goods: _Goods, wishes: Wishes, has: set[UUID]) -> NDArray[np.bool_]:
    among = np.ones(len(goods.ids), bool)
    for wanted, column in ((wishes.niches, goods.niche), (wishes.markets, goods.market)):
        if wanted:
            among &= np.isin(column, [goods.numbers[each] for each in wanted if each in goods.numbers])
    among[[goods.row_of[lead] for lead in has if lead in goods.row_of]] = False
    return among


def _by_wishes(goods: _Goods, among: NDArray[np.bool_], most: int) -> list[Recommended]:
    order = np.argsort(-np.where(among, goods.quality, -1.0), kind="stable")[:most]
    why = "Fits your subscriptions, and its quality is among the highest."
    return [Recommended(goods.ids[row], 0.0, why) for row in order if among[row]]


def _because(lead: NDArray[np.float32], past: list[Past], vectors: NDArray[np.float32]) -> str:
    alike = [each for each, likeness in zip(past, vectors @ lead, strict=True) if likeness >= ALIKE]
    for fate, words in (("won", "won"), ("accepted", "accepted"), ("bought", "bought"), ("helpful", "that you found helpful")):
        mine = [each for each in alike if each.fate == fate]
        if mine:
            city = Counter(each.city for each in mine if each.city).most_common(1)
            place = f" in {city[0][0]}" if city else ""
            return f"{len(mine)} similar {'lead' if len(mine) == 1 else 'leads'} {words}{place}"
    return "Close to what you buy"


shelf = Shelf(beside=True)
