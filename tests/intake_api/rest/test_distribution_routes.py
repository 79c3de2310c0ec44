"""A lead distributed, watched and explained over HTTP (SPEC 4.5, 5.6)."""

from datetime import datetime, timedelta

from sqlalchemy import text

from core import distribution
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.ids import uuid7
from jobs.work import work
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok


def approve(world: World) -> str:
    ok(world.call("admin", "POST", f"/admin/leads/{world.lead}/approve", json={}))
    return f"/admin/leads/{world.lead}"


def test_only_approved_leads_are_distributed(world: World) -> None:
    path = f"/admin/leads/{world.lead}"
    assert ok(world.call("admin", "POST", f"{path}/distribute"), 409)["error"]["code"] == "distribution.not_approved"
    assert world.call("admin", "POST", f"{path}/simulate").status_code == 409
    assert world.call("admin", "POST", f"/admin/leads/{uuid7()}/distribute").status_code == 404


def test_a_run_is_simulated_carried_out_and_read(world: World, now: datetime) -> None:
    path = approve(world)
    told = ok(world.call("admin", "POST", f"{path}/simulate"))["run"]
    assert {sale["company"] for sale in told["sales"]} >= {"Rival Roofing"}
    assert ok(world.call("analyst", "GET", f"{path}/assignments"))["items"] == []
    # The approval has queued a run already.
    assert ok(world.call("admin", "POST", f"{path}/distribute"), 202) == {"job_id": None}
    assert ok(world.call("analyst", "GET", f"{path}/distribution-status"))["distribution"]["job"]["state"] == "ready"
    with transaction() as session:
        turn = distribution.claim_turn(session, lead_id=world.lead, actor=SYSTEM, now=now)
        distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now)
    sold = ok(world.call("analyst", "GET", f"{path}/assignments"))["items"]
    assert {row["sale"]["company"] for row in sold} == {sale["company"] for sale in told["sales"]}
    assert {row["run_id"] for row in sold} == {str(turn.run_id)}
    status = ok(world.call("analyst", "GET", f"{path}/distribution-status"))["distribution"]
    assert [run["run"]["state"] for run in status["runs"]] == ["finished"]
    listed = ok(world.call("analyst", "GET", f"/admin/distribution/runs?niche_id={world.niche}&limit=1"))
    assert ([row["run"]["id"] for row in listed["items"]], listed["next"]) == ([str(turn.run_id)], str(turn.run_id))
    assert ok(world.call("analyst", "GET", f"/admin/niches/{world.niche}/fairness"))["items"][0]["received"] == 2


def test_why_not_is_answered_rule_by_rule(world: World) -> None:
    path = approve(world)
    ask = f"{path}/explain?subscription_id={world.subscription}"
    assert ok(world.call("analyst", "GET", ask))["eligible"] is True
    rules = {"rules": {"all": [{"field": "bedrooms", "operator": "gte", "value": 9}]}}
    ok(world.call("provider", "PUT", f"/provider/subscriptions/{world.subscription}/filters", json=rules))
    answer = ok(world.call("analyst", "GET", ask))
    refused = [verdict for verdict in answer["items"] if not verdict["passed"]]
    assert (answer["eligible"], [verdict["rule"] for verdict in refused]) == (False, ["filter"])
    assert [part["sentence"] for part in refused[0]["parts"]][1:] == ["Bedrooms is at least 9"]
    assert ok(world.call("analyst", "GET", f"{path}/explain"), 422)["error"]["fields"].keys() == {"subscription_id"}
    assert world.call("analyst", "GET", f"{path}/explain?subscription_id={uuid7()}").status_code == 404


def test_the_engine_and_the_filter_agree(world: World, now: datetime) -> None:
    """End to end: a provider's filter saved over HTTP keeps the engine from selling to them."""
    rules = {"rules": {"not": {"field": "property_type", "operator": "eq", "value": "house"}}}
    ok(world.call("provider", "PUT", f"/provider/subscriptions/{world.subscription}/filters", json=rules))
    path = approve(world)
    told = ok(world.call("admin", "POST", f"{path}/simulate"))["run"]
    assert [sale["company"] for sale in told["sales"]] == ["Rival Roofing"]
    assert told["run"]["skips"] == {"filter": 1}
    with transaction() as session:
        assert session.scalar(text("select count(*) from transfer where kind = 'lead_charge'")) == 0


def test_why_and_why_not_me(world: World, now: datetime) -> None:
    path = approve(world)
    assert ok(world.call("analyst", "GET", f"{path}/why"))["items"] == []
    with transaction() as session:
        turn = distribution.claim_turn(session, lead_id=world.lead, actor=SYSTEM, now=now)
        distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now)
        distribution.trace_runs(session, now=now)
    (run,) = ok(world.call("analyst", "GET", f"{path}/why"))["items"]
    assert run["agrees"] and {row["verdict"] for row in run["rows"]} == {"won"}
    mine = f"/provider/subscriptions/{world.subscription}/verdicts"
    told = ok(world.call("provider", "GET", mine))
    assert [(one["run_id"], one["verdict"]) for one in told["items"]] == [(str(turn.run_id), "won")] and told["next"] is None
    assert world.call("provider", "GET", f"{path}/why").status_code == 403
    assert world.call("provider", "GET", f"/provider/subscriptions/{uuid7()}/verdicts").status_code == 404
    assert world.call("analyst", "GET", f"/admin/leads/{uuid7()}/why").status_code == 404


def test_a_replay_is_asked_for_carried_out_and_read(world: World, now: datetime) -> None:
    approve(world)
    with transaction() as session:
        turn = distribution.claim_turn(session, lead_id=world.lead, actor=SYSTEM, now=now)
        assert distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now).assigned == 2
    given = {"niche_id": str(world.niche), "since": str(now - timedelta(hours=1)), "until": str(now + timedelta(hours=1))}
    one = {"setting": f"subscription.{world.subscription}.paused", "value": True}
    for wrong in (
        {"changes": [one | {"value": 7}]},
        {"changes": [{"setting": "shoe.size", "value": 9}]},
        {"until": given["since"]},
    ):
        assert world.call("analyst", "POST", "/admin/replays", json=given | wrong).status_code == 422
    asked = ok(world.call("analyst", "POST", "/admin/replays", json=given | {"changes": [one]}), 202)["replay"]
    assert asked["finished_at"] is None and asked["result"] is None
    with transaction() as session:
        job = session.scalar(text("select id from outbox where kind = 'replay.run'"))
    assert work(str(job)) == "done"
    done = ok(world.call("analyst", "GET", f"/admin/replays/{asked['id']}"))["replay"]
    result = done["result"]
    assert (result["runs"], result["agreed"], result["before"]["sales"], result["after"]["sales"]) == (1, 1, 2, 1)
    assert ok(world.call("admin", "GET", f"/admin/niches/{world.niche}/replays"))["items"] == [done]
    assert world.call("analyst", "GET", f"/admin/replays/{uuid7()}").status_code == 404
    assert world.call("provider", "GET", f"/admin/replays/{asked['id']}").status_code == 403
