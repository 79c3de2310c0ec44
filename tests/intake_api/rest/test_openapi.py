"""The OpenAPI document says every JSON route, and says it validly."""

import json

import schemathesis
from flask import Flask
from jsonschema import Draft202012Validator

from intake_api.openapi import document
from tests.intake_api.rest.test_matrix import OPEN, SIGNED_IN


def test_the_document_names_every_route(app: Flask) -> None:
    made = document(app)
    served = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert len([path for path in made["paths"] if path.startswith("/api/v1/")]) == len(served)
    save = made["paths"]["/api/v1/provider/subscriptions/{subscription_id}/caps"]["put"]
    body = save["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert "leads_day" in made["components"]["schemas"][body]["properties"]
    assert save["x-roles"] == ["provider"]
    page = {p["name"]: p for p in made["paths"]["/api/v1/admin/leads"]["get"]["parameters"]}
    assert page["limit"]["schema"]["maximum"] == 100
    assert made["paths"]["/api/v1/admin/competition-levels"]["get"]["parameters"][0]["required"] is True


def test_the_document_says_who_needs_a_key(app: Flask) -> None:
    operations = {
        operation["operationId"].rpartition(".")[0]: operation
        for methods in document(app)["paths"].values()
        for operation in methods.values()
    }
    assert {name for name in SIGNED_IN if operations[name].get("security") != [{"bearer": []}]} == set()
    assert {name for name in OPEN if "security" in operations[name] or "x-roles" in operations[name]} == set()


def test_the_document_is_valid_and_another_tool_reads_it(app: Flask) -> None:
    made = json.loads(json.dumps(document(app)))
    for schema in made["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    read = schemathesis.openapi.from_dict(made)
    operations = [operation.ok() for operation in read.get_all_operations()]
    assert len(operations) > 60
