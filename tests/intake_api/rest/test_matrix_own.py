"""The cells of the matrix that need a row of each caller's own: files they asked for, and handing a company over."""

from flask import Flask
from sqlalchemy import text

from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_matrix import _made, routes

STAFF = ("admin", "analyst", "scientist")


def test_a_file_is_for_who_asked_for_it_and_for_admins(world: World, app: Flask) -> None:
    files = {role: _made(world, role, "/admin/reports/export", {"dataset": "leads"})["export"]["id"] for role in STAFF}
    files["provider"] = _made(world, "provider", "/provider/reports/export", {})["export"]["id"]
    cells = 0
    for route in routes(app):
        if "export_id" not in route.variables:
            continue
        for caller in route.contract.roles:
            nowhere = world.call(caller, route.method, route.path({}), json=route.body)
            assert nowhere.status_code == 404, (route, caller, nowhere.text)
            for asked_by, export_id in files.items():
                answer = world.call(caller, route.method, route.path({"export_id": export_id}), json=route.body)
                if caller in (asked_by, "admin"):
                    assert answer.status_code == 200, (route, caller, asked_by, answer.text)
                else:
                    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, nowhere.get_json()["error"]["code"])
                cells += 1
    assert cells >= 16


def test_a_company_is_handed_to_a_colleague_and_to_nobody_else(world: World) -> None:
    mates = _made(world, "provider", "/provider/team", {"email": "mate@example.com"})["items"]
    mate = next(one["id"] for one in mates if one["email"] == "mate@example.com")
    there = "/provider/team/{}/hand-over".format
    assert world.call("provider", "POST", there(uuid7())).status_code == 404
    assert world.call("provider", "POST", there(world.users["rival"])).status_code == 404
    assert world.call("provider", "POST", there(mate)).status_code == 409  # has not accepted yet
    with transaction() as session:
        session.execute(text("update user_account set status = 'active', password_hash = 'x' where id = :id"), {"id": mate})
    assert world.call("provider", "POST", there(mate)).status_code == 200
    assert world.call("provider", "POST", there(mate)).status_code == 403  # no owner any more
