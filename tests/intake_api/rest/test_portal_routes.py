"""The provider's portal over HTTP: filters to their end, results, team, support, mail; and the house's side of it."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from core import providers
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.markets import Market
from core.niches import Niche
from tests.builders import SCHEMA, a_lead
from tests.intake_api.rest.conftest import World

BIG = {"all": [{"field": "bedrooms", "operator": "gte", "value": 4}]}
CONTRACT = [
    ("GET PUT", "provider/profile"),
    ("GET POST", "provider/subscriptions"),
    ("DELETE", "provider/subscriptions/<id>"),
    ("GET PUT", "provider/subscriptions/<id>/filters"),
    ("GET PUT", "provider/subscriptions/<id>/caps"),
    ("GET", "provider/niches/<id>/competition-levels"),
    ("GET", "provider/reports/kpis"),
    ("GET PUT", "provider/notification-preferences"),
    ("GET", "admin/subscriptions"),
    ("GET", "admin/subscriptions/<id>/filter-logs"),
    ("GET", "admin/niches/<id>/filter-stats"),
    ("GET", "admin/niches/<id>/invalid-filters"),
]


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_every_promised_path_is_there(app: Flask) -> None:
    served: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        shape = "/".join("<id>" if step.startswith("<") else step for step in rule.rule.removeprefix("/api/v1/").split("/"))
        served[shape] = served.get(shape, set()) | (rule.methods or set()) - {"HEAD", "OPTIONS"}
    assert [path for methods, path in CONTRACT if not set(methods.split()) <= served.get(path, set())] == []


def test_a_filter_is_tried_kept_and_taken_back(world: World, now: datetime) -> None:
    with transaction() as session:
        niche, market = session.get_one(Niche, world.niche), session.get_one(Market, world.market)
        a_lead(session, now, niche, market)
        a_lead(session, now, niche, market, form_data={"property_type": "house", "bedrooms": 5})
    path = f"/provider/subscriptions/{world.subscription}/filters"
    tried = ok(world.call("provider", "POST", f"{path}/preview", json={"rules": BIG}))["preview"]
    assert (tried["leads"], tried["matching"], tried["days"]) == (2, 1, 30)
    assert tried["cuts"] == [{"words": "Bedrooms is at least 4.", "leads": 1}]
    assert ok(world.call("provider", "GET", path))["version"] == 1, "trying saves nothing"
    saved = ok(world.call("provider", "PUT", path, json={"rules": BIG, "version": 1}))
    late = ok(world.call("provider", "PUT", path, json={"rules": {"all": []}, "version": 1}), 409)
    assert late["error"]["code"] == "filter.changed" and saved["version"] == 2
    ok(world.call("provider", "PUT", path, json={"rules": {"all": []}}))
    log = ok(world.call("provider", "GET", f"{path}/log"))["items"]
    assert [entry["new_words"] for entry in log] == ["Every lead of this niche.", "Bedrooms is at least 4."]
    again = ok(world.call("provider", "POST", f"{path}/restore", json={"change_id": log[1]["id"]}))
    assert (again["rules"], again["version"]) == (BIG, 4)
    assert world.call("rival", "POST", f"{path}/preview", json={"rules": BIG}).status_code == 404
    assert world.call("rival", "GET", f"{path}/log").status_code == 404


def test_a_broken_filter_is_seen_by_the_house_and_repaired_by_its_owner(world: World, now: datetime) -> None:
    path = f"/provider/subscriptions/{world.subscription}/filters"
    ok(world.call("provider", "PUT", path, json={"rules": BIG}))
    assert ok(world.call("provider", "POST", f"{path}/repair"), 409)["error"]["code"] == "filter.nothing_broken"
    schema = deepcopy(SCHEMA)
    schema["fields"] = [field for field in schema["fields"] if field["key"] != "bedrooms"]
    with transaction() as session:
        providers.publish_form(session, actor=SYSTEM, niche_id=world.niche, schema=schema, now=now)
    stale = ok(world.call("analyst", "GET", f"/admin/niches/{world.niche}/invalid-filters"))["items"]
    assert [row["subscription_id"] for row in stale] == [str(world.subscription)]
    found = ok(world.call("provider", "GET", f"{path}/repair"))["repair"]
    assert found["broken"][0]["path"] == "all[0]" and found["rest"] == {"all": []}
    repaired = ok(world.call("provider", "POST", f"{path}/repair"))
    assert (repaired["valid"], repaired["rules"]) == (True, {"all": []})
    assert ok(world.call("admin", "GET", f"/admin/niches/{world.niche}/invalid-filters"))["items"] == []
    stats = ok(world.call("admin", "GET", f"/admin/niches/{world.niche}/filter-stats"))["stats"]
    assert (stats["subscriptions"], stats["with_filter"], stats["rule_counts"]) == (2, 0, {"0": 2})


def test_the_house_changes_notes_and_finds_a_filter(world: World) -> None:
    path = f"/admin/subscriptions/{world.subscription}"
    short = ok(world.call("admin", "PUT", f"{path}/filters", json={"rules": BIG, "memo": "x"}), 422)
    assert short["error"]["fields"].keys() == {"memo"}
    assert ok(world.call("admin", "GET", f"{path}/filter-logs"))["items"] == [], "a refused memo keeps the filter out too"
    (change,) = ok(world.call("admin", "PUT", f"{path}/filters", json={"rules": BIG, "memo": "Asked by telephone"}))["items"]
    ok(world.call("admin", "POST", f"/admin/filter-changes/{change['id']}/memos", json={"memo": "They called again"}), 201)
    logs = ok(world.call("analyst", "GET", f"{path}/filter-logs"))["items"]
    assert logs[0]["memos"] == ["Asked by telephone", "They called again"]
    found = ok(world.call("analyst", "GET", "/admin/filter-changes?memo=CALLED&limit=1"))
    assert [row["id"] for row in found["items"]] == [change["id"]]
    assert ok(world.call("analyst", "GET", "/admin/filter-changes?memo=fax"))["items"] == []
    assert world.call("analyst", "PUT", f"{path}/filters", json={"rules": BIG}).status_code == 403
    listed = ok(world.call("analyst", "GET", f"/admin/subscriptions?provider_id={world.provider}"))["items"]
    assert [row["filter_version"] for row in listed] == [2]


def test_a_price_is_accepted_before_its_day(world: World) -> None:
    path = f"/provider/competition-levels/{world.level}/accept-price"
    assert ok(world.call("provider", "POST", path), 409)["error"]["code"]
    raised = ok(world.call("admin", "PUT", f"/admin/competition-levels/{world.level}", json={"price_cents": 3000}))["level"]
    assert (raised["price_cents"], raised["next_price_cents"]) == (2500, 3000)
    rung = ok(world.call("provider", "GET", f"/provider/niches/{world.niche}/competition-levels"))["items"][0]
    assert rung["next_price_cents"] == 3000
    assert ok(world.call("provider", "POST", path))["level"]["price_cents"] == 2500, "the rival has not accepted yet"
    assert ok(world.call("rival", "POST", path))["level"]["price_cents"] == 3000


def test_why_leads_did_not_come(world: World) -> None:
    path = f"/provider/subscriptions/{world.subscription}/missed"
    found = ok(world.call("provider", "GET", f"{path}?days=7"))["missed"]
    assert found == {"days": 7, "leads": 0, "received": 0, "reasons": [], "cuts": []}
    assert world.call("rival", "GET", path).status_code == 404
    assert ok(world.call("provider", "GET", f"{path}?days=0"), 422)["error"]["fields"].keys() == {"days"}


def test_kpis(world: World, now: datetime) -> None:
    found = ok(world.call("provider", "GET", "/provider/reports/kpis"))
    assert found["kpis"]["received"] == 0 and found["kpis"]["acceptance_rate"] is None and found["market_median"] is None
    assert (found["niches"], found["channels"], found["days"]) == ([], [], [])
    given = {"since": (now - timedelta(days=401)).isoformat(), "until": now.isoformat()}
    long = ok(world.call("provider", "GET", "/provider/reports/kpis", query_string=given), 422)
    assert long["error"]["fields"].keys() == {"since"}
    assert ok(world.call("provider", "GET", "/provider/reports/kpis?channel=radio"), 422)["error"]["fields"].keys() == {"channel"}


def test_the_team(world: World) -> None:
    (me,) = ok(world.call("provider", "GET", "/provider/team"))["items"]
    assert me["owner"] is True and me["id"] == str(world.users["provider"])
    assert ok(world.call("provider", "POST", "/provider/team", json={"email": "nobody"}), 422)["error"]["fields"].keys() == {
        "email"
    }
    everybody = ok(world.call("provider", "POST", "/provider/team", json={"email": "lou@example.com"}), 201)["items"]
    lou = everybody[1]["id"]
    assert everybody[1]["status"] == "pending" and everybody[1]["invited_until"]
    assert ok(world.call("provider", "POST", f"/provider/team/{lou}/hand-over"), 409)["error"]["code"] == "team.not_active"
    assert world.call("rival", "DELETE", f"/provider/team/{lou}").status_code == 404
    assert ok(world.call("provider", "DELETE", f"/provider/team/{lou}")) == {"removed": lou}
    assert len(ok(world.call("provider", "GET", "/provider/team"))["items"]) == 1


def test_mail_kinds_that_must_reach_you(world: World) -> None:
    path = "/provider/notification-preferences"
    kinds = {kind["template"]: kind for kind in ok(world.call("provider", "GET", path))["items"]}
    assert kinds["new_lead"]["why"] is None and kinds["filter_invalidated"]["why"]
    refused = ok(world.call("provider", "PUT", path, json={"choices": {"new_lead": False, "filter_invalidated": False}}), 422)
    assert refused["error"]["fields"].keys() == {"filter_invalidated"}
    assert all(kind["enabled"] for kind in ok(world.call("provider", "GET", path))["items"]), "nothing was changed"


def test_support_from_question_to_answer(world: World) -> None:
    trouble = world.call("provider", "GET", "/provider/subscriptions/01a20213-8ed2-7185-915b-50e26978e0ea/filters")
    code = trouble.get_json()["error"]["correlation_id"]
    question = {"subject": "A link fails", "message": "I opened it from a mail.", "correlation_id": code}
    asked = ok(world.call("provider", "POST", "/provider/support-requests", json=question, key="once"), 201)["request"]
    assert asked["correlation_id"] == code
    assert world.call("provider", "POST", "/provider/support-requests", json=question, key="once").status_code == 201
    waiting = ok(world.call("admin", "GET", "/admin/support-requests?status=open"))["items"]
    assert [row["id"] for row in waiting] == [asked["id"]]
    answer = {"message": "The subscription had ended."}
    done = ok(world.call("admin", "POST", f"/admin/support-requests/{asked['id']}/answer", json=answer), 201)["thread"]
    assert done["request"]["status"] == "answered"
    mine = ok(world.call("provider", "GET", f"/provider/support-requests/{asked['id']}"))["thread"]
    assert [said["author"] for said in mine["messages"]] == ["Test Person", "Support"]
    more = {"message": "Thank you, that helps."}
    again = ok(world.call("provider", "POST", f"/provider/support-requests/{asked['id']}/messages", json=more), 201)["thread"]
    assert (again["request"]["status"], len(again["messages"])) == ("open", 3)
    assert world.call("rival", "GET", f"/provider/support-requests/{asked['id']}").status_code == 404
    assert world.call("analyst", "GET", "/admin/support-requests").status_code == 403
    empty = {"subject": "", "message": "I opened it from a mail."}
    assert ok(world.call("provider", "POST", "/provider/support-requests", json=empty), 422)["error"]["fields"].keys() == {
        "subject"
    }


def test_people_of_a_suspended_company_may_ask_but_not_buy(world: World) -> None:
    with transaction() as session:
        session.get_one(providers.Provider, world.provider).status = "suspended"
    question = {"subject": "Suspended", "message": "We would like to talk about it."}
    ok(world.call("provider", "POST", "/provider/support-requests", json=question), 201)
    body = {"level_id": str(world.other_level)}
    assert ok(world.call("provider", "POST", "/provider/subscriptions", json=body), 409)["error"]["code"] == "provider.not_active"
    assert world.call("provider", "GET", "/provider/inbox").status_code == 409
