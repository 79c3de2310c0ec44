"""Private servers are shared by commands that run at the same time; the last one out stops them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.kit import config
from core.kit.config import DEVELOPMENT_SECRET, settings
from core.kit.local import LocalRedis, use_services

CODE = "from core.kit.local import use_services\nwith use_services(): pass"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without a Redis yet; the database is somebody else's, so that only Redis is ours."""
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLEADS_ENV", "development")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", DEVELOPMENT_SECRET)
    config.settings.cache_clear()
    yield tmp_path
    LocalRedis(tmp_path).stop()
    config.settings.cache_clear()


def test_a_second_command_uses_the_servers_of_the_first_and_leaves_them(home: Path) -> None:
    apart = os.environ | {"REDIS_URL": ""}
    with use_services():
        server = LocalRedis(home).pid()
        assert server is not None and settings().redis_url == LocalRedis(home).url()
        subprocess.run([sys.executable, "-c", CODE], env=apart, check=True)
        assert LocalRedis(home).pid() == server, "still in use here"
    assert LocalRedis(home).pid() is None


def test_servers_that_a_killed_command_left_are_stopped_by_the_next(home: Path) -> None:
    LocalRedis(home).start()
    with use_services():
        assert LocalRedis(home).pid() is not None
    assert LocalRedis(home).pid() is None


def test_development_gets_a_secret_key_of_its_own_that_stays(home: Path) -> None:
    with use_services():
        first = settings().secret_key.get_secret_value()
    assert first != DEVELOPMENT_SECRET and len(first) >= 32
    assert (home / "secret-key").stat().st_mode & 0o777 == 0o600
    os.environ["HOTLEADS_SECRET_KEY"] = DEVELOPMENT_SECRET
    config.settings.cache_clear()
    with use_services():
        assert settings().secret_key.get_secret_value() == first
