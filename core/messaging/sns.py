"""Amazon SNS as it calls us: who signed, for which topic; and its handshake (SPEC 11.3).

The signature covers some fields in a fixed order; the key stands in a certificate that SNS publishes under its own
host name. Anybody can have a topic of their own there, so the topic counts as much as the signature.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.kit.config import settings
from core.kit.errors import Unavailable
from core.messaging.forged import EventForged, EventMalformed

NOTIFICATION, SUBSCRIPTION, ENDED = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ENDED: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}
_AMAZON = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?")
TIMEOUT_S = 5
LARGEST_CERTIFICATE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """A call that SNS signed for one of our topics."""

    kind: str
    message_id: str
    topic: str
    message: str
    subscribe_url: str | None


def open_envelope(body: bytes, *, now: datetime) -> Envelope:
    """Check a call; raises ``EventMalformed``, ``EventForged``, or ``Unavailable`` when the certificate can't be fetched.

    Talks to the outside: call it where no transaction is open.
    """
    fields = _fields(body)
    kind = fields.get("Type", "")
    missing = [name for name in ("MessageId", "TopicArn", "Timestamp", "Message", "Signature") if not fields.get(name)]
    if kind not in _SIGNED or missing:
        raise EventMalformed("event.malformed", "This is not a call of Amazon SNS: it lacks a type or a field.")
    if fields["TopicArn"] not in _listed(settings().sns_topics):
        raise EventForged("event.topic", "This topic is not ours. Name it in HOTLEADS_SNS_TOPICS if it should be.")
    _check_signature(kind, fields, now)
    return Envelope(kind, fields["MessageId"], fields["TopicArn"], fields["Message"], fields.get("SubscribeURL"))


def confirm_subscription(envelope: Envelope) -> None:
    """Answer the handshake of a new subscription by opening its address, which must be Amazon's own."""
    url = _trusted(envelope.subscribe_url or "")
    try:
        answer = httpx.get(url, timeout=TIMEOUT_S, follow_redirects=False)
    except httpx.HTTPError as error:
        raise Unavailable("event.handshake", "Amazon SNS could not be reached to confirm the subscription.") from error
    if answer.status_code != 200:
        raise Unavailable("event.handshake", f"Amazon SNS refused the confirmation ({answer.status_code}).")


def canonical(kind: str, fields: dict[str, str]) -> bytes:
    """What the signature covers: names and values, a line each; a subject only when there is one."""
    return "".join(f"{name}\n{fields[name]}\n" for name in _SIGNED[kind] if name in fields).encode()


def _fields(body: bytes) -> dict[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventMalformed("event.malformed", "The body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise EventMalformed("event.malformed", "The body must be a JSON object.")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _check_signature(kind: str, fields: dict[str, str], now: datetime) -> None:
    algorithm = _HASHES.get(fields.get("SignatureVersion", ""))
    if algorithm is None:
        raise EventForged("event.signature", "The signature is of a version that is not known.")
    certificate = _certificate(_trusted(fields.get("SigningCertURL", "")))
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise EventForged("event.certificate", "The certificate behind the signature is not valid today.")
    key = certificate.public_key()
    try:
        assert isinstance(key, rsa.RSAPublicKey)
        signature = base64.b64decode(fields["Signature"], validate=True)
        key.verify(signature, canonical(kind, fields), padding.PKCS1v15(), algorithm)
    except (AssertionError, InvalidSignature, binascii.Error, UnicodeEncodeError) as error:
        raise EventForged("event.signature", "The signature is wrong. Nothing was changed.") from error


@lru_cache(maxsize=16)
def _certificate(url: str) -> x509.Certificate:
    """The certificate of an address that is trusted; a new one has a new address."""
    try:
        answer = httpx.get(url, timeout=TIMEOUT_S, follow_redirects=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Unavailable("event.certificate", "The certificate of Amazon SNS could not be fetched.") from error
    try:
        return x509.load_pem_x509_certificate(answer.content[:LARGEST_CERTIFICATE])
    except ValueError as error:
        raise EventForged("event.certificate", "What the address of the certificate holds is none.") from error


def _trusted(url: str) -> str:
    """The address, when it is HTTPS at Amazon's hosts for SNS or at those of ``HOTLEADS_SNS_HOSTS``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EventForged("event.host", "An address in the call is none.") from None
    hosts = _listed(settings().sns_hosts)
    named = parts.netloc in hosts if hosts else bool(_AMAZON.fullmatch(parts.netloc)) and port is None
    if parts.scheme != "https" or not named:
        raise EventForged("event.host", "An address in the call is not at Amazon SNS, so it was not opened.")
    return url


def _listed(names: str) -> set[str]:
    return {name.strip() for name in names.split(",") if name.strip()}
