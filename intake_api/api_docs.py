"""The API for people: every route with its fields and an example to paste, made from the OpenAPI document (no script, no CDN)."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from intake_api.openapi import document

blueprint = Blueprint("api_docs", __name__, url_prefix="/api")
Json = dict[str, Any]
_RULE = re.compile(r"\s*\(SPEC [^)]*\)")
TITLES = {
    "leads": "Send leads", "niches": "Niches and their forms", "auth": "Accounts", "provider": "A company's own",
    "marketplace": "Marketplace", "cart": "Cart", "exports": "Files", "webhooks": "Calls from other services",
    "partner": "Partners", "passport-key": "Proof of passports", "admin": "Running the exchange", "health": "Health",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or body field."""

    name: str
    place: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One route as the page shows it."""

    anchor: str
    method: str
    path: str
    words: str
    roles: tuple[str, ...]
    fields: tuple[Field, ...]
    example: str


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document, for programs."""
    return jsonify(_document())


@blueprint.get("/docs")
def docs() -> str:
    """Every route, grouped, for people."""
    return render_template("api_docs.html", groups=_groups(), server=_document()["servers"][0]["url"])


@lru_cache(maxsize=1)
def _document() -> Json:
    return document(current_app._get_current_object())  # type: ignore[attr-defined]


@lru_cache(maxsize=1)
def _groups() -> list[tuple[str, str, list[Operation]]]:
    made = _document()
    groups: dict[str, list[Operation]] = {}
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(made, path, method.upper(), operation))
    order = [tag for tag in TITLES if tag in groups] + sorted(set(groups) - set(TITLES))
    return [(tag, TITLES.get(tag, tag.capitalize()), groups[tag]) for tag in order]


def _operation(made: Json, path: str, method: str, operation: Json) -> Operation:
    body = _body(made, operation)
    fields = [Field(p["name"], p["in"], _kind(p["schema"]), p["required"]) for p in operation["parameters"]]
    required = set(body.get("required", ()))
    fields += [Field(name, "body", _kind(schema), name in required) for name, schema in body.get("properties", {}).items()]
    return Operation(
        anchor=operation["operationId"],
        method=method,
        path=path,
        # Neither the numbers of our rules nor the marks of our docstrings mean a thing to its readers.
        words=_RULE.sub("", operation["summary"]).replace("``", ""),
        roles=tuple(operation.get("x-roles", ())),
        fields=tuple(fields),
        example=_example(made["servers"][0]["url"], path, method, body, bool(operation.get("security"))),
    )


def _body(made: Json, operation: Json) -> Json:
    schema: Json = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        found: Json = made["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    return schema


def _kind(schema: Json) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(part) for part in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = schema.get("format") or schema.get("type") or "anything"
    return ", ".join(kind) if isinstance(kind, list) else str(kind)


def _example(server: str, path: str, method: str, body: Json, signed: bool) -> str:
    lines = [f"curl -X {method} {server}{path}"]
    if signed:
        lines.append("-H 'Authorization: Bearer hl_…'")
    if body:
        needed = {
            name: _sample(schema) for name, schema in body.get("properties", {}).items() if name in body.get("required", ())
        }
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(needed)}'"]
    return " \\\n  ".join(lines)


def _sample(schema: Json) -> Any:
    """A value that fits a schema well enough to show its shape."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0])
    samples = {
        "array": [],
        "object": {},
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "boolean": True,
    }
    return samples.get(str(schema.get("type")), "…")
