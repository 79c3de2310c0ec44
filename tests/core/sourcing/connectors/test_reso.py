"""MLS by RESO Web API against a server that speaks it: walking, resuming, tokens, vendors' rules, pushes (SPEC 8.1)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from core.kit.db import Json
from core.sourcing.connectors.line.wire import Refused, Wire
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.connectors.reso.connector import Reso
from core.sourcing.connectors.reso.push import read_push, verify_push
from core.sourcing.connectors.reso.settings import ResoSecrets, ResoSettings
from core.sourcing.errors import SourceBroken, SourceUnavailable, Unreadable
from core.sourcing.record import Batch, Notice, RawRecord
from tests.peers import LOOPBACK, Time, serving
from tests.peers.reso import ResoPeer

SECRETS = ResoSecrets(token=SecretStr("fixed"), push_token=SecretStr("told-you"))


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ResoPeer, str]]:
    peer = ResoPeer()
    with serving(peer.app()) as url:
        yield peer, url


@pytest.fixture
def peer(server: tuple[ResoPeer, str]) -> ResoPeer:
    server[0].__init__(tokens={"fixed"})  # type: ignore[misc]
    return server[0]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def root(server: tuple[ResoPeer, str]) -> str:
    return f"{server[1]}/odata"


def connect(root: str, time: Time, secrets: ResoSecrets = SECRETS, **more: Any) -> Reso:
    return Reso(ResoSettings(root_url=root, **more), secrets, Wire(clock=time, private_hosts=LOOPBACK))


def walked(connector: Reso, cursor: Json | None = None) -> tuple[list[RawRecord], Json]:
    batches = list(connector.fetch(cursor))
    return [record for batch in batches for record in batch.records], batches[-1].cursor


def stamp(second: int) -> str:
    return f"2026-11-{1 + second // 60:02d}T00:00:{second % 60:02d}.000Z"


def test_a_feed_is_walked_page_by_page_and_only_changes_come_next_time(peer: ResoPeer, root: str, time: Time) -> None:
    for number in range(8):
        peer.put(f"k{number}", stamp(number // 3))
    records, cursor = walked(connect(root, time))
    assert [record.record_id for record in records] == [f"k{number}" for number in range(8)]
    assert len(peer.asked) == 3 and "%24top" not in peer.asked[1] and "page=" in peer.asked[1], "next links are followed as given"
    assert walked(connect(root, time), cursor)[0] == []
    peer.put("k1", stamp(2), ListPrice=1)
    peer.put("k9", stamp(2))
    records, cursor = walked(connect(root, time), json.loads(json.dumps(cursor)))
    assert {record.record_id for record in records} == {"k1", "k9"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stamps=st.lists(st.integers(0, 5), max_size=14),
    page=st.integers(1, 4),
    cuts=st.lists(st.integers(0, 3), max_size=5),
    forgets=st.booleans(),
)
def test_cut_anywhere_and_gone_on_nothing_is_lost_or_doubled(
    peer: ResoPeer, root: str, time: Time, stamps: list[int], page: int, cuts: list[int], forgets: bool
) -> None:
    peer.__init__(tokens={"fixed"}, page=page)  # type: ignore[misc]
    for number, second in enumerate(stamps):
        peer.put(f"k{number}", stamp(second))
    stored: list[str] = []
    cursor: Json | None = None
    for taken in [*cuts, 10_000]:
        for count, batch in enumerate(connect(root, time).fetch(cursor)):
            if count >= taken:
                break  # killed before this batch was stored
            stored += [record.record_id for record in batch.records]
            cursor = json.loads(json.dumps(batch.cursor))
        if forgets:
            peer.links.clear()
    assert sorted(stored) == sorted(peer.listings)


def test_an_unsorted_feed_loses_nothing_that_changes_behind_the_walk(peer: ResoPeer, root: str, time: Time) -> None:
    for number in range(6):
        peer.put(f"k{number}", stamp(9 - number))
    connector = connect(root, time, vendor="replication")
    seen: list[Batch] = []
    for batch in connector.fetch(None):
        seen.append(batch)
        if len(seen) == 1:  # behind us now, and later than anything still to come
            peer.put("k0", time.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"), ListPrice=2)
            peer.put("k5", "2026-11-04T18:30:00.000Z")
    assert all("/replication" in path and "orderby" not in path for path in peer.asked[:1])
    again, _ = walked(connect(root, time, vendor="replication"), seen[-1].cursor)
    assert [record.record_id for record in again] == ["k0"]


def test_tokens_are_renewed_before_their_end_and_once_when_refused(peer: ResoPeer, root: str, time: Time) -> None:
    peer.put("k", stamp(0))
    oauth = {"token_url": root.replace("/odata", "/token"), "client_id": "us"}
    connector = connect(root, time, ResoSecrets(client_secret=SecretStr("s3cret")), **oauth)
    walked(connector)
    walked(connector)
    assert peer.granted == 1
    time.pass_by(3550)
    walked(connector)
    assert peer.granted == 2, "within a minute of its end it counts as over"
    peer.tokens = set()
    walked(connector)
    assert peer.granted == 3
    peer.trouble = lambda: Response("", 401)
    with pytest.raises(Refused, match="credentials"):
        walked(connector)
    assert peer.granted == 4, "tried once more, not for ever"
    with pytest.raises(Refused):
        walked(connect(root, time, ResoSecrets(client_secret=SecretStr("wrong")), **oauth))


def test_a_token_that_ends_between_two_pages_costs_no_record(peer: ResoPeer, root: str, time: Time) -> None:
    for number in range(8):
        peer.put(f"k{number}", stamp(number))
    oauth = {"token_url": root.replace("/odata", "/token"), "client_id": "us"}
    walk = connect(root, time, ResoSecrets(client_secret=SecretStr("s3cret")), **oauth).fetch(None)
    first = next(walk)
    peer.tokens = set()  # taken back long before its end
    rest = [record.record_id for batch in walk for record in batch.records]
    assert [*(record.record_id for record in first.records), *rest] == [f"k{number}" for number in range(8)]
    assert peer.granted == 2


def test_one_listing_twice_on_a_page_and_a_page_that_comes_again(peer: ResoPeer, root: str, time: Time) -> None:
    entry = {"ListingKey": "k1", "StandardStatus": "Active", "ModificationTimestamp": stamp(1)}
    page = {"value": [entry, entry, entry | {"ModificationTimestamp": stamp(2)}, "no listing", None]}
    peer.trouble = lambda: Response(json.dumps(page), 200, mimetype="application/json")
    records, cursor = walked(connect(root, time))
    assert [(one.record_id, one.version) for one in records] == [("k1", stamp(1)), ("k1", stamp(1)), ("k1", stamp(2))]
    peer.trouble = lambda: Response(json.dumps({"value": [entry | {"ModificationTimestamp": stamp(2)}]}), 200)
    assert walked(connect(root, time), cursor)[0] == [], "delivered before"
    peer.trouble = lambda: Response(json.dumps(page | {"@odata.nextLink": f"{root}/Property?page=1"}), 200)
    asked = len(peer.asked)
    with pytest.raises(SourceBroken, match="again and again"):
        walked(connect(root, time))
    assert len(peer.asked) - asked < 9, "a server that goes round in a circle is not followed for ever"


def test_a_stamp_from_the_future_hides_nothing_that_changes_later(peer: ResoPeer, root: str, time: Time) -> None:
    peer.put("ahead", "2031-01-01T00:00:00Z")
    peer.put("k", stamp(0))
    records, cursor = walked(connect(root, time))
    assert len(records) == 2
    peer.put("later", time.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert [one.record_id for one in walked(connect(root, time), cursor)[0]] == ["later"]


def test_a_busy_server_is_asked_again_when_it_says(peer: ResoPeer, root: str, time: Time) -> None:
    peer.put("k", stamp(0))
    answers = [Response("", 429, {"Retry-After": "7"}), Response("", 503), None]
    peer.trouble = lambda: answers.pop(0)
    assert len(walked(connect(root, time))[0]) == 1
    assert time.waits == [7.0, 2.0]
    peer.trouble = lambda: Response("", 429, {"Retry-After": "3000"})
    with pytest.raises(SourceUnavailable) as refused:
        walked(connect(root, time))
    assert refused.value.retry_after_s == 3000 and len(peer.asked) == 4


def test_mls_grid_is_asked_by_its_rules(peer: ResoPeer, root: str, time: Time) -> None:
    peer.gzip_only = True
    for number in range(7):
        peer.put(f"k{number}", stamp(number), MlgCanView=number != 2, MlgCanUse=["IDX"] if number != 3 else ["BO"])
    grid = {"vendor": "mls_grid", "originating_system": "actris", "uses": ("IDX", "VOW"), "page_size": 5000}
    records, cursor = walked(connect(root, time, **grid))
    assert peer.asked[0].count("OriginatingSystemName") == 2, "once in the filter, once among the fields"
    assert time.waits and min(time.waits) >= 0.5, "never more than two a second"
    assert [record.record_id for record in records if record.gone] == ["k3"]
    peer.put("k4", "2026-11-04T19:00:00.000Z", MlgCanView=False)
    assert [(r.record_id, r.gone) for r in walked(connect(root, time, **grid), cursor)[0]] == [("k4", True)]
    peer.trouble = lambda: Response("", 429)
    asked = len(peer.asked)
    with pytest.raises(SourceUnavailable, match="suspended"):
        walked(connect(root, time, **grid), cursor)
    assert len(peer.asked) == asked + 1, "asking on would make it worse"
    with pytest.raises(ValidationError, match="exactly one"):
        ResoSettings(root_url=root, vendor="mls_grid")
    assert ResoSettings(root_url=root, expand=("Media",), **grid).top() == 1000


def test_a_days_budget_survives_a_restart(peer: ResoPeer, root: str, time: Time) -> None:
    peer.put("k", stamp(0))
    grid = {"vendor": "mls_grid", "originating_system": "actris"}
    _, cursor = walked(connect(root, time, **grid))
    assert cursor["budget"]["requests/86400"][1] == 2, "what the server has, and the page"
    spent = cursor | {"budget": {"requests/86400": [time.now().isoformat(), 20_000]}}
    with pytest.raises(SourceUnavailable, match="budget") as refused:
        walked(connect(root, time, **grid), spent)
    assert refused.value.retry_after_s == 86_401
    time.pass_by(86_401)
    assert walked(connect(root, time, **grid), spent)[0] == []


def test_trestles_quota_is_minded(peer: ResoPeer, root: str, time: Time) -> None:
    for number in range(4):
        peer.put(f"k{number}", stamp(number))
    resets = int(time.now().timestamp() + 600) * 1000
    peer.extra_headers = {"Minute-Quota-Limit": "30.0", "Hour-Quota-Available": "0", "Hour-Quota-ResetTime": str(resets)}
    with pytest.raises(SourceUnavailable, match="quota") as refused:
        walked(connect(root, time, vendor="trestle"))
    assert refused.value.retry_after_s == 601 and len(peer.asked) == 1


def test_what_makes_no_sense_is_refused_in_words(peer: ResoPeer, root: str, time: Time) -> None:
    for number in range(4):
        peer.put(f"k{number}", stamp(number))
    peer.link_base = "http://evil.example/odata/Property"
    with pytest.raises(SourceBroken, match=r"evil\.example"):
        walked(connect(root, time))
    peer.trouble = lambda: Response("<html>", 200)
    with pytest.raises(SourceBroken, match="root address"):
        walked(connect(root, time))
    peer.trouble = lambda: Response("", 302, {"Location": "http://localhost/"})
    with pytest.raises(SourceBroken, match="redirects"):
        walked(connect(root, time))
    with pytest.raises(SourceBroken, match="https"):
        walked(Reso(ResoSettings(root_url="http://mls.example/odata"), SECRETS, Wire(clock=time)))


def test_a_listing_is_read_as_what_it_says(peer: ResoPeer, root: str, time: Time) -> None:
    big = 2**60 + 1
    peer.put(
        "k", stamp(0), ListingId=big, ListPrice=425000.5, StandardStatus="ActiveUnderContract", BedroomsTotal=3, City="Austin",
        StreetNumber="123", StreetName="Main", StreetSuffix="St", PostalCode="78701", ListAgentEmail="a@example.com",
    )  # fmt: skip
    connector = connect(root, time)
    ((record,), _) = walked(connector)
    parsed = connector.parse(record)
    assert (parsed.holder, parsed.email, parsed.street, parsed.price_cents) == (
        "agent",
        "a@example.com",
        "123 Main St",
        42_500_050,
    )
    assert parsed.facts["listing_id"] == str(big) and parsed.facts["status"] == "Active Under Contract" and not record.gone
    assert parsed.lat is None and parsed.at == datetime(2026, 11, 1, tzinfo=UTC)
    peer.put("k", stamp(1), StandardStatus="Closed")
    assert walked(connector)[0][0].gone
    with pytest.raises(Unreadable):
        connector.parse(RawRecord("nameless", "1", b"{}", "application/json", time.now()))


def test_pushes_are_recognised_and_fetched(peer: ResoPeer, root: str, time: Time) -> None:
    assert verify_push("Bearer told-you", SECRETS)
    assert not any(verify_push(wrong, SECRETS) for wrong in ("", "Bearer", "Bearer x", "Basic told-you"))
    assert not verify_push("Bearer ", ResoSecrets())
    config = ResoSettings(root_url=root)
    event = {"EntityEventSequence": 2**60 + 1, "ResourceName": "Property", "ResourceRecordKey": "it's"}
    context = {"@reso.context": "urn:reso:metadata:2.0:resource:entityevent"}
    single = read_push(json.dumps(context | event).encode(), config, now=time.now())
    several = read_push(
        json.dumps(context | {"value": [event, event | {"ResourceName": "Media"}]}).encode(), config, now=time.now()
    )
    assert single.notices == several.notices == (Notice("it's", f"event-{2**60 + 1}"),)
    peer.put("it's", stamp(0))
    assert connect(root, time).fetch_one(single.notices[0]).version == stamp(0)
    peer.listings.clear()
    assert connect(root, time).fetch_one(single.notices[0]).gone
    whole = {"@reso.context": "urn:reso:metadata:2.0:resource:property", "ListingKey": "k", "ModificationTimestamp": stamp(3)}
    (pushed,) = read_push(json.dumps(whole).encode(), config, now=time.now()).records
    assert (pushed.record_id, pushed.version) == ("k", stamp(3))
    late = read_push(json.dumps(context | event | {"EntityEventSequence": 7}).encode(), config, now=time.now())
    assert late.notices == (Notice("it's", "event-7"),), "numbers go back when a server is set up anew: it is fetched again"
    for wrong in (b"", b"[]", b"{}", json.dumps(context).encode(), b"[" * 100_000):
        with pytest.raises(Malformed):
            read_push(wrong, config, now=time.now())
