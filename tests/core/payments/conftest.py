"""The stub gateways, running; the house set up to use them."""

from collections.abc import Iterator

import pytest

from core.kit import config
from demo.gateways.app import Gateways
from demo.gateways.keys import environment, fresh_keys
from demo.gateways.serve import running


@pytest.fixture(scope="session")
def _stubs() -> Iterator[tuple[Gateways, dict[str, str]]]:
    keys = fresh_keys()
    with running(keys) as (gateways, base):
        yield gateways, environment(keys, base)


@pytest.fixture
def gateways(_stubs: tuple[Gateways, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateways]:
    """Both gateways, configured, with nothing remembered of tests before."""
    stubs, settings = _stubs
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    config.settings.cache_clear()
    stubs.post.sent.clear()
    stubs.requests.clear()
    stubs.down = stubs.paypal.declining = False
    stubs.stripe.bad_methods.clear()
    yield stubs
    monkeypatch.undo()
    config.settings.cache_clear()
