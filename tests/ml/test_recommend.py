"""Recommendations: meaning as vectors, profiles that remember, reasons, and one interface for every embedder."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, marketplace, recommendations
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.ids import uuid7
from ml import recommend, registry
from ml.recommend import Embedder, LocalEmbedder, Matrix, RemoteEmbedder, Shelf, profile
from ml.recommend.embed import NoEmbeddings
from ml.serving import Serving
from ml.world import make_tastes
from tests import builders
from tests.ml import kept
from tests.peers.language_model import running


class Endpoint(BaseHTTPRequestHandler):
    """Answers as an OpenAI-compatible endpoint does, in another order than it was asked."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = [
            {"index": n, "embedding": [float(len(word))] + [1.0] * (asked["dimensions"] - 1 + ("wide" in self.path))}
            for n, word in enumerate(asked["input"])
        ]
        body = json.dumps({"data": rows[::-1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def test_both_embedders_answer_in_one_shape(endpoint: str) -> None:
    local, remote = LocalEmbedder(), RemoteEmbedder(endpoint, "key")
    for model in (local, remote):
        rows = model.embed(["a leaking roof", "roof"])
        assert rows.shape == (2, 64) and rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-5)
    assert local.name != remote.name
    lengths = remote.embed(["abcdefghij", "a"])[:, 0]
    assert lengths[0] > lengths[1]  # in the order asked, whatever the order of the answer


def test_an_endpoint_without_embeddings_leaves_reading_to_the_local_model(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    market, niche = builders.a_market(session, now), builders.a_niche(session, now)
    lead = _listed(session, now, builders.a_lead(session, now, niche, market, slots=2).id, "a leaking roof")
    with running() as (model, address):
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/chat-alone")  # every address below it answers 404
        settings.cache_clear()
        assert recommend.embedder(session).name.startswith("text-embedding")
        first = recommend.read(recommend.unread(session))
        assert not first.vectors and not first.all, "nothing was read, and what others read stays"
        assert recommend.keep(session, first, now=now) == 0
        assert recommend.embedder(session).name == LocalEmbedder().name
        read_all(session, now)
        assert (
            session.execute(text("select model from lead_vector where lead_id = :l"), {"l": lead}).scalar_one()
            == LocalEmbedder().name
        )
        assert len(model.asked) == 1, "asked once, then left alone for an hour"
    with time_machine.travel(utc_now() + timedelta(minutes=61), tick=False):
        assert recommend.embedder(session).name.startswith("text-embedding"), "asked again by itself"
    settings.cache_clear()


def test_vectors_of_another_size_are_none(endpoint: str) -> None:
    with pytest.raises(NoEmbeddings, match="another size"):
        RemoteEmbedder(f"{endpoint}/wide", "key").embed(["roof"])


def test_a_model_that_learned_from_other_texts_has_another_name() -> None:
    one, two = recommend.train(["hail roof", "pool house"] * 5), recommend.train(["hail roof", "duct air"] * 5)
    assert one.name != two.name and one.embed(["hail"]).shape == two.embed(["hail"]).shape


def test_the_nearest_are_exact_and_narrowed() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(500, 64)).astype(np.float32)
    among = rng.random(500) < 0.5
    found, likeness = Matrix(rows).nearest(rows[7], most=10, among=among)
    expected = sorted(np.flatnonzero(among), key=lambda n: -float(rows[n] @ rows[7]))[:10]
    assert found.tolist() == expected and (np.diff(likeness) <= 0).all()


def test_what_was_won_weighs_more_and_the_past_fades(now: datetime) -> None:
    rows = np.eye(64, dtype=np.float32)[:3]
    mine = profile(rows, ["won", "bought", "rejected"], [now, now, now], now=now)
    assert mine[0] > mine[1] > 0 > mine[2]
    faded = profile(rows[:2], ["won", "bought"], [now - timedelta(days=365), now], now=now)
    assert faded[1] > faded[0]


def test_it_beats_popularity_and_filters_and_not_the_oracle() -> None:
    world = make_tastes(2, leads=900, companies=24)
    told = recommend.evaluate(LocalEmbedder(), world, split_day=90)
    assert (
        told["oracle"]["ndcg_at_20"]
        > told["model"]["ndcg_at_20"]
        > told["filters"]["ndcg_at_20"]
        > told["popularity"]["ndcg_at_20"]
    )


def test_a_company_is_shown_what_is_like_what_it_won(session: Session, now: datetime) -> None:
    market, niche = builders.a_market(session, now), builders.a_niche(session, now)
    provider = builders.a_provider(session, now)
    leads = iter([builders.a_lead(session, now, niche, market, slots=3).id for _ in range(3)])
    like, other, has = (_listed(session, now, next(leads), words)
                        for words in ("hail storm shingles", "duct cleaning allergy", "hail shingles storm damage"))  # fmt: skip
    told = recommend.unread(session)
    assert {each.lead_id for each in told.told} == {like, other, has}
    assert recommend.keep(session, recommend.read(told), now=now) == 3 and recommend.unread(session).told == []
    actor = Actor(uuid7(), "provider", provider.id)
    cold = Shelf().for_provider(session, actor=actor, now=now)
    assert len(cold) == 3 and "quality" in cold[0].because
    session.execute(
        text("update slot set state = 'sold', provider_id = :p where lead_id = :l and slot_no = 1"), {"p": provider.id, "l": has}
    )
    session.execute(
        text("""insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, assigned_at,
                                        outcome, outcome_at)
                values (uuid7(), :l, :p, 1, 'marketplace', :n, 0, :now, 'won', :now)"""),
        {"l": has, "p": provider.id, "n": niche.id, "now": now},
    )
    shown = Shelf().for_provider(session, actor=actor, now=now)
    assert [each.lead_id for each in shown] == [like, other]
    assert shown[0].because == "1 similar lead won in Las Vegas" and shown[0].likeness > shown[1].likeness
    assert Shelf().similar(session, lead_id=like)[0] == has


def test_vectors_are_forgotten_with_the_person(session: Session, now: datetime) -> None:
    lead = builders.a_lead(session, now, builders.a_niche(session, now), builders.a_market(session, now))
    recommendations.keep_vectors(session, [(lead.id, b"\0" * 256)], model="m", now=now)
    session.execute(text("update lead set status = 'erased' where id = :id"), {"id": lead.id})
    assert session.execute(text("select count(*) from lead_vector")).scalar_one() == 0


def test_who_is_erased_while_a_model_reads_leaves_no_vector(session: Session, now: datetime) -> None:
    lead = builders.a_lead(session, now, builders.a_niche(session, now), builders.a_market(session, now))
    session.execute(text("update lead set status = 'erased' where id = :id"), {"id": lead.id})
    recommendations.keep_vectors(session, [(lead.id, b"\0" * 256)], model="m", now=now)
    assert session.execute(text("select count(*) from lead_vector")).scalar_one() == 0


def test_what_a_company_says_moves_what_it_is_shown(session: Session, now: datetime) -> None:
    market, niche = builders.a_market(session, now), builders.a_niche(session, now)
    provider = builders.a_provider(session, now)
    actor = Actor(builders.a_user(session, now, role="provider", provider_id=provider.id).id, "provider", provider.id)
    leads = [builders.a_lead(session, now, niche, market, slots=3).id for _ in range(4)]
    texts = ("hail storm shingles", "hail shingles storm damage", "duct cleaning allergy", "duct allergy dust")
    roof, like_roof, duct, like_duct = (
        _listed(session, now - timedelta(hours=3), lead, words) for lead, words in zip(leads, texts, strict=True)
    )
    recommend.keep(session, recommend.read(recommend.unread(session)), now=now)
    advice.give_feedback(session, actor=actor, lead_id=roof, verdict="helpful", now=now)
    advice.give_feedback(session, actor=actor, lead_id=duct, verdict="not_for_me", now=now)
    shown = recommend.recommended(session, actor=actor, most=10, now=now, by=Shelf())
    order = [each.card.lead_id for each in shown]
    assert duct not in order and set(order[:2]) == {roof, like_roof} and order[2:] == [like_duct]
    assert "that you found helpful" in next(each.because for each in shown if each.card.lead_id == like_roof)


def test_before_any_model_has_read_what_its_subscriptions_ask_for_is_shown(session: Session, now: datetime) -> None:
    market, roofs, pipes = builders.a_market(session, now), builders.a_niche(session, now), builders.a_niche(session, now)
    provider = builders.a_provider(session, now)
    actor = Actor(builders.a_user(session, now, role="provider", provider_id=provider.id).id, "provider", provider.id)
    builders.a_subscription(session, now, provider, builders.a_level(session, now, roofs))
    roof, _ = (
        _listed(session, now - timedelta(hours=3), builders.a_lead(session, now, niche, market, slots=3).id, "hail")
        for niche in (roofs, pipes)
    )
    shown = recommend.recommended(session, actor=actor, now=now, by=Shelf())
    assert [each.card.lead_id for each in shown] == [roof] and "Fits your subscriptions" in shown[0].because


def test_a_trained_model_in_force_reads_everything_anew_and_what_the_old_one_made_goes(
    session: Session, now: datetime, tracking_home: Path
) -> None:
    market, niche = builders.a_market(session, now), builders.a_niche(session, now)
    provider, world = builders.a_provider(session, now), make_tastes(4, leads=240, companies=4)
    texts = [f"{words} {kept.SAID}" if n % 20 == 0 else words for n, words in enumerate(world.text)]
    leads = [_listed(session, now, builders.a_lead(session, now, niche, market, slots=2).id, words) for words in texts]
    read_all(session, now)
    actor = Actor(builders.a_user(session, now, role="provider", provider_id=provider.id).id, "provider", provider.id)
    advice.give_feedback(session, actor=actor, lead_id=leads[0], verdict="helpful", now=now)
    session.execute(text("delete from on_sale where lead_id = :l"), {"l": leads[0]})  # sold out: still part of the company's past
    version = registry.retrain(session, actor=SYSTEM, model="recommend", now=now)
    assert kept.traces(tracking_home) == []  # a model of words keeps nobody's (SPEC 13.6)
    told = registry.compare(session, actor=SYSTEM, version_id=version.id, now=now)
    assert told.figure == "reciprocal rank" and 0 < told.standing < 1 and told.standing_name == "the untrained model"
    fair = advice.Comparison("reciprocal rank", 0.9, 0.8, "the untrained model", "x")
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=fair, now=now)
    chosen = recommend.embedder(session, by=Serving())
    assert chosen.name.startswith("local-") and chosen.name != LocalEmbedder().name
    shelf = Shelf(chosen)
    assert shelf.for_provider(session, actor=actor, now=now)  # the old model's vectors serve until the new one has read
    read_all(session, now, model=chosen)
    models = set(session.execute(text("select model from lead_vector")).scalars())
    assert models == {chosen.name}
    assert len(recommendations.past_of(session, provider_id=provider.id, model=chosen.name)) == 1
    shelf.forget()
    assert shelf.for_provider(session, actor=actor, now=now)


def read_all(session: Session, now: datetime, *, model: Embedder | None = None) -> None:
    """What the job does until nothing is left."""
    while recommend.keep(session, recommend.read(recommend.unread(session, model=model)), now=now):
        pass


def _listed(session: Session, now: datetime, lead: UUID, words: str) -> UUID:
    """Put a lead on sale with these words, by the marketplace's own verb."""
    session.execute(
        text("insert into listing (lead_id, opened_at, closes_at) values (:l, :now, :end)"),
        {"l": lead, "now": now, "end": now + timedelta(days=9)},
    )
    marketplace.publish(session, lead_ids=[lead], now=now)
    session.execute(text("update on_sale set words = :w, facts = '[]' where lead_id = :l"), {"w": words, "l": lead})
    return lead
