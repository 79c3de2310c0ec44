"""Both stubs behind one address: their APIs for the SDKs, their payment pages for people, their events for us."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from demo.gateways.forms import nested
from demo.gateways.keys import Keys
from demo.gateways.office import add_office
from demo.gateways.paypal_stub import PayPalStub
from demo.gateways.post import Post
from demo.gateways.signing import Json, PayPalSigner, StripeSigner
from demo.gateways.stripe_stub import CARD, DECLINED, StripeStub


class Gateways:
    """The two stubs, their app and what they remember of asked-for keys (idempotency)."""

    def __init__(self, keys: Keys, *, target: str | None = None) -> None:
        self.keys = keys
        self.post = Post(target)
        self.stripe = StripeStub(StripeSigner(keys.stripe_webhook), self.post)
        self.paypal = PayPalStub(PayPalSigner(keys.paypal_webhook, now=datetime.now(UTC)), self.post)
        self.requests: list[tuple[str, str]] = []
        self.down = False
        self._answers: dict[str, Any] = {}
        self.app = _app(self)

    def at(self, base: str) -> None:
        """Tell the stubs where they answer."""
        self.paypal.signer.base = base

    def once(self, key: str | None, make: Any) -> Any:
        """The first answer again for a repeated idempotency key."""
        if key is None:
            return make()
        if key not in self._answers:
            self._answers[key] = make()
        return self._answers[key]


def _app(gateways: Gateways) -> Flask:
    app = Flask("gateways", root_path=__file__.rsplit("/", 1)[0])
    app.jinja_env.filters["usd"] = lambda cents: f"${cents / 100:,.2f}"
    _remember(app, gateways)
    _stripe_api(app, gateways)
    _paypal_api(app, gateways)
    _pages(app, gateways)
    add_office(app, gateways)
    return app


def _remember(app: Flask, gateways: Gateways) -> None:
    @app.before_request
    def note() -> Response | None:
        gateways.requests.append((request.method, request.path))
        if gateways.down and request.path.startswith(("/v1/", "/v2/")):
            return Response("out of order", 503)
        return None

    @app.errorhandler(404)
    def gone(_error: Exception) -> tuple[str, int]:
        return render_template("gone.html"), 404


def _stripe_api(app: Flask, gateways: Gateways) -> None:
    stub = gateways.stripe

    def key() -> str | None:
        if request.headers.get("Authorization") != f"Bearer {gateways.keys.stripe_secret}":
            problem = {"type": "invalid_request_error", "message": "Invalid API Key provided."}
            abort(_json({"error": problem}, 401))
        return request.headers.get("Idempotency-Key")

    @app.post("/v1/checkout/sessions")
    def open_session() -> Response:
        return _json(gateways.once(key(), lambda: stub.open(nested(request.form), f"{request.host_url}checkout")))

    @app.post("/v1/payment_intents")
    def charge() -> Response:
        intent = gateways.once(key(), lambda: stub.charge(nested(request.form)))
        if intent["last_payment_error"]:
            return _json({"error": DECLINED | {"payment_intent": intent}}, 402)
        return _json(intent)

    @app.get("/v1/payment_intents/<intent_id>")
    def intent(intent_id: str) -> Response:
        key()
        found = stub.intents.get(intent_id) or abort(_json({"error": {"type": "invalid_request_error"}}, 404))
        method = {"id": found["payment_method"], "object": "payment_method", "type": "card", "card": CARD}
        return _json(found | ({"payment_method": method} if "payment_method" in request.args.getlist("expand[0]") else {}))


def _paypal_api(app: Flask, gateways: Gateways) -> None:
    stub = gateways.paypal

    @app.post("/v1/oauth2/token")
    def token() -> Response:
        given = request.authorization
        if given is None or (given.username, given.password) != (gateways.keys.paypal_client, gateways.keys.paypal_secret):
            return _json({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
        return _json({"access_token": "stub-token", "token_type": "Bearer", "expires_in": 3600, "scope": "", "nonce": "n"})

    @app.post("/v2/checkout/orders")
    def open_order() -> Response:
        made = gateways.once(_paypal_key(), lambda: stub.open(request.get_json(), f"{request.host_url}paypal/approve"))
        return _json(made, 201)

    @app.post("/v2/checkout/orders/<order_id>/capture")
    def capture(order_id: str) -> Response:
        order = stub.orders.get(order_id)
        if order is None or order["status"] == "PAYER_ACTION_REQUIRED":
            return _unprocessable("ORDER_NOT_APPROVED")
        if order.get("capture"):
            return _unprocessable("ORDER_ALREADY_CAPTURED")
        gateways.once(_paypal_key(), lambda: stub.capture(order_id))
        return _unprocessable("INSTRUMENT_DECLINED") if stub.declining else _json(stub.shown(order), 201)

    @app.get("/v1/notifications/certs/<name>")
    def certificate(name: str) -> Response:
        if not stub.signer.path.endswith(f"/{name}"):
            abort(404)
        return Response(stub.signer.pem(), mimetype="application/x-pem-file")


def _pages(app: Flask, gateways: Gateways) -> None:
    @app.get("/checkout/<session_id>")
    def checkout(session_id: str) -> str:
        session = gateways.stripe.sessions.get(session_id) or abort(404)
        return render_template("pay.html", gateway="Card", amount=session["amount_total"], open=session["status"] == "open")

    @app.post("/checkout/<session_id>")
    def checked_out(session_id: str) -> AnyResponse:
        session, stub, asked = gateways.stripe.sessions.get(session_id) or abort(404), gateways.stripe, request.form["do"]
        if session["status"] == "open" and asked == "pay":
            stub.pay(session_id)
        if asked == "fail":
            stub.decline(session_id)
            stub.expire(session_id)
        return redirect(session["cancel_url"] if asked == "cancel" else session["success_url"], 303)

    @app.get("/paypal/approve")
    def approve() -> str:
        order = gateways.paypal.orders.get(request.args.get("token", "")) or abort(404)
        cents = round(float(order["purchase_units"][0]["amount"]["value"]) * 100)
        return render_template("pay.html", gateway="PayPal", amount=cents, open=order["status"] == "PAYER_ACTION_REQUIRED")

    @app.post("/paypal/approve")
    def approved() -> AnyResponse:
        order, asked = gateways.paypal.orders.get(request.args.get("token", "")) or abort(404), request.form["do"]
        if asked == "cancel":
            return redirect(order["context"]["cancel_url"], 303)
        gateways.paypal.declining = asked == "fail"
        gateways.paypal.approve(order["id"])
        return redirect(order["context"]["return_url"], 303)


def _paypal_key() -> str | None:
    if request.headers.get("Authorization") != "Bearer stub-token":
        abort(_json({"name": "AUTHENTICATION_FAILURE", "message": "Authentication failed."}, 401))
    return request.headers.get("Paypal-Request-Id")


def _unprocessable(issue: str) -> Response:
    details = [{"issue": issue, "description": issue.lower()}]
    return _json({"name": "UNPROCESSABLE_ENTITY", "message": "Refused.", "debug_id": "stub", "details": details}, 422)


def _json(body: Json, status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
