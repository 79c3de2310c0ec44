"""Role x endpoint x ownership, made from the routes themselves: who may call, and whose row it is (SPEC 1.6).

Every route is called by everybody: for a row that is there, for another company's, for one that is nowhere. Another
company's row must answer exactly as one that does not exist. A route whose variables stand in no table here fails.
"""

import re
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from core import accounts, distribution, messaging, payments
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.markets import Market
from core.niches import Niche
from intake_api.openapi import document
from intake_api.rest import Contract
from intake_api.scopes import scope_of
from tests.builders import a_lead
from tests.intake_api.rest.conftest import World

PEOPLE = ("admin", "analyst", "scientist", "provider", "partner")
METHODS = ("GET", "PUT", "POST", "DELETE")  # so that what is deleted was looked at before
VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")

# A company's own rows, by the variable of a route for companies; each has a twin at the rival.
OWNED = {
    *("subscription_id", "assignment_id", "claim_id", "endpoint_id", "delivery_id", "area_id", "key_id", "search_id"),
    *("export_id", "request_id", "user_id"),
}
# What every company sees alike, and what is no row.
SHARED = {"niche_id", "level_id", "lead_id", "month", "name"}
# Rows that only staff reaches, which this world has.
STAFFS = {
    *("lead_id", "provider_id", "niche_id", "level_id", "claim_id", "user_id", "assignment_id", "subscription_id", "request_id"),
    *("source_id", "pack_id", "partner_id", "key_id", "export_id", "template_id", "key", "month", "version", "model"),
    "market_id",
}
# Rows that come of what jobs do, which this world has not: called for one that is nowhere.
NOWHERE = {"job_id", "entry_id", "change_id", "version_id", "message_id", "run_id", "replay_id", "name", "address_key", "raw_id"}
NOWHERE |= {"pair_id", "trial_id", "cost_id"}
WORDS = {"month": f"{utc_now():%Y-%m}", "version": "1", "model": "fraud", "template_id": "lead_confirmation", "key": "claim_days"}
REFUSED = {401, 403}
# Open to everybody, or proven otherwise than by a role: a link's token, a signature, a code, a cookie, a key.
OPEN = {
    *("public_api.submit", "public_api.confirm", "public_api.verify", "public_api.look", "public_api.resend"),
    *("public_api.list_niches", "public_api.list_markets", "public_api.form_schema", "passports.key"),
    *(f"auth_api.{name}" for name in ("register", "login", "logout", "verify_email", "resend_verification", "forgot_password")),
    *("auth_api.reset_password", "auth_api.accept_invitation", "auth_api.password_advice", "auth_mfa_api.challenge"),
    *("payment_events.stripe", "payment_events.paypal", "mail_events.ses", "mail_events.sendgrid"),
    *(f"source_calls.{name}" for name in ("adf", "google", "linkedin", "linkedin_challenge", "meta", "meta_handshake", "reso")),
}
SIGNED_IN = {
    *("auth_api.me", "auth_api.invite", "auth_api.change_password", "money_files.movements", "exports.download"),
    *(f"auth_mfa_api.{name}" for name in ("enroll", "verify", "recovery_codes", "disable")),
    *(
        "partner_api.ping",
        "partner_api.post",
        "passports.of_lead",
        "passports.of_own_lead",
        "passports.of_listing",
        *(f"source_files.{name}" for name in ("take_in", "preview", "errors")),
    ),
}


class Route(NamedTuple):
    """One route as it is called."""

    endpoint: str
    method: str
    rule: str
    contract: Contract
    body: Any

    @property
    def variables(self) -> list[str]:
        return VARIABLE.findall(self.rule)

    @property
    def of_company(self) -> bool:
        return self.contract.roles == ("provider",) or self.endpoint.startswith("exports.")

    def path(self, rows: dict[str, Any]) -> str:
        return VARIABLE.sub(lambda found: str(rows.get(found[1], WORDS.get(found[1]) or uuid7())), self.rule)


def routes(app: Flask) -> list[Route]:
    """Every route made by ``rest.route``, readings first, with the body that the document gives as its example."""
    paths, found = document(app)["paths"], []
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "contract", None)
        if contract is not None:
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            said = paths[VARIABLE.sub(r"{\1}", rule.rule)][method.lower()].get("requestBody")
            body = said and said["content"]["application/json"]["example"]
            found.append(Route(rule.endpoint, method, rule.rule.removeprefix("/api/v1"), contract, body))
    return sorted(found, key=lambda route: (METHODS.index(route.method), route.rule))


class Rows(NamedTuple):
    """Ids by the variable that names them."""

    mine: dict[str, Any]
    theirs: dict[str, Any]
    staffs: dict[str, Any]


@pytest.fixture
def rows(world: World, now: datetime) -> Rows:
    with transaction() as session:
        accounts.ensure_system_user(session, now=now)
        messaging.seed_templates(session, now=now)
        niche, market = session.get_one(Niche, world.niche), session.get_one(Market, world.market)
        lead = a_lead(session, now, niche, market)
        turn = distribution.claim_turn(session, lead_id=lead.id, actor=SYSTEM, now=now)
        distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now)
        sold: dict[UUID, UUID] = dict(session.execute(text("select provider_id, id from assignment")).all())  # type: ignore[arg-type]
        partner = payments.add_partner(session, actor=SYSTEM, name="Lead Friends", share_percent=10, now=now).id
    mine = {"subscription_id": world.subscription, "assignment_id": sold[world.provider]} | _of(
        world, "provider", sold[world.provider]
    )
    theirs = {"subscription_id": world.rival_subscription, "assignment_id": sold[world.rival]} | _of(
        world, "rival", sold[world.rival]
    )
    program = {"name": "Program", "scopes": list(accounts.PARTNER_SCOPES)}
    made = _made(world, "admin", f"/admin/partners/{partner}/api-keys", program)
    world.tokens["partner"], key = made["token"], made["key"]["id"]
    feed = {"feed_url": "https://feeds.example/roofs", "contact_url": "https://ours.example/robot"}
    source = _made(world, "admin", "/admin/sources", {"kind": "feed", "name": "Notices", "settings": feed})["source"]["id"]
    pack = {"name": "Fifty", "amount_cents": 5000, "bonus_cents": 100}
    staffs = mine | {
        "lead_id": world.lead,
        "provider_id": world.provider,
        "partner_id": partner,
        "key_id": key,
        "source_id": source,
        "market_id": world.market,
        "user_id": world.users["rival"],
        "pack_id": _made(world, "admin", "/admin/credit-packs", pack)["pack"]["id"],
    }
    shared = {"niche_id": world.niche, "level_id": world.level}
    return Rows(mine | shared, theirs | shared, staffs | shared)


def _made(world: World, person: str, path: str, body: Any) -> Any:
    answer = world.call(person, "POST", path, json=body)
    assert answer.status_code in (200, 201, 202), (path, answer.text)
    return answer.get_json()


def _of(world: World, person: str, assignment: UUID) -> dict[str, Any]:
    """One row of each kind that a company makes itself."""
    area = {"name": "Mine", "kind": "zips", "definition": {"zips": ["89109"]}}
    hook = _made(world, person, "/provider/webhooks", {"name": "CRM", "url": "https://crm.example/leads"})["endpoint"]["id"]
    asked = {"subject": "Help", "message": "It is broken."}
    mate = {"email": f"{person}.mate@example.com"}
    return {
        "area_id": _made(world, person, "/provider/areas", area)["area"]["id"],
        "claim_id": _made(world, person, f"/provider/leads/{assignment}/bad-lead", {"reason": "spam"})["claim"]["id"],
        "endpoint_id": hook,
        "delivery_id": _made(world, person, f"/provider/webhooks/{hook}/test", None)["delivery_id"],
        "key_id": _made(world, person, "/provider/api-keys", {"name": "Program", "scopes": ["leads.read"]})["key"]["id"],
        "search_id": _made(world, person, "/marketplace/saved-searches", {"name": "Near", "query": {}})["saved_search"]["id"],
        "export_id": _made(world, person, "/provider/reports/export", {})["export"]["id"],
        "request_id": _made(world, person, "/provider/support-requests", asked)["request"]["id"],
        "user_id": next(m["id"] for m in _made(world, person, "/provider/team", mate)["items"] if m["email"] == mate["email"]),
    }


def test_every_route_has_its_place_in_the_matrix(app: Flask) -> None:
    for route in routes(app):
        known = OWNED | SHARED if route.of_company else SHARED | STAFFS | NOWHERE
        assert set(route.variables) <= known, f"say whose {route.variables} of {route.endpoint} is"
    others = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not hasattr(app.view_functions[rule.endpoint], "contract")
    }
    assert others == OPEN | SIGNED_IN, "say who may call it"


def test_who_is_no_one_or_has_another_role_is_refused_whatever_the_row(world: World, app: Flask, rows: Rows) -> None:
    cells = 0
    for route in routes(app):
        there, nowhere = route.path(rows.mine | rows.staffs), route.path({})
        for path in {there, nowhere}:
            assert world.call(None, route.method, path, json=route.body).status_code == 401, (route, path)
            for role in set(PEOPLE) - set(route.contract.roles):
                assert world.call(role, route.method, path, json=route.body).status_code == 403, (role, route, path)
                cells += 1
    assert cells > 600


def test_another_companys_row_is_as_one_that_is_nowhere(world: World, app: Flask, rows: Rows) -> None:
    before, cells = _seen(world, app, "rival", rows.theirs), 0
    for route in routes(app):
        if not route.of_company or not OWNED & set(route.variables):
            continue
        nowhere = world.call("provider", route.method, route.path({}), json=route.body)
        theirs = world.call("provider", route.method, route.path(rows.theirs), json=route.body)
        assert nowhere.status_code in (404, 422), (route, nowhere.status_code, nowhere.text)
        assert (theirs.status_code, theirs.get_json()["error"]["code"]) == (
            nowhere.status_code,
            nowhere.get_json()["error"]["code"],
        ), (route, theirs.text)
        # Half of the way is no way either: my endpoint, their delivery.
        for variable in OWNED & set(route.variables) if len(route.variables) > 1 else ():
            mixed = world.call(
                "provider", route.method, route.path(rows.mine | {variable: rows.theirs[variable]}), json=route.body
            )
            assert mixed.status_code in (404, 422), (route, variable, mixed.text)
        cells += 1
    assert cells > 35
    assert _seen(world, app, "rival", rows.theirs) == before, "something of the rival's was changed"


def test_who_may_reaches_what_is_there_and_is_told_what_is_not(world: World, app: Flask, rows: Rows) -> None:
    cells, wrong = 0, []
    for route in routes(app):
        for role in route.contract.roles if route.endpoint not in ENDS_THE_CALLER else ():
            if "export_id" in route.variables and role != "provider":
                continue  # staff see their own files only: test_matrix_own.py
            if set(route.variables) - set(WORDS):
                nowhere = world.call(role, route.method, route.path({}), json=route.body)
                wrong += [(role, route, nowhere.text)] * (nowhere.status_code not in (200, 404, 409, 422))
            there = world.call(role, route.method, route.path(rows.mine if route.of_company else rows.staffs), json=route.body)
            wrong += [(role, route, there.text)] * (
                there.status_code not in {200, 201, 202, 409, 422} | _also(route) | {NOT_YET.get(route.endpoint)}
            )
            cells += 1
    assert not wrong, f"{len(wrong)} cells, such as {wrong[:3]}"
    assert cells > 250


def _also(route: Route) -> set[int]:
    """What names nobody's row in its body, was deleted a moment ago, or is not on sale may be nowhere, too."""
    named = set(route.variables)
    return {404} if route.method != "GET" or named & NOWHERE or "lead_id" in named else set()


# The source has no permission yet; no gateway is set up.
NOT_YET = {"admin_sources.run": 403, "provider_deposits.start": 503}


ENDS_THE_CALLER = {"provider_team.hand_over"}  # whoever hands a company over is no owner any more: test_matrix_own.py


def _seen(world: World, app: Flask, person: str, ids: dict[str, Any]) -> dict[str, Any]:
    """All that a company reads of its own rows, without what looking changes."""
    return {
        route.rule: world.call(person, "GET", route.path(ids)).get_json()
        for route in routes(app)
        if route.method == "GET" and route.of_company and OWNED & set(route.variables) and route.endpoint != "provider_inbox.lead"
    }


def test_what_needs_somebody_is_refused_to_no_one(world: World, app: Flask) -> None:
    for endpoint in sorted(SIGNED_IN):
        (rule,) = [rule for rule in app.url_map.iter_rules(endpoint) if rule.rule.startswith("/api/v1/")]
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        path = VARIABLE.sub(lambda _: str(uuid7()), rule.rule.removeprefix("/api/v1"))
        refused = world.call(None, method, path, json={} if method == "POST" else None)
        assert refused.status_code in (400, 401, 415, 422), (endpoint, refused.text)


def test_a_companys_key_opens_what_its_scope_says_on_every_route(world: World, app: Flask) -> None:
    """Each route of companies, by a key with its scope alone, and by one with every other."""
    for scope in accounts.PROVIDER_SCOPES:
        others = [other for other in accounts.PROVIDER_SCOPES if other != scope]
        for person, scopes, name in (("provider", [scope], f"only {scope}"), ("rival", others, f"all but {scope}")):
            world.tokens[name] = _made(world, person, "/provider/api-keys", {"name": name, "scopes": scopes})["token"]
    cells = 0
    for route in routes(app):
        if "provider" not in route.contract.roles:
            continue
        scope = scope_of(route.endpoint.split(".")[0], route.method)
        for kind, refusal in (("only", None), ("all but", "access.scope")):
            answer = world.call(f"{kind} {scope or 'leads.read'}", route.method, route.path({}), json=route.body)
            said = answer.get_json()["error"]["code"] if answer.status_code in REFUSED else None
            assert said == ("access.key" if scope is None else refusal or _of_the_verb(said)), (route, kind, answer.text)
            cells += 1
    assert cells > 120


def _of_the_verb(code: str | None) -> str | None:
    """A refusal that is not the key's: such as one for owners only."""
    return None if code in ("access.key", "access.scope") else code
