"""Secrets at rest, link tokens and signatures. All keys derive from the secret keys (docs/adr/0034).

What is written is sealed and signed by ``HOTLEADS_SECRET_KEY``. What those of ``HOTLEADS_SECRET_KEY_PREVIOUS`` sealed and
signed is still read and believed, so that a key can be changed while everything runs. Hashes by which the same person or
text is known again can't be made anew from nothing: their key, ``HOTLEADS_MATCHING_KEY``, lasts.
"""

import base64
import hashlib
import hmac
import json
import secrets
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.kit.config import settings
from core.kit.errors import Invalid


def key_for(purpose: str) -> bytes:
    """32 bytes for one purpose, derived by HKDF-SHA256 (RFC 5869) from the secret key: what is new is made with it."""
    return _derived(settings().secret_keys[0], purpose)


def keys_for(purpose: str) -> list[bytes]:
    """``key_for`` and the same of the previous secret keys: what is read may have been made with any of them."""
    return [_derived(key, purpose) for key in settings().secret_keys]


def lasting_key_for(purpose: str) -> bytes:
    """32 bytes for one purpose that stay when the secret key changes."""
    return _derived(settings().lasting_key, purpose)


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"hotleads:{purpose}".encode())
    return hkdf.derive(secret.encode())


def seal(value: dict[str, Any] | str, *, purpose: str) -> bytes:
    """Encrypt a string or a JSON object (Fernet: AES-128-CBC with HMAC)."""
    return seal_bytes(json.dumps(value, default=str).encode(), purpose=purpose)


def unseal(sealed: bytes, *, purpose: str) -> Any:
    """Undo ``seal``; raises ``Invalid`` when the bytes were altered or sealed with a key that is not among ours."""
    return json.loads(unseal_bytes(sealed, purpose=purpose))


def seal_bytes(value: bytes, *, purpose: str) -> bytes:
    """Encrypt bytes as they are, such as a record exactly as its source gave it."""
    return _fernet(key_for(purpose)).encrypt(value)


def unseal_bytes(sealed: bytes, *, purpose: str) -> bytes:
    """Undo ``seal_bytes``; raises ``Invalid`` when the bytes were altered or sealed with a key that is not among ours."""
    try:
        return _fernets(purpose).decrypt(bytes(sealed))
    except InvalidToken as error:
        raise Invalid("secret.unreadable", UNREADABLE) from error


def is_newest(sealed: bytes, *, purpose: str) -> bool:
    """Whether the newest key sealed it."""
    try:
        _fernet(key_for(purpose)).decrypt(bytes(sealed))
    except InvalidToken:
        return False
    return True


def sealed_anew(sealed: bytes, *, purpose: str) -> bytes:
    """The same value sealed by the newest key; raises ``Invalid`` when none of ours opens it."""
    try:
        return _fernets(purpose).rotate(bytes(sealed))
    except InvalidToken as error:
        raise Invalid("secret.unreadable", UNREADABLE) from error


UNREADABLE = (
    "A stored secret can't be read with this HOTLEADS_SECRET_KEY, nor with those of HOTLEADS_SECRET_KEY_PREVIOUS."
    " Ask whoever runs this exchange: `hotleads doctor` says what to do."
)


@lru_cache(maxsize=64)
def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key))


def _fernets(purpose: str) -> MultiFernet:
    return MultiFernet([_fernet(key) for key in keys_for(purpose)])


def new_token() -> str:
    """A link token: 32 random bytes, URL-safe (SPEC 1.3)."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token: its SHA-256 (32 bytes)."""
    return hashlib.sha256(token.encode()).digest()


def keyed_hash(text: str, *, purpose: str) -> str:
    """Hex HMAC-SHA256 of a normalised value: comparable by us, not reversible by a dictionary, the same for good."""
    return hmac.digest(lasting_key_for(purpose), text.encode(), "sha256").hex()


def sign(text: str, *, purpose: str) -> str:
    """URL-safe signature of a text (HMAC-SHA256), for links that carry their own proof."""
    return _signature(text, key_for(purpose))


def signature_ok(text: str, signature: str, *, purpose: str) -> bool:
    """True when ``signature`` is ours for ``text``, by this secret key or a previous one; compared in constant time."""
    given = signature.encode()
    return any(hmac.compare_digest(_signature(text, key).encode(), given) for key in keys_for(purpose))


def _signature(text: str, key: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).rstrip(b"=").decode()
