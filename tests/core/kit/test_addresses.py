"""Settings that are addresses: what can't be one is refused at the start, and no password in one is shown (SPEC 13.9)."""

import traceback

import pytest

from core.kit.config import InvalidSettings, settings
from core.kit.config import _mask as masked


@pytest.fixture(autouse=True)
def _fresh() -> None:
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("HOTLEADS_PUBLIC_URL", "javascript:alert(1)"),
        ("HOTLEADS_PUBLIC_URL", "leads.example.com"),
        ("HOTLEADS_PUBLIC_URL", "https://"),
        ("HOTLEADS_PUBLIC_URL", "https://leads.example.com:99999"),
        ("HOTLEADS_PROBE_URL", "file:///etc/passwd"),
        ("OPENAI_BASE_URL", "api.example.com/v1"),
        ("SMTP_URL", "mail.example.com:587"),
        ("SMTP_URL", "smtp://"),
        ("REDIS_URL", "http://127.0.0.1:6379"),
        ("DATABASE_URL", "mysql://root@127.0.0.1/hotleads"),
        ("DATABASE_REPLICA_URL", "127.0.0.1"),
    ],
)
def test_what_is_no_address_is_refused_with_one_that_is(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv(name, wrong)
    with pytest.raises(InvalidSettings, match=f"{name}.*must look like") as refused:
        settings()
    assert "secret" not in str(refused.value)
    settings.cache_clear()


def test_a_refused_setting_is_not_in_the_trace_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that can't start logs where it stopped, with whatever caused it."""
    monkeypatch.setenv("DATABASE_URL", "mysql://root:geheim@h/x")
    with pytest.raises(InvalidSettings) as refused:
        settings()
    assert "geheim" not in "".join(traceback.format_exception(refused.value))
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("HOTLEADS_PUBLIC_URL", "http://[::1]:8080"),
        ("SMTP_URL", "smtp://user:pass%40word@mail.example.com:587?starttls=1"),
        ("REDIS_URL", "unix:///run/redis.sock?db=1"),
        ("DATABASE_URL", "postgresql://u:p@one:5432,two:5433/hotleads"),
        ("DATABASE_URL", "postgresql+psycopg://u:p@one/hotleads"),
        ("DATABASE_URL", "postgresql:///hotleads?host=/tmp/x&port=5433"),
    ],
)
def test_every_kind_that_there_is_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, right: str) -> None:
    monkeypatch.setenv(name, right)
    settings()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:geheim@host/db", "postgresql://me:********@host/db"),
        (
            "postgresql://host/db?user=me&password=geheim&sslmode=require",
            "postgresql://host/db?user=me&password=********&sslmode=require",
        ),
        ("redis://:geheim@host/0", "redis://:********@host/0"),
        ("unix:///run/redis.sock?password=geheim", "unix:///run/redis.sock?password=********"),
        ("s3://bucket?key=AKIA&secret=geheim", "s3://bucket?key=********&secret=********"),
    ],
)
def test_no_password_in_an_address_is_shown(address: str, shown: str) -> None:
    assert masked(address) == shown
