"""httpx over checked connections: no proxy, no socket of this machine, no address that was not looked at."""

import ssl
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache

import httpcore
import httpx

from core.kit.public_addresses import CheckedNetwork

FAILURES = (
    httpx.TransportError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The authorities that are trusted: ``SSL_CERT_FILE``, or the usual ones. Loading them takes longer than a request."""
    return httpx.create_ssl_context(trust_env=True)


class CheckedTransport(httpx.BaseTransport):
    """Sends requests by a pool whose connections ``CheckedNetwork`` makes; failures are those of ``FAILURES``.

    ``longest_s``: how long one exchange may take from its first byte to the last one read, whatever the time-outs of its steps.
    """

    def __init__(self, private_hosts: frozenset[str], *, longest_s: float | None = None) -> None:
        self._longest_s, self._network = longest_s, CheckedNetwork(private_hosts)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=10,
            max_keepalive_connections=2,
            keepalive_expiry=15,
            network_backend=self._network,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; the answer's body is read as it is asked for."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        if self._longest_s is not None:
            self._network.until = time.monotonic() + self._longest_s
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        asked = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        answer = self._pool.handle_request(asked)
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions)

    def close(self) -> None:
        """Close what is kept open."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close:
            close()
