"""A RESO server describes itself: what it has is asked for and nothing else (SPEC 8.1)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.core.sourcing.connectors.test_reso import connect, peer, root, server, stamp, time, walked
from tests.peers import Time
from tests.peers.reso import ResoPeer

__all__ = ["peer", "root", "server", "time"]  # fixtures, for whoever asks

METADATA = """<?xml version="1.0"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
 <Schema Namespace="our.feed" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EntityType Name="Dated" Abstract="true"><Property Name="ModificationTimestamp" Type="Edm.DateTimeOffset"/></EntityType>
  <EntityType Name="Home" BaseType="our.feed.Dated">
   <Key><PropertyRef Name="ListingKey"/></Key>
   <Property Name="ListingKey" Type="Edm.String"/><Property Name="ListPrice" Type="Edm.Decimal"/>
   <Property Name="StandardStatus" Type="our.feed.Status"/><NavigationProperty Name="Media" Type="Collection(our.feed.Media)"/>
  </EntityType>
  <EntityType Name="Media"><Property Name="MediaURL" Type="Edm.String"/></EntityType>
  <EntityContainer Name="All"><EntitySet Name="Property" EntityType="our.feed.Home"/></EntityContainer>
 </Schema></edmx:DataServices></edmx:Edmx>"""


def test_only_what_the_server_says_it_has_is_asked_for(peer: ResoPeer, root: str, time: Time) -> None:
    peer.metadata = METADATA
    peer.put("k1", stamp(1))
    records, _ = walked(connect(root, time, expand=("Media", "Rooms")))
    assert [record.record_id for record in records] == ["k1"]
    question = parse_qs(urlsplit(peer.asked[0]).query)
    assert set(question["$select"][0].split(",")) == {"ListingKey", "ListPrice", "StandardStatus", "ModificationTimestamp"}
    assert question["$expand"] == ["Media"], "what is no resource of the server is not expanded"
    assert peer.described == 1, "once a walk"


@pytest.mark.parametrize("answer", [None, "<no/>", "no xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_server_that_does_not_describe_itself_is_asked_for_everything(
    peer: ResoPeer, root: str, time: Time, answer: str | None
) -> None:
    peer.metadata = answer
    peer.put("k1", stamp(1))
    records, _ = walked(connect(root, time))
    assert [record.record_id for record in records] == ["k1"]
    assert "BathroomsTotalInteger" in parse_qs(urlsplit(peer.asked[0]).query)["$select"][0]


def test_a_walk_that_goes_on_does_not_ask_again_what_the_server_has(peer: ResoPeer, root: str, time: Time) -> None:
    peer.metadata = METADATA
    for number in range(8):
        peer.put(f"k{number}", stamp(number))
    first = next(iter(connect(root, time).fetch(None)))
    rest, _ = walked(connect(root, time), first.cursor)
    assert [record.record_id for record in (*first.records, *rest)] == [f"k{number}" for number in range(8)]
    assert peer.described == 1
