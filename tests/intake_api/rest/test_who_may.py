"""Sessions that open nothing, another company's things, whatever is sent (SPEC 1.6); who may call what: ``test_matrix.py``."""

import re
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.kit.ids import uuid7
from tests.intake_api.rest.conftest import World


def test_a_forged_or_revoked_session_is_a_strangers(world: World) -> None:
    world.tokens["forged"] = world.tokens["admin"][:-2] + "xx"
    assert world.call("forged", "GET", "/admin/users").status_code == 401
    assert (
        world.call("admin", "PUT", f"/admin/users/{world.users['analyst']}/role", json={"role": "scientist"}).status_code == 200
    )
    assert world.call("analyst", "GET", "/admin/leads").status_code == 401


def test_another_providers_things_do_not_exist(world: World) -> None:
    theirs = world.rival_subscription
    rules = {"rules": {"all": []}}
    for method, path, body in (
        ("DELETE", f"/provider/subscriptions/{theirs}", None),
        ("POST", f"/provider/subscriptions/{theirs}/pause", None),
        ("POST", f"/provider/subscriptions/{theirs}/resume", None),
        ("GET", f"/provider/subscriptions/{theirs}/filters", None),
        ("PUT", f"/provider/subscriptions/{theirs}/filters", rules),
        ("GET", f"/provider/subscriptions/{theirs}/caps", None),
        ("PUT", f"/provider/subscriptions/{theirs}/caps", {"leads_day": 3}),
    ):
        answer = world.call("provider", method, path, json=body)
        assert answer.status_code == 404, path
        assert answer.get_json()["error"]["code"] == "subscription.not_found"
        assert world.call("rival", method, path, json=body).status_code in (200, 404, 409)
    area = {"name": "Mine", "kind": "zips", "definition": {"zips": ["89109"]}}
    made = world.call("rival", "POST", "/provider/areas", json=area).get_json()["area"]["id"]
    assert world.call("provider", "DELETE", f"/provider/areas/{made}").status_code == 404
    assert world.call("rival", "DELETE", f"/provider/areas/{made}").status_code == 200


FIELDS = [
    *("rules", "all", "any", "not", "field", "operator", "value", "level_id", "choices", "name", "kind", "definition", "zips"),
    *("geojson", "lon", "lat", "radius_m", "leads_day", "spend_day_cents", "delivery_hours", "mon", "reason", "note", "lead_ids"),
    *("status", "role", "memo", "amount_cents", "niche_id", "level_ids", "price_cents", "active", "profile", "company_name"),
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["active", "circle", "zips", "won", "admin", "2026-11-04", "08:00", str(uuid7())])
)
bodies = st.dictionaries(
    st.sampled_from(FIELDS),
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


def test_whatever_is_sent_nothing_breaks(world: World, app: Flask) -> None:
    """Any JSON at any route: refused in the one shape, never a 500 (the handler for bugs answers 500)."""
    known = {"subscription_id": world.subscription, "provider_id": world.provider, "level_id": world.level, "lead_id": world.lead}
    known_here = set(world.tokens)
    routes = [(rule, getattr(app.view_functions[rule.endpoint], "contract", None)) for rule in app.url_map.iter_rules()]
    served = [(rule, contract) for rule, contract in routes if contract and known_here & set(contract.roles)]

    @settings(
        max_examples=250,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.data())
    def send(data: Any) -> None:
        rule, contract = data.draw(st.sampled_from(served))
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        path = re.sub(r"<uuid:(\w+)>", lambda found: str(known.get(found[1], uuid7())), rule.rule.removeprefix("/api/v1"))
        person = data.draw(st.sampled_from([role for role in contract.roles if role in known_here]))
        if rule.endpoint.startswith("admin_people"):
            person = "admin"
        names = list(contract.body.model_fields) if contract.body else list(contract.query.model_fields) if contract.query else []
        sent = data.draw(bodies) | {name: data.draw(scalars | bodies) for name in names if data.draw(st.booleans())}
        more = {"json": sent} if contract.body else {"query_string": {key: str(value) for key, value in sent.items()}}
        answer = world.call(person, method, path, **more)
        assert answer.status_code < 500, (method, path, sent, answer.text)
        if answer.status_code >= 400:
            assert set(answer.get_json()["error"]) == {"code", "message", "fields", "correlation_id"}

    send()


def test_bodies_that_are_not_json_objects(world: World) -> None:
    path = f"/provider/subscriptions/{world.subscription}/filters"
    assert world.call("provider", "PUT", path, data="{", content_type="application/json").status_code == 400
    assert world.call("provider", "PUT", path, data="[]", content_type="application/json").status_code == 400
    assert (
        world.call("provider", "PUT", path, data="rules=1", content_type="application/x-www-form-urlencoded").status_code == 415
    )
    assert (
        world.call(
            "provider", "PUT", path, data=b'{"rules": "' + b"x" * 1_100_000 + b'"}', content_type="application/json"
        ).status_code
        == 413
    )
    assert world.call("provider", "GET", "/provider/subscriptions/not-an-id/filters").status_code == 404
