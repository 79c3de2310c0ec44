"""What a site's robots.txt lets us do (RFC 9309), with the evidence for the permission record (SPEC 8.2).

Answers 4xx: there is no file, everything is allowed. Unreachable, 5xx, or a redirect to another host: nothing is allowed
until it can be read. Groups are matched by our product token, the longest matching rule wins, 500 KiB are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from protego import Protego

from core.sourcing.connectors.line.wire import Refused, Wire
from core.sourcing.errors import SourceBroken, SourceUnavailable

TOKEN = "HotleadsBot"
ENOUGH = 500 * 1024
SLOWEST_S = 300.0
Verdict = Literal["allowed", "disallowed", "absent"]


@dataclass(frozen=True, slots=True)
class Robots:
    """The file as it was read. ``verdict`` is about the address asked for; ``sha256`` of the file, ``None`` without one."""

    verdict: Verdict
    fetched_at: datetime
    sha256: bytes | None
    sitemaps: tuple[str, ...]
    interval_s: float
    words: str
    _rules: Any = None

    def allows(self, url: str) -> bool:
        """True when our robot may fetch the address."""
        if self._rules is None:
            return self.verdict == "absent"
        return bool(self._rules.can_fetch(url, TOKEN))


def read_robots(wire: Wire, url: str, *, headers: dict[str, str]) -> Robots:
    """The verdict on an address; raises ``SourceUnavailable`` when the site can't be reached at all."""
    now = wire.clock.now()
    address = urljoin(url, "/robots.txt")
    host = urlsplit(url).netloc
    try:
        with wire.open("GET", address, headers=headers, redirects=True, most=1 << 40) as (_, _, chunks, _):
            content = _start(chunks)
    except Refused as error:
        if error.status == 429:
            raise
        return Robots("absent", now, None, (), 0.0, f"{host} has no robots.txt ({error.status}): everything is allowed.")
    except (SourceUnavailable, SourceBroken) as error:
        words = f"The robots.txt of {host} can't be read, so nothing is allowed. {error.message}"
        retry = error.retry_after_s if isinstance(error, SourceUnavailable) else None
        raise SourceUnavailable("source.robots", words, retry_after_s=retry) from error
    rules = Protego.parse(content.decode("utf-8", "replace").lstrip("\ufeff"))
    allowed = rules.can_fetch(url, TOKEN)
    verdict: Verdict = "allowed" if allowed else "disallowed"
    words = f"The robots.txt of {host} {'allows' if allowed else 'disallows'} {urlsplit(url).path or '/'} for {TOKEN}."
    return Robots(verdict, now, sha256(content).digest(), tuple(rules.sitemaps), _interval(rules), words, rules)


def _start(chunks: Iterable[bytes]) -> bytes:
    """The first 500 KiB, cut at a line: a rule cut in half could mean anything."""
    content = b""
    for chunk in chunks:
        content += chunk
        if len(content) >= ENOUGH:
            return content[:ENOUGH].rpartition(b"\n")[0]
    return content


def _interval(rules: Any) -> float:
    """Seconds between requests that the site asks for by ``Crawl-delay`` or ``Request-rate``."""
    delay = rules.crawl_delay(TOKEN) or 0.0
    rate = rules.request_rate(TOKEN)
    each = rate.seconds / rate.requests if rate and rate.requests else 0.0
    return min(max(float(delay), float(each)), SLOWEST_S)
