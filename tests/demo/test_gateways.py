"""The stand-ins for Stripe and PayPal as a person meets them: pages to pay on, a back office, events that arrive."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient

from core.kit.local.places import free_port
from demo.gateways.app import Gateways
from demo.gateways.keys import fresh_keys
from demo.gateways.serve import running
from tests.eventually import eventually


@pytest.fixture
def gateways() -> Gateways:
    stubs = Gateways(fresh_keys())
    stubs.at("http://localhost")
    return stubs


@pytest.fixture
def person(gateways: Gateways) -> Iterator[FlaskClient]:
    with gateways.app.test_client() as client:
        yield client


def a_session(gateways: Gateways) -> str:
    item = {"price_data": {"unit_amount": "5000", "currency": "usd"}, "quantity": "1"}
    wanted = {"mode": "payment", "line_items": [item], "client_reference_id": "d", "success_url": "/back", "cancel_url": "/left"}
    return str(gateways.stripe.open(wanted, "/checkout")["id"])


def an_order(gateways: Gateways) -> str:
    unit = {"amount": {"currency_code": "USD", "value": "50.00"}, "custom_id": "d"}
    context = {"return_url": "/back", "cancel_url": "/left"}
    wanted = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": {"experience_context": context}}}
    return str(gateways.paypal.open(wanted, "/paypal/approve")["id"])


@pytest.mark.parametrize(
    ("press", "back", "told"),
    [
        ("pay", "/back", ["payment_intent.succeeded", "checkout.session.completed"]),
        ("fail", "/back", ["payment_intent.payment_failed", "checkout.session.expired"]),
        ("cancel", "/left", []),
    ],
)
def test_paying_by_card(gateways: Gateways, person: FlaskClient, press: str, back: str, told: list[str]) -> None:
    path = f"/checkout/{a_session(gateways)}"
    assert "Pay $50.00" in person.get(path).text
    answer = person.post(path, data={"do": press})
    assert (answer.status_code, answer.headers["Location"]) == (303, back)
    assert [signed.kind for signed in gateways.post.sent] == told
    again = person.get(path).text
    assert ("This payment is over" in again) == (press != "cancel")
    person.post(path, data={"do": "pay"})
    assert len(gateways.post.sent) == (2 if press != "cancel" else len(told) + 2), "paid or failed once"


@pytest.mark.parametrize(("press", "back", "told"), [("pay", "/back", 1), ("fail", "/back", 1), ("cancel", "/left", 0)])
def test_paying_by_paypal(gateways: Gateways, person: FlaskClient, press: str, back: str, told: int) -> None:
    path = f"/paypal/approve?token={an_order(gateways)}"
    assert "PayPal: pay Hotleads" in person.get(path).text
    assert person.post(path, data={"do": press}).headers["Location"] == back
    assert [signed.kind for signed in gateways.post.sent] == ["CHECKOUT.ORDER.APPROVED"] * told


def test_what_is_unknown_is_said_kindly(person: FlaskClient) -> None:
    for path in ("/checkout/cs_x", "/paypal/approve?token=x", "/nothing"):
        answer = person.get(path)
        assert answer.status_code == 404 and "start the deposit again" in answer.text


def test_the_back_office(gateways: Gateways, person: FlaskClient) -> None:
    assert "Nothing was paid yet" in person.get("/").text
    order = an_order(gateways)
    gateways.stripe.pay(a_session(gateways))
    gateways.paypal.approve(order)
    gateways.paypal.capture(order)
    gateways.post.sent.clear()
    card, capture = next(iter(gateways.stripe.intents)), next(iter(gateways.paypal.captures))
    assert person.get("/").text.count("$50.00") == 2
    for gateway, ref in (("stripe", card), ("paypal", capture)):
        for press in ("refund", "dispute"):
            assert person.post("/act", data={"gateway": gateway, "do": press, "ref": ref}).status_code == 303
    for gateway, disputes in (("stripe", gateways.stripe.disputes), ("paypal", gateways.paypal.disputes)):
        (dispute,) = disputes
        person.post("/act", data={"gateway": gateway, "do": "win", "ref": dispute})
    kinds = {signed.kind for signed in gateways.post.sent}
    assert {"refund.created", "charge.dispute.closed", "PAYMENT.CAPTURE.REFUNDED", "CUSTOMER.DISPUTE.RESOLVED"} <= kinds


def test_events_are_delivered_again_until_they_are_taken() -> None:
    taken: list[str] = []

    class House(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(self.headers["Stripe-Signature"])
            self.send_response(200 if len(taken) > 1 else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    house = ThreadingHTTPServer(("127.0.0.1", 0), House)
    thread = Thread(target=house.serve_forever, daemon=True)
    thread.start()
    try:
        with running(fresh_keys(), target=f"http://127.0.0.1:{house.server_port}") as (gateways, _):
            gateways.stripe.tell("customer.created", {"id": "cus_1"})
            eventually(lambda: len(taken) == 2)
    finally:
        house.shutdown()
        thread.join()
        house.server_close()


def test_the_command_serves_them() -> None:
    port = free_port()
    command = [sys.executable, "-m", "cli", "stub-gateways", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:

            def answers() -> bool:
                try:
                    with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                        return b"Payment services of the demo" in page.read()
                except OSError:
                    return False

            assert eventually(answers)
        finally:
            server.terminate()
            server.wait(20)
