"""A site on loopback that a test sets up as it likes: as new for each test, served once a module."""

from collections.abc import Iterator

import pytest

from tests.peers import serving
from tests.peers.site import SitePeer


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[SitePeer, str]]:
    peer = SitePeer()
    with serving(peer.app()) as url:
        yield peer, url


@pytest.fixture
def site(server: tuple[SitePeer, str]) -> SitePeer:
    server[0].__init__()  # type: ignore[misc]
    return server[0]


@pytest.fixture
def url(server: tuple[SitePeer, str]) -> str:
    return server[1]
