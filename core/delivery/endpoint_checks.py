"""What may be typed about an endpoint: name, address, events, fields, header."""

from typing import Any
from urllib.parse import urlsplit

from core.delivery.calls import private_hosts
from core.delivery.errors import EndpointInvalid
from core.delivery.events import EVENTS
from core.delivery.mapping import check_mapping
from core.kit import crypto

LONGEST_URL, LONGEST_AUTHORIZATION = 2_000, 2_000


def checked_endpoint(*, name: Any, url: Any, events: Any, mapping: Any, authorization: Any) -> dict[str, Any]:
    """What is stored of it, the header sealed as ``credentials``; raises ``EndpointInvalid`` by field."""
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 80:
        raise EndpointInvalid("name", "Name the webhook in 1 to 80 characters.")
    unknown = sorted(set(events) - set(EVENTS))
    if not events or unknown:
        raise EndpointInvalid("events", f"Choose at least one of: {', '.join(EVENTS)}.")
    if authorization is not None and (not authorization.isprintable() or len(authorization) > LONGEST_AUTHORIZATION):
        raise EndpointInvalid("authorization", "The Authorization header is one line, such as: Bearer <token>.")
    sealed = crypto.seal(authorization.strip(), purpose="webhook") if authorization and authorization.strip() else None
    return {
        "name": name.strip(),
        "url": _checked_url(url),
        "events": sorted(set(events)),
        "mapping": check_mapping(mapping),
        "credentials": sealed,
    }


def _checked_url(url: Any) -> str:
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018
    except (ValueError, AttributeError) as error:
        raise EndpointInvalid("url", "Enter a web address, such as https://crm.example/leads.") from error
    if len(url) > LONGEST_URL or parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise EndpointInvalid("url", "Enter a web address without a password in it, such as https://crm.example/leads.")
    if parts.scheme == "http" and parts.hostname not in private_hosts():
        raise EndpointInvalid("url", "The address must begin with https: contact data goes over this line.")
    cleaned: str = url.strip()
    return cleaned
