"""Sitemaps (sitemaps.org 0.9): indexes and lists of pages, plain or gzipped, read as a stream within the protocol's limits."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from core.sourcing.connectors.line.inflate import TooLarge, gunzipped, limited
from core.sourcing.connectors.line.wire import Wire, same_host
from core.sourcing.errors import SourceBroken

LARGEST, MOST_URLS, MOST_FILES, DEEPEST = 50 * 1024 * 1024, 50_000, 500, 2
LONGEST = 2_048
Entry = tuple[str, str | None]


def pages(wire: Wire, sitemaps: Iterable[str], *, headers: dict[str, str], most: int) -> Iterator[Entry]:
    """Address and ``lastmod`` of each page, at most ``most``, of the sitemaps' own hosts only.

    Raises ``TooLarge`` above 50 MB or 50,000 addresses in a file, ``SourceBroken`` for what is no sitemap.
    """
    waiting = [(url, 0) for url in sitemaps]
    read: set[str] = set()
    given: set[str] = set()
    while waiting:
        url, depth = waiting.pop(0)
        if url in read or len(read) >= MOST_FILES:
            continue
        read.add(url)
        found = _read(wire, url, headers)
        inner = [entry[0] for entry in found.maps if same_host(url, entry[0])]
        waiting += [(address, depth + 1) for address in inner if depth < DEEPEST]
        for entry in found.urls:
            if same_host(url, entry[0]) and entry[0] not in given:
                given.add(entry[0])
                yield entry
                if len(given) >= most:
                    return


class Sitemap:
    """Takes what the parser tells; keeps addresses, nothing else, whatever the size of the file."""

    def __init__(self, what: str) -> None:
        self.urls: list[Entry] = []
        self.maps: list[Entry] = []
        self._what = what
        self._place: list[str] = []
        self._text: list[str] | None = None
        self._loc: str | None = None
        self._lastmod: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        name = _local(tag)
        if not self._place and name not in {"urlset", "sitemapindex"}:
            raise SourceBroken("source.sitemap", f"{self._what} is not a sitemap: it begins with {name[:40]}.")
        self._place.append(name)
        if len(self._place) == 2:
            self._loc = self._lastmod = None
        self._text = [] if len(self._place) == 3 and name in {"loc", "lastmod"} else None

    def data(self, text: str) -> None:
        """Text, in portions."""
        if self._text is not None and sum(map(len, self._text)) <= LONGEST:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """An element closes."""
        name = self._place.pop()
        if self._text is not None:
            words = "".join(self._text).strip()
            self._loc, self._lastmod = (words, self._lastmod) if name == "loc" else (self._loc, words[:40])
            self._text = None
        if len(self._place) == 1 and name in {"url", "sitemap"} and self._loc and len(self._loc) <= LONGEST:
            (self.urls if name == "url" else self.maps).append((self._loc, self._lastmod))
            if len(self.urls) + len(self.maps) > MOST_URLS:
                raise TooLarge("source.too_large", f"{self._what} has more than {MOST_URLS:,} addresses, so it was not read.")

    def close(self) -> None:
        """The end of the file."""


def read_sitemap(chunks: Iterable[bytes], *, what: str) -> Sitemap:
    """A sitemap from its bytes, gzipped or not. Document types and entities are refused: a sitemap has none."""
    found = Sitemap(what)
    parser = DefusedXMLParser(target=found, forbid_dtd=True)
    try:
        for chunk in limited(gunzipped(chunks, what=what), most=LARGEST, what=what):
            parser.feed(chunk)
        parser.close()
    except DefusedXmlException as error:
        raise SourceBroken("source.sitemap", f"{what} declares a document type or entities, so it was not read.") from error
    except ParseError as error:
        raise SourceBroken("source.sitemap", f"{what} is not well-formed XML.") from error
    return found


def _read(wire: Wire, url: str, headers: dict[str, str]) -> Sitemap:
    def once() -> Sitemap:
        with wire.open("GET", url, headers=headers, redirects=True, most=LARGEST) as (_, _, chunks, _):
            return read_sitemap(chunks, what=f"The sitemap {url[:200]}")

    return wire.again(once)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
