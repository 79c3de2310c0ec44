"""Events signed as the gateways sign them."""

import base64
import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import stripe
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Signed:
    """One delivery: to which webhook, with which headers and bytes; ``event`` is what the bytes say."""

    gateway: str
    event: Json
    headers: dict[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The event's type in its gateway's words."""
        return str(self.event.get("type") or self.event.get("event_type"))


class StripeSigner:
    """HMAC over time and body with the endpoint's secret."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def sign(self, event: Json, *, at: datetime) -> Signed:
        """A delivery of an event, signed at a moment."""
        body = json.dumps(event, indent=2)  # Stripe indents: the raw body is what counts
        header = stripe.WebhookSignature.generate_signature_header(body, self.secret, int(at.timestamp()))
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header}
        return Signed("stripe", event, headers, body.encode())


class PayPalSigner:
    """RSA over id, time, webhook and checksum of the body; the certificate is served at ``path``."""

    def __init__(self, webhook_id: str, *, now: datetime) -> None:
        self.webhook_id = webhook_id
        self.base = ""
        self.path = f"/v1/notifications/certs/CERT-{uuid4().hex[:16]}"
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.example")])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=365))
            .sign(self._key, hashes.SHA256())
        )

    def pem(self) -> bytes:
        """The certificate as it is served."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, event: Json, *, at: datetime, transmission: str | None = None) -> Signed:
        """A delivery of an event, signed at a moment."""
        body = json.dumps(event).encode()
        number, moment = transmission or str(uuid4()), at.isoformat().replace("+00:00", "Z")
        signed = f"{number}|{moment}|{self.webhook_id}|{zlib.crc32(body)}".encode()
        headers = {
            "Content-Type": "application/json",
            "Paypal-Transmission-Id": number,
            "Paypal-Transmission-Time": moment,
            "Paypal-Transmission-Sig": base64.b64encode(self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode(),
            "Paypal-Cert-Url": self.base + self.path,
            "Paypal-Auth-Algo": "SHA256withRSA",
        }
        return Signed("paypal", event, headers, body)
