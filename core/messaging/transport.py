"""Hand a letter to a mail server, or to the log where none is set (SPEC 11.1)."""

import smtplib
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

TIMEOUT_S = 20


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
        parts = urlsplit(self.url)
        with _connect(parts) as server:
            if parse_qs(parts.query).get("starttls", ["0"])[0] in {"1", "true", "yes"}:
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            try:
                server.send_message(mime(letter, now=now))
            except smtplib.SMTPRecipientsRefused as error:
                code, answer = next(iter(error.recipients.values()))
                if 500 <= code < 600:
                    words = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
                    raise MailRefused("mail.refused", f"The mail server refused the address ({code} {words}).") from error
                raise


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
    message["To"] = Address(letter.name, addr_spec=letter.address)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if correlation_id.get():
        message["X-Correlation-ID"] = correlation_id.get()
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _connect(parts: SplitResult) -> smtplib.SMTP:
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Unavailable("mail.transport", "SMTP_URL must look like smtp://user:password@host:587 or smtps://host.")
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=TIMEOUT_S)
    return smtplib.SMTP(parts.hostname, parts.port or 25, timeout=TIMEOUT_S)
