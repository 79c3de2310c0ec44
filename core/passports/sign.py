"""The exchange's signature under a passport: Ed25519, so that anybody with the public key can check it."""

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.kit.crypto import key_for, keys_for

PURPOSE = "passport"


def public_key() -> str:
    """Our public key, 32 bytes in base64; it follows from ``HOTLEADS_SECRET_KEY``."""
    return _public(key_for(PURPOSE))


def former_public_keys() -> list[str]:
    """Those of the secret keys that are listed as previous: earlier copies are signed with them."""
    return [_public(key) for key in keys_for(PURPOSE)[1:]]


def sign(document: bytes) -> str:
    """The signature of a document, 64 bytes in base64."""
    return b64encode(_private(key_for(PURPOSE)).sign(document)).decode()


def signed_by(key: str, document: bytes, signature: str) -> bool:
    """Whether ``signature`` was made over ``document`` with the private half of ``key``."""
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True)).verify(b64decode(signature, validate=True), document)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(key)


def _public(key: bytes) -> str:
    return b64encode(_private(key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
