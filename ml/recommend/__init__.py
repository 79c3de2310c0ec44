"""Which leads suit a company: meaning of a lead as a vector, a company as the sum of what it made of its leads (SPEC 9.5)."""

from ml.recommend.embed import Embedder, LocalEmbedder, RemoteEmbedder, embedder
from ml.recommend.evaluate import evaluate
from ml.recommend.matrix import Matrix, profile
from ml.recommend.predict import Read, Recommended, Shelf, Unread, keep, read, shelf, unread
from ml.recommend.shown import Shown, recommended
from ml.recommend.train import train

__all__ = [
    "Embedder",
    "LocalEmbedder",
    "Matrix",
    "Read",
    "Recommended",
    "RemoteEmbedder",
    "Shelf",
    "Shown",
    "Unread",
    "embedder",
    "evaluate",
    "keep",
    "profile",
    "read",
    "recommended",
    "shelf",
    "train",
    "unread",
]
