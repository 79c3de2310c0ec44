"""Amazon SNS as a peer over loopback: its own authority, a signing certificate it serves by HTTPS, signed calls."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

import core.messaging.sns
from core.kit import config

TOPIC = "arn:aws:sns:us-west-2:111122223333:mail-events"
TAG = "hotleads_message"
_ORDER = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class SnsPeer:
    """Signs as SNS does; ``opened`` are the paths somebody asked for."""

    def __init__(self, folder: Path) -> None:
        self.opened: list[str] = []
        self.authority_key, self.authority = _certificate("Test authority", None)
        self.key, self.certificate = _certificate("sns.us-west-2.amazonaws.com", (self.authority_key, self.authority))
        self.ca_file = folder / "authority.pem"
        self.ca_file.write_bytes(_pem(self.authority))
        self._server_files = folder / "server.pem"
        key, certificate = _certificate("localhost", (self.authority_key, self.authority), host="localhost")
        self._server_files.write_bytes(_pem(certificate) + _key_pem(key))
        self.pages = {"/cert.pem": _pem(self.certificate), "/confirm": b"<ConfirmSubscriptionResponse/>"}
        self.host = ""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://{self.host}"

    def notification(self, message: dict[str, Any] | str, *, version: str = "2", **more: str) -> dict[str, str]:
        """A signed call that carries a message."""
        text = message if isinstance(message, str) else json.dumps(message)
        return self.signed({"Type": "Notification", "Message": text} | more, version=version)

    def handshake(self, **more: str) -> dict[str, str]:
        """A signed call that asks to confirm a subscription."""
        fields = {"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe.", "Token": "2336412f37"}
        return self.signed(fields | {"SubscribeURL": f"{self.url}/confirm"} | more)

    def signed(self, fields: dict[str, str], *, version: str = "2") -> dict[str, str]:
        """The fields with what SNS adds, and a signature over them."""
        whole = {
            "MessageId": str(uuid4()),
            "TopicArn": TOPIC,
            "Timestamp": "2026-11-04T18:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": f"{self.url}/cert.pem",
        } | fields
        text = "".join(f"{name}\n{whole[name]}\n" for name in _ORDER[whole["Type"]] if name in whole)
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), algorithm)
        return whole | {"Signature": base64.b64encode(signature).decode()}

    def serve(self) -> ThreadingHTTPServer:
        """Answer on a free port."""
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                peer.opened.append(path)
                body = peer.pages.get(path)
                self.send_response(200 if body is not None else 404)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._server_files)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.host = f"localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


@contextmanager
def running_sns(folder: Path) -> Iterator[SnsPeer]:
    """Start on a free port of loopback."""
    peer = SnsPeer(folder)
    server = peer.serve()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def sns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnsPeer]:
    with running_sns(tmp_path_factory.mktemp("sns")) as peer:
        yield peer


@pytest.fixture
def peer(sns: SnsPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SnsPeer]:
    """SNS with an authority of its own, trusted for TLS and allowed by its host; its topic is ours."""
    monkeypatch.setenv("SSL_CERT_FILE", str(sns.ca_file))
    monkeypatch.setenv("HOTLEADS_SNS_HOSTS", sns.host)
    monkeypatch.setenv("HOTLEADS_SNS_TOPICS", f"arn:aws:sns:us-west-2:111122223333:other, {TOPIC}")
    sns.opened.clear()
    _forget()
    yield sns
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    config.settings.cache_clear()
    core.messaging.sns._certificate.cache_clear()


def ses_event(message_id: UUID | None, kind: str, **part: Any) -> dict[str, Any]:
    """What SES publishes of one mail."""
    tags = {TAG: [str(message_id)]} if message_id else {}
    name = {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}.get(kind, kind.lower())
    mail = {"timestamp": "2026-11-04T17:59:00.000Z", "messageId": "0101", "destination": ["pat@example.com"], "tags": tags}
    return {"eventType": kind, "mail": mail, name: {"timestamp": "2026-11-04T18:00:00.000Z"} | part}


def _certificate(
    name: str, issuer: tuple[rsa.RSAPrivateKey, x509.Certificate] | None, *, host: str | None = None
) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer_key, signer_name = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()), critical=False)
    )
    if host:
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return key, built.sign(signer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
