"""Talking to strangers: one HTTP client for every connector, with every rule about it (SPEC 8.1).

Public addresses only, time-outs on each step and on the whole, sizes limited while reading, gzip unpacked within
limits, redirects followed within one host only when asked to, trying again with growing waits and the peer's own
``Retry-After``. Nothing here knows a protocol above HTTP.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from core.kit.public_addresses import PrivateAddress
from core.kit.public_transport import FAILURES, CheckedTransport
from core.sourcing.connectors.line.clock import Clock, WallClock
from core.sourcing.connectors.line.inflate import inflated, limited
from core.sourcing.connectors.line.pace import Pace
from core.sourcing.errors import SourceBroken, SourceUnavailable

TRIES, LONGEST_WAIT_S, MOST_REDIRECTS = 4, 60, 5
LARGEST_ANSWER = 64 * 1024 * 1024
LONGEST_READ = timedelta(minutes=10)
TIMEOUT = httpx.Timeout(30, connect=10)
T = TypeVar("T")
_REDIRECTS = {301, 302, 303, 307, 308}


class Refused(SourceUnavailable):
    """The source answers that we may not (401, 403) or that the request is wrong (other 4xx); ``status`` says which."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__("source.refused", words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer answered, read whole."""

    status: int
    headers: httpx.Headers
    content: bytes
    url: str


class Wire:
    """A connector's line to its peer. Use as a context manager, or ``close`` it.

    ``private_hosts``: names in a private network that are allowed, such as a feed's proxy in one's own house.
    ``secure``: https only (those hosts excepted), for whoever carries credentials.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        private_hosts: frozenset[str] = frozenset(),
        secure: bool = True,
        user_agent: str = "Hotleads/0.1",
        pace: Pace | None = None,
    ) -> None:
        self.clock: Clock = clock or WallClock()
        self.pace = pace or Pace(self.clock)
        self._plain = None if not secure else private_hosts
        headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}
        self._client = httpx.Client(
            transport=CheckedTransport(private_hosts), headers=headers, timeout=TIMEOUT, follow_redirects=False, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset({200}),
        most: int = LARGEST_ANSWER,
        redirects: bool = False,
    ) -> Answer:
        """One exchange, tried again while that may help.

        Raises ``SourceUnavailable`` (``Refused`` for other 4xx), ``SourceBroken`` for a redirect that may not be
        followed or an answer that is too large.
        """

        def once() -> Answer:
            with self.open(method, url, headers=headers, form=form, accept=accept, most=most, redirects=redirects) as opened:
                status, given, chunks, at = opened
                return Answer(status, given, b"".join(chunks), at)

        return self.again(once)

    def again(self, act: Callable[[], T]) -> T:
        """Call ``act`` until it works, at most four times, with growing waits or the peer's own."""
        patient = Retrying(
            stop=stop_after_attempt(TRIES),
            wait=_wait,
            retry=retry_if_exception(_may_help),
            sleep=self.clock.wait,
            reraise=True,
        )
        return patient(act)

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset({200}),
        most: int = LARGEST_ANSWER,
        redirects: bool = False,
    ) -> Iterator[tuple[int, httpx.Headers, Iterator[bytes], str]]:
        """The answer while it is being read: status, headers, unpacked chunks, final address. Raises as ``ask`` does."""
        for _ in range(MOST_REDIRECTS + 1):
            with self._sent(method, url, headers, form) as answer:
                if answer.status_code in _REDIRECTS:
                    url = self._followed(url, answer, redirects)
                    continue
                self._check(answer, accept)
                yield answer.status_code, answer.headers, self._body(answer, most), url
                return
        raise SourceBroken("source.redirects", f"{_host(url)} redirects again and again, so it was not followed.")

    @contextmanager
    def _sent(
        self, method: str, url: str, headers: Mapping[str, str] | None, form: Mapping[str, str] | None
    ) -> Iterator[httpx.Response]:
        check_url(url, plain=self._plain)
        self.pace.before()
        try:
            with self._client.stream(method, url, headers=headers, data=form) as answer:
                yield answer
        except FAILURES as error:
            raise SourceUnavailable("source.unreachable", f"{_host(url)} can't be reached ({type(error).__name__}).") from error
        except PrivateAddress as error:
            raise SourceBroken("source.private_address", error.message) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SourceBroken("source.url", "An address of the source is none.") from error

    def _followed(self, url: str, answer: httpx.Response, allowed: bool) -> str:
        target = urljoin(url, str(answer.headers.get("Location", "")))
        if not allowed or not same_host(url, target):
            words = f"{_host(url)} redirects to {_host(target) or 'nowhere'}, which is not followed. Enter the final address."
            raise SourceBroken("source.redirect", words)
        return target

    def _check(self, answer: httpx.Response, accept: frozenset[int]) -> None:
        status, host = answer.status_code, answer.url.host
        if status in accept:
            return
        if status in {408, 425, 429} or status >= 500:
            after = retry_after(answer.headers, now=self.clock.now())
            raise SourceUnavailable("source.busy", f"{host} is busy or has a problem ({status}).", retry_after_s=after)
        if status in {401, 403}:
            raise Refused(status, f"{host} refuses us ({status}). Check the source's credentials and permissions.")
        raise Refused(status, f"{host} does not answer this request ({status}). Check the source's settings.")

    def _body(self, answer: httpx.Response, most: int) -> Iterator[bytes]:
        what = f"The answer of {answer.url.host}"
        encoding = answer.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
        if encoding not in {"identity", "gzip", "x-gzip", "deflate"}:
            raise SourceBroken("source.encoding", f"{what} is packed in a way that was not asked for ({encoding[:40]}).")
        raw = self._metered(answer)
        return limited(raw if encoding == "identity" else inflated(raw, what=what), most=most, what=what)

    def _metered(self, answer: httpx.Response) -> Iterator[bytes]:
        until = self.clock.now() + LONGEST_READ
        for chunk in answer.iter_raw():
            self.pace.received(len(chunk))
            if self.clock.now() > until:  # a byte a minute keeps every time-out of a socket content
                raise SourceUnavailable("source.slow", f"{answer.url.host} answers too slowly.")
            yield chunk


def check_url(url: str, *, plain: frozenset[str] | None) -> None:
    """Raises ``SourceBroken`` unless it is a web address without a password in it; ``plain``: the hosts that may do without
    https, ``None`` for any."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018
    except ValueError as error:
        raise SourceBroken("source.url", "An address of the source is none.") from error
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise SourceBroken("source.url", f"{url[:100]} is not an address of a web site.")
    if parts.scheme == "http" and plain is not None and parts.hostname not in plain:
        raise SourceBroken("source.plain", f"{parts.hostname} must be reached by https: credentials go over this line.")


def same_host(one: str, other: str) -> bool:
    """True when both have one host and port, or the other is the same host's move from http to https."""
    try:
        a, b = urlsplit(one), urlsplit(other)
        same = a.hostname == b.hostname and a.hostname is not None
        if a.scheme == b.scheme:
            return same and a.port == b.port
        return same and (a.scheme, b.scheme) == ("http", "https") and a.port in {None, 80} and b.port in {None, 443}
    except ValueError:
        return False


def retry_after(headers: Mapping[str, str], *, now: datetime) -> int | None:
    """Seconds from ``Retry-After``, given as seconds or as a date; ``None`` when absent or senseless."""
    said = headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return min(int(said), 7 * 86400)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, min(int((moment - now).total_seconds()) + 1, 7 * 86400))


def _may_help(error: BaseException) -> bool:
    if not isinstance(error, SourceUnavailable) or isinstance(error, Refused) or error.code == "source.budget":
        return False
    return (error.retry_after_s or 0) <= LONGEST_WAIT_S


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    said = error.retry_after_s if isinstance(error, SourceUnavailable) else None
    return float(said) if said is not None else float(2 ** (state.attempt_number - 1))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
