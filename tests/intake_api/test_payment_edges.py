"""Webhooks and payment pages over HTTP: raw bodies, sizes, limits, the way to a gateway and back (SPEC 6.2, 1.7)."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from core import payments
from core.kit import clock, config
from core.kit.db import transaction
from demo.gateways.app import Gateways
from demo.gateways.keys import environment, fresh_keys
from demo.gateways.serve import running
from demo.gateways.signing import Signed
from jobs.work import work
from tests.core.payments.paying import Payer, a_deposit, a_payer, balance, ref_of
from tests.core.payments.stories import tell


@pytest.fixture
def gateways(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateways]:
    keys = fresh_keys()
    with running(keys) as (stubs, base):
        for name, value in environment(keys, base).items():
            monkeypatch.setenv(name, value)
        config.settings.cache_clear()
        yield stubs
    monkeypatch.undo()
    config.settings.cache_clear()


@pytest.fixture
def payer(gateways: Gateways) -> Payer:
    with transaction() as session:
        return a_payer(session, clock.utc_now())


def deliver(client: FlaskClient, signed: Signed, *, body: bytes | None = None, **headers: str) -> TestResponse:
    sent = signed.headers | headers
    return client.post(f"/api/v1/webhooks/{signed.gateway}", data=signed.body if body is None else body, headers=sent)


def work_all() -> None:
    while True:
        with transaction() as session:
            query = text("select id from outbox where kind like 'payment.%' and state = 'ready'")
            jobs = session.execute(query).scalars().all()
        if not jobs:
            return
        assert {work(str(job)) for job in jobs} == {"done"}


def money(payer: Payer) -> int:
    with transaction() as session:
        return balance(session, payer)


def pay_path(payer: Payer, gateway: str = "stripe") -> tuple[UUID, str]:
    with transaction() as session:
        started = payments.start_deposit(session, actor=payer.actor, gateway=gateway, amount_cents=5_000, now=clock.utc_now())
    return started.deposit_id, started.redirect_url.removeprefix(config.settings().base_url)


@pytest.mark.parametrize("gateway", ["stripe", "paypal"])
def test_from_the_link_to_the_wallet(client: FlaskClient, gateways: Gateways, payer: Payer, gateway: str) -> None:
    deposit, path = pay_path(payer, gateway)
    away = client.get(path)
    assert away.status_code == 303 and away.headers["Location"].startswith(config.settings().stripe_api_base)
    assert client.get(path).headers["Location"] == away.headers["Location"]
    back = path.replace("?", "/done?")
    waiting = client.get(back)
    assert waiting.status_code == 200 and "Waiting for the payment of $50.00" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    with transaction() as session:
        ref = ref_of(session, deposit)
    steps = ("pay",) if gateway == "stripe" else ("approve", "capture")
    for signed in tell(gateways, gateway, ref, steps):
        answer = deliver(client, signed)
        assert (answer.status_code, answer.get_json()) == (200, {"received": True, "first": True})
        assert deliver(client, signed).get_json() == {"received": True, "first": False}
    assert "Waiting" in client.get(back).text, "the return page completes nothing"
    work_all()
    done = client.get(back)
    assert "$50.00 are in your wallet" in done.text and "refresh" not in done.text
    assert money(payer) == 5_000
    assert client.get(path).status_code == 409


def test_back_without_paying(client: FlaskClient, gateways: Gateways, payer: Payer) -> None:
    deposit, path = pay_path(payer)
    client.get(path)
    page = client.get(path.replace("?", "/cancelled?"))
    assert "You have not paid" in page.text and path.replace("&", "&amp;") in page.text
    with transaction() as session:
        ref = ref_of(session, deposit)
    for signed in tell(gateways, "stripe", ref, ("decline", "expire")):
        assert deliver(client, signed).status_code == 200
    work_all()
    assert "The payment did not work" in client.get(path.replace("?", "/done?")).text
    assert money(payer) == 0


def test_links_that_are_not_ours(client: FlaskClient, gateways: Gateways, payer: Payer) -> None:
    _, path = pay_path(payer)
    _, other = pay_path(payer)
    key = other.rsplit("=", 1)[1]
    for wrong in (path[:-2], path.split("?")[0], f"{path.split('?')[0]}?key={key}", f"/pay/{uuid4()}?key={key}"):
        for way in ("", "/done", "/cancelled"):
            answer = client.get(wrong.replace("?", f"{way}?") if "?" in wrong else wrong + way)
            assert answer.status_code == 404 and "Start the deposit again" in answer.text
    assert client.get("/pay/not-an-id").status_code == 404


def test_a_gateway_that_is_down_is_a_page(client: FlaskClient, gateways: Gateways, payer: Payer) -> None:
    _, path = pay_path(payer)
    gateways.down = True
    answer = client.get(path)
    assert answer.status_code == 503 and "Nothing was charged; please try again" in answer.text


def test_forged_ones_are_refused_counted_and_change_nothing(client: FlaskClient, gateways: Gateways, payer: Payer) -> None:
    with transaction() as session:
        ref = ref_of(session, a_deposit(session, payer))
    told = tell(gateways, "stripe", ref, ("pay",))
    statuses = [deliver(client, told[-1], body=told[-1].body + b" ").status_code for _ in range(61)]
    assert set(statuses[:60]) == {401} and statuses[60] == 429
    refused = deliver(client, told[-1], **{"Stripe-Signature": ""})
    assert refused.status_code == 429
    # Correctly signed ones from the same address are not held up by that.
    assert [deliver(client, signed).status_code for signed in told] == [200, 200]
    work_all()
    assert money(payer) == 10_000
    with transaction() as session:
        assert session.execute(text("select count(*) from payment_event")).scalar_one() == 2


def test_sizes_and_shapes(client: FlaskClient, gateways: Gateways) -> None:
    signed = gateways.stripe.tell("customer.created", {"id": "cus_1", "note": "x" * payments.LARGEST_BODY})
    answer = deliver(client, signed)
    assert answer.status_code == 413
    assert client.post("/api/v1/webhooks/stripe").status_code == 401
    assert client.get("/api/v1/webhooks/stripe").status_code == 405
    assert client.post("/api/v1/webhooks/paypal", data="{}").status_code == 401
    for gateway in ("stripe", "paypal"):
        said = client.post(f"/api/v1/webhooks/{gateway}", data=b"\x00\xff").get_json()["error"]
        assert said["code"] == "webhook.forged" and "nothing was changed" in said["message"]


def test_without_keys_it_says_so(client: FlaskClient) -> None:
    said = client.post("/api/v1/webhooks/stripe", data="{}")
    assert said.status_code == 503 and "STRIPE_SECRET_KEY" in said.get_json()["error"]["message"]
