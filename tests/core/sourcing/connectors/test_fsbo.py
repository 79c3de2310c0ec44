"""Homes from a site's own pages: robots.txt, sitemaps, structured data, what changed and what is gone (SPEC 8.1, 8.2)."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kit.db import Json
from core.sourcing.connectors.line.inflate import TooLarge
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.site import fsbo
from core.sourcing.connectors.site.fsbo import Fsbo, FsboSecrets, FsboSettings
from core.sourcing.connectors.site.schema_org import offering_of
from core.sourcing.connectors.site.sitemap import read_sitemap
from core.sourcing.errors import SourceBroken, SourceUnavailable, Unreadable
from core.sourcing.record import RawRecord
from tests.peers import LOOPBACK, Time
from tests.peers.site import SitePeer, home, page, sitemap, zipped


@pytest.fixture
def time() -> Time:
    return Time()


def reader(url: str, time: Time, **more: Any) -> Fsbo:
    config = FsboSettings(site_url=url, contact_url="https://hotleads.example/robot", **more)
    return Fsbo(config, FsboSecrets(), Wire(clock=time, private_hosts=LOOPBACK, secure=False))


def walked(connector: Fsbo, cursor: Json | None = None) -> tuple[list[RawRecord], Json]:
    batches = list(connector.fetch(cursor))
    return [record for batch in batches for record in batch.records], json.loads(json.dumps(batches[-1].cursor))


def test_a_site_is_read_and_then_only_what_changed(site: SitePeer, url: str, time: Time) -> None:
    listed = [f"{url}/homes/{number}" for number in range(3)]
    site.put(
        "/robots.txt",
        f"User-agent: *\nCrawl-delay: 7\nDisallow: /homes/2\nSitemap: {url}/index.xml\nSitemap: http://other.example/s",
    )
    site.put("/index.xml", sitemap(f"{url}/a.xml.gz", "http://evil.example/b.xml", kind="sitemapindex", item="sitemap"))
    site.put("/a.xml.gz", zipped(sitemap(*listed, f"{url}/about", f"{url}/cars/1", "http://evil.example/homes/9")))
    site.put("/homes/0", home(0))
    site.put("/homes/1", home(1))
    site.put("/about", page({"@type": "Organization", "name": "x"}))
    records, cursor = walked(reader(url, time))
    assert [record.record_id for record in records] == listed[:2]
    assert "/homes/2" not in site.visited(), "robots.txt forbids it"
    assert set(time.waits) == {7.0}, "the site's own pace, slower than ours"
    assert site.agents == {"HotleadsBot/1.0 (+https://hotleads.example/robot)"}
    site.put("/homes/0", home(0) + "<!-- another advertisement -->")
    assert walked(reader(url, time), cursor)[0] == [], "only what is offered counts"
    assert ("/homes/1", 304) in site.asked
    site.put("/homes/0", home(0, price="1"))
    del site.pages["/homes/1"]
    site.put("/a.xml.gz", zipped(sitemap(listed[0])))
    records, cursor = walked(reader(url, time), cursor)
    assert [(record.record_id, record.gone) for record in records] == [(listed[0], False), (listed[1], True)]
    site.put("/homes/0", home(0, availability="https://schema.org/SoldOut"))
    records, cursor = walked(reader(url, time), cursor)
    assert [(record.record_id, record.gone) for record in records] == [(listed[0], True)]
    assert walked(reader(url, time), cursor)[0] == []


def test_unchanged_lastmod_is_believed_and_paths_are_chosen(site: SitePeer, url: str, time: Time) -> None:
    site.put("/sitemap.xml", sitemap(f"{url}/homes/1", f"{url}/cars/1", lastmod="2026-11-01"))
    site.put("/homes/1", home(1))
    site.put("/cars/1", home(1))
    records, cursor = walked(reader(url, time, include=("/homes/",)))
    assert [record.record_id for record in records] == [f"{url}/homes/1"]
    site.visited()
    walked(reader(url, time, include=("/homes/",)), cursor)
    assert site.visited() == ["/robots.txt", "/sitemap.xml"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 9), cuts=st.lists(st.integers(0, 3), max_size=4))
def test_cut_anywhere_and_gone_on_nothing_is_lost_or_doubled(
    site: SitePeer, url: str, time: Time, count: int, cuts: list[int]
) -> None:
    site.__init__()  # type: ignore[misc]
    urls = [f"{url}/{number}" for number in range(count)]
    site.put("/sitemap.xml", sitemap(*urls))
    for number in range(count):
        site.put(f"/{number}", home(number))
    stored: list[str] = []
    cursor: Json | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fsbo, "BATCH", 2)
        for taken in [*cuts, 100]:
            for number, batch in enumerate(reader(url, time).fetch(cursor)):
                if number >= taken:
                    break
                stored += [record.record_id for record in batch.records]
                cursor = json.loads(json.dumps(batch.cursor))
    assert sorted(stored) == sorted(urls)


def test_robots_by_the_standard(site: SitePeer, url: str, time: Time) -> None:
    assert reader(url, time).check_robots().verdict == "absent"
    site.put("/robots.txt", "\ufeffUser-agent: hotleadsbot\nDisallow: /\nAllow: /homes/\n\nUser-agent: *\nAllow: /")
    robots = reader(url, time).check_robots()
    assert (robots.verdict, robots.fetched_at) == ("disallowed", time.now()) and robots.sha256 and len(robots.sha256) == 32
    assert robots.allows(f"{url}/homes/1") and not robots.allows(f"{url}/x"), "the longest match wins"
    assert reader(url, time, include=("/homes/",)).check_robots().verdict == "allowed"
    with pytest.raises(SourceUnavailable, match="disallows"):
        walked(reader(url, time))
    elsewhere, round_and_round = (Response("", 302, {"Location": to}) for to in ("http://localhost:1/robots.txt", "/robots.txt"))
    for trouble in (Response("", 503), Response("", 500), elsewhere, round_and_round):
        site.put("/robots.txt", lambda trouble=trouble: trouble)
        with pytest.raises(SourceUnavailable, match="nothing is allowed"):
            reader(url, time).check_robots()
    site.put("/robots.txt", b"User-agent: *\nDisallow: /private\n" + b"# x\n" * 200_000 + b"Disallow: /\n")
    assert reader(url, time).check_robots().allows(f"{url}/homes/1"), "500 KiB are read, not refused"
    site.put("/robots.txt", lambda: Response(b"# x\n" * 20_000 for _ in range(1 << 20)))
    assert reader(url, time).check_robots().allows(f"{url}/homes/1"), "one without an end is left after them"
    site.put("/robots.txt", lambda: Response(b"User-agent: *\nAllow: /\n" for _ in range(50)))
    with pytest.raises(SourceUnavailable, match=r"nothing is allowed.*slowly"):
        reader(url, Hasty()).check_robots()


def test_a_site_that_refuses_is_left_alone(site: SitePeer, url: str, time: Time) -> None:
    site.put("/sitemap.xml", sitemap(*(f"{url}/{number}" for number in range(20))))
    site.put("/0", home(0))
    site.put("/1", lambda: Response("", 302, {"Location": "http://169.254.169.254/latest/"}))
    site.put("/2", lambda: Response("", 302, {"Location": f"{url.replace('127.0.0.1', 'localhost')}/0"}))
    site.put("/3", lambda: Response("", 500))
    site.put("/4", home(4))
    records, _ = walked(reader(url, time))
    assert [record.record_id for record in records] == [f"{url}/0", f"{url}/4"], "one bad page is left out, no more"
    for number in range(20):
        site.put(f"/{number}", lambda: Response("", 403))
    site.visited()
    with pytest.raises(SourceUnavailable, match="refuses"):
        walked(reader(url, time))
    assert len(site.visited()) == 12
    site.put("/0", lambda: Response("", 429, {"Retry-After": "600"}))
    with pytest.raises(SourceUnavailable) as refused:
        walked(reader(url, time))
    assert refused.value.retry_after_s == 600


class Hasty(Time):
    """Six minutes go by whenever somebody looks at the clock."""

    def now(self) -> datetime:
        self.pass_by(360)
        return super().now()


def endless(size: int, chunk: bytes, given: list[int]) -> Iterator[bytes]:
    head = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    yield head
    for _ in range(size // len(chunk)):
        given.append(len(chunk))
        yield chunk


def test_hostile_sitemaps_are_refused_while_they_stream(site: SitePeer, url: str, time: Time) -> None:
    given: list[int] = []
    gigabyte = endless(1 << 30, b"<url><x>" + b"y" * 65_536 + b"</x></url>", given)
    with pytest.raises(TooLarge, match="50 MB"):
        read_sitemap(gigabyte, what="The sitemap")
    assert 50 << 20 < sum(given) < 51 << 20, "the rest of the gigabyte was never asked for"
    many = endless(50_001 * 50, b"<url><loc>https://a.example/1234</loc></url>", given)
    with pytest.raises(TooLarge, match="50,000"):
        read_sitemap(many, what="The sitemap")
    bomb = gzip.compress(b" " * (200 << 20))
    assert len(bomb) < 1 << 20
    with pytest.raises(TooLarge):
        read_sitemap([b"<urlset>", bomb][1:], what="The sitemap")
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>'
    external = b'<!DOCTYPE l SYSTEM "file:///etc/passwd"><urlset/>'
    for hostile in (laughs, external):
        with pytest.raises(SourceBroken, match="document type"):
            read_sitemap([hostile], what="The sitemap")
    for nonsense in (b"", b"<html/>", b"<urlset>", gzip.compress(b"<urlset/>")[:-9], b"\x1f\x8bnot"):
        with pytest.raises(SourceBroken):
            read_sitemap([nonsense], what="The sitemap")
    site.put("/sitemap.xml", lambda: Response(bomb, 200, {"Content-Encoding": "gzip"}))
    with pytest.raises(TooLarge):
        walked(reader(url, time))


GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": ["WebPage", "RealEstateListing"], "@id": "#l", "about": {"@id": "#h"}, "offers": {"@id": "#o"}},
        {
            "@type": "https://schema.org/House",
            "@id": "#h",
            "address": {"streetAddress": "5 Elm St", "postalCode": "08901"},
            "floorSize": 1650,
        },
        {"@type": "Offer", "@id": "#o", "priceSpecification": {"price": "1,250.50", "priceCurrency": "USD"}},
    ],
}
PRODUCT = {
    "@type": "Product", "name": "House", "offers": [{"@type": "Offer", "price": 99, "priceCurrency": "EUR"}],
    "address": {"@type": "PostalAddress", "streetAddress": "7 Oak Ave"},
}  # fmt: skip
OFFERED = {"@type": "Offer", "price": "$300,000", "itemOffered": {"@type": "Apartment", "address": [{"postalCode": "75201"}]}}
MICRODATA = """<div itemscope itemtype="https://schema.org/SingleFamilyResidence">
<div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress"><span itemprop="streetAddress">9 Fir Ln</span></div>
<span itemprop="numberOfBedrooms">4</span></div>"""
OPEN_GRAPH = """<html><head prefix="og: http://ogp.me/ns#"><meta property="og:title" content="Nice home">
<meta property="product:price:amount" content="310000"><meta property="og:postal-code" content="85001"></head></html>"""


@pytest.mark.parametrize(
    ("html", "street", "zip", "cents"),
    [
        (page(GRAPH), "5 Elm St", "08901", 125_050),
        (page(PRODUCT), "7 Oak Ave", None, None),
        (page(OFFERED), None, "75201", 30_000_000),
        (MICRODATA, "9 Fir Ln", None, None),
        (OPEN_GRAPH, None, "85001", 31_000_000),
    ],
    ids=["graph", "product", "offered", "microdata", "opengraph"],
)
def test_the_shapes_of_publishers(html: str, street: str | None, zip: str | None, cents: int | None) -> None:
    found = offering_of(html.encode(), "https://a.example/1")
    assert found is not None and (found.street, found.zip, found.price_cents) == (street, zip, cents)


def test_a_home_is_read_as_what_it_says(time: Time) -> None:
    connector = reader("https://a.example", time)
    record = RawRecord("https://a.example/1", "1", home(1).encode(), "text/html", time.now())
    parsed = connector.parse(record)
    assert (parsed.holder, parsed.name, parsed.phone) == ("owner", "A Seller", "+1-702-555-0142")
    assert (parsed.street, parsed.zip, parsed.lon, parsed.price_cents) == ("1 Main St", "89109", -115.14, 42_500_000)
    assert parsed.facts == {
        "bedrooms": 3, "bathrooms": 2.0, "year_built": 1998, "living_area_sqft": 1076.4, "property_type": "SingleFamilyResidence",
    }  # fmt: skip
    for nothing in (b"", b"<html>", page({"@type": "Person"}).encode(), b"\x00\xff" * 100):
        with pytest.raises(Unreadable):
            connector.parse(RawRecord("x", "1", nothing, "text/html", time.now()))
