"""Commands called in this process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import main
from core.kit import config

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Call ``hotleads`` in this process, in a home of its own; returns the exit code."""
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path / "home"))
    config.settings.cache_clear()

    def call(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["hotleads", *words])
        try:
            main.run()
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0

    yield call
    config.settings.cache_clear()
