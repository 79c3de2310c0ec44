"""A key that callers show instead of a signature: only its keyed hash is kept, and it is compared in constant time (SPEC 8.1)."""

import hmac
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints, model_validator

from core.kit import crypto
from core.sourcing.connectors.setting import Secrets


class ShownKey(Secrets):
    """Secrets of a kind whose callers show a key. The key given under ``given_as`` is turned into its hash."""

    given_as: ClassVar[str]
    purpose: ClassVar[str]
    shortest: ClassVar[int]

    key_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @model_validator(mode="before")
    @classmethod
    def _hashed(cls, given: Any) -> Any:
        if not isinstance(given, dict) or cls.given_as not in given:
            return given
        key = str(given[cls.given_as])
        if len(key) < cls.shortest:
            raise ValueError(f"use a key of at least {cls.shortest} characters: it is all that keeps strangers out")
        return {name: value for name, value in given.items() if name != cls.given_as} | {"key_hash": cls.hash_of(key)}

    @classmethod
    def hash_of(cls, key: str) -> str:
        """What is kept of a key."""
        return crypto.keyed_hash(key, purpose=cls.purpose)

    def is_key(self, given: object) -> bool:
        """True when what was shown is the source's key; constant time."""
        return isinstance(given, str) and hmac.compare_digest(self.hash_of(given), self.key_hash)
