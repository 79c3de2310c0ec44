"""The wire to the service, with an end: so many bytes of an answer, so many seconds in all (SPEC 8.5).

httpx itself only limits the time between two bytes; a service that drips or floods would hold a worker for ever.
"""

import time
from collections.abc import Iterator

import httpx

MOST_BYTES = 256_000


class AnswerTooLong(httpx.TransportError):
    """The answer is larger than any sensible one."""


class AnswerTooSlow(httpx.ReadTimeout):
    """The answer had begun but did not end in time."""


class BoundedTransport(httpx.BaseTransport):
    """Another transport whose answers end: after ``most_bytes``, and ``seconds`` after the request began."""

    def __init__(self, inner: httpx.BaseTransport, *, seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self._inner, self._seconds, self._most_bytes = inner, seconds, most_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As the inner transport, with a stream that counts."""
        until = time.monotonic() + self._seconds
        response = self._inner.handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _BoundedStream(response.stream, until, self._most_bytes)
        return response

    def close(self) -> None:
        """End the inner transport."""
        self._inner.close()


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, until: float, most_bytes: int) -> None:
        self._inner, self._until, self._left = inner, until, most_bytes

    def __iter__(self) -> Iterator[bytes]:
        for part in self._inner:
            self._left -= len(part)
            if self._left < 0:
                raise AnswerTooLong("the answer is too long")
            if time.monotonic() > self._until:
                raise AnswerTooSlow("the answer did not end in time")
            yield part

    def close(self) -> None:
        self._inner.close()
