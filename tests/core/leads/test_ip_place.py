"""A location database is asked for an address, and held against where the request is (SPEC 10.2)."""

import struct
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.kit import config
from core.kit.config import InvalidSettings
from core.leads import ip_place
from core.leads.ip_place import IpPlace, near, place_of

VEGAS, BOSTON = (36.17, -115.14), (42.36, -71.06)


class Whole(NamedTuple):
    """A whole number of one of the format's kinds: 5, 6 and 9 have 2, 4 and 8 bytes."""

    number: int
    kind: int = 5

    @property
    def size(self) -> int:
        return {5: 2, 6: 4, 9: 8}[self.kind]


def encoded(value: Any) -> bytes:
    """A value in the data format of MaxMind DB, version 2."""
    if isinstance(value, str):
        return _control(2, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    if isinstance(value, Whole):
        return _control(value.kind, value.size) + value.number.to_bytes(value.size, "big")
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(encoded, value))
    return _control(7, len(value)) + b"".join(encoded(key) + encoded(of) for key, of in value.items())


def _control(kind: int, size: int) -> bytes:
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])


def database(path: Path, networks: dict[str, Any]) -> Path:
    """A file with these networks: a tree of 24-bit records, the data, and what describes both."""
    nodes: list[list[Any]] = [[None, None]]
    data = b""
    for network, value in networks.items():
        of, at = ip_network(network), 0
        bits = f"{int(of.network_address):032b}"[: of.prefixlen]
        for bit in bits[:-1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(bits[-1])] = ("data", len(data))
        data += encoded(value)
    tree = b"".join(_record(each, len(nodes)).to_bytes(3, "big") for node in nodes for each in node)
    about = {
        "node_count": Whole(len(nodes), 6), "record_size": Whole(24), "ip_version": Whole(4), "database_type": "Test",
        "languages": ["en"], "binary_format_major_version": Whole(2), "binary_format_minor_version": Whole(0),
        "build_epoch": Whole(1, 9), "description": {"en": "Test"},
    }  # fmt: skip
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about))
    return path


def _record(value: Any, count: int) -> int:
    if value is None:
        return count
    return count + 16 + value[1] if isinstance(value, tuple) else value


def at(place: tuple[float, float], radius: int = 20) -> dict[str, Any]:
    return {"location": {"latitude": place[0], "longitude": place[1], "accuracy_radius": Whole(radius)}}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database with an address in Las Vegas, one in Boston, one somewhere in the country, and one without a place."""
    networks = {"198.51.100.0/25": at(VEGAS), "198.51.100.128/25": at(BOSTON), "203.0.113.0/25": at(VEGAS, 1000),
                "203.0.113.128/25": {"country": {"iso_code": "US"}}}  # fmt: skip
    path = database(tmp_path / "city.mmdb", networks)
    monkeypatch.setenv("HOTLEADS_IP_DATABASE", str(path))
    config.settings.cache_clear()
    yield path
    ip_place._reader.cache_clear()
    monkeypatch.undo()
    config.settings.cache_clear()


def test_an_address_is_found_as_exactly_as_it_is_known(book: Path) -> None:
    assert ip_place.configured()
    assert place_of("198.51.100.7") == IpPlace(*VEGAS, 20)
    assert place_of("198.51.100.200") == IpPlace(*BOSTON, 20)
    assert [place_of(ip) for ip in ("203.0.113.7", "203.0.113.200", "192.0.2.1")] == [None, None, None]


def test_near_means_within_reach_of_the_circle() -> None:
    assert near(IpPlace(*VEGAS, 20), lat=36.0, lon=-115.2)
    assert not near(IpPlace(*BOSTON, 20), lat=36.0, lon=-115.2)
    assert not near(IpPlace(34.05, -118.24, 20), lat=VEGAS[0], lon=VEGAS[1])  # Los Angeles, 368 km
    assert near(IpPlace(34.05, -118.24, 100), lat=VEGAS[0], lon=VEGAS[1])


def test_without_a_database_nothing_is_looked_up() -> None:
    assert not ip_place.configured() and place_of("198.51.100.7") is None


def test_a_file_that_is_no_database_is_told_in_words(book: Path) -> None:
    book.write_bytes(b"no database")
    with pytest.raises(InvalidSettings, match="HOTLEADS_IP_DATABASE"):
        place_of("198.51.100.7")


def test_a_file_that_is_not_there_is_told_at_the_start(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_IP_DATABASE", str(tmp_path / "nowhere.mmdb"))
    config.settings.cache_clear()
    with pytest.raises(InvalidSettings, match="there is no file"):
        config.settings()
