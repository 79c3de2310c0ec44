"""Signatures of PayPal's webhooks, checked here with PayPal's certificate instead of by a call per event (docs/adr).

PayPal signs ``id|time|webhook id|crc32 of the body`` with RSA; the certificate's address comes with the delivery and
counts only when it is PayPal's own.
"""

import base64
import json
import re
import time
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.kit.config import settings
from core.kit.logs import logger
from core.payments.errors import GatewayUnreachable, WebhookForged, WebhookUnreadable
from core.payments.gateways.gateway import Delivery

AHEAD = timedelta(minutes=5)
BEHIND = timedelta(days=4)  # PayPal repeats a delivery for three days; that it counts once is the inbox's doing
ALGORITHM = "SHA256withRSA"
MOST_FETCHES, PER_S = 10, 60.0
_PATH = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_-]{1,100}")
_WRONG = "The signature is missing or wrong; nothing was changed."


class Certificates:
    """Certificates by address, each fetched once; forgers can't make us fetch more than a few a minute."""

    def __init__(self) -> None:
        self._known: dict[str, x509.Certificate] = {}
        self._fetched: list[float] = []
        self._lock = Lock()

    def get(self, url: str) -> x509.Certificate:
        """The certificate at PayPal's own address; raises ``WebhookForged`` or ``GatewayUnreachable``."""
        if url in self._known:
            return self._known[url]
        _check_address(url)
        with self._lock:
            self._fetched = [at for at in self._fetched if time.monotonic() - at < PER_S]
            if len(self._fetched) >= MOST_FETCHES:
                raise GatewayUnreachable("webhook.certificates", "Too many new certificates at once. Send the event again later.")
            self._fetched.append(time.monotonic())
        found = _fetch(url)
        self._known[url] = found
        return found


certificates = Certificates()


def verify(headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
    """The delivery of a body that PayPal signed for our webhook; raises ``WebhookForged``, ``GatewayUnreachable``."""
    given = {name: headers.get(f"Paypal-{name}") or "" for name in ("Transmission-Id", "Transmission-Time", "Transmission-Sig")}
    if headers.get("Paypal-Auth-Algo") != ALGORITHM or not all(given.values()):
        raise WebhookForged("webhook.forged", _WRONG)
    certificate = certificates.get(headers.get("Paypal-Cert-Url") or "")
    signed = f"{given['Transmission-Id']}|{given['Transmission-Time']}|{settings().paypal_webhook_id}|{zlib.crc32(body)}"
    try:
        _check_signature(certificate, given["Transmission-Sig"], signed)
        signed_at = datetime.fromisoformat(given["Transmission-Time"])
    except (InvalidSignature, ValueError) as error:
        raise WebhookForged("webhook.forged", _WRONG) from error
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise WebhookForged("webhook.certificate", "The certificate has run out; nothing was changed.")
    if signed_at.tzinfo is None or not now - BEHIND <= signed_at <= now + AHEAD:
        raise WebhookForged("webhook.stale", "The signature is too old; nothing was changed. Send the event again.")
    return _delivery(body, signed_at, given["Transmission-Id"][:200])


def _check_signature(certificate: x509.Certificate, signature: str, signed: str) -> None:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise WebhookForged("webhook.forged", _WRONG)
    key.verify(base64.b64decode(signature, validate=True), signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def _delivery(body: bytes, signed_at: datetime, transmission: str) -> Delivery:
    try:
        text = body.decode()
        event = json.loads(text)
        return Delivery("paypal", str(event["id"]), str(event["event_type"]), text, signed_at, transmission)
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookUnreadable("webhook.unreadable", "The body is not an event of PayPal; nothing was changed.") from error


def _check_address(url: str) -> None:
    """Refuse an address that is not PayPal's: whoever names the certificate decides what it signs."""
    asked, ours = urlsplit(url), urlsplit(settings().paypal_api_base)
    hosts = {ours.netloc, ours.netloc.replace("api-m.", "api.", 1)}
    if asked.scheme != ours.scheme or asked.netloc not in hosts or not _PATH.fullmatch(asked.path) or asked.query:
        raise WebhookForged("webhook.forged", _WRONG)


def _fetch(url: str) -> x509.Certificate:
    try:
        answer = httpx.get(url, timeout=3, follow_redirects=False)
        answer.raise_for_status()
        return x509.load_pem_x509_certificate(answer.content)
    except (httpx.HTTPError, ValueError) as error:
        logger().warning("paypal.certificate", error=type(error).__name__)
        words = "PayPal's certificate could not be read, so nothing was changed. Send the event again."
        raise GatewayUnreachable("webhook.certificate", words) from error
