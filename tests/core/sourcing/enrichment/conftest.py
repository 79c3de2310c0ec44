"""The stand-in for the service, running; the house set up to use it."""

from collections.abc import Iterator

import pytest

from core.kit import config
from tests.peers.language_model import LanguageModel, running


@pytest.fixture
def language_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageModel]:
    """A service that answers well until a test says otherwise; a budget of 5 USD, patience for a busy machine."""
    with running() as (model, base):
        for name, value in {
            "OPENAI_BASE_URL": base,
            "OPENAI_API_KEY": "sk-test",
            "HOTLEADS_ENRICHMENT_MODEL": "stand-in",
            "HOTLEADS_ENRICHMENT_INPUT_CENTS_PER_MILLION": "15",
            "HOTLEADS_ENRICHMENT_OUTPUT_CENTS_PER_MILLION": "60",
            "HOTLEADS_ENRICHMENT_PATIENCE_S": "40",
        }.items():
            monkeypatch.setenv(name, value)
        config.settings.cache_clear()
        yield model
        monkeypatch.undo()
        config.settings.cache_clear()
