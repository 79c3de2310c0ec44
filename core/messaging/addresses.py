"""A mail's address as its readers may see it: whole where mail may be read freely, masked elsewhere (SPEC 11.3)."""

from typing import Any

from core.kit import crypto
from core.kit.config import settings

PURPOSE = "mail"


def mail_is_open() -> bool:
    """True where mail may be read with its links: in development and in the demo (SPEC 11.3)."""
    return settings().demo or settings().env == "development"


def unsealed(sealed: bytes | None) -> dict[str, Any] | None:
    """What is kept of a mail; ``None`` once it was erased."""
    return crypto.unseal(sealed, purpose=PURPOSE) if sealed else None


def shown_address(sealed: bytes | None) -> str | None:
    """The address of a mail for a list."""
    kept = unsealed(sealed)
    return None if kept is None else shown(kept["to"])


def shown(address: str) -> str:
    """An address for a list: ``p…@example.com``, or whole where mail is open."""
    local, _, domain = address.rpartition("@")
    return address if mail_is_open() else f"{local[:1]}…@{domain}"
