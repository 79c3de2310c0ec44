"""Classifieds by RSS, RDF and Atom: new and changed entries once, words without markup (SPEC 8.1)."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from flask import Response

from core.kit.db import Json
from core.sourcing.connectors import feed
from core.sourcing.connectors.feed import Feed, FeedSecrets, FeedSettings
from core.sourcing.connectors.line.inflate import TooLarge
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.errors import SourceBroken, Unreadable
from core.sourcing.record import RawRecord
from tests.peers import LOOPBACK, Time, serving
from tests.peers.site import SitePeer

ITEM = (
    "<item><guid>g{n}</guid><link>https://a.example/{n}</link><title>House {n} - ${n}25,000</title>"
    "<description>{text}</description></item>"
)
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"/>
<item rdf:about="https://a.example/7"><title>Land</title><link>https://a.example/7</link>
<dc:date>2026-11-01T08:00:00-08:00</dc:date></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:a</id>
<title type="html">&lt;b&gt;Condo&lt;/b&gt; $1,234.50</title>
<updated>2026-11-01T00:00:00Z</updated><summary>call (702) 555-0142 or pat@example.com, 89109</summary></entry></feed>"""
LAUGHS = """<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rss version="2.0"><channel><item><guid>1</guid><title>&b;</title></item></channel></rss>"""
BILLION = (
    '<!DOCTYPE l [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + ']><rss version="2.0"><channel><item><guid>1</guid><title>Land</title><description>&l9;</description></item></channel>'
    "</rss>"
)
OUTSIDE = """<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1:1/">%y;]>
<rss version="2.0"><channel><item><guid>1</guid><title>Land &x;</title></item></channel></rss>"""


def rss(*numbers: int, text: str = "Nice") -> str:
    return f"<rss version='2.0'><channel>{''.join(ITEM.format(n=n, text=text) for n in numbers)}</channel></rss>"


def reader(url: str, time: Time) -> Feed:
    config = FeedSettings(feed_url=f"{url}/feed", contact_url="https://hotleads.example/robot")
    return Feed(config, FeedSecrets(), Wire(clock=time, private_hosts=LOOPBACK, secure=False))


def keys(connector: Feed, cursor: Json | None) -> tuple[list[str], Json]:
    batches = list(connector.fetch(cursor))
    return [record.record_id for batch in batches for record in batch.records], json.loads(json.dumps(batches[-1].cursor))


def test_entries_come_once_and_again_when_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    peer, time = SitePeer(), Time()
    monkeypatch.setattr(feed, "BATCH", 2)
    with serving(peer.app()) as url:
        peer.put("/feed", rss(5, 4, 3, 2, 1))
        first = next(reader(url, time).fetch(None))
        assert [record.record_id for record in first.records] == ["g1", "g2"], "the oldest first"
        rest, cursor = keys(reader(url, time), first.cursor)
        assert rest == ["g3", "g4", "g5"], "killed after a batch: nothing lost, nothing doubled"
        assert keys(reader(url, time), cursor)[0] == [] and peer.asked[-1] == ("/feed", 304)
        peer.put("/feed", rss(6, 5, 4, text="Nicer").replace("Nicer", "Nice", 1).replace("Nicer", "Nice", 1))
        assert keys(reader(url, time), cursor)[0] == ["g4", "g6"], "what has left the feed is not gone"
        peer.put("/feed", "<html>no feed</html>")
        with pytest.raises(SourceBroken, match="RSS or Atom"):
            keys(reader(url, time), None)
        peer.put("/feed", lambda: Response(b"<rss>" + b" " * (11 << 20)))
        with pytest.raises(TooLarge):
            keys(reader(url, time), None)


def test_the_three_shapes_are_read() -> None:
    peer, time = SitePeer(), Time()
    with serving(peer.app()) as url:
        connector = reader(url, time)
        peer.put("/feed", RDF)
        (rdf,) = next(connector.fetch(None)).records
        assert (rdf.record_id, connector.parse(rdf).at) == ("https://a.example/7", datetime(2026, 11, 1, 16, tzinfo=UTC))
        peer.put("/feed", ATOM)
        (atom,) = next(connector.fetch(None)).records
        parsed = connector.parse(atom)
        assert (parsed.phone, parsed.email, parsed.zip, parsed.price_cents) == (
            "(702) 555-0142",
            "pat@example.com",
            "89109",
            123_450,
        )
        assert parsed.text is not None and "<" not in parsed.text and parsed.facts["title"] == "Condo $1,234.50"
        peer.put("/feed", LAUGHS)
        for batch in connector.fetch(None):
            assert all(b"hahaha" not in record.content for record in batch.records), "entities are not unfolded"
        for attack in (BILLION, OUTSIDE):
            peer.put("/feed", attack)
            try:
                found = [record.content for batch in connector.fetch(None) for record in batch.records]
            except SourceBroken:
                continue  # not read at all, in words
            assert sum(map(len, found)) < 10_000 and b"root:" not in b"".join(found), "neither unfolded nor fetched"
        bomb = gzip.compress(b"<rss>" + b" " * (100 << 20))
        peer.put("/feed", lambda: Response(bomb, 200, {"Content-Encoding": "gzip"}))
        with pytest.raises(TooLarge):
            keys(connector, None)
        with pytest.raises(Unreadable):
            connector.parse(RawRecord("1", "1", b"{}", "application/json", time.now()))
