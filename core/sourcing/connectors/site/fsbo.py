"""Homes for sale by owner, from a site's own pages: sitemap, robots.txt, structured data (SPEC 8.1, 8.2).

A polite reader: it says who it is and where to complain, keeps the site's pace or its own slower one, asks only for what
changed, and leaves what robots.txt forbids. It does not sign in, run scripts or answer riddles.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from core.kit.db import Json
from core.kit.logs import logger
from core.sourcing.connectors.line.wire import Answer, Wire, same_host
from core.sourcing.connectors.setting import Secrets, Settings, WebAddress, Word
from core.sourcing.connectors.site.robots import TOKEN, Robots, read_robots
from core.sourcing.connectors.site.schema_org import Offering, offering_of
from core.sourcing.connectors.site.sitemap import Entry, pages
from core.sourcing.connectors.values import fingerprint, packed
from core.sourcing.errors import SourceBroken, SourceUnavailable, Unreadable
from core.sourcing.record import Batch, Parsed, RawRecord

LARGEST_PAGE = 5 * 1024 * 1024
BATCH = 50
ROBOTS_FOR = timedelta(hours=24)
REFUSALS = 10  # in a row: the site does not want us
ACCEPTED = frozenset({200, 304, 404, 410})


class FsboSettings(Settings):
    """``contact_url``: where a site's owner finds out who we are. ``include``: beginnings of the paths of listings, such as
    ``/homes/``; empty: every page of the sitemap. ``interval_s``: between two requests; the site may ask for more."""

    site_url: WebAddress
    contact_url: WebAddress
    sitemaps: tuple[WebAddress, ...] = ()
    include: tuple[Word, ...] = ()
    interval_s: float = Field(2.0, ge=1, le=300)
    most_pages: int = Field(5_000, ge=1, le=50_000)


class FsboSecrets(Secrets):
    """None: what needs a sign-in is not read."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is remembered of a page. ``version``: of the home it offered; ``None``: it offered none. ``round``: last visit."""

    lastmod: str | None = None
    etag: str | None = None
    modified: str | None = None
    version: str | None = None
    round: int = 0


class Fsbo:
    """One site."""

    kind = "fsbo"

    def __init__(self, settings: FsboSettings, secrets: FsboSecrets, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._headers = {"User-Agent": f"{TOKEN}/1.0 (+{settings.contact_url})"}
        self._robots: Robots | None = None
        self._refused = 0

    def check_robots(self) -> Robots:
        """What robots.txt says of the listings' addresses, for the permission record; read again after a day."""
        now = self._wire.clock.now()
        if self._robots is None or now - self._robots.fetched_at >= ROBOTS_FOR:
            first = urljoin(self._settings.site_url, self._settings.include[0] if self._settings.include else "/")
            self._robots = read_robots(self._wire, first, headers=self._headers)
            self._wire.pace.interval_s = max(self._settings.interval_s, self._robots.interval_s)
        return self._robots

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Pages that are new, changed or gone since the cursor, in the sitemap's order.

        A cursor inside a round goes on with the pages that the round has not visited.
        """
        kept: dict[str, Any] = cursor or {}
        known = {url: Page(*page) for url, page in (kept.get("pages") or {}).items()}
        turn = int(kept.get("round", 0)) + (0 if kept.get("walking") else 1)
        self._check_open()
        listed = dict(self._listed())
        missing = [(url, None) for url, page in known.items() if url not in listed and page.version]
        records: list[RawRecord] = []
        visited = 0
        for url, lastmod in [*listed.items(), *missing]:
            before = known.get(url, Page())
            if before.round == turn:
                continue
            page, record = self._visited(url, lastmod, before)
            known[url] = replace(page, round=turn)
            records += [record] if record else []
            visited += 1
            if visited % BATCH == 0:
                yield Batch(tuple(records), _cursor(known, turn, walking=True))
                records = []
        over = {url: page for url, page in known.items() if url in listed or page.version}
        yield Batch(tuple(records), _cursor(over, turn, walking=False))

    def parse(self, record: RawRecord) -> Parsed:
        """The home of a page and its owner's contact; raises ``Unreadable`` when the page offers none. A page says what it says
        when it is read, not when it was first put up: one that was away and is back is the newest word."""
        found = offering_of(record.content, record.url or record.record_id)
        if found is None:
            raise Unreadable("record.no_home", "The page describes no home for sale.")
        same = ("name", "phone", "email", "street", "city", "state", "zip", "lat", "lon", "price_cents", "text", "facts")
        return Parsed(holder="owner", **{name: getattr(found, name) for name in same})

    def _check_open(self) -> None:
        robots = self.check_robots()
        if robots.verdict == "disallowed" and not self._settings.include:
            raise SourceUnavailable("source.robots", robots.words)

    def _listed(self) -> list[Entry]:
        """The sitemap's pages that are listings, of this site, and allowed."""
        robots = self.check_robots()
        maps = self._settings.sitemaps or tuple(url for url in robots.sitemaps if same_host(self._settings.site_url, url))
        maps = maps or (urljoin(self._settings.site_url, "/sitemap.xml"),)
        found = pages(self._wire, maps, headers=self._headers, most=self._settings.most_pages)
        return [entry for entry in found if self._wanted(entry[0]) and robots.allows(entry[0])]

    def _wanted(self, url: str) -> bool:
        path = urlsplit(url).path
        inside = not self._settings.include or any(path.startswith(start) for start in self._settings.include)
        return inside and same_host(self._settings.site_url, url)

    def _visited(self, url: str, lastmod: str | None, before: Page) -> tuple[Page, RawRecord | None]:
        """The page as it is now, and a record when that is news. What can't be read this time is tried in the next round."""
        if before.round and lastmod and lastmod == before.lastmod:
            return before, None
        if not self.check_robots().allows(url):
            return Page(), self._gone(url, before)
        try:
            answer = self._asked(url, before)
        except (SourceUnavailable, SourceBroken) as error:
            self._refused += 1
            if self._refused >= REFUSALS or _asks_to_wait(error):
                raise
            logger().warning("fsbo.page_skipped", url=url, code=error.code)
            return before, None
        self._refused = 0
        if answer.status == 304:
            return replace(before, lastmod=lastmod), None
        if answer.status != 200:
            return Page(), self._gone(url, before)
        return self._read(url, lastmod, before, answer)

    def _asked(self, url: str, before: Page) -> Answer:
        given = {"If-None-Match": before.etag, "If-Modified-Since": before.modified}
        headers = self._headers | {name: value for name, value in given.items() if value}
        return self._wire.ask("GET", url, headers=headers, accept=ACCEPTED, most=LARGEST_PAGE, redirects=True)

    def _read(self, url: str, lastmod: str | None, before: Page, answer: Answer) -> tuple[Page, RawRecord | None]:
        etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
        try:
            found = offering_of(answer.content, url)
            version = _version(found) if found else None
        except Unreadable:  # kept: it goes to quarantine in words
            found, version = None, fingerprint(answer.content)
        page = Page(lastmod, etag, modified, version)
        if version is None or (found and found.over):
            return replace(page, version=None), self._gone(url, before)
        if version == before.version:
            return page, None
        return page, RawRecord(url, version, answer.content, "text/html", self._wire.clock.now(), url)

    def _gone(self, url: str, before: Page) -> RawRecord | None:
        """A record of a home that is no longer offered, when it was."""
        if before.version is None:
            return None
        content = packed({"url": url})
        return RawRecord(url, f"gone-{before.version}", content, "application/json", self._wire.clock.now(), url, gone=True)


def _asks_to_wait(error: Exception) -> bool:
    """One page that fails is left out of the round; a site that says when to come again is left alone until then."""
    return isinstance(error, SourceUnavailable) and error.retry_after_s is not None


def _version(found: Offering) -> str:
    """Of what the page offers, not of its bytes: advertisements and tokens change with every request."""
    return fingerprint(packed(asdict(found) | {"lat": str(found.lat), "lon": str(found.lon)}))


def _cursor(known: dict[str, Page], turn: int, *, walking: bool) -> Json:
    told = {url: [page.lastmod, page.etag, page.modified, page.version, page.round] for url, page in known.items()}
    return {"round": turn, "walking": walking, "pages": told}
