"""Secrets at rest, link tokens and signatures. All keys derive from ``HOTLEADS_SECRET_KEY``."""

import base64
import hashlib
import hmac
import json
import secrets
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.kit.config import settings
from core.kit.errors import Invalid


@lru_cache(maxsize=16)
def key_for(purpose: str) -> bytes:
    """32 bytes for one purpose, derived by HKDF-SHA256 (RFC 5869) from the secret key."""
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"hotleads:{purpose}".encode())
    return hkdf.derive(settings().secret_key.get_secret_value().encode())


def seal(value: dict[str, Any] | str, *, purpose: str) -> bytes:
    """Encrypt a string or a JSON object (Fernet: AES-128-CBC with HMAC)."""
    return _fernet(purpose).encrypt(json.dumps(value, default=str).encode())


def unseal(sealed: bytes, *, purpose: str) -> Any:
    """Undo ``seal``; raises ``Invalid`` when the bytes were altered or sealed with another key."""
    try:
        return json.loads(_fernet(purpose).decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise Invalid("secret.unreadable", "The stored secret can't be read with this HOTLEADS_SECRET_KEY.") from error


def seal_bytes(value: bytes, *, purpose: str) -> bytes:
    """Encrypt bytes as they are, such as a record exactly as its source gave it."""
    return _fernet(purpose).encrypt(value)


def unseal_bytes(sealed: bytes, *, purpose: str) -> bytes:
    """Undo ``seal_bytes``; raises ``Invalid`` when the bytes were altered or sealed with another key."""
    try:
        return _fernet(purpose).decrypt(bytes(sealed))
    except InvalidToken as error:
        raise Invalid("secret.unreadable", "The stored secret can't be read with this HOTLEADS_SECRET_KEY.") from error


@lru_cache(maxsize=16)
def _fernet(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key_for(purpose)))


def new_token() -> str:
    """A link token: 32 random bytes, URL-safe (SPEC 1.3)."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token: its SHA-256 (32 bytes)."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(text: str, *, purpose: str) -> str:
    """Hex HMAC-SHA256 of a normalised value: comparable by us, not reversible by a dictionary."""
    return hmac.digest(key_for(purpose), text.encode(), "sha256").hex()


def sign(text: str, *, purpose: str) -> str:
    """URL-safe signature of a text (HMAC-SHA256), for links that carry their own proof."""
    digest = hmac.digest(key_for(purpose), text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def signature_ok(text: str, signature: str, *, purpose: str) -> bool:
    """True when ``signature`` is ours for ``text``; compared in constant time."""
    return hmac.compare_digest(sign(text, purpose=purpose).encode(), signature.encode())
