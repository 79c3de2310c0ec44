"""Records exactly as they came: kept once per version, hashed, encrypted, erasable (SPEC 8.3, 13.6)."""

import hashlib

from core.kit import crypto

PURPOSE = "raw-record"


def sealed(content: bytes) -> bytes:
    """What is stored of a record's content."""
    return crypto.seal_bytes(content, purpose=PURPOSE)


def opened(content: bytes) -> bytes:
    """The content as it came."""
    return crypto.unseal_bytes(content, purpose=PURPOSE)


def content_hash(content: bytes) -> bytes:
    """SHA-256 of the content as it came."""
    return hashlib.sha256(content).digest()
