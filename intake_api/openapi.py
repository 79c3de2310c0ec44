"""The OpenAPI 3.1 document of the JSON routes, made from the routes themselves; no server or database needed.

Routes made by ``rest.route`` tell their models and roles; the others their path, method and first sentence.
"""

import inspect
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from flask import Flask
from pydantic import BaseModel, TypeAdapter
from werkzeug.routing import Rule

from core.kit.config import settings
from intake_api.answers import answers, public
from intake_api.examples import example
from intake_api.rest import Contract

PREFIXES = ("/api/v1/", "/health/")
REFERENCE = "#/components/schemas/{model}"
_VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
MANNERS = """Bodies are JSON objects in UTF-8. Routes with roles refuse unknown fields; leads and accounts ignore them.
Money is whole US cents (`*_cents`), times are RFC 3339 with their zone and come back in UTC, ids are UUIDs, shares are 0 to 1.
Lists answer `items`; those that grow add `next`, to be sent as `after` until it is null, and take `limit` (1 to 100).
401: no key or session. 403: not this role or scope. 404: not there, or another company's. 409: not in this state. 410: run out.
412: changed since it was read. 413, 415: too large, no JSON. 422: `fields` says what is wrong.
429, 503: ask again after `Retry-After` seconds."""
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
# What an answer is good for where no id in an address says so.
LINKS: dict[str, Json] = {
    "partner_api.ping": {
        "post": {
            "operationId": "partner_api.post.post",
            "requestBody": {"ping_id": "$response.body#/ping_id"},
            "description": "Send the lead that was asked about, under the terms offered.",
        }
    }
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the document knows of one route beside its address: schemas by reference, made from the code's own types."""

    contract: Contract | None
    callers: tuple[str, ...]
    body: Json | None
    answer: Json | None
    status: int
    file: str | None


def document(app: Flask) -> Json:
    """The whole document, as ``hotleads openapi`` prints it."""
    rules = sorted((rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIXES)), key=lambda rule: rule.rule)
    said, schemas = _said(app, {rule.endpoint for rule in rules})
    paths: Json = {}
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operation = _operation(app, rule, method, said[rule.endpoint], schemas)
            paths.setdefault(_VARIABLE.sub(r"{\2}", rule.rule), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hotleads", "version": version("hotleads"), "description": MANNERS},
        "servers": [{"url": settings().base_url}],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Error": ERROR},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _said(app: Flask, endpoints: set[str]) -> tuple[dict[str, Said], Json]:
    """What is known of each route, and the schemas that this refers to."""
    contracts = {name: getattr(app.view_functions[name], "contract", None) for name in endpoints}
    bodies = public.BODIES | {name: contract.body for name, contract in contracts.items() if contract and contract.body}
    inputs: list[Any] = [((name, "body"), "validation", TypeAdapter(kind)) for name, kind in sorted(bodies.items())]
    outputs: list[Any] = [((name, "answer"), "serialization", TypeAdapter(kind)) for name, kind in sorted(answers().items())]
    schemas, definitions = TypeAdapter.json_schemas([*inputs, *outputs], ref_template=REFERENCE)
    found = {name: schema for (name, _), schema in schemas.items()}
    said = {
        name: Said(
            contract,
            contract.roles if contract else public.CALLERS.get(name, ()),
            found.get((name, "body")),
            found.get((name, "answer")),
            contract.status if contract else public.STATUSES.get(name, 200),
            public.FILES.get(name),
        )
        for name, contract in contracts.items()
    }
    return said, definitions.get("$defs", {})


def _operation(app: Flask, rule: Rule, method: str, said: Said, schemas: Json) -> Json:
    words = inspect.cleandoc(app.view_functions[rule.endpoint].__doc__ or rule.endpoint)
    contract = said.contract
    operation: Json = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "summary": words.split("\n\n")[0].replace("\n", " "),
        "tags": [rule.rule.split("/")[3] if rule.rule.startswith("/api/") else "health"],
        "parameters": [*_path_parameters(rule), *_query_parameters(contract.query if contract else None)],
        "responses": {
            str(said.status): {"description": "Done.", "content": _answer(said, schemas)},
            "default": {"description": "Refused; nothing was changed.", "content": _json({"$ref": "#/components/schemas/Error"})},
        },
    }
    if method == "POST":
        operation["parameters"].append(_parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 200}))
    if contract and contract.versioned:
        operation["parameters"].append(_parameter("If-Match", "header", {"type": "string", "maxLength": 200}))
    if rule.endpoint in LINKS:
        operation["responses"][str(said.status)]["links"] = LINKS[rule.endpoint]
    if said.body:
        operation["requestBody"] = {"required": True, "content": _json(said.body, example(said.body, schemas))}
    if said.callers:
        operation |= {"security": [{"bearer": []}], "x-roles": list(said.callers)}
    return operation


def _answer(said: Said, schemas: Json) -> Json:
    if said.file:
        return {said.file: {"schema": {"type": "string"}}}
    return _json(said.answer, example(said.answer, schemas)) if said.answer else _json({"type": "object"})


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


def _json(schema: Json, shown: Any = None) -> Json:
    return {"application/json": {"schema": schema} | ({} if shown is None else {"example": shown})}
