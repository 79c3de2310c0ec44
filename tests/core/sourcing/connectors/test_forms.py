"""Leads of forms at Meta, Google and LinkedIn: signatures, handshakes, fetching, reading (SPEC 8.1)."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from core.kit.db import Json
from core.kit.errors import Invalid
from core.sourcing.connectors.forms import google, linkedin_push, meta_push
from core.sourcing.connectors.forms.form_words import FormWords
from core.sourcing.connectors.forms.google import Google, GoogleSecrets, GoogleSettings
from core.sourcing.connectors.forms.linkedin import LinkedIn, LinkedInSecrets, LinkedInSettings
from core.sourcing.connectors.forms.meta import Meta
from core.sourcing.connectors.forms.meta_settings import MetaSecrets, MetaSettings
from core.sourcing.connectors.kinds import read_secrets, secrets_to_keep
from core.sourcing.connectors.line.wire import Refused, Wire
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.errors import SourceBroken, SourceUnavailable, Unreadable
from core.sourcing.record import Notice, RawRecord
from tests.peers import LOOPBACK, Time, serving
from tests.peers import linkedin as at_linkedin
from tests.peers import meta as at_meta
from tests.peers.linkedin import LinkedInPeer
from tests.peers.meta import MetaPeer

WORDS = FormWords(text="I agree to be called.", sellers=("Acme",))
META = MetaSecrets(
    app_secret=SecretStr(at_meta.SECRET), verify_token=SecretStr("handshake"), access_token=SecretStr(at_meta.TOKEN)
)
LINKEDIN = LinkedInSecrets(client_secret=SecretStr(at_linkedin.SECRET), access_token=SecretStr("reader"))
BIG = str(2**60 + 1)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def graph() -> Iterator[tuple[MetaPeer, str]]:
    peer = MetaPeer()
    with serving(peer.app()) as url:
        yield peer, url


@pytest.fixture
def meta(graph: tuple[MetaPeer, str]) -> MetaPeer:
    graph[0].__init__()  # type: ignore[misc]
    return graph[0]


def at_graph(url: str, time: Time, **more: Any) -> Meta:
    config = MetaSettings(page_id="77", form_ids=("1", "2"), graph_url=url, form=WORDS, **more)
    return Meta(config, META, Wire(clock=time, private_hosts=LOOPBACK))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(st.integers(0, 4), max_size=6),
    cuts=st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(4, 9), max_size=3), st.booleans()), max_size=4),
)
def test_meta_cut_anywhere_nothing_is_lost_and_what_comes_twice_is_the_same(
    meta: MetaPeer, graph: tuple[MetaPeer, str], time: Time, first: list[int], cuts: list[Any]
) -> None:
    meta.__init__()  # type: ignore[misc]
    for number, second in enumerate(first):
        meta.add(str(1 + number % 2), f"a{number}", second)
    stored: list[tuple[str, str]] = []
    cursor: Json | None = None
    later = 4
    forgot = False
    for round_number, (taken, arrivals, forgets) in enumerate([*cuts, (10_000, [], False), (10_000, [], False)]):
        for count, batch in enumerate(at_graph(graph[1], time, page_size=2).fetch(cursor)):
            if count >= taken:
                break
            stored += [(record.record_id, record.version) for record in batch.records]
            cursor = json.loads(json.dumps(batch.cursor))
        for number, second in enumerate(sorted(arrivals)):
            later = max(later, second)
            meta.add("1", f"b{round_number}.{number}", later)
        if forgets:
            forgot = True
            meta.cursors.clear()
    known = {(lead["id"], lead["created_time"]) for leads in meta.leads.values() for lead in leads}
    assert set(stored) == known
    assert forgot or len(stored) == len(known)


def test_meta_throttles_and_is_left_alone(meta: MetaPeer, graph: tuple[MetaPeer, str], time: Time) -> None:
    for number in range(3):
        meta.add("1", f"{number}", number)
    regain = json.dumps({"9": [{"type": "leadgen", "call_count": 100, "estimated_time_to_regain_access": 19}]})
    meta.trouble = [at_meta.error(80005, usage=regain)]
    with pytest.raises(SourceUnavailable, match="slow down") as refused:
        list(at_graph(graph[1], time).fetch(None))
    assert refused.value.retry_after_s == 19 * 60 and len(meta.asked) == 1
    meta.usage = json.dumps({"9": [{"type": "leadgen", "call_count": 97, "estimated_time_to_regain_access": 0}]})
    walk = at_graph(graph[1], time, page_size=2).fetch(None)
    assert len(next(walk).records) == 2, "what was answered is kept"
    with pytest.raises(SourceUnavailable) as refused:
        next(walk)
    assert refused.value.retry_after_s == 301
    meta.trouble = [at_meta.error(190)]
    with pytest.raises(Refused, match="access token"):
        list(at_graph(graph[1], time).fetch(None))
    meta.trouble = [Response("", 500), Response("", 500)]
    meta.usage = ""
    assert len(list(at_graph(graph[1], time).fetch(None))) == 2


def test_pages_that_go_round_in_a_circle_end(meta: MetaPeer, graph: tuple[MetaPeer, str], time: Time) -> None:
    lead = {"id": "1", "created_time": "2026-10-01T12:00:00+0000", "field_data": []}
    names = ["a", "b"] * 4
    meta.trouble = [
        Response(json.dumps({"data": [lead], "paging": {"cursors": {"after": name}, "next": "https://x.example"}}), 200)
        for name in names
    ]
    with pytest.raises(SourceBroken, match="named before"):
        list(at_graph(graph[1], time).fetch(None))
    assert len(meta.asked) == 3
    peer = LinkedInPeer()
    for number in range(2):
        peer.add(f"r{number}", int(time.now().timestamp() * 1000) - 1000)
    peer.stuck = True
    with serving(peer.app()) as url, pytest.raises(SourceBroken, match="again and again"):
        list(at_account(url, time, page_size=2).fetch(None))
    assert len(peer.asked) == 2


def test_meta_calls_are_verified_on_the_raw_body(meta: MetaPeer, graph: tuple[MetaPeer, str], time: Time) -> None:
    body = at_meta.leadgen(int(BIG), BIG, "9")
    good = at_meta.signed(body)["X-Hub-Signature-256"]
    assert meta_push.verify_push(body, good, META)
    wrong = ("", good.removeprefix("sha256="), good[:-1], at_meta.signed(body, "other")["X-Hub-Signature-256"], "sha256=é")
    assert not any(meta_push.verify_push(body, signature, META) for signature in wrong)
    assert not meta_push.verify_push(body + b" ", good, META)
    config = MetaSettings(page_id="77")
    notices = meta_push.read_push(body, config).notices
    assert [notice.record_id for notice in notices] == [BIG, "9"], "a number beyond 2^53 and its text are one lead"
    assert meta_push.read_push(at_meta.leadgen("9", page="78"), config).notices == ()
    assert meta_push.read_push(at_meta.leadgen("../me", 4.5, True, None), config).notices == ()
    for malformed in (b"", b"[]", b'{"object": "user", "entry": []}', b'{"object": "page", "entry": 1}', b"\xff"):
        with pytest.raises(Malformed):
            meta_push.read_push(malformed, config)
    meta.add("1", BIG, 5)
    connector = at_graph(graph[1], time)
    assert connector.fetch_one(notices[0]).record_id == BIG
    assert connector.fetch_one(Notice("404", "v")).gone


def test_metas_handshake() -> None:
    good = {"hub.mode": "subscribe", "hub.verify_token": "handshake", "hub.challenge": "1158201444"}
    assert meta_push.answer_challenge(good, META) == "1158201444"
    assert meta_push.answer_challenge(good | {"hub.verify_token": "x"}, META) is None
    assert meta_push.answer_challenge(good | {"hub.mode": "x"}, META) is None
    without = MetaSecrets(app_secret=SecretStr("s"))
    assert meta_push.answer_challenge(good | {"hub.verify_token": ""}, without) is None


def test_a_lead_of_meta_is_read(meta: MetaPeer, graph: tuple[MetaPeer, str], time: Time) -> None:
    meta.add("1", BIG, 5, first_name="Pat", last_name="Lee", email="p@example.com", phone_number="+17025551234", when="soon")
    meta.leads["1"][0] |= {"ad_id": 2**60 + 3, "custom_disclaimer_responses": [{"checkbox_key": "a", "is_checked": "1"}]}
    connector = at_graph(graph[1], time)
    record = next(iter(connector.fetch(None))).records[0]
    parsed = connector.parse(record)
    assert (parsed.name, parsed.email, parsed.phone) == ("Pat Lee", "p@example.com", "+17025551234")
    assert parsed.form_data == {"when": "soon"} and parsed.attribution["ad_id"] == str(2**60 + 3)
    assert parsed.consent is not None and parsed.consent["agreed"] and parsed.consent["sellers"] == ["Acme"]
    unchecked = json.loads(record.content) | {"custom_disclaimer_responses": [{"is_checked": ""}]}
    again = connector.parse(RawRecord("1", "1", json.dumps(unchecked).encode(), "application/json", time.now()))
    assert again.consent is not None and not again.consent["agreed"]
    with pytest.raises(Unreadable):
        connector.parse(RawRecord("1", "1", b'{"id": "1"}', "application/json", time.now()))


def test_googles_key_is_kept_as_a_hash_only(time: Time) -> None:
    kept = secrets_to_keep("google", {"google_key": "a-long-enough-key"})
    assert kept.keys() == {"key_hash"} and "a-long" not in str(kept)
    secrets = read_secrets("google", kept)
    assert isinstance(secrets, GoogleSecrets)
    column = [
        {"column_id": "FULL_NAME", "string_value": "A B"},
        {"column_id": "EMAIL", "string_value": "a@example.com"},
        {"column_id": "POSTAL_CODE", "string_value": "08901"},
        {"column_name": "Roof age", "string_value": "12"},
    ]
    lead = {
        "lead_id": 2**60 + 1, "google_key": "a-long-enough-key", "is_test": True, "campaign_id": 2**60 + 3, "adgroup_id": 0,
        "lead_submit_time": "2026-09-26T12:30:00Z", "user_column_data": column, "unheard_of": {},
    }  # fmt: skip
    body = json.dumps(lead).encode()
    assert google.verify_push(body, secrets)
    assert not google.verify_push(body.replace(b"enough", b"wrong!"), secrets)
    assert not any(google.verify_push(wrong, secrets) for wrong in (b"", b"[]", b'{"google_key": 5}', b"{}"))
    (record,) = google.read_push(body, now=time.now()).records
    assert record.record_id == str(2**60 + 1) and record.test and b"google_key" not in record.content
    parsed = Google(GoogleSettings(), secrets, Wire(clock=time)).parse(record)
    assert (parsed.name, parsed.zip, parsed.form_data) == ("A B", "08901", {"roof age": "12"})
    assert parsed.attribution == {"platform": "google", "campaign_id": str(2**60 + 3)} and parsed.consent is None
    with pytest.raises(Malformed):
        google.read_push(b"{}", now=time.now())
    with pytest.raises(Invalid) as refused:
        secrets_to_keep("google", {"google_key": "short"})
    assert "short" not in str(refused.value.fields)


def at_account(url: str, time: Time, **more: Any) -> LinkedIn:
    config = LinkedInSettings(owner=at_linkedin.OWNER, api_url=url, form=WORDS, **more)
    return LinkedIn(config, LINKEDIN, Wire(clock=time, private_hosts=LOOPBACK))


def test_linkedin_is_walked_by_pages_and_overlaps_without_doubling(time: Time) -> None:
    peer = LinkedInPeer()
    begun = int(time.now().timestamp() * 1000)
    for number in range(5):
        peer.add(f"r{number}", begun - 60_000 * (9 - number))
    with serving(peer.app()) as url:
        walk = at_account(url, time, page_size=2).fetch(None)
        batch = next(walk)
        stored = [record.record_id for record in batch.records]
        peer.add("late", begun - 30_000)  # shown late: submitted before the walk began
        time.pass_by(60)
        peer.add("new", begun + 30_000)
        cursor = json.loads(json.dumps(batch.cursor))
        for batch in at_account(url, time, page_size=2).fetch(cursor):  # a kill after the first page
            stored += [record.record_id for record in batch.records]
        assert stored == [*(f"r{number}" for number in range(5)), "late"]
        *_, last = at_account(url, time).fetch(batch.cursor)
        assert [record.record_id for record in last.records] == ["new"]
        time.pass_by(timedelta(days=1).total_seconds())
        *_, last = at_account(url, time).fetch(last.cursor)
        assert last.records == () and last.cursor["seen"] == {}


def test_linkedins_calls_and_challenge(time: Time) -> None:
    expected = hmac.new(b"client-secret", b"c0de", hashlib.sha256).hexdigest()
    assert linkedin_push.answer_challenge("c0de", LINKEDIN) == {"challengeCode": "c0de", "challengeResponse": expected}
    body = at_linkedin.action("r-1")
    assert linkedin_push.verify_push(body, at_linkedin.signed(body)["X-LI-Signature"], LINKEDIN)
    bare = hmac.new(b"client-secret", body, hashlib.sha256).hexdigest()
    assert not any(linkedin_push.verify_push(body, wrong, LINKEDIN) for wrong in ("", bare, "hmacsha256=" + bare))
    config = LinkedInSettings(owner=at_linkedin.OWNER)
    assert linkedin_push.read_push(body, config, now=time.now()).notices == (Notice("r-1", "1761000000000"),)
    (erased,) = linkedin_push.read_push(at_linkedin.action("r-1", "DELETED"), config, now=time.now()).records
    assert (erased.record_id, erased.gone, erased.erase) == ("r-1", True, True)
    other = at_linkedin.action("r-1", owner="urn:li:sponsoredAccount:9")
    assert linkedin_push.read_push(other, config, now=time.now()).notices == ()
    for malformed in (b"", b"{}", at_linkedin.action("r-1", "PAINTED"), at_linkedin.action("../x")):
        with pytest.raises(Malformed):
            linkedin_push.read_push(malformed, config, now=time.now())


def test_a_response_of_linkedin_is_read_by_its_questions(time: Time) -> None:
    peer = LinkedInPeer()
    peer.add("r1", int(time.now().timestamp() * 1000) - 1000, test=True)
    with serving(peer.app()) as url:
        connector = at_account(url, time)
        record = connector.fetch_one(Notice("r1", "1"))
        assert connector.fetch_one(Notice("r2", "1")).gone
        with pytest.raises(Unreadable):
            connector.fetch_one(Notice("../me", "1"))
    parsed = connector.parse(record)
    assert record.test and (parsed.name, parsed.email) == ("Pat", "r1@example.com")
    assert parsed.form_data == {"when_do_you_want_to_sell": "4, 5"}
    assert parsed.consent is not None and parsed.consent["text"] == WORDS.text
