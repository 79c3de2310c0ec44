"""Hand a letter to a mail server, or to the log where none is set (SPEC 11.1)."""

import json
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage as Mime
from email.utils import format_datetime, parseaddr
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from uuid import UUID

from core.kit.config import settings
from core.kit.errors import HotleadsError, Unavailable
from core.kit.logs import correlation_id, logger
from core.kit.words import tidy

TIMEOUT_S = 20
MESSAGE_TAG = "hotleads_message"
OWN_AUTHORITY = "If it is signed by an authority of your own, name that one's file in SSL_CERT_FILE."


class MailRefused(HotleadsError):
    """The server refused this recipient for good: a hard bounce."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address; ``message_id`` is the outbox row's id, whatever the retries."""

    message_id: UUID
    address: str
    name: str
    subject: str
    html: str
    text: str
    unsubscribe: str = ""


class Transport(Protocol):
    """Whatever can take a letter."""

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Hand the letter over; raises ``MailRefused`` for good, anything else means: try again later."""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """``smtp://user:password@host:port``, ``?starttls=1`` to encrypt, or ``smtps://``."""

    url: str

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Send over a connection of its own, so that nothing is shared between processes."""
        with mail_server(self.url) as server:
            try:
                server.send_message(mime(letter, now=now))
            except smtplib.SMTPRecipientsRefused as error:
                code, answer = next(iter(error.recipients.values()))
                if 500 <= code < 600:
                    words = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
                    raise MailRefused("mail.refused", f"The mail server refused the address ({code} {words}).") from error
                raise


@contextmanager
def mail_server(url: str, *, timeout_s: float = TIMEOUT_S) -> Iterator[smtplib.SMTP]:
    """A signed-in connection, encrypted as the address says, to a server whose certificate is proven: the password and every
    letter go over it. Raises ``Unavailable`` for an address that is none and for a certificate that proves nothing."""
    parts, trusted = urlsplit(url), ssl.create_default_context()
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Unavailable("mail.transport", "SMTP_URL must look like smtp://user:password@host:587 or smtps://host.")
    try:
        with _connected(parts, trusted, timeout_s) as server:
            if parse_qs(parts.query).get("starttls", ["0"])[0] in {"1", "true", "yes"}:
                server.starttls(context=trusted)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server
    except ssl.SSLCertVerificationError as error:
        words = f"The certificate of {parts.hostname} proves nothing ({error.verify_message}). {OWN_AUTHORITY}"
        raise Unavailable("mail.certificate", words) from error


def _connected(parts: SplitResult, trusted: ssl.SSLContext, timeout_s: float) -> smtplib.SMTP:
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=timeout_s, context=trusted)
    return smtplib.SMTP(host, parts.port or 25, timeout=timeout_s)


class ConsoleTransport:
    """Log that a letter would have gone out; for tests and for machines without a mail server."""

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Write one log line without personal data."""
        logger().info("mail.console", message_id=str(letter.message_id), size=len(letter.html))


def transport() -> Transport:
    """The transport of the settings; production without ``SMTP_URL`` can't send."""
    if settings().smtp_url:
        return SmtpTransport(settings().smtp_url)
    if settings().env == "production":
        raise Unavailable(
            "mail.transport", "No mail server is set. Set SMTP_URL, such as smtp://user:password@host:587?starttls=1."
        )
    return ConsoleTransport()


def mime(letter: Letter, *, now: datetime) -> Mime:
    """The letter as a MIME message with a text and an HTML part."""
    sender_name, sender = parseaddr(settings().mail_from)
    message = Mime()
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(one_line(letter.name), addr_spec=letter.address)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for header, value in (_tracing(letter.message_id) | _unsubscribing(letter.unsubscribe)).items():
        message[header] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def one_line(text: str) -> str:
    """Without line breaks and control characters, so that nothing can start a header of its own."""
    return " ".join(tidy(text).split())


def _tracing(message_id: UUID) -> dict[str, str]:
    """By these the sending service's events name our message (SPEC 11.3): SES replaces the Message-ID by its own."""
    headers = {"X-Hotleads-Message": str(message_id)}
    if correlation_id.get():
        headers["X-Correlation-ID"] = str(correlation_id.get())
    if settings().ses_configuration_set:
        headers["X-SES-CONFIGURATION-SET"] = settings().ses_configuration_set
        headers["X-SES-MESSAGE-TAGS"] = f"{MESSAGE_TAG}={message_id}"
    if settings().sendgrid_webhook_key:
        headers["X-SMTPAPI"] = json.dumps({"unique_args": {MESSAGE_TAG: str(message_id)}})
    return headers


def _unsubscribing(link: str) -> dict[str, str]:
    """One click in the mail program (RFC 8058)."""
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if link else {}
