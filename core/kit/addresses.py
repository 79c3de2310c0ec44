"""Settings that are addresses: what each must look like, and how one is shown without its passwords (SPEC 13.9)."""

import re
from urllib.parse import urlsplit

_WEB = (("http", "https"), True, "https://host")
_POSTGRES = (("postgresql", "postgres", "postgresql+psycopg"), False, "postgresql://user:password@host:5432/database")
# By field: the schemes it may have, whether it names one host, and an example.
KINDS: dict[str, tuple[tuple[str, ...], bool, str]] = {
    "public_url": (("http", "https"), True, "https://leads.example.com"),
    "probe_url": _WEB,
    "openai_base_url": (("http", "https"), True, "https://host/v1"),
    "mlflow_url": _WEB,
    "otlp_endpoint": _WEB,
    "smtp_url": (("smtp", "smtps"), True, "smtp://user:password@host:587?starttls=1 or smtps://host"),
    "redis_url": (("redis", "rediss", "unix"), False, "redis://host:6379/0"),
    "database_url": _POSTGRES,
    "database_tenant_url": _POSTGRES,
    "database_replica_url": _POSTGRES,
}
_SECRET = re.compile(r"([?&](?:[\w-]*(?:password|secret|token|key))=)[^&]+", re.IGNORECASE)


def check(field: str, url: str) -> str:
    """The address as it is; raises ``ValueError`` in words, without the address, which may hold a password."""
    schemes, one_host, example = KINDS[field]
    try:
        parts = urlsplit(url)
        whole = parts.scheme in schemes and (not one_host or bool(parts.hostname and (parts.port is None or parts.port)))
    except ValueError:  # a port that is none, half an IPv6 address
        whole = False
    if url and not whole:
        raise ValueError(f"it must look like {example}")
    return url


def shown(url: str) -> str:
    """An address for people: passwords and keys hidden, wherever in it they stand."""
    scheme, parted, rest = url.partition("://")
    place, asks, query = rest.partition("?")
    credentials, at, host = place.rpartition("@")
    hidden = f"{credentials.split(':')[0]}:********@{host}" if at else place
    return _SECRET.sub(r"\1********", f"{scheme}{parted}{hidden}{asks}{query}")
