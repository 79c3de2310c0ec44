"""What every kind's settings and secrets are made of: frozen, typed, refusing what they do not know (SPEC 8.1)."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, StringConstraints


class Settings(BaseModel):
    """A source's settings; shown to admins, kept in plain."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Secrets(BaseModel):
    """A source's credentials; kept encrypted, never shown again."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        parts.port  # noqa: B018
    except ValueError as error:
        raise ValueError("this is not an address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("enter an address that starts with https:// and carries no password")
    return value.strip()


WebAddress = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def said(secret: SecretStr | None) -> str:
    """The secret itself, empty when there is none."""
    return secret.get_secret_value() if secret else ""
