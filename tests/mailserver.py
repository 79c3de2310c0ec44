"""A real SMTP server for tests: keeps what it takes, refuses what it is told to."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from core.kit.local.places import free_port


class MailServer:
    """Letters by arrival; addresses in ``refused`` get the given answer instead."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.url = ""
        self._asked = threading.Event()
        self._open = threading.Event()
        self._open.set()

    def hold(self) -> None:
        """From now on, keep whoever names a recipient waiting."""
        self._open.clear()

    def release(self) -> None:
        """Answer again."""
        self._open.set()

    def is_asked(self) -> bool:
        """True once somebody has named a recipient."""
        return self._asked.is_set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        self._asked.set()
        while not self._open.is_set():
            await asyncio.sleep(0.02)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


@contextmanager
def running_mail_server(*, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Start on a free loopback port; ``starttls``: encrypted when asked, ``tls``: from the first byte."""
    server = MailServer()
    port = free_port()
    server.url = f"{'smtps' if tls else 'smtp'}://127.0.0.1:{port}{'?starttls=1' if starttls else ''}"
    controller = Controller(server, hostname="127.0.0.1", port=port, tls_context=starttls, ssl_context=tls)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
