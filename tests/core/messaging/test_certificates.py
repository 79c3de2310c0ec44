"""A mail server proves who it is before it gets a password or a letter (SPEC 11.1)."""

from datetime import datetime
from pathlib import Path

import pytest

from core import messaging
from core.kit.errors import Unavailable
from core.kit.ids import uuid7
from tests.mailserver import running_mail_server
from tests.receiver import own_certificate

LETTER = messaging.Letter(uuid7(), "pat@example.com", "Pat", "Hello", "<p>Hello</p>", "Hello")


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_only_a_server_that_proves_itself_gets_letters(
    way: str, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_mail_server(**{way: own_certificate(tmp_path)}) as server:
        with pytest.raises(Unavailable, match=r"The certificate of 127\.0\.0\.1 proves nothing.*SSL_CERT_FILE"):
            messaging.SmtpTransport(server.url).send(LETTER, now=now)
        assert not server.letters
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
        messaging.SmtpTransport(server.url).send(LETTER, now=now)
        assert [letter["To"] for letter in server.letters] == ["Pat <pat@example.com>"]


@pytest.mark.parametrize("address", ["ftp://mail.example.com", "smtp://", "mail.example.com"])
def test_an_address_that_is_none_is_told(address: str, now: datetime) -> None:
    with pytest.raises(Unavailable, match="SMTP_URL must look like"):
        messaging.SmtpTransport(address).send(LETTER, now=now)
