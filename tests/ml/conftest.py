"""A tracking store that the tests of models share: making its tables takes seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.kit import config


@pytest.fixture(scope="session")
def _tracking_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def tracking_home(_tracking_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HOTLEADS_HOME", str(_tracking_home))
    monkeypatch.setenv("HOTLEADS_MLFLOW_URL", "")
    config.settings.cache_clear()
    yield _tracking_home
    config.settings.cache_clear()
