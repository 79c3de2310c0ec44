"""The OpenAPI 3.1 document of the JSON routes, made from the routes themselves; no server or database needed.

Routes made by ``rest.route`` tell their models and roles; the others their path, method and first sentence.
"""

import inspect
import re
from importlib.metadata import version
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from core.kit.config import settings
from intake_api.rest import Contract

PREFIXES = ("/api/v1/", "/health/")
REFERENCE = "#/components/schemas/{model}"
_VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "Stable and dotted, such as lead.not_found."},
                "message": {"type": "string", "description": "What happened and what to do now."},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "correlation_id": {"type": ["string", "null"]},
            },
            "required": ["code", "message", "fields", "correlation_id"],
        }
    },
    "required": ["error"],
}
Json = dict[str, Any]


def document(app: Flask) -> Json:
    """The whole document, as ``hotleads openapi`` prints it."""
    rules = sorted((rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIXES)), key=lambda rule: rule.rule)
    contracts = {rule.endpoint: contract for rule in rules if (contract := _contract(app, rule))}
    bodies = {contract.body for contract in contracts.values() if contract.body}
    names, schemas = models_json_schema(
        [(model, "validation") for model in sorted(bodies, key=_full_name)], ref_template=REFERENCE
    )
    paths: Json = {}
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            contract = contracts.get(rule.endpoint)
            body = names[contract.body, "validation"] if contract and contract.body else None
            paths.setdefault(_VARIABLE.sub(r"{\2}", rule.rule), {})[method.lower()] = _operation(
                app, rule, method, contract, body
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hotleads", "version": version("hotleads")},
        "servers": [{"url": settings().base_url}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}) | {"Error": ERROR},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(app: Flask, rule: Rule, method: str, contract: Contract | None, body: Json | None) -> Json:
    words = inspect.cleandoc(app.view_functions[rule.endpoint].__doc__ or rule.endpoint)
    operation: Json = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "summary": words.split("\n\n")[0].replace("\n", " "),
        "tags": [rule.rule.split("/")[3] if rule.rule.startswith("/api/") else "health"],
        "parameters": [*_path_parameters(rule), *_query_parameters(contract.query if contract else None)],
        "responses": {
            str(contract.status if contract else 200): {"description": "Done.", "content": _json({"type": "object"})},
            "default": {"description": "Refused; nothing was changed.", "content": _json({"$ref": "#/components/schemas/Error"})},
        },
    }
    if method == "POST":
        operation["parameters"].append(_parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 200}))
    if method in ("PUT", "DELETE") and contract:
        operation["parameters"].append(_parameter("If-Match", "header", {"type": "string", "maxLength": 200}))
    if body:
        operation["requestBody"] = {"required": True, "content": _json(body)}
    if contract:
        operation |= {"security": [{"bearer": []}], "x-roles": list(contract.roles)}
    return operation


def _path_parameters(rule: Rule) -> list[Json]:
    return [
        _parameter(name, "path", {"type": "string"} | ({"format": "uuid"} if kind == "uuid" else {}), required=True)
        for kind, name in _VARIABLE.findall(rule.rule)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[Json]:
    if model is None:
        return []
    schema = model.model_json_schema()
    return [
        _parameter(name, "query", of_field, required=name in schema.get("required", ()))
        for name, of_field in schema["properties"].items()
    ]


def _parameter(name: str, place: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _contract(app: Flask, rule: Rule) -> Contract | None:
    return getattr(app.view_functions[rule.endpoint], "contract", None)


def _full_name(model: type[BaseModel]) -> str:
    return f"{model.__module__}.{model.__qualname__}"
