"""The gateways' back office of the demo: give money back, let a bank dispute, win or lose, at the press of a button."""

from typing import TYPE_CHECKING, Any

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from demo.gateways.app import Gateways


def add_office(app: Flask, gateways: "Gateways") -> None:
    """The page at ``/``: what was paid, and what banks and the house may do with it."""

    @app.get("/")
    def office() -> str:
        return render_template("office.html", payments=_payments(gateways), disputes=_disputes(gateways))

    @app.post("/act")
    def act() -> Response:
        _do(gateways, request.form["gateway"], request.form["do"], request.form["ref"])
        return redirect(url_for("office"), 303)


def _payments(gateways: "Gateways") -> list[dict[str, Any]]:
    cards = [
        {"gateway": "stripe", "ref": ref, "cents": intent["amount_received"]}
        for ref, intent in gateways.stripe.intents.items()
        if intent["status"] == "succeeded"
    ]
    orders = [
        {"gateway": "paypal", "ref": ref, "cents": round(float(capture["amount"]["value"]) * 100)}
        for ref, capture in gateways.paypal.captures.items()
        if capture["status"] == "COMPLETED"
    ]
    return cards + orders


def _disputes(gateways: "Gateways") -> list[dict[str, Any]]:
    cards = [
        {"gateway": "stripe", "ref": ref, "payment": dispute["payment_intent"], "state": dispute["status"]}
        for ref, dispute in gateways.stripe.disputes.items()
    ]
    orders = [
        {
            "gateway": "paypal",
            "ref": ref,
            "payment": dispute["disputed_transactions"][0]["seller_transaction_id"],
            "state": dispute["status"].lower(),
        }
        for ref, dispute in gateways.paypal.disputes.items()
    ]
    return cards + orders


def _do(gateways: "Gateways", gateway: str, asked: str, ref: str) -> None:
    stripe, paypal = gateways.stripe, gateways.paypal
    if asked in ("win", "lose"):
        (stripe if gateway == "stripe" else paypal).close_dispute(ref, won=asked == "win")
    elif gateway == "stripe" and ref in stripe.intents:
        stripe.refund(ref, stripe.intents[ref]["amount"]) if asked == "refund" else stripe.dispute(ref)
    elif ref in paypal.captures:
        paypal.refund(ref, paypal.captures[ref]["amount"]["value"]) if asked == "refund" else paypal.dispute(ref)
