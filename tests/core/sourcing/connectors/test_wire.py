"""Talking to strangers: private addresses, redirects, sizes, bombs, waits; refused or handled in words (SPEC 8.1)."""

import gzip
import socket
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import Invalid, NotFound
from core.kit.public_addresses import is_public
from core.sourcing.connectors.kinds import KINDS, connect, read_settings, secrets_to_keep
from core.sourcing.connectors.line.inflate import TooLarge, gunzipped, inflated
from core.sourcing.connectors.line.pace import Allowance, Pace
from core.sourcing.connectors.line.wire import Refused, Wire, retry_after, same_host
from core.sourcing.errors import SourceBroken, SourceUnavailable
from tests.peers import LOOPBACK, Time
from tests.peers.site import SitePeer


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire(clock=Time(), private_hosts=LOOPBACK, secure=False) as wire:
        yield wire


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0",
     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fc00::1"],
)  # fmt: skip
def test_private_addresses_in_all_their_clothes(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.216.34") and is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_names_that_lead_home_are_not_opened(site: SitePeer, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(url.rpartition(":")[2])
    with Wire(clock=Time(), secure=False) as strict:
        for home in (
            f"http://127.0.0.1:{port}/",
            f"http://localhost:{port}/",
            f"http://2130706433:{port}/",
            f"http://[::1]:{port}/",
        ):
            with pytest.raises(SourceBroken, match="private address"):
                strict.ask("GET", home)
        told = [("93.184.216.34", port), ("127.0.0.1", port)]  # one public and one private: all must be public
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in told]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
        with pytest.raises(SourceBroken, match="private address"):
            strict.ask("GET", f"http://two.example:{port}/")
    assert site.asked == []


def test_redirects_stay_within_the_host(site: SitePeer, url: str, wire: Wire) -> None:
    site.put("/end", "here")
    site.put("/start", lambda: Response("", 302, {"Location": "/end"}))
    site.put("/home", lambda: Response("", 302, {"Location": "http://169.254.169.254/latest/meta-data"}))
    site.put("/file", lambda: Response("", 302, {"Location": "file:///etc/passwd"}))
    site.put("/round", lambda: Response("", 302, {"Location": "/round"}))
    assert wire.ask("GET", f"{url}/start", redirects=True).content == b"here"
    for path, words in (("/home", "not followed"), ("/file", "not followed"), ("/round", "again and again")):
        with pytest.raises(SourceBroken, match=words):
            wire.ask("GET", url + path, redirects=True)
    with pytest.raises(SourceBroken):
        wire.ask("GET", f"{url}/start")
    assert same_host("http://a.example/x", "https://a.example/") and not same_host("https://a.example/", "http://a.example/")
    assert not same_host("https://a.example/", "https://b.a.example/") and not same_host(
        "https://a.example/", "https://a.example:8443/"
    )
    for odd in ("ftp://a.example/", "https://user:pass@a.example/", "https://[::1/", "x", "https://a.example:port/"):
        with pytest.raises(SourceBroken):
            wire.ask("GET", odd)


def test_sizes_and_packing(site: SitePeer, url: str, wire: Wire) -> None:
    bomb = gzip.compress(b"\0" * (100 << 20))
    site.put("/bomb", lambda: Response(bomb, 200, {"Content-Encoding": "gzip"}))
    site.put("/large", lambda: Response(b"x" * (2 << 20)))
    site.put("/torn", lambda: Response(gzip.compress(b"x" * 1000)[:-20], 200, {"Content-Encoding": "gzip"}))
    site.put("/odd", lambda: Response(b"x", 200, {"Content-Encoding": "br"}))
    site.put("/twice", lambda: Response(b"x", 200, {"Content-Encoding": "gzip, gzip"}))
    site.put("/good", lambda: Response(gzip.compress(b"good"), 200, {"Content-Encoding": "gzip"}))
    for path in ("/bomb", "/large"):
        with pytest.raises(TooLarge, match="1 MB"):
            wire.ask("GET", url + path, most=1 << 20)
    for path in ("/torn", "/odd", "/twice"):
        with pytest.raises(SourceBroken):
            wire.ask("GET", url + path)
    assert wire.ask("GET", f"{url}/good").content == b"good"


def test_trying_again_and_giving_up(site: SitePeer, url: str) -> None:
    time = Time()
    with Wire(clock=time, private_hosts=LOOPBACK, secure=False) as wire:
        site.put("/down", lambda: Response("", 503))
        with pytest.raises(SourceUnavailable):
            wire.ask("GET", f"{url}/down")
        assert time.waits == [1.0, 2.0, 4.0] and len(site.asked) == 4
        site.put("/no", lambda: Response("", 403))
        with pytest.raises(Refused) as refused:
            wire.ask("GET", f"{url}/no")
        assert refused.value.status == 403 and len(site.asked) == 5
        with pytest.raises(SourceUnavailable, match="can't be reached"):
            wire.ask("GET", "http://127.0.0.1:1/")
    now = time.now()
    assert retry_after({"Retry-After": "Wed, 04 Nov 2026 19:00:00 GMT"}, now=now) in range(3580, 3602)
    assert [retry_after({"Retry-After": said}, now=now) for said in ("", "x", "-1", "999999999")] == [None, None, None, 604_800]


class Hasty(Time):
    """Two minutes go by whenever somebody looks at the clock."""

    def now(self) -> datetime:
        self.pass_by(120)
        return super().now()


def test_a_trickle_ends(site: SitePeer, url: str) -> None:
    site.put("/slow", lambda: Response(b"x" * 100_000 for _ in range(50)))
    with Wire(clock=Hasty(), private_hosts=LOOPBACK, secure=False) as wire, pytest.raises(SourceUnavailable, match="slowly"):
        wire.ask("GET", f"{url}/slow")


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(1, 50), st.sampled_from(["gzip", "zlib", "several"]))
def test_what_was_packed_is_unpacked_however_it_is_cut(parts: list[bytes], cut: int, kind: str) -> None:
    whole = b"".join(parts)
    packed = {
        "gzip": gzip.compress(whole),
        "zlib": zlib.compress(whole),
        "several": b"".join(map(gzip.compress, parts or [b""])),
    }[kind]
    chunks = [packed[at : at + cut] for at in range(0, len(packed), cut)]
    assert b"".join(inflated(chunks, what="It")) == whole
    if kind != "zlib":
        assert b"".join(gunzipped(chunks, what="It")) == whole
    assert b"".join(gunzipped([b"plain", whole], what="It")) == b"plain" + whole


def test_no_sliding_window_ever_holds_more_than_the_allowance() -> None:
    time = Time()
    pace = Pace(time, allowances=(Allowance("requests", 10, 60),))
    asked: list[float] = []
    for _ in range(400):
        try:
            pace.before()
            asked.append(time.now().timestamp())
        except SourceUnavailable as error:
            assert error.retry_after_s is not None and error.retry_after_s <= 61
        time.pass_by(1.7)
    assert len(asked) > 40
    assert all(sum(start <= at < start + 60 for at in asked) <= 10 for start in asked)


def test_kinds_say_what_is_wrong_in_words() -> None:
    assert set(KINDS) == {"reso", "fsbo", "feed", "meta", "google", "linkedin", "upload", "adf"}
    examples: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "reso": ({"root_url": "https://a.example"}, {"token": "t"}),
        "fsbo": ({"site_url": "https://a.example", "contact_url": "https://b.example"}, {}),
        "feed": ({"feed_url": "https://a.example", "contact_url": "https://b.example"}, {}),
        "meta": ({"page_id": "1"}, {"app_secret": "s"}),
        "google": ({}, {"google_key": "twelve-or-more"}),
        "linkedin": ({"owner": "urn:li:organization:1"}, {"client_secret": "s"}),
        "upload": ({}, {}),
        "adf": ({}, {"key": "twenty-characters-or-more"}),
    }
    for kind, (config, secrets) in examples.items():
        assert connect(kind, config, secrets_to_keep(kind, secrets)).kind == kind
        with pytest.raises(Invalid) as refused:
            read_settings(kind, config | {"no_such": 1})
        assert refused.value.fields.keys() == {"no_such"}
    with pytest.raises(Invalid) as refused:
        read_settings("fsbo", {"site_url": "javascript:x", "contact_url": "https://a:b@c.example"})
    assert set(refused.value.fields) == {"site_url", "contact_url"}
    with pytest.raises(NotFound):
        connect("craigslist", {}, {})
