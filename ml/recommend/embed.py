"""Words as vectors: by a local model or by an OpenAI-compatible endpoint, behind one interface (SPEC 9.5)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.kit import clock
from core.kit.config import settings
from core.kit.logs import logger
from ml.serving import Serving, serving

Vectors = NDArray[np.float32]
SIZE = 64
REMOTE_MODEL = "text-embedding-3-small"
NONE_THERE = {400, 404, 405, 422, 501}  # no such address, model or size; anything else may be over in a minute
LEFT_ALONE = timedelta(hours=1)
_TOKEN = re.compile(r"[\w:]+")
_log = logger()
_without: dict[str, datetime] = {}  # endpoints that have no vectors for us, and until when this process believes that


class NoEmbeddings(Exception):
    """The endpoint speaks, but has no vectors of our size: the local model reads instead for an hour."""


class Embedder(Protocol):
    """Makes vectors of length one; ``name`` stands beside each, so that those of two models are never mixed."""

    @property
    def name(self) -> str:
        """Which model this is."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row of 64 numbers per text."""


@dataclass
class LocalEmbedder:
    """Hashed words weighed by how rare they are, pressed into 64 directions that were learned or, untrained, drawn."""

    weights: Any = None
    pressed: Any = None
    name: str = "local-untrained-1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row per text; no network, no model to download."""
        if self.pressed is None:
            return _unit(np.stack([_drawn(text) for text in texts]) if texts else np.zeros((0, SIZE), np.float32))
        rows = self.weights.transform(hashed(texts))
        return _unit(self.pressed.transform(rows).astype(np.float32))


@dataclass
class RemoteEmbedder:
    """An OpenAI-compatible endpoint: ``POST {base_url}/embeddings``."""

    base_url: str
    key: str
    model: str = REMOTE_MODEL

    @property
    def name(self) -> str:
        """The model's own name, and the size asked for."""
        return f"{self.model}-{SIZE}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row per text; raises ``httpx.HTTPError`` when the endpoint does not answer, ``NoEmbeddings`` when it has none."""
        import httpx

        asked = {"model": self.model, "input": list(texts), "dimensions": SIZE}
        keys = {"Authorization": f"Bearer {self.key}"} if self.key else {}  # a server of one's own may want none
        answer = httpx.post(f"{self.base_url.rstrip('/')}/embeddings", json=asked, headers=keys, timeout=20)
        if answer.status_code in NONE_THERE:
            raise self._none(f"status {answer.status_code}")
        rows = sorted(answer.raise_for_status().json()["data"], key=lambda row: row["index"])
        if any(len(row["embedding"]) != SIZE for row in rows):
            raise self._none("another size than was asked for")
        return _unit(np.array([row["embedding"] for row in rows], np.float32))

    def _none(self, why: str) -> NoEmbeddings:
        _without[self.base_url] = clock.utc_now() + LEFT_ALONE
        _log.warning("recommend.no_embeddings", why=why)
        return NoEmbeddings(why)


def embedder(session: Session, *, by: Serving = serving) -> Embedder:
    """The endpoint when one is configured and has vectors, else the trained model in force, else the untrained one."""
    address = settings().openai_base_url
    if address and clock.utc_now() >= _without.get(address, datetime.min.replace(tzinfo=UTC)):
        return RemoteEmbedder(address, settings().openai_api_key.get_secret_value())
    found = by.model(session, "recommend")
    model: Embedder = found[1] if found else LocalEmbedder()
    return model


def hashed(texts: Sequence[str]) -> Any:
    """Word counts by hash: words that were never seen have a place too."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=1 << 15, alternate_sign=False, norm=None, ngram_range=(1, 2)).transform(texts)


def _drawn(text: str) -> NDArray[np.float32]:
    """The sum of a text's words, each a direction that follows from the word itself."""
    words = _TOKEN.findall(text.casefold())
    total = np.zeros(SIZE, np.float32)
    for word in words:
        total += _direction(word)
    return total


@lru_cache(maxsize=50_000)
def _direction(word: str) -> NDArray[np.float32]:
    bits = np.unpackbits(np.frombuffer(hashlib.blake2b(word.encode(), digest_size=SIZE // 8).digest(), np.uint8))
    weight = 1.0 if len(word) > 3 else 0.3  # short words say little of what a lead is about
    return ((bits.astype(np.float32) * 2 - 1) * weight).astype(np.float32)


def _unit(rows: Vectors) -> Vectors:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Vectors = (rows / np.maximum(length, 1e-9)).astype(np.float32)
    return found
